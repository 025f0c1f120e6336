package http

import (
	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// Limits of a flow.
const (
	maxLive = 512       // transactions that wait for an answer, or for the stages
	maxMute = 64        // transactions that wait while no answer was ever seen
	maxHeld = 512 << 10 // bytes of their heads, and of names of files
	maxKept = 256 << 10 // bytes kept of bodies that are over
	maxHead = 64 << 10  // bytes of one head
)

// parser is one flow.
type parser struct {
	store   *store
	live    []*app.Tx
	of      []*transaction // as live
	next    uint64         // ID of the next transaction
	file    uint32         // ID of the last file
	held    int            // bytes of the heads of live, and of names of files
	kept    int            // bytes kept of their bodies that are over
	halves  [2]half
	events  app.EventSet
	stopped bool
	goesOn  string // the protocol after this one
}

var _ app.Parser = (*parser)(nil)

// open makes the parser that of a new flow.
func (p *parser) open(s *store) {
	*p = parser{store: s, live: p.live[:0], of: p.of[:0]}
	p.halves[flow.ToResponder] = half{p: p, dir: flow.ToResponder}
	p.halves[flow.ToInitiator] = half{p: p, dir: flow.ToInitiator, lexer: lexer{response: true}}
	for i := range p.halves {
		for j := range p.halves[i].sinks {
			p.halves[i].sinks[j] = layer{&p.halves[i], j + 1}
		}
	}
}

// Parse implements app.Parser.
func (p *parser) Parse(in *app.Input) {
	h := &p.halves[in.Dir]
	if in.Gap > 0 {
		h.gap(uint64(in.Gap))
	}
	h.heard = true
	h.budget = max(leastInflated, inflatedRatio*len(in.Data))
	h.between = max(leastBetween, betweenRatio*len(in.Data))
	in.Unread = h.feed(in.Data)
	if in.End {
		h.finish()
	}
}

// Transactions implements app.Parser.
func (p *parser) Transactions() []*app.Tx { return p.live }

// Release implements app.Parser.
func (p *parser) Release(n int) {
	for _, t := range p.of[:n] {
		p.held -= t.msg[0].held + t.msg[1].held
		p.kept -= t.msg[0].kept + t.msg[1].kept
		for i := range p.halves {
			if h := &p.halves[i]; h.t == t {
				h.abandon()
			}
		}
		p.store.giveBack(t)
	}
	p.live = append(p.live[:0], p.live[n:]...)
	p.of = append(p.of[:0], p.of[n:]...)
	if len(p.live) == 0 && cap(p.live) > 16 {
		p.live, p.of = nil, nil
	}
}

// Events implements app.Parser.
func (p *parser) Events() app.EventSet {
	e := p.events
	p.events = app.EventSet{}
	return e
}

// Stopped implements app.Parser.
func (p *parser) Stopped() bool { return p.stopped }

// Switch implements app.Parser.
func (p *parser) Switch() string { return p.goesOn }

// Close implements app.Parser.
func (p *parser) Close() {
	p.Release(len(p.of))
	for i := range p.halves {
		p.halves[i].drop()
	}
	if s := p.store; len(s.parsers) < keptParsers {
		s.parsers = append(s.parsers, p)
	}
}

// begin returns a new transaction, nil if there are too many: then the rest of the
// flow is not parsed.
func (p *parser) begin() *transaction {
	if len(p.of) == maxLive || p.held > maxHeld {
		p.events.Add(app.HTTPTooManyTransactions)
		p.stopped = true
		return nil
	}
	if len(p.of) >= maxMute && !p.halves[flow.ToInitiator].heard {
		p.of[len(p.of)-maxMute].forgo() // nobody listens to the answers
	}
	t := p.store.transaction()
	t.tx.Reset(p.next)
	t.p = p
	p.next++
	p.live = append(p.live, &t.tx)
	p.of = append(p.of, t)
	return t
}

// unanswered ends the wait for responses: none will come.
func (p *parser) unanswered() {
	for _, t := range p.of {
		if !t.answering {
			t.forgo()
		}
	}
}

// forgo ends the wait for the response.
func (t *transaction) forgo() {
	t.answering = true
	t.tx.Progress[flow.ToInitiator] = app.Complete
	t.tx.Changed[flow.ToInitiator] = true
}

// answered returns the transaction that the next response belongs to: the oldest without
// one. A response that nobody asked for gets one of its own.
func (p *parser) answered() *transaction {
	for _, t := range p.of {
		if !t.answering {
			t.answering = true
			return t
		}
	}
	t := p.begin()
	if t != nil {
		t.answering, t.unasked = true, true
		t.tx.Progress[flow.ToResponder] = app.Complete
		t.path = append(t.path[:0], unseenPath...)
		t.uri = append(t.uri[:0], unseenPath...)
	}
	return t
}

// unseenPath stands for the path of a request that was not seen, as in Suricata.
const unseenPath = "/libhtp::request_uri_not_seen"
