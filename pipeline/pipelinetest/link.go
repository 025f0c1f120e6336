package pipelinetest

import (
	"encoding/binary"
	"net"
)

// MAC addresses of the two ends where a test names none.
const (
	MACa = "02:00:00:00:01:0a"
	MACb = "02:00:00:00:01:0b"
)

// Eth is an Ethernet header.
type Eth struct {
	Src, Dst string // MAC addresses; MACa and MACb if empty
	Type     uint16 // override of the EtherType
}

func (e Eth) encode(at place, body []byte) []byte {
	b := append(mac(e.Dst, MACb), mac(e.Src, MACa)...)
	return append(binary.BigEndian.AppendUint16(b, or(e.Type, etherType(at.next))), body...)
}

func mac(text, otherwise string) []byte {
	m, err := net.ParseMAC(or(text, otherwise))
	if err != nil {
		panic(err)
	}
	return m
}

// VLAN is a VLAN tag.
type VLAN struct {
	ID    uint16
	Outer bool   // a service tag (802.1ad)
	Type  uint16 // override of the EtherType that follows
}

func (v VLAN) encode(at place, body []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, v.ID)
	return append(binary.BigEndian.AppendUint16(b, or(v.Type, etherType(at.next))), body...)
}

// Cooked is a Linux cooked capture header, of version 1 or 2.
type Cooked struct{ V2 bool }

func (c Cooked) encode(at place, body []byte) []byte {
	if c.V2 {
		return append(append(binary.BigEndian.AppendUint16(nil, etherType(at.next)), make([]byte, 18)...), body...)
	}
	return append(binary.BigEndian.AppendUint16(make([]byte, 14), etherType(at.next)), body...)
}

// Null is a BSD loopback header.
type Null struct{}

func (Null) encode(at place, body []byte) []byte {
	family := byte(2)
	if etherType(at.next) == 0x86dd {
		family = 30
	}
	return append([]byte{family, 0, 0, 0}, body...)
}

// ARP is an ARP request from one address for another. MAC is the sender's, MACa if
// empty.
type ARP struct{ Sender, Target, MAC string }

func (a ARP) encode(_ place, body []byte) []byte {
	b := []byte{0, 1, 8, 0, 6, 4, 0, 1}
	b = append(append(b, mac(a.MAC, MACa)...), addr(a.Sender, "10.1.0.5")...)
	b = append(append(b, 0, 0, 0, 0, 0, 0), addr(a.Target, "10.2.0.9")...)
	return append(b, body...)
}

// IPv4 is an IPv4 header.
type IPv4 struct {
	Src, Dst string // 10.1.0.5 and 10.2.0.9 if empty
	ID       uint16
	TOS      uint8
	TTL      uint8 // 61 if zero
	DF       bool  // do not fragment
	Offset   int   // of a fragment, in bytes
	More     bool
	Options  []byte // a multiple of 4

	Proto       uint8 // override
	Len         int   // override of the total length
	HeaderWords uint8 // override of the header length
	Version     uint8 // override
	BadChecksum bool
}

func (ip IPv4) encode(at place, body []byte) []byte {
	n := 20 + len(ip.Options)
	b := make([]byte, 12, n+len(body))
	b[0] = or(ip.Version, 4)<<4 | or(ip.HeaderWords, uint8(n/4))
	b[1] = ip.TOS
	binary.BigEndian.PutUint16(b[2:], uint16(or(ip.Len, n+len(body))))
	binary.BigEndian.PutUint16(b[4:], ip.ID)
	fragment := uint16(ip.Offset / 8)
	if ip.More {
		fragment |= 0x2000
	}
	if ip.DF {
		fragment |= 0x4000
	}
	binary.BigEndian.PutUint16(b[6:], fragment)
	b[8], b[9] = or(ip.TTL, 61), or(ip.Proto, protoOf(at.next))
	b = append(append(b, addr(ip.Src, "10.1.0.5")...), addr(ip.Dst, "10.2.0.9")...)
	b = append(b, ip.Options...)
	checksum := sum(b)
	if ip.BadChecksum {
		checksum++
	}
	binary.BigEndian.PutUint16(b[10:], checksum)
	return append(b, body...)
}

// IPv6 is the fixed IPv6 header.
type IPv6 struct {
	Src, Dst   string // 2001:db8:1::5 and 2001:db8:2::9 if empty
	FragmentID uint32 // for Split and Piece
	HopLimit   uint8  // 61 if zero
	TOS        uint8  // traffic class

	Next    uint8 // override of the next header
	Len     int   // override of the payload length
	Version uint8 // override
}

func (ip IPv6) encode(at place, body []byte) []byte {
	b := make([]byte, 8, 40+len(body))
	b[0], b[1] = or(ip.Version, 6)<<4|ip.TOS>>4, ip.TOS<<4
	binary.BigEndian.PutUint16(b[4:], uint16(or(ip.Len, len(body))))
	b[6], b[7] = or(ip.Next, protoOf(at.next)), or(ip.HopLimit, 61)
	b = append(append(b, addr(ip.Src, "2001:db8:1::5")...), addr(ip.Dst, "2001:db8:2::9")...)
	return append(b, body...)
}

// Ext is an IPv6 extension header other than that of a fragment.
type Ext struct {
	Proto uint8  // its own number: 0 hop by hop, 43 routing, 60 destination options
	Body  []byte // after the length field; padded to a multiple of 8
	Len   uint8  // override of the length field, in units of 8 bytes beyond the first
	Next  uint8  // override of the next header
}

func (x Ext) encode(at place, body []byte) []byte {
	b := append([]byte{or(x.Next, protoOf(at.next)), 0}, x.Body...)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	b[1] = or(x.Len, uint8(len(b)/8-1))
	return append(b, body...)
}

// Fragment6 is an IPv6 fragment header.
type Fragment6 struct {
	ID     uint32
	Offset int
	More   bool
	Next   uint8 // override of the next header
}

func (f Fragment6) encode(at place, body []byte) []byte {
	v := uint16(f.Offset) &^ 7
	if f.More {
		v |= 1
	}
	b := binary.BigEndian.AppendUint16([]byte{or(f.Next, protoOf(at.next)), 0}, v)
	return append(binary.BigEndian.AppendUint32(b, f.ID), body...)
}

// etherType returns the EtherType that announces a layer.
func etherType(l Layer) uint16 {
	switch v := l.(type) {
	case IPv4:
		return 0x0800
	case IPv6:
		return 0x86dd
	case ARP:
		return 0x0806
	case Eth:
		return 0x6558
	case VLAN:
		if v.Outer {
			return 0x88a8
		}
		return 0x8100
	}
	return 0x88cc // LLDP: none that the pipeline looks into
}
