package http

import (
	"bytes"

	"vxwall/inspect/app"
	"vxwall/inspect/app/inflate"
	"vxwall/pipeline/flow"
)

// state is where in its messages a direction is.
type state uint8

const (
	idle      state = iota // between messages
	startLine              // in the line that a message begins with
	junk                   // after a line that is none, before a response
	bare                   // after a request line without a protocol
	head                   // in the headers
	fixedBody              // in a body of known length
	openBody               // in a body that the end of the connection ends
	doubtful               // behind a head that has a body by its headers, and none by its status
	chunkSize              // before a chunk
	chunkData              // in a chunk
	chunkEnd               // behind a chunk
	trailers               // behind the last chunk
	lost                   // after a gap: at no known place
	tunnel                 // no HTTP any more
)

// half is one direction of a flow.
type half struct {
	lexer
	p     *parser
	dir   flow.Direction
	state state
	t     *transaction // the one that bytes belong to, nil while idle
	msg   *message     // its message of this direction
	scan  int          // of msg.raw: a line begins here
	back  [8]byte      // bytes that were taken to see where a line ends, and belong to what follows
	backs int
	left  uint64 // bytes of a body or chunk to come
	chunk chunk
	begun int // bytes of a status line that came where a body was doubtful
	// Content codings of the body, outermost first.
	codings [maxLayers]*inflate.Stream
	sinks   [maxLayers]layer
	layers  int
	lzma    bool // one of them is LZMA
	halted  bool // decoding was given up: too much came of it
	budget  int  // bytes that decoding may still make of this input
	between int  // of them, for another coding
	parts   *multipart
	heard   bool // bytes came
	atLine  bool // lost, and at the beginning of a line
}

// feed takes bytes, and returns how many at their end it leaves to another protocol.
func (h *half) feed(data []byte) int {
	for len(data) > 0 && !h.p.stopped {
		if h.state == tunnel {
			return len(data)
		}
		used := h.step(data)
		h.weigh()
		if n := h.backs; n > 0 {
			h.backs = 0
			h.feed(bytes.Clone(h.back[:n]))
		}
		data = data[used:]
	}
	return 0
}

// weigh counts what the message has grown by.
func (h *half) weigh() {
	if m := h.msg; m != nil {
		n := len(m.raw) + m.named
		h.p.held += n - m.held
		m.held = n
	}
}

// step takes some of data, and says how much. It takes nothing only with another state.
func (h *half) step(data []byte) int {
	switch h.state {
	case idle:
		return h.idle(data)
	case startLine:
		return h.startLine(data)
	case junk:
		return h.junk(data)
	case bare:
		return h.bare(data)
	case head, trailers:
		return h.head(data)
	case fixedBody:
		return h.fixedBody(data)
	case openBody:
		h.body(data)
	case doubtful:
		return h.doubtful(data)
	case chunkSize:
		return h.chunkSize(data)
	case chunkData:
		return h.chunkData(data)
	case chunkEnd:
		return h.chunkEnd(data)
	case lost:
		return h.search(data)
	}
	return len(data)
}

// event adds an event to the transaction.
func (h *half) event(e app.Event) {
	h.t.tx.Events.Add(e)
	h.t.tx.Changed[h.dir] = true
}

// progress says how far the transaction has come in this direction.
func (h *half) progress(step uint8) {
	h.t.tx.Progress[h.dir] = step
	h.t.tx.Changed[h.dir] = true
}

// The steps of a direction, before app.Complete.
const (
	stepStarted uint8 = iota + 1
	stepLine
	stepHeaders
)

// idle skips blank bytes between messages, and begins one with the first other.
func (h *half) idle(data []byte) int {
	n := 0
	for n < len(data) && (data[n] == '\r' || data[n] == '\n') {
		n++
	}
	if n == len(data) {
		return n
	}
	if h.dir == flow.ToResponder {
		h.t = h.p.begin()
	} else {
		h.t = h.p.answered()
		h.asked()
	}
	if h.t == nil {
		return len(data)
	}
	h.msg = &h.t.msg[h.dir]
	h.progress(stepStarted)
	h.scan, h.state = 0, startLine
	return n
}

// asked ends a request without a protocol, which nothing but its response ends.
func (h *half) asked() {
	if r := &h.p.halves[flow.ToResponder]; r.state == bare && h.t == r.t {
		r.t.old = true
		r.complete(true)
	}
}

// complete ends the message.
func (h *half) complete(whole bool) {
	h.endCodings()
	h.endParts(whole)
	h.msg.close(whole)
	h.weigh()
	h.progress(app.Complete)
	h.t, h.msg, h.state = nil, nil, idle
}

// abandon lets go of a transaction that is taken away while bytes of it still come.
func (h *half) abandon() {
	h.drop()
	h.t, h.msg = nil, nil
	if h.state != tunnel {
		h.state, h.atLine = lost, false
	}
}

// drop gives the memory of a body back.
func (h *half) drop() {
	h.freeCodings()
	h.parts = nil
}

// finish says that nothing more comes.
func (h *half) finish() {
	if h.response {
		defer h.p.unanswered()
	}
	if h.t == nil {
		return
	}
	switch h.state {
	case startLine, junk:
		h.lastLine()
	case head, trailers:
		h.endHead(len(h.msg.raw))
	}
	if h.t == nil {
		return
	}
	whole := h.state == idle || h.state == openBody || h.state == bare || h.state == doubtful
	if h.state == bare {
		h.t.old = true
	}
	if h.state == fixedBody || h.state == chunkData {
		whole = false
	}
	if h.response && (h.state == chunkSize || h.state == chunkEnd) {
		whole = true // browsers do not mind a missing last chunk
	}
	h.complete(whole)
}
