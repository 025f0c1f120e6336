package ips

import (
	"vxwall/inspect/ips/match"
	"vxwall/pipeline/flow"
)

// maxWaiting is how many rules may wait in one direction of a stream. Beyond that, all of
// its window is searched again with each packet.
const maxWaiting = 64

// packetRules judges the rules for packets and streams.
func (d *Detector) packetRules() {
	d.candidates = d.candidates[:0]
	if d.naive {
		d.all(func(r *rule) bool { return r.kind != kindTx && r.kind != kindAddress })
		d.judgeAll()
		return
	}
	in, port := d.in, d.in.Key.DstPort
	if in.Dir == flow.ToInitiator {
		port = in.Key.SrcPort
	}
	groups := &d.engine.classes[d.class]
	packet := &groups.packet[in.Dir]
	d.search(packet.any, in.Payload, 0)
	d.search(packet.of(port), in.Payload, 0)
	stream := &groups.stream[in.Dir]
	switch {
	case d.class != classTCP:
	case len(in.Stream.Data) > in.Stream.Fresh:
		d.searchStream(stream.any)
		d.searchStream(stream.of(port))
		d.waiting()
	case !in.Streamed && len(in.Payload) > 0:
		d.search(stream.any, in.Payload, 0)
		d.search(stream.of(port), in.Payload, 0)
	}
	d.judgeAll()
}

// search makes candidates of the rules of a group whose pattern is in data.
func (d *Detector) search(g *group, data []byte, base uint64) {
	if g == nil {
		return
	}
	d.candidates = append(d.candidates, g.always...)
	if g.matcher == nil || len(data) == 0 {
		return
	}
	d.hits.Reset()
	g.matcher.Scan(data, base, &d.hits)
	d.take(g)
}

// take makes candidates of the rules of the patterns that were found.
func (d *Detector) take(g *group) {
	for _, pattern := range d.hits.List() {
		d.candidates = append(d.candidates, g.rules[pattern]...)
	}
}

// searchStream searches what is new in the stream, and as much before it as a pattern
// may have begun in.
func (d *Detector) searchStream(g *group) {
	if g == nil {
		return
	}
	w := &d.in.Stream
	from := 0
	if s := d.session; s != nil && s.flags&(sessionCrowded<<d.in.Dir) == 0 {
		from = overlap(g.matcher, w.Fresh)
	}
	d.search(g, w.Data[from:], w.Offset+uint64(from))
}

// overlap returns where a search begins so that it finds all patterns that end behind fresh.
func overlap(m *match.Matcher, fresh int) int {
	if m == nil {
		return fresh
	}
	return max(0, fresh-m.MaxLen()+1)
}

// waiting makes candidates of the rules whose pattern came before, if the window still has it.
func (d *Detector) waiting() {
	s := d.session
	if s == nil {
		return
	}
	count := 0
	for at := &s.waiting[d.in.Dir]; *at != 0; {
		n := *at
		e := d.state.nodes.at(n)
		if e.value <= d.in.Stream.Offset {
			*at = e.next
			d.state.nodes.free(n)
			continue
		}
		d.candidates = append(d.candidates, int32(e.key))
		count++
		at = &e.next
	}
	if count < maxWaiting {
		s.flags &^= sessionCrowded << d.in.Dir
	}
}

// wait keeps a rule whose pattern is in the stream, and whose other conditions may yet come.
func (d *Detector) wait(n int32) {
	s := d.session
	if s == nil || !d.engine.rules[n].fast.ok {
		return
	}
	list := &s.waiting[d.in.Dir]
	if d.state.find(*list, uint64(n)) != nil {
		return
	}
	if d.length(*list) >= maxWaiting {
		s.flags |= sessionCrowded << d.in.Dir
		return
	}
	if e := d.state.put(list, uint64(n)); e != nil {
		e.value = d.in.Stream.Offset + uint64(len(d.in.Stream.Data))
		return
	}
	s.flags |= sessionCrowded << d.in.Dir
}

func (d *Detector) length(list uint32) (n int) {
	for ; list != 0; n++ {
		list = d.state.nodes.at(list).next
	}
	return n
}

// all makes candidates of all rules of some kind: what a search must find the same matches as.
func (d *Detector) all(of func(*rule) bool) {
	for n := range d.engine.rules {
		if of(&d.engine.rules[n]) {
			d.candidates = append(d.candidates, int32(n))
		}
	}
}
