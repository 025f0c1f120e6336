package tls

import (
	"encoding/binary"

	"vxwall/inspect/app"
)

// maxMessage bounds a handshake message that is put together: chains of certificates are
// the longest.
const maxMessage = 1 << 16

// Steps of a direction's progress.
const (
	started uint8 = iota
	helloDone
	certificateDone
)

// Open implements app.Protocol.
func (Protocol) Open(pool *app.Pool) app.Parser {
	s := pool.Of(Name, func() any { return new(store) }).(*store)
	if n := len(s.parsers); n > 0 {
		p := s.parsers[n-1]
		s.parsers = s.parsers[:n-1]
		p.begin()
		return p
	}
	p := &parser{store: s}
	p.live[0] = &p.tx
	p.tx.Content = p
	p.begin()
	return p
}

// store keeps what flows give back.
type store struct {
	parsers  []*parser
	messages [][]byte // memory for messages
}

// Bounds of what is kept.
const (
	mostKept    = 1024
	mostMessage = 8 << 10 // bytes of a message's memory
)

// keep takes the memory of a message back.
func (s *store) keep(message []byte) {
	if n := cap(message); n > 0 && n <= mostMessage && len(s.messages) < mostKept {
		s.messages = append(s.messages, message[:0])
	}
}

// room returns memory for a message, nil if there is none to use again.
func (s *store) room() []byte {
	n := len(s.messages)
	if n == 0 {
		return nil
	}
	room := s.messages[n-1]
	s.messages = s.messages[:n-1]
	return room
}

// parser is one connection. It is its own only transaction.
type parser struct {
	store  *store
	tx     app.Tx
	live   [1]*app.Tx
	over   bool // the transaction was released
	events app.EventSet
	ends   [2]end

	client, server hello
	chain          chain
	prints         fingerprints
}

// end is one direction.
type end struct {
	head    [recordHead]byte
	headLen int
	kind    byte // of the record that is being read
	left    int  // bytes of it to come
	message []byte
	stopped bool // encrypted from here on, damaged, or at its end
}

// begin makes the parser one of a new connection.
func (p *parser) begin() {
	p.tx.Reset(0)
	p.over, p.events = false, app.EventSet{}
	for i := range p.ends {
		p.ends[i] = end{message: p.ends[i].message[:0]}
	}
	p.client.reset()
	p.server.reset()
	p.chain.reset()
	p.prints.reset()
}

// Parse implements app.Parser.
func (p *parser) Parse(in *app.Input) {
	e := &p.ends[in.Dir]
	p.tx.Changed[in.Dir] = true
	if in.Gap > 0 {
		p.stop(in)
	}
	data := in.Data
	if e.headLen == 0 && in.ToServer() && p.tx.Progress[in.Dir] == started && looksLike2(data) {
		p.hello2(data)
		p.tx.Progress[in.Dir] = helloDone
		p.stop(in)
	}
	for len(data) > 0 && !e.stopped {
		data = p.record(in, data)
	}
	if in.End {
		p.stop(in)
	}
}

// stop ends the parsing of a direction.
func (p *parser) stop(in *app.Input) {
	e := &p.ends[in.Dir]
	e.stopped = true
	p.store.keep(e.message)
	e.message = nil
	p.tx.Progress[in.Dir] = app.Complete
}

// record takes what is there of a record and returns the rest.
func (p *parser) record(in *app.Input, data []byte) []byte {
	e := &p.ends[in.Dir]
	if e.left == 0 {
		n := copy(e.head[e.headLen:], data)
		e.headLen += n
		if e.headLen == recordHead {
			p.recordBegins(in)
		}
		return data[n:]
	}
	n := min(e.left, len(data))
	e.left -= n
	if e.kind == handshake {
		p.collect(in, data[:n])
	}
	return data[n:]
}

// recordBegins looks at a record's header. What is encrypted is of no interest: after it
// nothing is in the clear.
func (p *parser) recordBegins(in *app.Input) {
	e := &p.ends[in.Dir]
	e.headLen = 0
	e.kind, e.left = e.head[0], int(binary.BigEndian.Uint16(e.head[3:]))
	switch {
	case e.kind < changeCipher || e.kind > heartbeat:
		p.tx.Events.Add(app.TLSInvalidRecordType)
		p.stop(in)
	case e.head[1] != 3:
		p.tx.Events.Add(app.TLSInvalidRecordVersion)
		p.stop(in)
	case e.left > maxRecord:
		p.tx.Events.Add(app.TLSInvalidRecordLength)
		p.stop(in)
	case e.kind == changeCipher || e.kind == appData:
		p.stop(in)
	}
}

// collect adds bytes to the handshake message that a direction is in.
func (p *parser) collect(in *app.Input, data []byte) {
	e := &p.ends[in.Dir]
	for len(data) > 0 && !e.stopped {
		need := messageHead
		if len(e.message) >= messageHead {
			need += messageLen(e.message)
		}
		if need > maxMessage {
			p.tx.Events.Add(app.TLSHandshakeOverlong)
			p.stop(in)
			return
		}
		if e.message == nil {
			e.message = p.store.room()
		}
		n := min(need-len(e.message), len(data))
		e.message, data = append(e.message, data[:n]...), data[n:]
		if len(e.message) >= messageHead && len(e.message) == messageHead+messageLen(e.message) {
			p.message(in, e.message[0], e.message[messageHead:])
			e.message = e.message[:0]
		}
	}
}

func messageLen(m []byte) int { return int(m[1])<<16 | int(m[2])<<8 | int(m[3]) }

// message takes a whole handshake message.
func (p *parser) message(in *app.Input, kind byte, body []byte) {
	switch {
	case kind == clientHello && in.ToServer():
		if !p.client.parse(body, true) {
			p.tx.Events.Add(app.TLSInvalidHandshake)
		}
		p.prints.ofClient(&p.client)
		p.tx.Progress[in.Dir] = helloDone
	case kind == serverHello && !in.ToServer():
		if !p.server.parse(body, false) {
			p.tx.Events.Add(app.TLSInvalidHandshake)
		}
		p.prints.ofServer(&p.server)
		p.tx.Progress[in.Dir] = helloDone
	case kind == certificate && !in.ToServer():
		if !p.chain.parse(body) {
			p.tx.Events.Add(app.TLSInvalidCertificate)
		}
		p.tx.Progress[in.Dir] = certificateDone
	}
}

// Transactions implements app.Parser.
func (p *parser) Transactions() []*app.Tx {
	if p.over {
		return nil
	}
	return p.live[:]
}

// Release implements app.Parser.
func (p *parser) Release(n int) { p.over = p.over || n > 0 }

// Events implements app.Parser.
func (p *parser) Events() app.EventSet { return app.EventSet{} }

// Stopped implements app.Parser.
func (p *parser) Stopped() bool { return p.ends[0].stopped && p.ends[1].stopped }

// Switch implements app.Parser.
func (p *parser) Switch() string { return "" }

// Close implements app.Parser.
func (p *parser) Close() {
	if len(p.store.parsers) < mostKept && p.client.memory()+p.server.memory()+p.chain.memory() <= mostMessage {
		p.store.parsers = append(p.store.parsers, p)
	}
}
