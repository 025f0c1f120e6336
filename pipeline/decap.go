package pipeline

import (
	"encoding/binary"
	"slices"

	"vxwall/pipeline/wire"
)

// maxOuterVLAN is the number of VLAN tags accepted around the underlay.
const maxOuterVLAN = 2

// maxOffset is how deep in a frame a tunnel may carry something: offsets have
// 16 bits, and link and network headers follow.
const maxOffset = 0xff00

// decap checks the outer headers and the VXLAN header, then the inner ones, and
// sets the packet's offsets and flow key. Anything but OK refuses the packet.
func (p *Packet) decap(c *Config) Reason {
	p.end = uint32(len(p.buf))
	if c.Plain {
		return p.decapPlain(c)
	}
	etherType, l3, ok := linkHeader(p.buf, p.Link(), maxOuterVLAN)
	if !ok {
		return OuterShort
	}
	if etherType != wire.TypeIPv4 && etherType != wire.TypeIPv6 {
		return NotVXLAN
	}
	var h ipHeader
	if reason := h.parse(p.buf[l3:], etherType, c.ExtensionLimit); reason != OK {
		return outerReason(reason)
	}
	if h.fragmented && wire.IsExtension(h.proto) { // whatever it hides
		return OuterFragment
	}
	if h.proto != wire.ProtoUDP {
		return NotVXLAN
	}
	p.outer = uint8(l3)
	if h.fragmented {
		return OuterFragment
	}
	return p.decapUDP(c, l3, &h)
}

// Parser checks the headers of single frames, outside of any worker.
type Parser struct{ packet Packet }

// Parse returns the packet as far as it got. The packet belongs to the Parser
// until the next Parse, and keeps the frame.
func (r *Parser) Parse(c *Config, frame []byte, link LinkType) (*Packet, Reason) {
	r.packet.reset(frame, 0, 0, link)
	return &r.packet, r.packet.decap(c)
}

// decapUDP goes on at the outer UDP header of a whole packet.
func (p *Packet) decapUDP(c *Config, l3 int, h *ipHeader) Reason {
	udp := wire.UDP(p.buf[l3+h.len:])
	if len(udp) < wire.UDPLen {
		return OuterShort
	}
	if !slices.Contains(c.Ports, udp.DstPort()) {
		return NotVXLAN
	}
	if c.vtep != nil {
		if reason := c.vtep.addressed(p.buf[l3:]); reason != OK {
			return reason
		}
	}
	total := p.clamp(c, h.total, len(p.buf)-l3)
	if total > len(p.buf)-l3 {
		return OuterShort
	}
	length := p.clamp(c, udp.Len(), total-h.len)
	if length < wire.UDPLen || length > total-h.len {
		return OuterBadUDP
	}
	if h.v6 && udp.Checksum() == 0 && !c.AcceptNoChecksum6 {
		return OuterChecksum
	}
	vxlan := l3 + h.len + wire.UDPLen
	if vxlan > maxOffset {
		return OuterBadIP
	}
	if length < wire.UDPLen+wire.VXLANLen {
		return VXLANShort
	}
	p.end = uint32(l3 + h.len + length)
	return p.decapVXLAN(c, vxlan)
}

// decapVXLAN goes on at the VXLAN header.
func (p *Packet) decapVXLAN(c *Config, at int) Reason {
	h := wire.VXLAN(p.buf[at : at+wire.VXLANLen])
	if !h.HasVNI() {
		return VXLANNoVNI
	}
	if !c.AcceptReserved && h.Reserved() {
		return VXLANReserved
	}
	p.vxlan = uint16(at)
	p.Flow.VNI = h.VNI()
	if h.HasGroup() {
		p.flags |= flagGroup
		p.group = h.Group()
	}
	if c.vtep != nil {
		if reason := c.vtep.arrive(p); reason != OK {
			return reason
		}
	}
	return p.parseEthernet(c, at+wire.VXLANLen)
}

// decapPlain takes the frame itself for the inner one.
func (p *Packet) decapPlain(c *Config) Reason {
	p.Flow.VNI = c.PlainVNI
	if p.Link() == LinkEthernet {
		return p.parseEthernet(c, 0)
	}
	etherType, l3, ok := linkHeader(p.buf, p.Link(), 0)
	if !ok {
		return InnerShort
	}
	return p.parseNetwork(c, l3, etherType)
}

// outerReason maps the reasons of an IP header to those of an outer one.
func outerReason(r Reason) Reason {
	if r == InnerShort {
		return OuterShort
	}
	return OuterBadIP
}

// linkHeader returns the EtherType of what a frame carries and where it
// begins, behind at most vlans VLAN tags. ok is false if the frame ends before.
func linkHeader(b []byte, link LinkType, vlans int) (etherType uint16, l3 int, ok bool) {
	switch link {
	case LinkRaw:
		return ipType(b, 0)
	case LinkNull:
		return ipType(b, 4)
	case LinkSLL: // pcap-linktype(7): protocol at 14, header of 16 bytes
		etherType, l3 = at16(b, 14), 16
	case LinkSLL2: // protocol at 0, header of 20 bytes
		etherType, l3 = at16(b, 0), 20
	default:
		etherType, l3 = at16(b, 12), wire.EthernetLen
	}
	for ; vlans > 0 && wire.IsVLAN(etherType); vlans-- {
		etherType, l3 = at16(b, l3+2), l3+wire.VLANLen
	}
	return etherType, l3, l3 <= len(b)
}

// ipType tells IPv4 from IPv6 by the version where no EtherType does.
func ipType(b []byte, l3 int) (uint16, int, bool) {
	if len(b) <= l3 {
		return 0, 0, false
	}
	if b[l3]>>4 == 6 {
		return wire.TypeIPv6, l3, true
	}
	return wire.TypeIPv4, l3, true
}

// at16 returns the 16-bit number at an offset, 0 beyond the end.
func at16(b []byte, off int) uint16 {
	if off+2 > len(b) {
		return 0
	}
	return binary.BigEndian.Uint16(b[off:])
}
