package pipeline

import "vxwall/pipeline/overlay"

// Reencapsulator is what an Offloader must be besides to work for a VTEP.
type Reencapsulator interface {
	// OffloadTo is Offload for packets that come to a VTEP: those that are forwarded
	// leave as l says. p is as it was received.
	OffloadTo(p *Packet, l *Leave) bool
}

// Leave is how packets like one leave a VTEP, as seen before its headers are rewritten,
// and for how long. It is borrowed for the time of the call.
type Leave struct {
	// Header is the outer header, Ethernet included, with the TOS, the lengths and the
	// IP checksum of this packet; without a UDP checksum. Empty if packets are dropped.
	Header   []byte
	Options  *overlay.Options // what becomes of TOS: see Options.Remark
	MTU      int              // length of the longest inner frame, its Ethernet header included
	Inner    int              // offset of the inner frame in the packet as it was received
	Out      Out
	Revision uint32          // of the overlay's Map; others may say something else, of drops too
	Footing  overlay.Footing // what it rests on besides; not for drops

	header [overlay.MaxHeader]byte
}

// handOver asks the offloader to handle packets like p.
func (w *Worker) handOver(p *Packet) bool {
	v := w.vtep
	if v == nil {
		return w.offloader.Offload(p)
	}
	if p.verdict == Drop {
		v.leave = Leave{Revision: v.known.Revision()}
	} else if !v.leaving(p) {
		return false
	}
	return w.offloader.(Reencapsulator).OffloadTo(p, &v.leave)
}

// leaving says how the packet that is being settled will leave. It reports false if
// others like it may leave otherwise: to several peers, or with a checksum over all of
// them.
func (v *vtep) leaving(p *Packet) bool {
	y, l := &v.way, &v.leave
	if y.to == nil || y.flood >= 0 || y.tags > 0 || y.header.Sum && y.to.IsIPv6() {
		return false
	}
	way := overlay.Way{Map: v.known, Arrival: &v.arrival, Frame: p.buf[y.inner:], To: y.to, Teaches: !p.VXLAN().DontLearn()}
	footing, rests := v.shared.Rests(&way, p.time)
	if !rests {
		return false
	}
	header := y.header
	v.known.Label(&v.arrival, y.to, &header)
	l.Header = l.header[:y.to.HeaderLen()]
	y.to.Head(l.Header, y.length(), &header)
	l.Options, l.MTU, l.Inner, l.Out = v.known.Options(), y.to.MTU(), y.inner, OutBy(y.to.Out())
	l.Revision, l.Footing = v.known.Revision(), footing
	return true
}
