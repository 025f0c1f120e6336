// Package dns is the DNS protocol over UDP and TCP (RFC 1035), for package app.
// Every message is a transaction of its own: a request or a response.
//
//	identify.go  is it DNS?
//	parser.go    messages out of datagrams and streams
//	message.go   one message, taken apart
//	name.go      names, with compression
//	content.go   what rules look into
//	describe.go  the event
//	names.go     names of types and codes
package dns

import "vxwall/inspect/app"

// Name is the protocol's name in rules and events.
const Name = "dns"

// Protocol is DNS over UDP and TCP.
type Protocol struct{}

var _ app.Protocol = Protocol{}

// Name implements app.Protocol.
func (Protocol) Name() string { return Name }

// Transport implements app.Protocol.
func (Protocol) Transport() app.Transport { return app.UDP | app.TCP }
