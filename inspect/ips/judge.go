package ips

import (
	"slices"

	"vxwall/inspect/ips/chain"
	"vxwall/pipeline/flow"
	"vxwall/rules/suricata"
)

// judge asks the conditions of a rule for packets.
func (d *Detector) judge(n int32) {
	r := &d.engine.rules[n]
	if r.kind == kindProtocol && !d.news || len(d.in.L3) == 0 && r.ofPacket() {
		return
	}
	if !d.headerHolds(r) || !d.conditionsHold(r) {
		return
	}
	stream := false
	if r.payload != nil {
		o, inStream := d.payload(r)
		if o != chain.Matched {
			d.traceChain(r, o, r.first)
			if inStream && r.payload.Len() > 1 {
				d.wait(n)
			}
			return
		}
		stream = inStream
	}
	d.found(n, finding{rule: n, stream: stream, tx: d.guess()})
}

// ofPacket says whether the rule cannot match without a packet.
func (r *rule) ofPacket() bool {
	return r.kind == kindPacket || r.kind == kindApp || r.kind == kindStream && r.payload == nil
}

// guess returns the transaction that the packet is likely to be about.
func (d *Detector) guess() uint64 {
	if d.engine.options.GuessTx && len(d.in.Txs) == 1 {
		return d.in.Txs[0].ID
	}
	return NoTx
}

// found notes a rule that matched, and does what it is to do besides.
func (d *Detector) found(n int32, f finding) {
	r := &d.engine.rules[n]
	d.trace(r, Matched, -1, "")
	for _, e := range r.after {
		e.act(d)
	}
	if len(d.findings) < maxFindings {
		d.findings = append(d.findings, f)
		return
	}
	d.out.Lost++
	if r.action == suricata.Drop || r.action >= suricata.Reject {
		d.apply(r, &f, r.action) // a verdict is not lost
	}
}

// headerHolds asks what stands before the parenthesis, and the keyword flow.
func (d *Detector) headerHolds(r *rule) bool {
	part := ""
	switch {
	case r.classes&(1<<d.class) == 0 || r.version != 0 && r.version != d.version:
		part = "protocol"
	case r.dirs&(1<<d.in.Dir) == 0:
		part = "direction"
	case r.app != "" && r.kind != kindTx && !r.isApp(d.in.App):
		part = "application"
	case r.flow != 0 && !d.flowHolds(r.flow):
		part = "flow"
	default:
		part = d.ends(r)
	}
	if part != "" {
		d.trace(r, Failed, -1, part)
	}
	return part == ""
}

func (r *rule) isApp(name string) bool {
	if name == r.app {
		return true
	}
	list, ok := covers[r.app]
	return ok && slices.Contains(list, name)
}

// ends compares addresses and ports; it returns the part that differs.
func (d *Detector) ends(r *rule) string {
	k := &d.in.Key
	src, dst, sport, dport := 0, 1, k.SrcPort, k.DstPort
	if r.whole && d.in.Dir == flow.ToInitiator {
		src, dst, sport, dport = 1, 0, dport, sport
	}
	part := d.oneWay(r, [2]int{src, dst}, sport, dport)
	if part != "" && r.both && d.oneWay(r, [2]int{dst, src}, dport, sport) == "" {
		return ""
	}
	return part
}

func (d *Detector) oneWay(r *rule, sides [2]int, sport, dport uint16) string {
	switch {
	case !r.sport.has(sport):
		return "source port"
	case !r.dport.has(dport):
		return "destination port"
	case !d.inSet(r.src, sides[0]):
		return "source"
	case !d.inSet(r.dst, sides[1]):
		return "destination"
	}
	return ""
}

// inSet says whether the source (0) or destination (1) of the packet is in a set. Each
// set is asked once for a packet.
func (d *Detector) inSet(set int32, side int) bool {
	if set == anySet {
		return true
	}
	known := &d.members[side][set]
	if *known>>1 != d.epoch {
		a := &d.in.Key.Src
		if side == 1 {
			a = &d.in.Key.Dst
		}
		*known = d.epoch << 1
		if d.engine.sets[set].has(a) {
			*known |= 1
		}
	}
	return *known&1 != 0
}

// flowHolds asks the keyword flow.
func (d *Detector) flowHolds(bits uint8) bool {
	f := d.in.Flow
	established := f != nil && f.State >= flow.Established && !d.completes()
	switch {
	case bits&flowAny != 0 && f == nil,
		bits&flowEstablished != 0 && !established,
		bits&flowNotEstablished != 0 && (established || f == nil),
		bits&flowOnlyFrag != 0 && !d.in.Reassembled,
		bits&flowNoFrag != 0 && d.in.Reassembled:
		return false
	}
	return true
}

// completes says whether the packet does no more than complete a handshake: as in Suricata, it
// is not of an established flow yet.
func (d *Detector) completes() bool {
	in := d.in
	return d.class == classTCP && len(in.L3) > 0 && len(in.Payload) == 0 && in.Dir == flow.ToResponder && in.Flow.Packets[0] == 2 && in.Flow.Flags&flow.PickedUp == 0
}

func (d *Detector) conditionsHold(r *rule) bool {
	for i := range r.conditions {
		if c := &r.conditions[i]; !c.holds(d) {
			d.trace(r, Failed, c.index, "")
			return false
		}
	}
	for i := range r.packets {
		c := &r.packets[i]
		if c.chain.Match(&d.exam, chain.View{Data: c.header(d)}) != chain.Matched {
			d.traceChain(r, chain.Failed, c.index)
			return false
		}
	}
	return true
}

// payload looks into the stream, the packet or both. It says whether it matched in the stream
// or, if it did not match, whether it looked into one.
func (d *Detector) payload(r *rule) (o chain.Outcome, stream bool) {
	w := &d.in.Stream
	d.exam.Link = -1
	packet := d.class != classTCP || r.where&wherePacket != 0
	if d.class == classTCP && r.where&whereStream != 0 {
		if len(w.Data) > w.Fresh {
			stream = true
			if r.payload.Match(&d.exam, chain.View{Data: w.Data, Base: w.Offset, Fresh: w.Fresh}) == chain.Matched {
				return chain.Matched, true
			}
		}
		packet = packet || !d.in.Streamed
	}
	if packet && len(d.in.Payload) > 0 && r.payload.Match(&d.exam, chain.View{Data: d.in.Payload}) == chain.Matched {
		return chain.Matched, false
	}
	return chain.Failed, stream
}

// header returns a header that rules look into, nil if the packet has none such.
type header func(d *Detector) []byte

// headers are by the names of their sticky buffers.
var headers = map[string]header{
	"ipv4.hdr": func(d *Detector) []byte { return d.l3Header(4) },
	"ipv6.hdr": func(d *Detector) []byte { return d.l3Header(6) },
	"tcp.hdr":  func(d *Detector) []byte { return d.l4Header(classTCP) },
	"udp.hdr":  func(d *Detector) []byte { return d.l4Header(classUDP) },
	"ip.src":   func(d *Detector) []byte { return address(&d.in.Key.Src) },
	"ip.dst":   func(d *Detector) []byte { return address(&d.in.Key.Dst) },

	"icmpv4.hdr": func(d *Detector) []byte { return d.l4Header(classICMP) },
	"icmpv6.hdr": func(d *Detector) []byte { return d.l4Header(classICMP6) },
}

func (d *Detector) l3Header(version uint8) []byte {
	if n := len(d.in.L3) - len(d.in.L4); d.version == version && n >= 0 {
		return d.in.L3[:n]
	}
	return nil
}

func (d *Detector) l4Header(c class) []byte {
	n := len(d.in.L4) - len(d.in.Payload)
	if d.class != c || n < 0 || d.in.Fragment {
		return nil
	}
	if c == classICMP6 || c == classICMP {
		n = max(n, min(8, len(d.in.L4)))
	}
	return d.in.L4[:n]
}

// address returns an address as rules see it: four bytes of IPv4, or sixteen.
func address(a *[16]byte) []byte {
	if a[10] == 0xff && a[11] == 0xff && [10]byte(a[:10]) == [10]byte{} {
		return a[12:]
	}
	return a[:]
}
