package pipeline

import (
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// maxInnerVLAN is the number of VLAN tags read in an inner frame: two (QinQ).
// A third stands where an EtherType should and makes the frame neither IP nor
// ARP.
const maxInnerVLAN = 2

// parseEthernet reads the inner Ethernet header at an offset and goes on.
func (p *Packet) parseEthernet(c *Config, at int) Reason {
	frame := p.buf[at:p.end]
	if len(frame) < wire.EthernetLen {
		return InnerShort
	}
	p.inner = uint16(at)
	p.flags |= flagL2
	etherType, l3 := wire.Ethernet(frame).Type(), wire.EthernetLen
	for n := 0; n < maxInnerVLAN && wire.IsVLAN(etherType); n++ {
		if c.VLAN == VLANDrop {
			return InnerVLAN
		}
		if len(frame) < l3+wire.VLANLen {
			return InnerShort
		}
		if !c.strips(p) { // a frame whose tags are taken off is one without
			p.Flow.VLAN = p.Flow.VLAN<<16 | uint32(at16(frame, l3)&0x0fff)
		}
		etherType, l3 = at16(frame, l3+2), l3+wire.VLANLen
	}
	return p.parseNetwork(c, at+l3, etherType)
}

// strips says whether the tags of the frame that is being parsed are taken off when
// it leaves: those inside nested tunnels stay, and copies do not leave.
func (c *Config) strips(p *Packet) bool { return c.VLAN == VLANStrip && !c.Passive && p.depth == 0 }

// parseNetwork reads the network header at an offset and goes on.
func (p *Packet) parseNetwork(c *Config, at int, etherType uint16) Reason {
	p.l3 = uint16(at)
	switch etherType {
	case wire.TypeIPv4, wire.TypeIPv6:
		return p.parseIP(c, at, etherType)
	case wire.TypeARP:
		p.flags |= flagARP
	}
	return OK
}

// parseIP reads an inner IP header and what follows. The packet's end becomes
// that of the IP packet: Ethernet may pad behind it.
func (p *Packet) parseIP(c *Config, at int, etherType uint16) Reason {
	var h ipHeader
	packet := p.buf[at:p.end]
	if reason := h.parse(packet, etherType, c.ExtensionLimit); reason != OK {
		return reason
	}
	total := p.clamp(c, h.total, len(packet))
	if total > len(packet) {
		return InnerTruncated
	}
	if at+h.len > 0xffff { // offsets have 16 bits
		return ExtensionLimit
	}
	p.end = uint32(at + total)
	p.l4, p.payload = uint16(at+h.len), uint16(at+h.len)
	p.Flow.Proto = h.proto
	putAddresses(&p.Flow.Src, &p.Flow.Dst, packet)
	if h.v6 && !c.Passive && (wire.Is4(&p.Flow.Src) || wire.Is4(&p.Flow.Dst)) {
		return InnerBadIP // would pass for IPv4, and has no place on a wire
	}
	if (!c.IgnoreChecksums || h.fragmented && !c.Passive) && !headerChecksumOK(packet, &h) {
		return InnerChecksum
	}
	if h.fragmented && total < h.total {
		return p.cutFragment(c, &h)
	}
	if h.fragmented {
		p.flags |= flagFragment
		return h.plainFragment()
	}
	return p.parseTransport(c)
}

// parseTransport reads the transport header of a whole datagram and completes
// the flow key.
func (p *Packet) parseTransport(c *Config) Reason {
	l4 := p.L4()
	n := transportLen(p.Flow.Proto, l4, p.cut())
	if n < 0 || int(p.l4)+n > 0xffff {
		return InnerTransport
	}
	if !c.IgnoreChecksums && !p.transportChecksumOK() {
		return InnerChecksum
	}
	p.payload = p.l4 + uint16(n)
	switch p.Flow.Proto {
	case wire.ProtoUDP:
		p.end = uint32(p.l4) + uint32(min(wire.UDP(l4).Len(), len(l4)))
		fallthrough
	case wire.ProtoTCP, wire.ProtoSCTP:
		p.Flow.SrcPort, p.Flow.DstPort = wire.UDP(l4).SrcPort(), wire.UDP(l4).DstPort()
	case wire.ProtoICMP, wire.ProtoICMPv6:
		icmpKey(&p.Flow, wire.ICMP(l4))
	}
	p.flags |= flagIP
	return OK
}

// transportLen returns the length of a transport header, -1 if it is malformed
// or does not fit. Protocols we know nothing of have 0. What follows the header may be
// cut.
func transportLen(proto uint8, l4 []byte, cut bool) int {
	switch proto {
	case wire.ProtoTCP:
		if len(l4) < wire.TCPMinLen {
			return -1
		}
		if n := wire.TCP(l4).HeaderLen(); n >= wire.TCPMinLen && n <= len(l4) {
			return n
		}
		return -1
	case wire.ProtoUDP:
		if len(l4) < wire.UDPLen || wire.UDP(l4).Len() < wire.UDPLen || !cut && wire.UDP(l4).Len() > len(l4) {
			return -1
		}
		return wire.UDPLen
	case wire.ProtoSCTP:
		return fits(wire.SCTPLen, l4)
	case wire.ProtoICMP, wire.ProtoICMPv6:
		return fits(wire.ICMPLen, l4)
	}
	return 0
}

func fits(n int, b []byte) int {
	if len(b) < n {
		return -1
	}
	return n
}

// icmpKey sets the key's ICMP fields. A query and its reply are the two
// directions of one flow: the identifier and the number after it stand in for
// the ports, so that no query from the other end, whatever its identifier,
// passes for a reply. Other messages have their type and code only.
func icmpKey(k *flow.Key, h wire.ICMP) {
	query, reply := queryType(k.Proto, h.Type())
	k.ICMP = uint16(query)<<8 | uint16(h.Code())
	switch {
	case query != h.Type():
		k.SrcPort, k.DstPort = h.ID()+1, h.ID()
	case reply != query:
		k.SrcPort, k.DstPort = h.ID(), h.ID()+1
	}
}

// queryType returns the query and reply types of the exchange that an ICMP
// message belongs to, twice its own type if it is no query or reply.
func queryType(proto, t uint8) (query, reply uint8) {
	if proto == wire.ProtoICMPv6 {
		if t == wire.ICMPv6Echo || t == wire.ICMPv6EchoReply {
			return wire.ICMPv6Echo, wire.ICMPv6EchoReply
		}
		return t, t
	}
	switch t {
	case wire.ICMPEcho, wire.ICMPEchoReply:
		return wire.ICMPEcho, wire.ICMPEchoReply
	case wire.ICMPTimestamp, wire.ICMPTimestampReply:
		return wire.ICMPTimestamp, wire.ICMPTimestampReply
	case wire.ICMPInfo, wire.ICMPInfoReply:
		return wire.ICMPInfo, wire.ICMPInfoReply
	case wire.ICMPMask, wire.ICMPMaskReply:
		return wire.ICMPMask, wire.ICMPMaskReply
	}
	return t, t
}

// plainFragment refuses fragments that receivers may not take: with options or
// extension headers in front of their data, or (see parseIP) with a wrong
// checksum. Whoever sends such ones beside good ones could have a datagram put
// together there that is another than the one judged here.
func (h *ipHeader) plainFragment() Reason {
	plain := wire.IPv4MinLen
	if h.v6 {
		plain = wire.IPv6Len + wire.ExtensionMinLen
	}
	if h.len != plain {
		return FragmentBad
	}
	return OK
}

// headerChecksumOK verifies an IPv4 header; IPv6 has no checksum.
func headerChecksumOK(packet []byte, h *ipHeader) bool {
	return h.v6 || wire.Checksum(packet[:h.len], 0) == 0
}

// transportChecksumOK verifies TCP, UDP, ICMP and ICMPv6 (RFC 1071).
func (p *Packet) transportChecksumOK() bool {
	l4 := p.L4()
	switch p.Flow.Proto {
	case wire.ProtoICMP:
		return wire.Checksum(l4, 0) == 0
	case wire.ProtoUDP:
		if l4 = l4[:wire.UDP(l4).Len()]; wire.UDP(l4).Checksum() == 0 && wire.Is4(&p.Flow.Src) {
			return true
		}
	case wire.ProtoTCP, wire.ProtoICMPv6:
	default:
		return true
	}
	return wire.Checksum(l4, wire.PseudoSum(&p.Flow.Src, &p.Flow.Dst, p.Flow.Proto, len(l4))) == 0
}
