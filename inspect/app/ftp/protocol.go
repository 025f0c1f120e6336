// Package ftp is the control connection of the File Transfer Protocol (RFC 959), for
// package app: commands and their replies, and AUTH TLS (RFC 4217). A transaction is a
// command with its replies.
//
//	protocol.go     is it FTP?
//	parser.go       both directions, line by line
//	transaction.go  what rules look into, and the event
package ftp

import (
	"bytes"

	"vxwall/inspect/app"
)

// Name is the protocol's name in rules and events.
const Name = "ftp"

// Protocol is FTP.
type Protocol struct{}

var _ app.Protocol = Protocol{}

// Name implements app.Protocol.
func (Protocol) Name() string { return Name }

// Transport implements app.Protocol.
func (Protocol) Transport() app.Transport { return app.TCP }

// Identify implements app.Protocol: by a server that says what it is, or by commands that
// no other protocol has. Until then the server's greeting may be one of SMTP.
func (Protocol) Identify(data []byte, toServer bool) app.Answer {
	if !toServer {
		return greeting(data)
	}
	for _, word := range [...]string{"AUTH TLS\r", "AUTH SSL\r", "FEAT\r", "PASV\r", "EPSV\r", "SYST\r", "USER anonymous\r", "USER ftp\r"} {
		n := min(len(data), len(word))
		if !bytes.EqualFold(data[:n], []byte(word[:n])) {
			continue
		}
		if n < len(word) {
			return app.More
		}
		return app.Yes
	}
	return app.No
}

// greeting looks at the first replies of a server.
func greeting(data []byte) app.Answer {
	const code = "220"
	n := min(len(data), len(code))
	if string(data[:n]) != code[:n] || len(data) > n && data[n] != ' ' && data[n] != '-' {
		return app.No
	}
	line, rest, whole := bytes.Cut(data, []byte{'\n'})
	upper := bytes.ToUpper(line[:min(len(line), maxLine)])
	switch {
	case !whole:
		return app.More
	case bytes.Contains(upper, []byte("SMTP")):
		return app.No
	case bytes.Contains(upper, []byte("FTP")), bytes.HasPrefix(rest, []byte("331 ")):
		return app.Yes
	}
	return app.More
}
