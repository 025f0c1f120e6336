// Package ssh is the beginning of SSH connections, for package app: the
// identification of both ends and the algorithms they offer, which are sent in the
// clear (RFC 4253 sections 4.2 and 7.1). A connection is one transaction.
//
//	identify.go  is it SSH?
//	parser.go    identification lines and key exchange packets
//	hassh.go     the fingerprint of what an end offers
//	content.go   what rules look into, and the event
package ssh

import "vxwall/inspect/app"

// Name is the protocol's name in rules and events.
const Name = "ssh"

// Protocol is SSH.
type Protocol struct{}

var _ app.Protocol = Protocol{}

// Name implements app.Protocol.
func (Protocol) Name() string { return Name }

// Transport implements app.Protocol.
func (Protocol) Transport() app.Transport { return app.TCP }
