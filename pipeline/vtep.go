package pipeline

import (
	"encoding/binary"

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
	src, dst := addrs(ip)
	switch {
	case !v.known.Owns(dst):
		return NotForUs
	case v.known.Owns(src):
		return OwnPacket
	}
	return OK
}

// arrive finds the peer and the network that a packet came from. The packet's VNI
// becomes the network's ID, which is the same for both directions of its flows.
func (v *vtep) arrive(p *Packet) Reason {
	src, _ := addrs(p.buf[p.outer:])
	port, vni := wire.UDP(p.buf[p.vxlan-wire.UDPLen:]).DstPort(), p.VXLAN().VNI()
	v.of = nil
	refusal := v.known.Arrive(&v.arrival, src, port, vni)
	if refusal == overlay.UnknownVTEP {
		vtep, _ := p.VTEPs()
		v.shared.Stranger(vtep, port, vni, p.time)
	}
	if refusal != overlay.Taken {
		return refused[refusal]
	}
	v.of = p
	p.Flow.VNI = v.arrival.ID
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
	src, _ := addrs(ip)
	return c.Overlay.Load().NetworkID(src, port, vni)
}

// addrs returns the addresses of an IP header as the overlay takes them.
func addrs(ip []byte) (src, dst overlay.Addr) {
	if ip[0]>>4 == 6 {
		a := ip[8:40]
		src = overlay.Addr{Hi: binary.LittleEndian.Uint64(a), Lo: binary.LittleEndian.Uint64(a[8:])}
		dst = overlay.Addr{Hi: binary.LittleEndian.Uint64(a[16:]), Lo: binary.LittleEndian.Uint64(a[24:])}
		return src, dst
	}
	return overlay.Addr{Lo: mapped4(ip[12:])}, overlay.Addr{Lo: mapped4(ip[16:])}
}
