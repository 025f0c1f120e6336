package evade

import (
	"encoding/binary"

	"vxwall/pipeline/stream"
	"vxwall/pipeline/wire"
)

// The two ends.
var (
	attacker = [4]byte{10, 99, 0, 2}
	receiver = [4]byte{10, 99, 0, 1}
)

const (
	receiverPort = 80
	ipHeader     = 20
	tcpHeader    = 20
	protoTCP     = 6
)

// segment is a TCP segment of the attacker's.
type segment struct {
	port     uint16 // the attacker's
	seq, ack uint32
	flags    uint8
	urgent   uint16
	options  []byte // padded
	payload  []byte
	badSum   bool
}

// packet makes an IPv4 packet of a segment. Forged ones come from the receiver.
func (s *segment) packet(forged bool) []byte {
	header := tcpHeader + len(s.options)
	b := make([]byte, ipHeader+header+len(s.payload))
	src, dst, sport, dport := attacker, receiver, s.port, uint16(receiverPort)
	if forged {
		src, dst, sport, dport = dst, src, dport, sport
	}
	b[0], b[8], b[9] = 0x45, 64, protoTCP
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	copy(b[12:], src[:])
	copy(b[16:], dst[:])
	wire.IPv4(b[:ipHeader]).SetChecksum()
	t := b[ipHeader:]
	binary.BigEndian.PutUint16(t, sport)
	binary.BigEndian.PutUint16(t[2:], dport)
	binary.BigEndian.PutUint32(t[4:], s.seq)
	binary.BigEndian.PutUint32(t[8:], s.ack)
	t[12], t[13] = byte(header/4)<<4, s.flags
	binary.BigEndian.PutUint16(t[14:], 60000)
	binary.BigEndian.PutUint16(t[18:], s.urgent)
	copy(t[tcpHeader:], s.options)
	copy(t[header:], s.payload)
	Fix(b)
	if s.badSum {
		t[16] ^= 0x55
	}
	return b
}

// Fix mends the TCP checksum of a packet.
func Fix(packet []byte) {
	ip, t := wire.IPv4(packet), packet[ipHeader:]
	src, dst := ip.Src(), ip.Dst()
	t[16], t[17] = 0, 0
	binary.BigEndian.PutUint16(t[16:], wire.Checksum(t, wire.PseudoSum(&src, &dst, protoTCP, len(t))))
}

// Parse reads a packet's TCP segment. The payload is the packet's own. It reports false for what
// is no TCP.
func Parse(packet []byte) (in stream.Segment, ok bool) {
	if len(packet) < ipHeader+tcpHeader || packet[0] != 0x45 || packet[9] != protoTCP {
		return in, false
	}
	t := packet[ipHeader:]
	header := int(t[12]>>4) * 4
	if header < tcpHeader || header > len(t) {
		return in, false
	}
	in = stream.Segment{
		Seq: binary.BigEndian.Uint32(t[4:]), Ack: binary.BigEndian.Uint32(t[8:]), Flags: t[13] & 63,
		Window: binary.BigEndian.Uint16(t[14:]), Urgent: binary.BigEndian.Uint16(t[18:]), Payload: t[header:],
	}
	in.SetOptions(t[tcpHeader:header])
	return in, true
}

// ports returns the ports of a packet.
func ports(packet []byte) (src, dst uint16) {
	return binary.BigEndian.Uint16(packet[ipHeader:]), binary.BigEndian.Uint16(packet[ipHeader+2:])
}
