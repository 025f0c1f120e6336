package dns

import (
	"encoding/binary"

	"vxwall/inspect/app"
)

const (
	headerLen   = 12
	prefixLen   = 2 // of a message over TCP (RFC 1035 section 4.2.2)
	minQuestion = 5 // the root's name, type and class
)

// Identify implements app.Protocol. A datagram is a message from its first byte; in a
// stream each message has its length in front. Both are tried: the transport is not
// told, and no message is both.
func (Protocol) Identify(data []byte, _ bool) app.Answer {
	if looksLike(data, len(data)) {
		return app.Yes
	}
	if len(data) < prefixLen {
		return app.More
	}
	length := int(binary.BigEndian.Uint16(data))
	if length < headerLen {
		return app.No
	}
	if len(data) < prefixLen+headerLen {
		return app.More
	}
	message := data[prefixLen:]
	if looksLike(message[:min(length, len(message))], length) {
		return app.Yes
	}
	if len(message) < min(length, headerLen+maxName+4) && soundHeader(message, length) {
		return app.More
	}
	return app.No
}

// looksLike says whether bytes begin a message of a length: a header that makes sense,
// and a first question that does.
func looksLike(m []byte, length int) bool {
	if len(m) < headerLen || !soundHeader(m, length) {
		return false
	}
	if binary.BigEndian.Uint16(m[4:]) == 0 { // an answer need not repeat the question
		return m[2]&0x80 != 0 && len(m) >= headerLen
	}
	var name [maxName]byte
	_, at, ok := appendName(name[:0], m, headerLen)
	if !ok || at+4 > len(m) {
		return false
	}
	kind, class := binary.BigEndian.Uint16(m[at:]), binary.BigEndian.Uint16(m[at+2:])&0x7fff
	return kind != 0 && (class >= 1 && class <= 4 || class >= 254)
}

// soundHeader says whether a header's counts fit a message of a length.
func soundHeader(m []byte, length int) bool {
	const mostQuestions = 16
	questions := int(binary.BigEndian.Uint16(m[4:]))
	records := 0
	for at := 6; at < headerLen; at += 2 {
		records += int(binary.BigEndian.Uint16(m[at:]))
	}
	if questions > mostQuestions || questions+records == 0 {
		return false
	}
	if m[2]&0x80 == 0 && questions == 0 {
		return false
	}
	return headerLen+questions*minQuestion+records*minRecord <= length
}
