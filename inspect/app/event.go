package app

import "strings"

// Event is something odd about a flow or transaction, by its name in the rule
// language (app-layer-event:http.unknown_error).
type Event uint8

// EventSet is a set of events.
type EventSet [4]uint64

// Add puts an event into the set.
func (s *EventSet) Add(e Event) { s[e>>6] |= 1 << (e & 63) }

// Has says whether an event is in the set.
func (s *EventSet) Has(e Event) bool { return s[e>>6]&(1<<(e&63)) != 0 }

// Merge puts all of another set into this one.
func (s *EventSet) Merge(o *EventSet) {
	for i := range s {
		s[i] |= o[i]
	}
}

// Empty says whether the set has no event.
func (s *EventSet) Empty() bool { return *s == EventSet{} }

// The events. Each protocol has a block.
const (
	NoEvent Event = iota

	// Of the application layer itself.
	AppMismatchBothDirections  // applayer_mismatch_protocol_both_directions
	AppWrongDirectionFirstData // applayer_wrong_direction_first_data
	AppOneDirectionOnly        // applayer_detect_protocol_only_one_direction
	AppProtoUnexpected         // applayer_unexpected_protocol
	AppNoTLSAfterStartTLS      // applayer_no_tls_after_starttls

	// Of DNS.
	DNSMalformedData // dns.malformed_data
	DNSNotRequest    // dns.not_request
	DNSNotResponse   // dns.not_response
	DNSZFlagSet      // dns.z_flag_set
	DNSInvalidOpcode // dns.invalid_opcode
	DNSFlooded       // dns.flooded

	// Of HTTP/1.
	HTTPUnknownError                           // http.unknown_error
	HTTPGzipDecompressionFailed                // http.gzip_decompression_failed
	HTTPRequestFieldMissingColon               // http.request_field_missing_colon
	HTTPResponseFieldMissingColon              // http.response_field_missing_colon
	HTTPInvalidRequestChunkLen                 // http.invalid_request_chunk_len
	HTTPInvalidResponseChunkLen                // http.invalid_response_chunk_len
	HTTPInvalidTransferEncodingValueInRequest  // http.invalid_transfer_encoding_value_in_request
	HTTPInvalidTransferEncodingValueInResponse // http.invalid_transfer_encoding_value_in_response
	HTTPInvalidContentLengthFieldInRequest     // http.invalid_content_length_field_in_request
	HTTPInvalidContentLengthFieldInResponse    // http.invalid_content_length_field_in_response
	HTTPDuplicateContentLengthFieldInRequest   // http.duplicate_content_length_field_in_request
	HTTPDuplicateContentLengthFieldInResponse  // http.duplicate_content_length_field_in_response
	HTTPContinueAlreadySeen                    // http.100_continue_already_seen
	HTTPUnableToMatchResponseToRequest         // http.unable_to_match_response_to_request
	HTTPInvalidServerPortInRequest             // http.invalid_server_port_in_request
	HTTPInvalidAuthorityPort                   // http.invalid_authority_port
	HTTPRequestHeaderInvalid                   // http.request_header_invalid
	HTTPResponseHeaderInvalid                  // http.response_header_invalid
	HTTPMissingHostHeader                      // http.missing_host_header
	HTTPHostHeaderAmbiguous                    // http.host_header_ambiguous
	HTTPInvalidRequestFieldFolding             // http.invalid_request_field_folding
	HTTPInvalidResponseFieldFolding            // http.invalid_response_field_folding
	HTTPRequestFieldTooLong                    // http.request_field_too_long
	HTTPResponseFieldTooLong                   // http.response_field_too_long
	HTTPFileNameTooLong                        // http.file_name_too_long
	HTTPRequestLineInvalid                     // http.request_line_invalid
	HTTPRequestLineMissingProtocol             // http.request_line_missing_protocol
	HTTPRequestBodyUnexpected                  // http.request_body_unexpected
	HTTPResponseBodyUnexpected                 // http.response_body_unexpected
	HTTPRequestServerPortTCPPortMismatch       // http.request_server_port_tcp_port_mismatch
	HTTPRequestURIHostInvalid                  // http.request_uri_host_invalid
	HTTPRequestHeaderHostInvalid               // http.request_header_host_invalid
	HTTPRequestAuthUnrecognized                // http.request_auth_unrecognized
	HTTPRequestHeaderRepetition                // http.request_header_repetition
	HTTPResponseHeaderRepetition               // http.response_header_repetition
	HTTPRequestTooManyHeaders                  // http.request_too_many_headers
	HTTPResponseTooManyHeaders                 // http.response_too_many_headers
	HTTPRequestChunkExtension                  // http.request_chunk_extension
	HTTPResponseChunkExtension                 // http.response_chunk_extension
	HTTPDoubleEncodedURI                       // http.double_encoded_uri
	HTTPURIDelimNonCompliant                   // http.uri_delim_non_compliant
	HTTPMethodDelimNonCompliant                // http.method_delim_non_compliant
	HTTPRequestLineLeadingWhitespace           // http.request_line_leading_whitespace
	HTTPTooManyEncodingLayers                  // http.too_many_encoding_layers
	HTTPAbnormalCEHeader                       // http.abnormal_ce_header
	HTTPResponseMultipartByteranges            // http.response_multipart_byteranges
	HTTPResponseAbnormalTransferEncoding       // http.response_abnormal_transfer_encoding
	HTTPResponseChunkedOldProto                // http.response_chunked_old_proto
	HTTPResponseInvalidProtocol                // http.response_invalid_protocol
	HTTPResponseInvalidStatus                  // http.response_invalid_status
	HTTPRequestLineIncomplete                  // http.request_line_incomplete
	HTTPLZMAMemlimitReached                    // http.lzma_memlimit_reached
	HTTPCompressionBomb                        // http.compression_bomb
	HTTPRangeInvalid                           // http.range_invalid
	HTTPMultipartGenericError                  // http.multipart_generic_error
	HTTPMultipartNoFiledata                    // http.multipart_no_filedata
	HTTPMultipartInvalidHeader                 // http.multipart_invalid_header
	HTTPTooManyWarnings                        // http.too_many_warnings
	HTTPFailedProtocolChange                   // http.failed_protocol_change
	HTTPTooManyTransactions                    // http.too_many_transactions

	// Of SSH.
	SSHInvalidBanner // ssh.invalid_banner
	SSHLongBanner    // ssh.long_banner
	SSHInvalidRecord // ssh.invalid_record

	// Of TLS.
	TLSInvalidRecordType    // tls.invalid_record_type
	TLSInvalidRecordVersion // tls.invalid_record_version
	TLSInvalidRecordLength  // tls.invalid_record_length
	TLSInvalidHandshake     // tls.invalid_handshake_message
	TLSInvalidCertificate   // tls.invalid_certificate
	TLSHandshakeOverlong    // tls.handshake_invalid_length

	// Of SMTP.
	SMTPInvalidReply         // smtp.invalid_reply
	SMTPUnableToMatchReply   // smtp.unable_to_match_reply_with_request
	SMTPLongCommand          // smtp.max_command_line_len_exceeded
	SMTPLongReply            // smtp.max_reply_line_len_exceeded
	SMTPInvalidPipelined     // smtp.invalid_pipelined_sequence
	SMTPBDATLengthExceeded   // smtp.bdat_chunk_len_exceeded
	SMTPNoWelcome            // smtp.no_server_welcome_message
	SMTPTLSRejected          // smtp.tls_rejected
	SMTPDataRejected         // smtp.data_command_rejected
	SMTPFailedProtocolChange // smtp.failed_protocol_change
	SMTPMIMEMalformedMsg     // smtp.mime_malformed_msg
	SMTPMIMEInvalidBase64    // smtp.mime_invalid_base64
	SMTPMIMEInvalidQP        // smtp.mime_invalid_qp
	SMTPMIMELongLine         // smtp.mime_long_line
	SMTPMIMELongHeaderName   // smtp.mime_long_header_name
	SMTPMIMELongHeaderValue  // smtp.mime_long_header_value
	SMTPMIMELongBoundary     // smtp.mime_long_boundary
	SMTPMIMELongFilename     // smtp.mime_long_filename
	SMTPUnparsable           // smtp.unparsable_content
	SMTPTruncatedLine        // smtp.truncated_line

	// Of FTP.
	FTPRequestTooLong  // ftp.request_command_too_long
	FTPResponseTooLong // ftp.response_command_too_long

	events
)

// eventNames are the events by the name in rules.
var eventNames = map[Event]string{
	AppMismatchBothDirections:  "applayer_mismatch_protocol_both_directions",
	AppWrongDirectionFirstData: "applayer_wrong_direction_first_data",
	AppOneDirectionOnly:        "applayer_detect_protocol_only_one_direction",
	AppProtoUnexpected:         "applayer_unexpected_protocol",
	AppNoTLSAfterStartTLS:      "applayer_no_tls_after_starttls",

	DNSMalformedData: "dns.malformed_data",
	DNSNotRequest:    "dns.not_request",
	DNSNotResponse:   "dns.not_response",
	DNSZFlagSet:      "dns.z_flag_set",
	DNSInvalidOpcode: "dns.invalid_opcode",
	DNSFlooded:       "dns.flooded",

	HTTPUnknownError:                           "http.unknown_error",
	HTTPGzipDecompressionFailed:                "http.gzip_decompression_failed",
	HTTPRequestFieldMissingColon:               "http.request_field_missing_colon",
	HTTPResponseFieldMissingColon:              "http.response_field_missing_colon",
	HTTPInvalidRequestChunkLen:                 "http.invalid_request_chunk_len",
	HTTPInvalidResponseChunkLen:                "http.invalid_response_chunk_len",
	HTTPInvalidTransferEncodingValueInRequest:  "http.invalid_transfer_encoding_value_in_request",
	HTTPInvalidTransferEncodingValueInResponse: "http.invalid_transfer_encoding_value_in_response",
	HTTPInvalidContentLengthFieldInRequest:     "http.invalid_content_length_field_in_request",
	HTTPInvalidContentLengthFieldInResponse:    "http.invalid_content_length_field_in_response",
	HTTPDuplicateContentLengthFieldInRequest:   "http.duplicate_content_length_field_in_request",
	HTTPDuplicateContentLengthFieldInResponse:  "http.duplicate_content_length_field_in_response",
	HTTPContinueAlreadySeen:                    "http.100_continue_already_seen",
	HTTPUnableToMatchResponseToRequest:         "http.unable_to_match_response_to_request",
	HTTPInvalidServerPortInRequest:             "http.invalid_server_port_in_request",
	HTTPInvalidAuthorityPort:                   "http.invalid_authority_port",
	HTTPRequestHeaderInvalid:                   "http.request_header_invalid",
	HTTPResponseHeaderInvalid:                  "http.response_header_invalid",
	HTTPMissingHostHeader:                      "http.missing_host_header",
	HTTPHostHeaderAmbiguous:                    "http.host_header_ambiguous",
	HTTPInvalidRequestFieldFolding:             "http.invalid_request_field_folding",
	HTTPInvalidResponseFieldFolding:            "http.invalid_response_field_folding",
	HTTPRequestFieldTooLong:                    "http.request_field_too_long",
	HTTPResponseFieldTooLong:                   "http.response_field_too_long",
	HTTPFileNameTooLong:                        "http.file_name_too_long",
	HTTPRequestLineInvalid:                     "http.request_line_invalid",
	HTTPRequestLineMissingProtocol:             "http.request_line_missing_protocol",
	HTTPRequestBodyUnexpected:                  "http.request_body_unexpected",
	HTTPResponseBodyUnexpected:                 "http.response_body_unexpected",
	HTTPRequestServerPortTCPPortMismatch:       "http.request_server_port_tcp_port_mismatch",
	HTTPRequestURIHostInvalid:                  "http.request_uri_host_invalid",
	HTTPRequestHeaderHostInvalid:               "http.request_header_host_invalid",
	HTTPRequestAuthUnrecognized:                "http.request_auth_unrecognized",
	HTTPRequestHeaderRepetition:                "http.request_header_repetition",
	HTTPResponseHeaderRepetition:               "http.response_header_repetition",
	HTTPRequestTooManyHeaders:                  "http.request_too_many_headers",
	HTTPResponseTooManyHeaders:                 "http.response_too_many_headers",
	HTTPRequestChunkExtension:                  "http.request_chunk_extension",
	HTTPResponseChunkExtension:                 "http.response_chunk_extension",
	HTTPDoubleEncodedURI:                       "http.double_encoded_uri",
	HTTPURIDelimNonCompliant:                   "http.uri_delim_non_compliant",
	HTTPMethodDelimNonCompliant:                "http.method_delim_non_compliant",
	HTTPRequestLineLeadingWhitespace:           "http.request_line_leading_whitespace",
	HTTPTooManyEncodingLayers:                  "http.too_many_encoding_layers",
	HTTPAbnormalCEHeader:                       "http.abnormal_ce_header",
	HTTPResponseMultipartByteranges:            "http.response_multipart_byteranges",
	HTTPResponseAbnormalTransferEncoding:       "http.response_abnormal_transfer_encoding",
	HTTPResponseChunkedOldProto:                "http.response_chunked_old_proto",
	HTTPResponseInvalidProtocol:                "http.response_invalid_protocol",
	HTTPResponseInvalidStatus:                  "http.response_invalid_status",
	HTTPRequestLineIncomplete:                  "http.request_line_incomplete",
	HTTPLZMAMemlimitReached:                    "http.lzma_memlimit_reached",
	HTTPCompressionBomb:                        "http.compression_bomb",
	HTTPRangeInvalid:                           "http.range_invalid",
	HTTPMultipartGenericError:                  "http.multipart_generic_error",
	HTTPMultipartNoFiledata:                    "http.multipart_no_filedata",
	HTTPMultipartInvalidHeader:                 "http.multipart_invalid_header",
	HTTPTooManyWarnings:                        "http.too_many_warnings",
	HTTPFailedProtocolChange:                   "http.failed_protocol_change",
	HTTPTooManyTransactions:                    "http.too_many_transactions",

	SSHInvalidBanner: "ssh.invalid_banner",
	SSHLongBanner:    "ssh.long_banner",
	SSHInvalidRecord: "ssh.invalid_record",

	TLSInvalidRecordType:    "tls.invalid_record_type",
	TLSInvalidRecordVersion: "tls.invalid_record_version",
	TLSInvalidRecordLength:  "tls.invalid_record_length",
	TLSInvalidHandshake:     "tls.invalid_handshake_message",
	TLSInvalidCertificate:   "tls.invalid_certificate",
	TLSHandshakeOverlong:    "tls.handshake_invalid_length",

	SMTPInvalidReply:         "smtp.invalid_reply",
	SMTPUnableToMatchReply:   "smtp.unable_to_match_reply_with_request",
	SMTPLongCommand:          "smtp.max_command_line_len_exceeded",
	SMTPLongReply:            "smtp.max_reply_line_len_exceeded",
	SMTPInvalidPipelined:     "smtp.invalid_pipelined_sequence",
	SMTPBDATLengthExceeded:   "smtp.bdat_chunk_len_exceeded",
	SMTPNoWelcome:            "smtp.no_server_welcome_message",
	SMTPTLSRejected:          "smtp.tls_rejected",
	SMTPDataRejected:         "smtp.data_command_rejected",
	SMTPFailedProtocolChange: "smtp.failed_protocol_change",
	SMTPMIMEMalformedMsg:     "smtp.mime_malformed_msg",
	SMTPMIMEInvalidBase64:    "smtp.mime_invalid_base64",
	SMTPMIMEInvalidQP:        "smtp.mime_invalid_qp",
	SMTPMIMELongLine:         "smtp.mime_long_line",
	SMTPMIMELongHeaderName:   "smtp.mime_long_header_name",
	SMTPMIMELongHeaderValue:  "smtp.mime_long_header_value",
	SMTPMIMELongBoundary:     "smtp.mime_long_boundary",
	SMTPMIMELongFilename:     "smtp.mime_long_filename",
	SMTPUnparsable:           "smtp.unparsable_content",
	SMTPTruncatedLine:        "smtp.truncated_line",

	FTPRequestTooLong:  "ftp.request_command_too_long",
	FTPResponseTooLong: "ftp.response_command_too_long",
}

// String is the event's name in rules.
func (e Event) String() string { return eventNames[e] }

// Short is the event's name without its protocol's, as events say it.
func (e Event) Short() string {
	name := eventNames[e]
	return name[strings.IndexByte(name, '.')+1:]
}

// EventByName returns the event with a name of the rule language.
func EventByName(name string) (Event, bool) {
	for e := NoEvent + 1; e < events; e++ {
		if eventNames[e] == name {
			return e, true
		}
	}
	return NoEvent, false
}
