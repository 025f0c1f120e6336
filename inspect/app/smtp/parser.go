package smtp

import (
	"bytes"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// Limits of a connection.
const (
	maxLine    = 4096 // kept of a command
	maxCommand = 512  // RFC 5321, 4.5.3.1.4
	maxReply   = 512
	maxQueue   = 256      // commands that wait for a reply
	maxLive    = 64       // mails that wait for a reply
	maxHeld    = 64 << 10 // bytes that wait for the reply to DATA
)

// mode is what the client's bytes are.
type mode uint8

const (
	commands mode = iota
	asked         // DATA was sent, and not answered yet
	content       // the mail, to a dot
	chunk         // the mail, by number of bytes
)

// parser is one connection.
type parser struct {
	store  *store
	live   []*app.Tx
	txs    []*transaction // of live
	now    *transaction   // that commands belong to; nil if none is open
	nextID uint64
	fileID uint32
	events app.EventSet

	mode    mode
	left    uint64 // of the chunk
	last    bool   // it is the last one of the mail
	dot     dotState
	held    []byte // of the client, while asked
	helo    []byte
	lines   [2]line
	queue   []pending // oldest first
	greeted bool
	lost    bool // replies cannot be told any more to what they are
	tls     bool
	stopped bool
}

// line is what a direction's line has so far.
type line struct {
	buf  []byte
	size int  // with what was not kept
	skip bool // its beginning is missing
}

// Parse implements app.Parser.
func (p *parser) Parse(in *app.Input) {
	if in.Gap > 0 {
		p.gap(in)
	}
	if in.ToServer() {
		p.fromClient(in)
	} else {
		p.fromServer(in)
	}
	if in.End {
		p.end(in.Dir)
	}
}

// fromClient takes bytes of the client.
func (p *parser) fromClient(in *app.Input) {
	data := in.Data
	if len(p.held) > 0 || p.mode == asked {
		if p.hold(data, in.End) {
			return
		}
		data, p.held = p.held, nil
	}
	p.read(data)
}

// hold keeps what the client sends before it knows whether DATA was accepted: what it is
// depends on the answer. Without one it is the mail.
func (p *parser) hold(data []byte, end bool) bool {
	p.held = append(p.held, data...)
	if p.mode != asked {
		return false
	}
	if len(p.held) > 0 {
		p.event(app.SMTPInvalidPipelined)
	}
	if len(p.held) > maxHeld || end || p.lost {
		p.startData()
		return false
	}
	return true
}

// read takes bytes of the client by the mode that they are in.
func (p *parser) read(data []byte) {
	for len(data) > 0 {
		switch p.mode {
		case commands:
			data = p.readLine(flow.ToResponder, data)
		case content:
			data = p.readContent(data)
		case chunk:
			data = p.readChunk(data)
		case asked:
			p.event(app.SMTPInvalidPipelined)
			p.held = append(p.held, data...)
			return
		}
	}
}

// readLine takes what is there of a line, and returns the rest.
func (p *parser) readLine(dir flow.Direction, data []byte) []byte {
	l := &p.lines[dir]
	end := bytes.IndexByte(data, '\n') + 1
	part := data
	if end > 0 {
		part = data[:end]
	}
	l.size += len(part)
	l.buf = append(l.buf, part[:min(len(part), maxLine-len(l.buf))]...)
	if end == 0 {
		return nil
	}
	text := bytes.TrimRight(l.buf, "\r\n")
	if l.skip {
		text = nil
	}
	if dir == flow.ToResponder {
		p.command(text, l)
	} else {
		p.reply(text, l)
	}
	*l = line{buf: l.buf[:0]}
	return data[end:]
}

// fromServer takes bytes of the server. What follows the answer to STARTTLS is TLS's.
func (p *parser) fromServer(in *app.Input) {
	data := in.Data
	for len(data) > 0 && !p.stopped {
		data = p.readLine(flow.ToInitiator, data)
	}
	if p.tls {
		in.Unread = len(data)
	}
}

// end ends a direction.
func (p *parser) end(dir flow.Direction) {
	for _, t := range p.txs {
		if dir == flow.ToResponder {
			t.endMail(false)
		}
		t.complete(dir)
	}
	if dir == flow.ToResponder {
		p.now = nil
	}
	p.lost = p.lost || dir == flow.ToInitiator
	if p.lost {
		p.settleLost()
	}
}

// event notes an event of the newest transaction, or of the flow.
func (p *parser) event(e app.Event) {
	t := p.now
	if n := len(p.txs); t == nil && n > 0 {
		t = p.txs[n-1]
	}
	if t == nil {
		p.events.Add(e)
		return
	}
	t.tx.Events.Add(e)
	t.tx.Changed = [2]bool{true, true}
}

// Transactions implements app.Parser.
func (p *parser) Transactions() []*app.Tx { return p.live }

// Release implements app.Parser.
func (p *parser) Release(n int) {
	for _, t := range p.txs[:n] {
		p.forget(t)
		p.store.giveBack(t)
	}
	p.live = append(p.live[:0], p.live[n:]...)
	p.txs = append(p.txs[:0], p.txs[n:]...)
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
func (p *parser) Switch() string {
	if p.tls {
		return "tls"
	}
	return ""
}
