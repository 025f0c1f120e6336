package pipeline

import "vxwall/pipeline/wire"

// encap makes a packet that passes ready to leave.
func (w *Worker) encap(p *Packet) {
	if w.vtep != nil {
		w.rewrite(p)
	} else {
		p.encap(&w.cfg)
	}
}

// encap makes a packet ready for a wire: it leaves as it came, byte for byte,
// unless inner VLAN tags are to be stripped.
func (p *Packet) encap(c *Config) {
	if c.VLAN != VLANStrip || c.Passive || p.vxlan == 0 && !c.Plain {
		return
	}
	at, end := 0, len(p.buf)
	if p.vxlan != 0 {
		at = int(p.vxlan) + wire.VXLANLen
		end = int(p.vxlan) - wire.UDPLen + wire.UDP(p.buf[p.vxlan-wire.UDPLen:]).Len()
	} else if p.Link() != LinkEthernet {
		return
	}
	n := 0
	for n < maxInnerVLAN*wire.VLANLen && wire.IsVLAN(at16(p.buf[:end], at+12+n)) {
		n += wire.VLANLen
	}
	if n > 0 && at+wire.EthernetLen+n <= end {
		p.strip(at, n)
	}
}

// strip takes n bytes of VLAN tags out of the inner frame at an offset: all in
// front of the tags moves up, and the outer lengths shrink.
func (p *Packet) strip(at, n int) {
	front := at + 12 // up to the end of the inner MAC addresses
	copy(p.buf[n:n+front], p.buf[:front])
	p.buf = p.buf[n:]
	if int(p.inner) > at { // in a nested tunnel
		p.inner -= uint16(n)
	}
	p.l3 -= uint16(n)
	p.l4 -= uint16(n)
	p.payload -= uint16(n)
	p.end -= uint32(n)
	if p.vxlan == 0 {
		return
	}
	ip, udp := p.buf[p.outer:], wire.UDP(p.buf[p.vxlan-wire.UDPLen:])
	udp.SetLen(udp.Len() - n)
	if ip[0]>>4 == 4 {
		h := wire.IPv4(ip)
		h.SetTotalLen(h.TotalLen() - n)
		h.SetChecksum()
	} else {
		h := wire.IPv6(ip)
		h.SetPayloadLen(h.PayloadLen() - n)
	}
	if udp.Checksum() != 0 {
		setUDPChecksum(ip, udp[:udp.Len()])
	}
}

// setUDPChecksum computes the checksum of a UDP datagram below an IP header.
func setUDPChecksum(ip, datagram []byte) {
	src, dst := addresses(ip)
	wire.UDP(datagram).FillChecksum(&src, &dst)
}
