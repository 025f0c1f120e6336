package pipeline

import (
	"encoding/binary"

	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// portGeneve is the UDP port of Geneve (RFC 8926).
const portGeneve = 6081

// tunnel is what a nested tunnel carries and where.
type tunnel struct {
	at        int    // offset of what is carried, from the transport header
	etherType uint16 // TypeTEB for Ethernet
	id        uint32 // VNI or key, 24 bits
}

// enterNested looks for a tunnel inside the packet, which the stages have let
// pass as such. If there is one to inspect, it makes what the tunnel carries
// the inner packet and reports true; it may refuse the packet.
func (w *Worker) enterNested(p *Packet) bool {
	if !p.IsIP() || p.Related() {
		return false
	}
	t, found, reason := p.findTunnel(w.cfg.Ports)
	if !found {
		return false
	}
	w.counters.Nested++
	if w.watcher != nil && p.depth == 0 {
		if pass, _ := w.heed(p, w.watcher.Nested(p)); !pass {
			return false
		}
	}
	switch {
	case w.cfg.Nested == NestedPass:
		p.reason = NestedTunnel
		return false
	case w.cfg.Nested == NestedDrop:
		reason = NestedTunnel
	case int(p.depth) >= min(w.cfg.NestedDepth, MaxNested):
		reason = NestedDepth
	case reason == OK:
		reason = p.enter(&w.cfg, &t)
	}
	if reason = w.forgive(p, reason); reason != OK {
		w.refuseOrPass(p, reason)
		return false
	}
	return true
}

// enter makes what a tunnel carries the inner packet. It keeps the outermost
// VNI: what a workload writes into its own tunnel headers vouches for nothing.
func (p *Packet) enter(c *Config, t *tunnel) Reason {
	at := int(p.l4) + t.at
	if at > maxOffset {
		return NestedDepth
	}
	p.depth++
	p.flow, p.rule = nil, -1
	p.flags &^= flagIP | flagARP | flagReply | flagFlowWide
	vni := p.Flow.VNI
	p.Flow = flow.Key{}
	p.Flow.VNI = vni
	p.Flow.Nested = uint32(p.depth)<<24 | t.id
	if t.etherType == wire.TypeTEB {
		return p.parseEthernet(c, at)
	}
	p.flags &^= flagL2 // the MAC addresses are those of the tunnel's ends
	p.inner = 0
	return p.parseNetwork(c, at, t.etherType)
}

// findTunnel says whether the packet's transport is a tunnel, and where what it
// carries begins. reason is not OK if the tunnel's header is malformed.
func (p *Packet) findTunnel(ports []uint16) (t tunnel, found bool, reason Reason) {
	l4 := p.L4()
	switch p.Flow.Proto {
	case wire.ProtoIPv4:
		return tunnel{etherType: wire.TypeIPv4}, true, OK
	case wire.ProtoIPv6:
		return tunnel{etherType: wire.TypeIPv6}, true, OK
	case wire.ProtoGRE:
		return gre(l4)
	case wire.ProtoUDP:
		for _, port := range ports {
			if p.Flow.DstPort == port {
				return nestedVXLAN(l4)
			}
		}
		if p.Flow.DstPort == portGeneve {
			return geneve(l4)
		}
	}
	return tunnel{}, false, OK
}

// nestedVXLAN reads a VXLAN header behind a UDP header (RFC 7348 section 5).
func nestedVXLAN(l4 []byte) (tunnel, bool, Reason) {
	const at = wire.UDPLen + wire.VXLANLen
	if len(l4) < at || !wire.VXLAN(l4[wire.UDPLen:]).HasVNI() {
		return tunnel{}, true, NestedMalformed
	}
	return tunnel{at: at, etherType: wire.TypeTEB, id: wire.VXLAN(l4[wire.UDPLen:]).VNI()}, true, OK
}

// geneve reads a Geneve header behind a UDP header (RFC 8926 section 3.4):
//
//	0          1       2          4     7          8
//	|ver|optlen| flags | protocol | VNI | reserved | options …
func geneve(l4 []byte) (tunnel, bool, Reason) {
	h := l4[wire.UDPLen:]
	if len(h) < 8 || h[0]>>6 != 0 {
		return tunnel{}, true, NestedMalformed
	}
	at := 8 + int(h[0]&0x3f)*4
	if at > len(h) {
		return tunnel{}, true, NestedMalformed
	}
	return tunnel{at: wire.UDPLen + at, etherType: at16(h, 2), id: binary.BigEndian.Uint32(h[4:8]) >> 8}, true, OK
}

// gre reads a GRE header (RFC 2784, RFC 2890). Version 1 (PPTP) is no tunnel we
// can look into and stays a protocol like any other.
func gre(h []byte) (tunnel, bool, Reason) {
	if len(h) < 4 {
		return tunnel{}, true, NestedMalformed
	}
	flags, at, id := at16(h, 0), 4, uint32(0)
	if flags&7 != 0 {
		return tunnel{}, false, OK
	}
	if flags&0xc000 != 0 { // checksum or routing present: both fields are
		at += 4
	}
	if flags&0x2000 != 0 { // key
		if at+4 <= len(h) {
			id = binary.BigEndian.Uint32(h[at:]) & 0xffffff
		}
		at += 4
	}
	if flags&0x1000 != 0 { // sequence number
		at += 4
	}
	if at > len(h) || flags&0x4000 != 0 { // source routes: RFC 2784 took them out
		return tunnel{}, true, NestedMalformed
	}
	return tunnel{at: at, etherType: at16(h, 2), id: id}, true, OK
}
