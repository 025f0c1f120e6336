package pipeline

import (
	"vxwall/pipeline/overlay"
	"vxwall/pipeline/wire"
)

// heldRoom is the room in front of a fragment that is held: what an outer header
// may grow by, from IPv4 to IPv6.
const heldRoom = 64

// vtep is a worker's part of a VTEP: nil in a wire.
type vtep struct {
	shared *overlay.Overlay
	known  *overlay.Map // of this batch
	room   int          // in front of received frames

	arrival overlay.Arrival // of packet of, see arrive
	of      *Packet
	way     way // of the packet that leaves
	again   Packet
	copies  copies
	leave   Leave
}

func newVTEP(c *Config, queue Queue) *vtep {
	if c.Overlay == nil {
		return nil
	}
	return &vtep{
		shared: c.Overlay, known: c.Overlay.Load(), room: queue.Headroom(),
		copies: newCopies(c),
	}
}

// begin takes the map in force, once per batch.
func (v *vtep) begin() {
	if v != nil {
		v.known, v.of = v.shared.Load(), nil
	}
}

// end takes back what the batch borrowed, and ages what was learned.
func (v *vtep) end(now int64) {
	if v != nil {
		v.copies.reset()
		v.shared.FDB.Sweep(now)
	}
}

// addressed checks the outer addresses of a packet to a VXLAN port.
func (v *vtep) addressed(ip []byte) Reason {
	src, dst := addresses(ip)
	switch {
	case !v.known.Owns(&dst):
		return NotForUs
	case v.known.Owns(&src):
		return OwnPacket
	}
	return OK
}

// arrive finds the peer and the network that a packet came from. The packet's VNI
// becomes the network's ID, which is the same for both directions of its flows.
func (v *vtep) arrive(p *Packet) Reason {
	src, _ := p.VTEPs()
	port, vni := wire.UDP(p.buf[p.vxlan-wire.UDPLen:]).DstPort(), p.VXLAN().VNI()
	arrival, refusal := v.known.Arrive(&src, port, vni)
	if refusal == overlay.UnknownVTEP {
		v.shared.Stranger(&src, port, vni, p.time)
	}
	if refusal != overlay.Taken {
		v.of = nil
		return refused[refusal]
	}
	v.arrival, v.of = arrival, p
	p.Flow.VNI = arrival.ID
	return OK
}

// came is where a packet came from. It is nearly always the last that arrived.
func (v *vtep) came(p *Packet) Reason {
	if v.of == p {
		return OK
	}
	return v.arrive(p)
}

// refused maps the overlay's refusals to reasons.
var refused = [...]Reason{
	overlay.Taken:       OK,
	overlay.UnknownVTEP: VTEPUnknown,
	overlay.UnknownVNI:  UnknownVNI,
	overlay.UnknownMAC:  UnknownMAC,
	overlay.Unreachable: Unreachable,
	overlay.Returning:   Returning,
	overlay.Horizon:     SplitHorizon,
	overlay.NoReceiver:  NoReceiver,
}

// networkOf is the ID of the network that a VXLAN header speaks of, as arrive has it.
func (c *Config) networkOf(ip []byte, port uint16, vni uint32) uint32 {
	if c.Overlay == nil {
		return vni
	}
	src, _ := addresses(ip)
	return c.Overlay.Load().NetworkID(&src, port, vni)
}
