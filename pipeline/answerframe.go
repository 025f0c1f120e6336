package pipeline

import (
	"encoding/binary"

	"vxwall/pipeline/flow"
	"vxwall/pipeline/overlay"
	"vxwall/pipeline/wire"
)

// answerKind is what the firewall says in an answer.
type answerKind uint8

const (
	prohibited answerKind = iota
	tooBig
	resetSender
	resetReceiver
)

// envelope is what an answer says, and how it travels.
type envelope struct {
	kind answerKind
	back bool // to the packet's sender, else to its receiver
	bare bool // to the receiver, whose VLAN tags are taken off
	seed flow.Seed
	mtu  int // for tooBig

	to     *overlay.Tunnel // of a VTEP; nil: the way the packet came
	header overlay.Header
}

// proto is the protocol of the answer; ICMP means that of the packet's IP version.
func (e *envelope) proto() uint8 {
	if e.kind >= resetSender {
		return wire.ProtoTCP
	}
	return wire.ProtoICMP
}

// frame appends a frame to b that carries a transport header and data the way
// the packet came: same tunnel, same VNI, same VLAN tags. A VTEP sends it in a
// tunnel of its own. The packet is not nested.
func (p *Packet) frame(b, l4 []byte, e *envelope) []byte {
	if e.to != nil {
		b = b[:len(b)+e.to.HeaderLen()]
	} else if p.vxlan != 0 {
		b = p.appendOuter(b, e)
	}
	inner := len(b)
	if e.bare {
		b = append(append(b, p.buf[p.inner:p.inner+12]...), p.buf[p.l3-2:p.l3]...)
	} else {
		b = append(b, p.buf[p.inner:p.l3]...) // Ethernet and VLAN tags
	}
	if e.back {
		swapMACs(b[inner:])
	}
	ip := len(b)
	b = appendIP(b, p.buf[p.l3:], e.back)
	transport := len(b)
	b = append(b, l4...)
	completeIP(b[ip:], e.proto(), len(b)-ip)
	completeTransport(b[ip:], b[transport:])
	if e.to != nil {
		e.to.Put(b, &e.header)
	} else if p.vxlan != 0 {
		p.completeOuter(b)
	}
	return b
}

// appendOuter appends the headers up to the VXLAN header, lengths and
// checksums still to come.
func (p *Packet) appendOuter(b []byte, e *envelope) []byte {
	start := len(b)
	b = append(b, p.buf[:p.outer]...) // Ethernet and VLAN tags, or nothing
	if e.back && p.Link() == LinkEthernet {
		swapMACs(b[start:])
	}
	b = appendIP(b, p.buf[p.outer:], e.back)
	udp := wire.UDP(p.buf[p.vxlan-wire.UDPLen:])
	b = binary.BigEndian.AppendUint16(b, firstPort|uint16(p.Flow.Hash(e.seed)&0x3fff))
	b = binary.BigEndian.AppendUint16(b, udp.DstPort())
	b = append(b, 0, 0, 0, 0)
	return p.appendVXLAN(b, e.back)
}

// appendVXLAN appends a VXLAN header with the packet's VNI. In a Group Policy
// network it names the group in whose place the firewall speaks, if that group
// is known, and says that policy was applied.
func (p *Packet) appendVXLAN(b []byte, back bool) []byte {
	if !p.has(flagGroup) {
		return binary.BigEndian.AppendUint32(append(b, wire.VXLANFlagI, 0, 0, 0), p.VNI()<<8)
	}
	b = append(b, wire.VXLANFlagI|wire.VXLANFlagG, wire.GBPFlagA)
	b = binary.BigEndian.AppendUint16(b, p.groupOf(back))
	return binary.BigEndian.AppendUint32(b, p.VNI()<<8)
}

// groupOf is the group in whose place the firewall answers the packet's sender, with
// back, or its receiver. 0 if that is not known.
func (p *Packet) groupOf(back bool) uint16 {
	switch {
	case !back:
		return p.group
	case p.flow != nil:
		return p.flow.Group[1-p.Direction()]
	}
	return 0
}

// completeOuter writes the lengths and checksums of the outer headers of a
// frame made by frame. The UDP checksum is as absent or present as it was.
func (p *Packet) completeOuter(b []byte) {
	ip := b[p.outer:]
	header := wire.IPv4MinLen
	if ip[0]>>4 == 6 {
		header = wire.IPv6Len
	}
	udp := wire.UDP(ip[header:])
	udp.SetLen(len(udp))
	completeIP(ip, wire.ProtoUDP, len(ip))
	if wire.UDP(p.buf[p.vxlan-wire.UDPLen:]).Checksum() != 0 {
		setUDPChecksum(ip, udp)
	}
}

// appendIP appends an IP header without options, from one end of like to the
// other: swapped with back. Length, protocol and checksum are still to come.
func appendIP(b, like []byte, back bool) []byte {
	n := len(b)
	if like[0]>>4 == 6 {
		b = append(b, 0x60, 0, 0, 0, 0, 0, 0, answerTTL)
		b = append(b, like[8:40]...)
		if back {
			swap(b[n+8:n+24], b[n+24:n+40])
		}
		return b
	}
	b = append(b, 0x45, 0, 0, 0, 0, 0, 0x40, 0, answerTTL, 0, 0, 0) // do not fragment
	b = append(b, like[12:20]...)
	if back {
		swap(b[n+12:n+16], b[n+16:n+20])
	}
	return b
}

// completeIP writes what appendIP left out. proto ICMP means that of the
// header's family.
func completeIP(ip []byte, proto uint8, total int) {
	if ip[0]>>4 == 6 {
		if proto == wire.ProtoICMP {
			proto = wire.ProtoICMPv6
		}
		ip[6] = proto
		wire.IPv6(ip).SetPayloadLen(total - wire.IPv6Len)
		return
	}
	ip[9] = proto
	wire.IPv4(ip).SetTotalLen(total)
	wire.IPv4(ip).SetChecksum()
}

// completeTransport writes the checksum of the TCP or ICMP message l4 below ip.
func completeTransport(ip, l4 []byte) {
	src, dst := addresses(ip)
	switch {
	case ip[0]>>4 == 6 && ip[6] == wire.ProtoICMPv6:
		binary.BigEndian.PutUint16(l4[2:], wire.Checksum(l4, wire.PseudoSum(&src, &dst, wire.ProtoICMPv6, len(l4))))
	case ip[0]>>4 == 4 && ip[9] == wire.ProtoICMP:
		binary.BigEndian.PutUint16(l4[2:], wire.Checksum(l4, 0))
	default:
		binary.BigEndian.PutUint16(l4[16:], wire.Checksum(l4, wire.PseudoSum(&src, &dst, wire.ProtoTCP, len(l4))))
	}
}

func swapMACs(ethernet []byte) { swap(ethernet[0:6], ethernet[6:12]) }

func swap(a, b []byte) {
	for i := range a {
		a[i], b[i] = b[i], a[i]
	}
}
