package wire

import "encoding/binary"

// Shortest headers, in bytes.
const (
	UDPLen    = 8
	TCPMinLen = 20
	ICMPLen   = 8 // type, code, checksum, and the four bytes that follow
	SCTPLen   = 12
)

// UDP is a UDP header, UDPLen bytes (RFC 768).
type UDP []byte

// SrcPort is the source port; TCP, SCTP and UDP-Lite have it in the same place.
func (h UDP) SrcPort() uint16 { return binary.BigEndian.Uint16(h[0:2]) }

// DstPort is the destination port.
func (h UDP) DstPort() uint16 { return binary.BigEndian.Uint16(h[2:4]) }

// Len is the length of header and payload in bytes.
func (h UDP) Len() int { return int(binary.BigEndian.Uint16(h[4:6])) }

// SetLen writes the length of header and payload.
func (h UDP) SetLen(n int) { binary.BigEndian.PutUint16(h[4:6], uint16(n)) }

// Checksum is the checksum as received; 0 means that none was computed.
func (h UDP) Checksum() uint16 { return binary.BigEndian.Uint16(h[6:8]) }

// SetChecksum writes the checksum.
func (h UDP) SetChecksum(c uint16) { binary.BigEndian.PutUint16(h[6:8], c) }

// FillChecksum computes and writes the checksum of a whole datagram between two
// addresses. 0 is sent as all ones (RFC 768).
func (h UDP) FillChecksum(src, dst *[16]byte) {
	h.SetChecksum(0)
	sum := Checksum(h, PseudoSum(src, dst, ProtoUDP, len(h)))
	if sum == 0 {
		sum = 0xffff
	}
	h.SetChecksum(sum)
}

// TCPFlags are the control bits of a TCP header (RFC 9293 section 3.1).
type TCPFlags uint8

// The control bits.
const (
	FIN TCPFlags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// TCP is a TCP header, at least TCPMinLen bytes (RFC 9293 section 3.1).
type TCP []byte

// Seq is the sequence number.
func (h TCP) Seq() uint32 { return binary.BigEndian.Uint32(h[4:8]) }

// Ack is the acknowledgement number, valid iff the ACK flag is set.
func (h TCP) Ack() uint32 { return binary.BigEndian.Uint32(h[8:12]) }

// HeaderLen is the header's length in bytes, options included; valid if >= 20.
func (h TCP) HeaderLen() int { return int(h[12]>>4) * 4 }

// Flags are the control bits.
func (h TCP) Flags() TCPFlags { return TCPFlags(h[13]) }

// Window is the receive window, not scaled.
func (h TCP) Window() uint16 { return binary.BigEndian.Uint16(h[14:16]) }

// MaxWindowScale is the largest shift a window scale option may ask for
// (RFC 7323 section 2.3).
const MaxWindowScale = 14

// WindowScale returns the shift of the window scale option and whether there
// is one. h must be HeaderLen bytes long.
func (h TCP) WindowScale() (shift uint8, ok bool) {
	for opt := h[TCPMinLen:]; len(opt) > 0; {
		if opt[0] == 0 { // end of options
			return 0, false
		}
		if opt[0] == 1 { // no operation
			opt = opt[1:]
			continue
		}
		if len(opt) < 2 || opt[1] < 2 || int(opt[1]) > len(opt) {
			return 0, false
		}
		if opt[0] == 3 && opt[1] == 3 {
			return min(opt[2], MaxWindowScale), true
		}
		opt = opt[opt[1]:]
	}
	return 0, false
}

// MSS returns the two bytes of the maximum segment size option (RFC 9293 section
// 3.7.1), nil if there is none. h must be HeaderLen bytes long.
func (h TCP) MSS() []byte {
	for opt := h[TCPMinLen:]; len(opt) > 0; {
		if opt[0] == 0 {
			return nil
		}
		if opt[0] == 1 {
			opt = opt[1:]
			continue
		}
		if len(opt) < 2 || opt[1] < 2 || int(opt[1]) > len(opt) {
			return nil
		}
		if opt[0] == 2 && opt[1] == 4 {
			return opt[2:4]
		}
		opt = opt[opt[1]:]
	}
	return nil
}

// Urgent is the urgent pointer, valid iff the URG flag is set.
func (h TCP) Urgent() uint16 { return binary.BigEndian.Uint16(h[18:20]) }

// ClearUrgent takes the urgent mark off.
func (h TCP) ClearUrgent() {
	h[13] &^= byte(URG)
	h[18], h[19] = 0, 0
}

// Checksum is the checksum as it stands in the header.
func (h TCP) Checksum() uint16 { return binary.BigEndian.Uint16(h[16:18]) }

// SetChecksum writes the checksum.
func (h TCP) SetChecksum(c uint16) { binary.BigEndian.PutUint16(h[16:18], c) }

// ICMP is the header of an ICMP or ICMPv6 message, at least ICMPLen bytes
// (RFC 792, RFC 4443).
type ICMP []byte

// ICMP and ICMPv6 message types that the firewall treats by name.
const (
	ICMPEchoReply        = 0
	ICMPUnreachable      = 3
	ICMPQuench           = 4
	ICMPRedirect         = 5
	ICMPEcho             = 8
	ICMPTimeExceeded     = 11
	ICMPParameterProblem = 12
	ICMPTimestamp        = 13
	ICMPTimestampReply   = 14
	ICMPInfo             = 15
	ICMPInfoReply        = 16
	ICMPMask             = 17
	ICMPMaskReply        = 18

	ICMPv6Unreachable      = 1
	ICMPv6TooBig           = 2
	ICMPv6ParameterProblem = 4
	ICMPv6Echo             = 128
	ICMPv6EchoReply        = 129
	ICMPv6RouterSolicit    = 133
	ICMPv6Redirect         = 137
)

// Type is the message type.
func (h ICMP) Type() uint8 { return h[0] }

// Code is the message code.
func (h ICMP) Code() uint8 { return h[1] }

// ID is the identifier of a query or its reply.
func (h ICMP) ID() uint16 { return binary.BigEndian.Uint16(h[4:6]) }
