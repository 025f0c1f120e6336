package app

// BufferID names a buffer of the rule language.
type BufferID uint8

// The buffers, by protocol. [Buffers] tells about each.
const (
	NoBuffer BufferID = iota
	HTTPMethod
	HTTPURI
	HTTPRawURI
	HTTPProtocol
	HTTPRequestLine
	HTTPResponseLine
	HTTPHeader
	HTTPRawHeader
	HTTPHeaderNames
	HTTPStart
	HTTPUserAgent
	HTTPHost
	HTTPRawHost
	HTTPReferer
	HTTPCookie
	HTTPAccept
	HTTPAcceptEnc
	HTTPAcceptLang
	HTTPConnection
	HTTPContentLen
	HTTPContentType
	HTTPLocation
	HTTPServer
	HTTPRequestHeader
	HTTPResponseHeader
	HTTPRequestBody
	HTTPResponseBody
	HTTPStatCode
	HTTPStatMsg
	FileData
	FileName
	FileMagic
	DNSQuery
	DNSQueryName
	DNSAnswerName
	DNSAdditionalName
	DNSAuthorityName
	DNSQueriesName
	DNSAnswersName
	DNSResponseName
	TLSSNI
	TLSSubject
	TLSIssuer
	TLSSerial
	TLSFingerprint
	TLSCerts
	TLSCertChain
	TLSALPN
	TLSSubjectAltName
	TLSRandom
	TLSRandomTime
	TLSRandomBytes
	JA3Hash
	JA3String
	JA3SHash
	JA3SString
	JA4Hash
	SSHProto
	SSHSoftware
	SSHHassh
	SSHHasshString
	SSHHasshServer
	SSHHasshServerString
	SMTPHelo
	SMTPMailFrom
	SMTPRcptTo
	EmailFrom
	EmailTo
	EmailCc
	EmailSubject
	EmailDate
	EmailMessageID
	EmailXMailer
	EmailReceived
	FTPCommand
	FTPCommandData
	FTPReply
	FTPCompletionCode
	buffers
)

// BufferCount is the number of buffers; each is below it.
const BufferCount = int(buffers)

// BufferInfo is what is known of a buffer.
type BufferInfo struct {
	Name      string   // in the rule language
	Protocols []string // that have it
	ToServer  bool     // it may be in what goes to the server
	ToClient  bool
	Multi     bool // it may have several instances
	Streaming bool // it grows while bytes come
}

// Buffers is what is known of each buffer.
var Buffers = [buffers]BufferInfo{
	HTTPMethod:           {Name: "http.method", Protocols: []string{"http"}, ToServer: true},
	HTTPURI:              {Name: "http.uri", Protocols: []string{"http"}, ToServer: true},
	HTTPRawURI:           {Name: "http.uri.raw", Protocols: []string{"http"}, ToServer: true},
	HTTPProtocol:         {Name: "http.protocol", Protocols: []string{"http"}, ToServer: true, ToClient: true},
	HTTPRequestLine:      {Name: "http.request_line", Protocols: []string{"http"}, ToServer: true},
	HTTPResponseLine:     {Name: "http.response_line", Protocols: []string{"http"}, ToClient: true},
	HTTPHeader:           {Name: "http.header", Protocols: []string{"http"}, ToServer: true, ToClient: true},
	HTTPRawHeader:        {Name: "http.header.raw", Protocols: []string{"http"}, ToServer: true, ToClient: true},
	HTTPHeaderNames:      {Name: "http.header_names", Protocols: []string{"http"}, ToServer: true, ToClient: true},
	HTTPStart:            {Name: "http.start", Protocols: []string{"http"}, ToServer: true, ToClient: true},
	HTTPUserAgent:        {Name: "http.user_agent", Protocols: []string{"http"}, ToServer: true},
	HTTPHost:             {Name: "http.host", Protocols: []string{"http"}, ToServer: true},
	HTTPRawHost:          {Name: "http.host.raw", Protocols: []string{"http"}, ToServer: true},
	HTTPReferer:          {Name: "http.referer", Protocols: []string{"http"}, ToServer: true},
	HTTPCookie:           {Name: "http.cookie", Protocols: []string{"http"}, ToServer: true, ToClient: true},
	HTTPAccept:           {Name: "http.accept", Protocols: []string{"http"}, ToServer: true},
	HTTPAcceptEnc:        {Name: "http.accept_enc", Protocols: []string{"http"}, ToServer: true},
	HTTPAcceptLang:       {Name: "http.accept_lang", Protocols: []string{"http"}, ToServer: true},
	HTTPConnection:       {Name: "http.connection", Protocols: []string{"http"}, ToServer: true, ToClient: true},
	HTTPContentLen:       {Name: "http.content_len", Protocols: []string{"http"}, ToServer: true, ToClient: true},
	HTTPContentType:      {Name: "http.content_type", Protocols: []string{"http"}, ToServer: true, ToClient: true},
	HTTPLocation:         {Name: "http.location", Protocols: []string{"http"}, ToClient: true},
	HTTPServer:           {Name: "http.server", Protocols: []string{"http"}, ToClient: true},
	HTTPRequestHeader:    {Name: "http.request_header", Protocols: []string{"http"}, ToServer: true, Multi: true},
	HTTPResponseHeader:   {Name: "http.response_header", Protocols: []string{"http"}, ToClient: true, Multi: true},
	HTTPRequestBody:      {Name: "http.request_body", Protocols: []string{"http"}, ToServer: true, Streaming: true},
	HTTPResponseBody:     {Name: "http.response_body", Protocols: []string{"http"}, ToClient: true, Streaming: true},
	HTTPStatCode:         {Name: "http.stat_code", Protocols: []string{"http"}, ToClient: true},
	HTTPStatMsg:          {Name: "http.stat_msg", Protocols: []string{"http"}, ToClient: true},
	FileData:             {Name: "file.data", Protocols: []string{"http", "smtp", "ftp-data", "smb", "nfs"}, ToServer: true, ToClient: true, Multi: true, Streaming: true},
	FileName:             {Name: "file.name", Protocols: []string{"http", "smtp", "ftp-data", "smb", "nfs"}, ToServer: true, ToClient: true, Multi: true},
	FileMagic:            {Name: "file.magic", Protocols: []string{"http", "smtp", "ftp-data", "smb", "nfs"}, ToServer: true, ToClient: true, Multi: true},
	DNSQuery:             {Name: "dns.query", Protocols: []string{"dns"}, ToServer: true, ToClient: true, Multi: true},
	DNSQueryName:         {Name: "dns.query.name", Protocols: []string{"dns"}, ToServer: true, ToClient: true, Multi: true},
	DNSAnswerName:        {Name: "dns.answer.name", Protocols: []string{"dns"}, ToServer: true, ToClient: true, Multi: true},
	DNSAdditionalName:    {Name: "dns.additionals.rrname", Protocols: []string{"dns"}, ToServer: true, ToClient: true, Multi: true},
	DNSAuthorityName:     {Name: "dns.authorities.rrname", Protocols: []string{"dns"}, ToServer: true, ToClient: true, Multi: true},
	DNSQueriesName:       {Name: "dns.queries.rrname", Protocols: []string{"dns"}, ToServer: true, ToClient: true, Multi: true},
	DNSAnswersName:       {Name: "dns.answers.rrname", Protocols: []string{"dns"}, ToServer: true, ToClient: true, Multi: true},
	DNSResponseName:      {Name: "dns.response.rrname", Protocols: []string{"dns"}, ToClient: true, Multi: true},
	TLSSNI:               {Name: "tls.sni", Protocols: []string{"tls"}, ToServer: true},
	TLSSubject:           {Name: "tls.cert_subject", Protocols: []string{"tls"}, ToClient: true},
	TLSIssuer:            {Name: "tls.cert_issuer", Protocols: []string{"tls"}, ToClient: true},
	TLSSerial:            {Name: "tls.cert_serial", Protocols: []string{"tls"}, ToClient: true},
	TLSFingerprint:       {Name: "tls.cert_fingerprint", Protocols: []string{"tls"}, ToClient: true},
	TLSCerts:             {Name: "tls.certs", Protocols: []string{"tls"}, ToClient: true, Multi: true},
	TLSCertChain:         {Name: "tls.cert_chain", Protocols: []string{"tls"}, ToClient: true, Multi: true},
	TLSALPN:              {Name: "tls.alpn", Protocols: []string{"tls"}, ToServer: true, ToClient: true, Multi: true},
	TLSSubjectAltName:    {Name: "tls.subjectaltname", Protocols: []string{"tls"}, ToClient: true, Multi: true},
	TLSRandom:            {Name: "tls.random", Protocols: []string{"tls"}, ToServer: true, ToClient: true},
	TLSRandomTime:        {Name: "tls.random_time", Protocols: []string{"tls"}, ToServer: true, ToClient: true},
	TLSRandomBytes:       {Name: "tls.random_bytes", Protocols: []string{"tls"}, ToServer: true, ToClient: true},
	JA3Hash:              {Name: "ja3.hash", Protocols: []string{"tls"}, ToServer: true},
	JA3String:            {Name: "ja3.string", Protocols: []string{"tls"}, ToServer: true},
	JA3SHash:             {Name: "ja3s.hash", Protocols: []string{"tls"}, ToClient: true},
	JA3SString:           {Name: "ja3s.string", Protocols: []string{"tls"}, ToClient: true},
	JA4Hash:              {Name: "ja4.hash", Protocols: []string{"tls"}, ToServer: true},
	SSHProto:             {Name: "ssh.proto", Protocols: []string{"ssh"}, ToServer: true, ToClient: true},
	SSHSoftware:          {Name: "ssh.software", Protocols: []string{"ssh"}, ToServer: true, ToClient: true},
	SSHHassh:             {Name: "ssh.hassh", Protocols: []string{"ssh"}, ToServer: true},
	SSHHasshString:       {Name: "ssh.hassh.string", Protocols: []string{"ssh"}, ToServer: true},
	SSHHasshServer:       {Name: "ssh.hassh.server", Protocols: []string{"ssh"}, ToClient: true},
	SSHHasshServerString: {Name: "ssh.hassh.server.string", Protocols: []string{"ssh"}, ToClient: true},
	SMTPHelo:             {Name: "smtp.helo", Protocols: []string{"smtp"}, ToServer: true},
	SMTPMailFrom:         {Name: "smtp.mail_from", Protocols: []string{"smtp"}, ToServer: true},
	SMTPRcptTo:           {Name: "smtp.rcpt_to", Protocols: []string{"smtp"}, ToServer: true, Multi: true},
	EmailFrom:            {Name: "email.from", Protocols: []string{"smtp"}, ToServer: true},
	EmailTo:              {Name: "email.to", Protocols: []string{"smtp"}, ToServer: true},
	EmailCc:              {Name: "email.cc", Protocols: []string{"smtp"}, ToServer: true},
	EmailSubject:         {Name: "email.subject", Protocols: []string{"smtp"}, ToServer: true},
	EmailDate:            {Name: "email.date", Protocols: []string{"smtp"}, ToServer: true},
	EmailMessageID:       {Name: "email.message_id", Protocols: []string{"smtp"}, ToServer: true},
	EmailXMailer:         {Name: "email.x_mailer", Protocols: []string{"smtp"}, ToServer: true},
	EmailReceived:        {Name: "email.received", Protocols: []string{"smtp"}, ToServer: true, Multi: true},
	FTPCommand:           {Name: "ftp.command", Protocols: []string{"ftp"}, ToServer: true},
	FTPCommandData:       {Name: "ftp.command_data", Protocols: []string{"ftp"}, ToServer: true},
	FTPReply:             {Name: "ftp.reply", Protocols: []string{"ftp"}, ToClient: true, Multi: true},
	FTPCompletionCode:    {Name: "ftp.completion_code", Protocols: []string{"ftp"}, ToClient: true, Multi: true},
}

// BufferByName returns the buffer with a name of the rule language.
func BufferByName(name string) (BufferID, bool) {
	for id := NoBuffer + 1; id < buffers; id++ {
		if Buffers[id].Name == name {
			return id, true
		}
	}
	return NoBuffer, false
}
