package pipeline

import "vxwall/pipeline/wire"

// Repair makes the checksums right after a stage wrote into the payload of a TCP
// segment, inside and outside of the tunnel. It reports false where that cannot be
// done, so that the packet must not pass: a datagram put together from fragments
// leaves as the fragments it came in, and what is nested deeper has tunnels of
// others around it.
func (p *Packet) Repair() bool {
	if p.has(flagReassembled) || p.depth > 0 || !p.IsIP() || p.Flow.Proto != wire.ProtoTCP {
		return false
	}
	p.flags |= flagRepaired
	l4 := p.L4()
	tcp := wire.TCP(l4)
	tcp.SetChecksum(0)
	tcp.SetChecksum(wire.Checksum(l4, wire.PseudoSum(&p.Flow.Src, &p.Flow.Dst, wire.ProtoTCP, len(l4))))
	if p.vxlan == 0 {
		return true
	}
	udp := wire.UDP(p.buf[p.vxlan-wire.UDPLen:])
	if udp.Checksum() != 0 {
		setUDPChecksum(p.buf[p.outer:], udp[:udp.Len()])
	}
	return true
}
