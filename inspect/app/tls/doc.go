// Package tls is the beginning of TLS connections, SSL 3.0 to TLS 1.3, for package app:
// the hellos of both ends and the server's certificates, as far as they are sent in
// the clear (RFC 5246, RFC 8446). A connection is one transaction.
//
//	identify.go     is it TLS?
//	parser.go       records into handshake messages
//	hello.go        ClientHello and ServerHello
//	certificate.go  the server's certificates (RFC 5280), over der.go
//	fingerprint.go  JA3, JA3S and JA4
//	content.go      what rules look into
//	describe.go     the event
package tls

import "vxwall/inspect/app"

// Name is the protocol's name in rules and events.
const Name = "tls"

// Protocol is TLS.
type Protocol struct{}

var _ app.Protocol = Protocol{}

// Name implements app.Protocol.
func (Protocol) Name() string { return Name }

// Transport implements app.Protocol.
func (Protocol) Transport() app.Transport { return app.TCP }
