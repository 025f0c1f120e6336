package tls

import (
	"encoding/binary"

	"vxwall/inspect/app"
)

// Types of records (RFC 8446 section 5.1).
const (
	changeCipher = 20
	alert        = 21
	handshake    = 22
	appData      = 23
	heartbeat    = 24
)

// Types of handshake messages (RFC 8446 section 4, RFC 5246 section 7.4).
const (
	clientHello = 1
	serverHello = 2
	certificate = 11
)

const (
	recordHead  = 5
	messageHead = 4
	// maxRecord is the most that a record may carry: 2^14 bytes and what encryption
	// adds (RFC 5246 section 6.2.3).
	maxRecord = 1<<14 + 2048
)

// Identify implements app.Protocol: a record that begins a handshake with the hello
// that this side sends, or an SSL 2.0 hello that offers more.
func (Protocol) Identify(data []byte, toServer bool) app.Answer {
	if toServer && looksLike2(data) {
		return app.Yes
	}
	want := []byte{handshake, 3}
	for i := range min(len(data), len(want)) {
		if data[i] != want[i] {
			return app.No
		}
	}
	if len(data) < recordHead+1 {
		return app.More
	}
	length := int(binary.BigEndian.Uint16(data[3:]))
	hello := byte(clientHello)
	if !toServer {
		hello = serverHello
	}
	if data[2] > 4 || length < messageHead || length > maxRecord || data[recordHead] != hello {
		return app.No
	}
	return app.Yes
}

// looksLike2 says whether bytes begin a ClientHello in the form of SSL 2.0 that offers
// SSL 3.0 or later (RFC 5246 appendix E.2).
func looksLike2(data []byte) bool {
	return len(data) >= 11 && data[0]&0x80 != 0 && data[2] == clientHello && data[3] == 3 && data[4] <= 4 &&
		binary.BigEndian.Uint16(data[5:])%3 == 0 && binary.BigEndian.Uint16(data[9:]) >= 16
}
