// Package smtp is the Simple Mail Transfer Protocol (RFC 5321), for package app, with
// pipelining (RFC 2920), chunks (BDAT, RFC 3030) and STARTTLS (RFC 3207). A transaction
// is one mail, from the first command that belongs to it to the answer to its end.
//
//	protocol.go     is it SMTP?
//	parser.go       both directions, line by line
//	command.go      what the client asks for
//	data.go         the mail: DATA and BDAT
//	reply.go        what the server answers, and to what
//	gap.go          what is done when bytes are missing
//	transaction.go  what rules look into
//	describe.go     the event
//	store.go        memory used again
package smtp

import (
	"bytes"

	"vxwall/inspect/app"
)

// Name is the protocol's name in rules and events.
const Name = "smtp"

// Protocol is SMTP.
type Protocol struct{}

var _ app.Protocol = Protocol{}

// Name implements app.Protocol.
func (Protocol) Name() string { return Name }

// Transport implements app.Protocol.
func (Protocol) Transport() app.Transport { return app.TCP }

// Identify implements app.Protocol. A server that says 220 may be one of FTP as well, until
// the client greets it.
func (Protocol) Identify(data []byte, toServer bool) app.Answer {
	if !toServer {
		return greeting(data)
	}
	for _, word := range [...]string{"EHLO", "HELO", "LHLO"} {
		n := min(len(data), len(word))
		if !bytes.EqualFold(data[:n], []byte(word[:n])) {
			continue
		}
		if len(data) <= len(word) {
			return app.More
		}
		if c := data[len(word)]; c == ' ' || c == '\r' || c == '\n' {
			return app.Yes
		}
	}
	return app.No
}

// greeting looks at the first line of a server.
func greeting(data []byte) app.Answer {
	const code = "220"
	n := min(len(data), len(code))
	if string(data[:n]) != code[:n] || len(data) > n && data[n] != ' ' && data[n] != '-' {
		return app.No
	}
	line, _, whole := bytes.Cut(data, []byte{'\n'})
	upper := bytes.ToUpper(line[:min(len(line), maxReply)])
	switch {
	case bytes.Contains(upper, []byte("FTP")):
		return app.No
	case whole && bytes.Contains(upper, []byte("SMTP")):
		return app.Yes
	}
	return app.More
}
