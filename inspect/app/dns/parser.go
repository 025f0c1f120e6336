package dns

import (
	"encoding/binary"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// maxLive bounds the transactions of a flow that wait for the stages: the messages of
// one packet. More than so many in one packet is an event.
const maxLive = 256

// Open implements app.Protocol.
func (Protocol) Open(pool *app.Pool) app.Parser {
	free := pool.Of(Name, func() any { return new(store) }).(*store)
	p := free.parser()
	p.store = free
	return p
}

// store keeps what flows give back.
type store struct {
	parsers  []*parser
	messages []*transaction
}

// mostKept is how many of each kind are kept, mostMemory with how many bytes.
const (
	mostKept   = 1024
	mostMemory = 16 << 10
)

func (s *store) parser() *parser {
	if n := len(s.parsers); n > 0 {
		p := s.parsers[n-1]
		s.parsers = s.parsers[:n-1]
		return p
	}
	return new(parser)
}

func (s *store) transaction() *transaction {
	if n := len(s.messages); n > 0 {
		t := s.messages[n-1]
		s.messages = s.messages[:n-1]
		return t
	}
	t := new(transaction)
	t.tx.Content = t
	return t
}

// parser is one flow.
type parser struct {
	store  *store
	live   []*app.Tx
	of     []*transaction // as live
	next   uint64         // ID of the next transaction
	events app.EventSet
	stream [2]assembly
}

// assembly is the message that a direction of a stream is in.
type assembly struct {
	buf  []byte // length prefix and message, as far as they came
	lost bool   // bytes are missing: no message can be found any more
}

// Parse implements app.Parser.
func (p *parser) Parse(in *app.Input) {
	if in.Stream {
		p.fromStream(in)
	} else if len(in.Data) > 0 {
		p.message(in.Data, in.Dir)
	}
}

// fromStream takes messages with their lengths in front out of a stream.
func (p *parser) fromStream(in *app.Input) {
	a := &p.stream[in.Dir]
	if in.Gap > 0 {
		a.lost = true
	}
	if a.lost {
		return
	}
	data := in.Data
	for len(data) > 0 {
		need := prefixLen
		if len(a.buf) >= prefixLen {
			need += int(binary.BigEndian.Uint16(a.buf))
		}
		n := min(need-len(a.buf), len(data))
		a.buf, data = append(a.buf, data[:n]...), data[n:]
		p.complete(a, in.Dir)
	}
}

// complete takes the message that a direction is in, if all of it came.
func (p *parser) complete(a *assembly, dir flow.Direction) {
	if len(a.buf) < prefixLen || len(a.buf) < prefixLen+int(binary.BigEndian.Uint16(a.buf)) {
		return
	}
	p.message(a.buf[prefixLen:], dir)
	if a.buf = a.buf[:0]; cap(a.buf) > idleMemory {
		a.buf = nil
	}
}

// idleMemory is the most that a stream keeps between two messages.
const idleMemory = 512

// message makes a transaction of a message.
func (p *parser) message(raw []byte, dir flow.Direction) {
	if len(raw) < headerLen {
		p.events.Add(app.DNSMalformedData)
		return
	}
	if len(p.live) == maxLive {
		p.events.Add(app.DNSFlooded)
		return
	}
	t := p.store.transaction()
	t.tx.Reset(p.next)
	p.next++
	t.dir = dir
	t.parse(raw)
	t.tx.Progress = [2]uint8{app.Complete, app.Complete}
	t.tx.Changed[dir] = true
	t.note(&t.tx.Events)
	p.live, p.of = append(p.live, &t.tx), append(p.of, t)
}

// note adds what is odd about a message.
func (t *transaction) note(events *app.EventSet) {
	if t.damaged || t.many {
		events.Add(app.DNSMalformedData)
	}
	if t.reserved() {
		events.Add(app.DNSZFlagSet)
	}
	if t.opcode() >= 7 {
		events.Add(app.DNSInvalidOpcode)
	}
	if t.response() && t.dir == flow.ToResponder {
		events.Add(app.DNSNotRequest)
	}
	if !t.response() && t.dir == flow.ToInitiator {
		events.Add(app.DNSNotResponse)
	}
}

// Transactions implements app.Parser.
func (p *parser) Transactions() []*app.Tx { return p.live }

// Release implements app.Parser.
func (p *parser) Release(n int) {
	for _, t := range p.of[:n] {
		p.store.put(t)
	}
	p.live = append(p.live[:0], p.live[n:]...)
	p.of = append(p.of[:0], p.of[n:]...)
}

func (s *store) put(t *transaction) {
	if len(s.messages) < mostKept && cap(t.raw)+cap(t.names) <= mostMemory {
		s.messages = append(s.messages, t)
	}
}

// Events implements app.Parser.
func (p *parser) Events() app.EventSet {
	events := p.events
	p.events = app.EventSet{}
	return events
}

// Stopped implements app.Parser.
func (p *parser) Stopped() bool { return p.stream[0].lost && p.stream[1].lost }

// Switch implements app.Parser.
func (p *parser) Switch() string { return "" }

// Close implements app.Parser.
func (p *parser) Close() {
	p.Release(len(p.live))
	s := p.store
	*p = parser{live: p.live, of: p.of}
	if len(s.parsers) < mostKept {
		s.parsers = append(s.parsers, p)
	}
}
