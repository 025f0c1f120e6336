package ips

import (
	"bytes"

	"vxwall/inspect/app"
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
	payload, window := app.Buffer{Data: in.Payload}, d.streamWindow()
	fresh := in.Stream.Data[min(in.Stream.Fresh, len(in.Stream.Data)):]
	if d.class != classTCP {
		fresh = nil
	}
	for _, g := range d.engine.classes[d.class][in.Dir][d.pair].of(port) {
		if g == nil {
			continue
		}
		d.candidates = append(d.candidates, g.always...)
		d.searchPart(&g.nearPacket, &payload)
		if len(fresh) > 0 {
			d.searchPart(&g.near, &window)
			d.searchPart(&g.far, &window)
		}
		if !bytes.HasPrefix(fresh, in.Payload) {
			d.searchPart(&g.far, &payload)
		}
		if !in.Streamed {
			d.searchPart(&g.near, &payload)
		}
	}
	if len(fresh) > 0 {
		d.waiting()
	}
	d.judgeAll()
}

// searchPart searches what is new in a window, and as much before it as a pattern may have begun in.
func (d *Detector) searchPart(p *part, w *app.Buffer) {
	if p.matcher == nil {
		return
	}
	from, end := max(0, w.Fresh-p.matcher.MaxLen()+1), uint64(len(w.Data))
	if p.reach > 0 {
		if w.Offset+uint64(from) >= p.reach {
			return
		}
		end = min(end, p.reach-w.Offset)
	}
	d.hits.Reset()
	p.matcher.Scan(w.Data[from:end], w.Offset+uint64(from), &d.hits)
	for _, pattern := range d.hits.List() {
		d.candidates = append(d.candidates, p.rules[pattern]...)
	}
}

// streamWindow is what of the stream is searched: all of it, if too many rules wait in it.
func (d *Detector) streamWindow() app.Buffer {
	w := d.in.Stream
	if d.session == nil || d.session.flags&(sessionCrowded<<d.in.Dir) != 0 {
		w.Fresh = 0
	}
	return w
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
