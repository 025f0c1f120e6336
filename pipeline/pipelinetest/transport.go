package pipelinetest

import (
	"encoding/binary"
	"strings"
)

// UDP is a UDP header.
type UDP struct {
	Src, Dst    uint16
	NoChecksum  bool
	BadChecksum bool
	Len         int // override
}

func (u UDP) encode(at place, body []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, u.Src)
	b = binary.BigEndian.AppendUint16(b, u.Dst)
	b = binary.BigEndian.AppendUint16(b, uint16(or(u.Len, 8+len(body))))
	b = append(append(b, 0, 0), body...)
	if !u.NoChecksum {
		putSum(b[6:], u.BadChecksum, at.pseudo(17, len(b)), b)
	}
	return b
}

// TCP is a TCP header.
type TCP struct {
	Src, Dst    uint16
	Seq, Ack    uint32
	Flags       string // out of FSRPAUEC, "." for none; "A" if empty
	Window      uint16 // 65535 if zero
	Options     []byte // a multiple of 4
	BadChecksum bool
	HeaderWords uint8 // override of the data offset
}

func (t TCP) encode(at place, body []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, t.Src)
	b = binary.BigEndian.AppendUint16(b, t.Dst)
	b = binary.BigEndian.AppendUint32(b, t.Seq)
	b = binary.BigEndian.AppendUint32(b, t.Ack)
	b = append(b, or(t.HeaderWords, uint8(5+len(t.Options)/4))<<4, tcpFlags(or(t.Flags, "A")))
	b = binary.BigEndian.AppendUint16(b, or(t.Window, 65535))
	b = append(append(append(b, 0, 0, 0, 0), t.Options...), body...)
	putSum(b[16:], t.BadChecksum, at.pseudo(6, len(b)), b)
	return b
}

func tcpFlags(text string) (flags byte) {
	for _, c := range text {
		if i := strings.IndexRune("FSRPAUEC", c); i >= 0 {
			flags |= 1 << i
		}
	}
	return flags
}

// ICMP is an ICMP header below IPv4, an ICMPv6 header below IPv6.
type ICMP struct {
	Type, Code  uint8
	ID, Seq     uint16
	BadChecksum bool
}

func (m ICMP) encode(at place, body []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{m.Type, m.Code, 0, 0}, m.ID)
	b = append(binary.BigEndian.AppendUint16(b, m.Seq), body...)
	var pseudo []byte
	if at.inIPv6() {
		pseudo = at.pseudo(58, len(b))
	}
	putSum(b[2:], m.BadChecksum, pseudo, b)
	return b
}

// ICMP6 is an ICMP header that calls itself ICMPv6, as it does below IPv6.
type ICMP6 ICMP

func (m ICMP6) encode(at place, body []byte) []byte { return ICMP(m).encode(at, body) }

// SCTP is an SCTP common header, without a checksum.
type SCTP struct{ Src, Dst uint16 }

func (s SCTP) encode(_ place, body []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, s.Src)
	b = binary.BigEndian.AppendUint16(b, s.Dst)
	return append(append(b, make([]byte, 8)...), body...)
}

// putSum writes the checksum of a message whose checksum field is zero.
func putSum(field []byte, bad bool, pseudo, message []byte) {
	checksum := sum(pseudo, message)
	if bad {
		checksum ^= 0x5555
	}
	binary.BigEndian.PutUint16(field, checksum)
}

// Quote returns what an ICMP error quotes of the layers' IP packet: at most n
// bytes of it.
func Quote(n int, layers ...Layer) Bytes {
	b := Frame(layers...)
	return Bytes(b[:min(n, len(b))])
}

// protoOf returns the protocol number that announces a layer.
func protoOf(l Layer) uint8 {
	switch v := l.(type) {
	case IPv4:
		return 4
	case IPv6:
		return 41
	case TCP:
		return 6
	case UDP:
		return 17
	case ICMP:
		return 1
	case ICMP6:
		return 58
	case SCTP:
		return 132
	case GRE:
		return 47
	case Fragment6:
		return 44
	case Ext:
		return v.Proto
	}
	return 253 // for experiments (RFC 3692): a protocol nobody knows
}
