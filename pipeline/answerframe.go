package pipeline

import (
	"encoding/binary"

	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// frame appends a frame to b that carries a transport header and data the way
// the packet came: same tunnel, same VNI, same VLAN tags. With back it goes to
// the packet's sender, else to its receiver. The packet is not nested.
func (p *Packet) frame(b, l4 []byte, seed flow.Seed, back bool) []byte {
	if p.vxlan != 0 {
		b = p.appendOuter(b, seed, back)
	}
	inner := len(b)
	b = append(b, p.buf[p.inner:p.l3]...) // Ethernet and VLAN tags
	if back {
		swapMACs(b[inner:])
	}
	proto := uint8(wire.ProtoTCP)
	if p.Flow.Proto != wire.ProtoTCP {
		proto = wire.ProtoICMP
	}
	ip := len(b)
	b = appendIP(b, p.buf[p.l3:], back)
	transport := len(b)
	b = append(b, l4...)
	completeIP(b[ip:], proto, len(b)-ip)
	completeTransport(b[ip:], b[transport:])
	if p.vxlan != 0 {
		p.completeOuter(b)
	}
	return b
}

// appendOuter appends the headers up to the VXLAN header, lengths and
// checksums still to come.
func (p *Packet) appendOuter(b []byte, seed flow.Seed, back bool) []byte {
	start := len(b)
	b = append(b, p.buf[:p.outer]...)
	if back {
		swapMACs(b[start:])
	}
	b = appendIP(b, p.buf[p.outer:], back)
	udp := wire.UDP(p.buf[p.vxlan-wire.UDPLen:])
	b = binary.BigEndian.AppendUint16(b, firstPort|uint16(p.Flow.Hash(seed)&0x3fff))
	b = binary.BigEndian.AppendUint16(b, udp.DstPort())
	b = append(b, 0, 0, 0, 0)
	return p.appendVXLAN(b, back)
}

// appendVXLAN appends a VXLAN header with the packet's VNI. In a Group Policy
// network it names the group in whose place the firewall speaks, if that group
// is known, and says that policy was applied.
func (p *Packet) appendVXLAN(b []byte, back bool) []byte {
	if !p.has(flagGroup) {
		return binary.BigEndian.AppendUint32(append(b, wire.VXLANFlagI, 0, 0, 0), p.VNI()<<8)
	}
	group := p.group
	if back {
		group = 0
		if p.flow != nil {
			group = p.flow.Group[1-p.Direction()]
		}
	}
	b = append(b, wire.VXLANFlagI|wire.VXLANFlagG, wire.GBPFlagA)
	b = binary.BigEndian.AppendUint16(b, group)
	return binary.BigEndian.AppendUint32(b, p.VNI()<<8)
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
