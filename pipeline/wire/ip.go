package wire

import "encoding/binary"

// IP protocol numbers (IANA protocol-numbers).
const (
	ProtoHopByHop = 0
	ProtoICMP     = 1
	ProtoIGMP     = 2
	ProtoIPv4     = 4
	ProtoTCP      = 6
	ProtoUDP      = 17
	ProtoIPv6     = 41
	ProtoRouting  = 43
	ProtoFragment = 44
	ProtoGRE      = 47
	ProtoESP      = 50
	ProtoAH       = 51
	ProtoICMPv6   = 58
	ProtoNoNext   = 59
	ProtoDestOpts = 60
	ProtoSCTP     = 132
)

// IPv4MinLen and IPv6Len are the lengths of an IPv4 header without options and
// of the fixed IPv6 header, in bytes.
const (
	IPv4MinLen = 20
	IPv6Len    = 40
)

// IPv4 is an IPv4 header, at least IPv4MinLen bytes (RFC 791).
type IPv4 []byte

// Version is the version field, 4 if valid.
func (h IPv4) Version() uint8 { return h[0] >> 4 }

// HeaderLen is the header's length in bytes, options included; valid if >= 20.
func (h IPv4) HeaderLen() int { return int(h[0]&0x0f) * 4 }

// TotalLen is the length of header and payload in bytes.
func (h IPv4) TotalLen() int { return int(binary.BigEndian.Uint16(h[2:4])) }

// SetTotalLen writes the length of header and payload.
func (h IPv4) SetTotalLen(n int) { binary.BigEndian.PutUint16(h[2:4], uint16(n)) }

// ID is the identification, shared by the fragments of one datagram.
func (h IPv4) ID() uint16 { return binary.BigEndian.Uint16(h[4:6]) }

// Fragment reports the fragment's offset in bytes and whether more follow.
// A packet that is not a fragment has 0, false.
func (h IPv4) Fragment() (offset int, more bool) {
	v := binary.BigEndian.Uint16(h[6:8])
	return int(v&0x1fff) * 8, v&0x2000 != 0
}

// ClearFragment makes the header that of a whole datagram.
func (h IPv4) ClearFragment() { binary.BigEndian.PutUint16(h[6:8], 0) }

// TTL is the time to live.
func (h IPv4) TTL() uint8 { return h[8] }

// Proto is the protocol of the payload.
func (h IPv4) Proto() uint8 { return h[9] }

// SetChecksum computes and writes the header checksum.
func (h IPv4) SetChecksum() {
	h[10], h[11] = 0, 0
	binary.BigEndian.PutUint16(h[10:12], Checksum(h[:h.HeaderLen()], 0))
}

// TOS is the byte with DSCP and ECN (RFC 2474, RFC 3168).
func (h IPv4) TOS() uint8 { return h[1] }

// SetTOS writes the byte with DSCP and ECN and updates the checksum.
func (h IPv4) SetTOS(tos uint8) {
	before := binary.BigEndian.Uint16(h[0:2])
	h[1] = tos
	sum := Update(binary.BigEndian.Uint16(h[10:12]), before, binary.BigEndian.Uint16(h[0:2]))
	binary.BigEndian.PutUint16(h[10:12], sum)
}

// Src is the source address, IPv4-mapped to 16 bytes (RFC 4291 section 2.5.5.2).
func (h IPv4) Src() [16]byte { return mapped(h[12:16]) }

// Dst is the destination address, IPv4-mapped to 16 bytes.
func (h IPv4) Dst() [16]byte { return mapped(h[16:20]) }

// Map4 returns an IPv4 address as an IPv4-mapped IPv6 address.
func Map4(a [4]byte) [16]byte { return mapped(a[:]) }

func mapped(b []byte) (a [16]byte) {
	a[10], a[11] = 0xff, 0xff
	copy(a[12:], b[:4])
	return a
}

// Is4 says whether a 16-byte address is an IPv4-mapped one.
func Is4(a *[16]byte) bool {
	return binary.BigEndian.Uint64(a[0:8]) == 0 && binary.BigEndian.Uint32(a[8:12]) == 0xffff
}

// IPv6 is a fixed IPv6 header, IPv6Len bytes (RFC 8200 section 3).
type IPv6 []byte

// Version is the version field, 6 if valid.
func (h IPv6) Version() uint8 { return h[0] >> 4 }

// TOS is the traffic class: DSCP and ECN.
func (h IPv6) TOS() uint8 { return h[0]<<4 | h[1]>>4 }

// SetTOS writes the traffic class.
func (h IPv6) SetTOS(tos uint8) { h[0], h[1] = h[0]&0xf0|tos>>4, h[1]&0x0f|tos<<4 }

// PayloadLen is the length of all that follows the fixed header, in bytes.
func (h IPv6) PayloadLen() int { return int(binary.BigEndian.Uint16(h[4:6])) }

// SetPayloadLen writes the length of all that follows the fixed header.
func (h IPv6) SetPayloadLen(n int) { binary.BigEndian.PutUint16(h[4:6], uint16(n)) }

// NextHeader is the protocol of what follows the fixed header.
func (h IPv6) NextHeader() uint8 { return h[6] }

// HopLimit is the hop limit.
func (h IPv6) HopLimit() uint8 { return h[7] }

// Src is the source address.
func (h IPv6) Src() [16]byte { return [16]byte(h[8:24]) }

// Dst is the destination address.
func (h IPv6) Dst() [16]byte { return [16]byte(h[24:40]) }

// ExtensionMinLen is the shortest IPv6 extension header, in bytes.
const ExtensionMinLen = 8

// Extension is an IPv6 extension header, at least ExtensionMinLen bytes
// (RFC 8200 section 4).
type Extension []byte

// NextHeader is the protocol of what follows the extension header.
func (x Extension) NextHeader() uint8 { return x[0] }

// Len is the header's length in bytes, given its own protocol number.
func (x Extension) Len(proto uint8) int {
	if proto == ProtoFragment {
		return 8
	}
	return (int(x[1]) + 1) * 8
}

// Fragment reports the offset in bytes, whether more fragments follow, and the
// identification of a fragment header (RFC 8200 section 4.5).
func (x Extension) Fragment() (offset int, more bool, id uint32) {
	v := binary.BigEndian.Uint16(x[2:4])
	return int(v &^ 7), v&1 != 0, binary.BigEndian.Uint32(x[4:8])
}

// Routing reports the type of a routing header and how many nodes of its route
// are still to be visited (RFC 8200 section 4.4).
func (x Extension) Routing() (kind, segmentsLeft uint8) { return x[2], x[3] }

// IsExtension says whether a protocol number is an IPv6 extension header that
// is walked over. What follows ESP is encrypted; AH, mobility and the like are
// protocols of their own to a policy, so that nothing hides behind them.
func IsExtension(proto uint8) bool {
	switch proto {
	case ProtoHopByHop, ProtoRouting, ProtoFragment, ProtoDestOpts:
		return true
	}
	return false
}
