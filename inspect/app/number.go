package app

// NumberID names a number of a transaction that rules compare.
type NumberID uint8

// The numbers, by protocol.
const (
	NoNumber NumberID = iota
	DNSOpcode
	DNSRcode
	DNSRRType
	HTTPURILen
	HTTPRawURILen
	TLSVersion
	TLSCertChainLen
	TLSNotBefore
	TLSNotAfter
	FileSize
	SSHProtoVersion
	numbers
)

// NumberNames are the keywords of the numbers.
var NumberNames = [numbers]string{
	DNSOpcode:       "dns.opcode",
	DNSRcode:        "dns.rcode",
	DNSRRType:       "dns.rrtype",
	HTTPURILen:      "urilen",
	HTTPRawURILen:   "urilen.raw",
	TLSVersion:      "tls.version",
	TLSCertChainLen: "tls.cert_chain_len",
	TLSNotBefore:    "tls.cert_notbefore",
	TLSNotAfter:     "tls.cert_notafter",
	FileSize:        "filesize",
	SSHProtoVersion: "ssh.protoversion",
}
