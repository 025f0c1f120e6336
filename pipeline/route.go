package pipeline

import (
	"vxwall/pipeline/overlay"
	"vxwall/pipeline/wire"
)

// way is how the packet that is being settled leaves a VTEP.
type way struct {
	to     *overlay.Tunnel // nil: as it came
	header overlay.Header
	flood  int // index in the flood list of to, -1 for one receiver only

	inner, end int // the inner frame in the packet's buffer
	tags       int // bytes of VLAN tags to take out of it
	room       int // in front of the frame
	ip         int // offset of the inner IP header, 0 if there is none
	tos        uint8
}

// length is that of the inner frame as it leaves.
func (y *way) length() int { return y.end - y.inner - y.tags }

// route decides where a packet leaves that passes, and writes nothing: it may
// still be refused.
func (w *Worker) route(p *Packet) Reason {
	v := w.vtep
	v.way = way{flood: -1, room: v.room}
	if p == &w.piece {
		v.way.room = heldRoom
	}
	if p.vxlan == 0 { // to be passed without a look, or, only monitored, sound enough for nobody
		if p.verdict == Drop || p.reason == OuterFragment {
			return p.reason
		}
		return OK
	}
	if p.Link() != LinkEthernet { // a capture without the headers that would have to be written
		return OK
	}
	if reason := v.came(p); reason != OK {
		return reason
	}
	if reason := v.measure(p, &w.cfg); reason != OK {
		return reason
	}
	if !p.VXLAN().DontLearn() {
		v.shared.Learn(v.known, &v.arrival, p.buf[v.way.inner+6:], p.time)
	}
	reason := w.direct(p)
	if reason == OK {
		v.label(p, w.cfg.Flow.Seed)
	} else {
		v.way.to = nil
	}
	return reason
}

// measure finds the inner frame, and what its header and the outer one say of each
// other.
func (v *vtep) measure(p *Packet, c *Config) Reason {
	y := &v.way
	y.inner = int(p.vxlan) + wire.VXLANLen
	y.end = int(p.vxlan) - wire.UDPLen + wire.UDP(p.buf[p.vxlan-wire.UDPLen:]).Len()
	if y.end-y.inner < wire.EthernetLen {
		return InnerShort
	}
	tags := 0
	if p.depth == 0 && p.flags&(flagIP|flagFragment) != 0 {
		y.ip, tags = int(p.l3), int(p.l3)-y.inner-wire.EthernetLen
	} else {
		tags = y.find(p.buf)
	}
	if c.VLAN == VLANStrip {
		y.tags = tags
	}
	inner := uint8(0)
	if y.ip != 0 {
		inner = tos(p.buf[y.ip:])
	}
	remarked, outer, marked := v.known.Options().Remark(inner, tos(p.buf[p.outer:]), y.ip != 0)
	if !marked {
		return Congestion
	}
	y.tos, y.header.TOS = remarked, outer
	return OK
}

// find looks for the IP header of the inner frame, of which decap did not say where it
// is, and returns the length of the VLAN tags in front of it.
func (y *way) find(b []byte) (tags int) {
	frame := b[y.inner:y.end]
	etherType, l3, ok := linkHeader(frame, LinkEthernet, maxInnerVLAN)
	if !ok {
		return 0
	}
	if isHeader(frame[l3:], etherType) {
		y.ip = y.inner + l3
	}
	return l3 - wire.EthernetLen
}

// isHeader says whether b begins with an IP header, as the EtherType says.
func isHeader(b []byte, etherType uint16) bool {
	switch etherType {
	case wire.TypeIPv4:
		return len(b) >= wire.IPv4MinLen && b[0]>>4 == 4
	case wire.TypeIPv6:
		return len(b) >= wire.IPv6Len && b[0]>>4 == 6
	}
	return false
}

// tos is the byte with DSCP and ECN of an IP header.
func tos(ip []byte) uint8 {
	if ip[0]>>4 == 6 {
		return wire.IPv6(ip).TOS()
	}
	return wire.IPv4(ip).TOS()
}

// direct finds the peer, or the first of several.
func (w *Worker) direct(p *Packet) Reason {
	v := w.vtep
	dst := p.buf[v.way.inner:]
	if dst[0]&1 != 0 && !v.arrival.Paired() {
		return v.first()
	}
	to, refusal := v.known.Unicast(&v.arrival, dst, v.shared.FDB, p.time)
	if refusal == overlay.UnknownMAC && v.arrival.Floods() {
		reason := v.first()
		if reason == TooBig {
			w.answerTooBig(p)
		}
		return reason
	}
	if refusal != overlay.Taken {
		return refused[refusal]
	}
	v.way.to = to
	reason := v.fits(to)
	if reason == TooBig {
		w.answerTooBig(p)
	}
	return reason
}

// first finds the first peer of the flood list that the packet can go to. It gets
// the frame itself, the others get copies.
func (v *vtep) first() Reason {
	reason := NoReceiver
	for i := range v.arrival.FloodLen() {
		to := v.known.FloodTo(&v.arrival, i)
		if to == nil {
			continue
		}
		v.way.to, v.way.flood = to, i
		if reason = v.fits(to); reason == OK {
			return OK
		}
	}
	return reason
}

// fits says whether the packet fits the path to a peer, and the peer's outer header
// the room in front of the inner frame.
func (v *vtep) fits(to *overlay.Tunnel) Reason {
	switch y := &v.way; {
	case y.length() > to.MTU():
		return TooBig
	case y.inner+y.tags+y.room < to.HeaderLen():
		return NoHeadroom
	}
	return OK
}
