package ftp

import (
	"bytes"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// Limits of a connection.
const (
	maxLine  = 4096
	maxLive  = 64
	maxReply = 4096 // kept of the replies to a command
)

// parser is one connection.
type parser struct {
	live    []*app.Tx
	txs     []*transaction // of live
	first   int            // of txs, that is not answered
	next    uint64
	lines   [2]line
	inside  [3]byte // the code of a reply of several lines, 0 outside
	tls     bool
	stopped bool
}

// line is what a direction's line has so far.
type line struct {
	buf  []byte
	long bool
	skip bool // its beginning is missing
}

// Open implements app.Protocol.
func (Protocol) Open(*app.Pool) app.Parser { return new(parser) }

// Parse implements app.Parser.
func (p *parser) Parse(in *app.Input) {
	l := &p.lines[in.Dir]
	if in.Gap > 0 {
		*l = line{buf: l.buf[:0], skip: true}
		p.forget() // which replies are missing is not known
	}
	data := in.Data
	for len(data) > 0 && !p.stopped {
		data = p.readLine(in.Dir, data)
	}
	if p.tls {
		in.Unread = len(data)
	}
	if in.End {
		p.forget()
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
	room := maxLine - len(l.buf)
	l.long = l.long || len(part) > room
	l.buf = append(l.buf, part[:min(len(part), room)]...)
	if end == 0 {
		return nil
	}
	text := bytes.TrimRight(l.buf, "\r\n")
	switch {
	case l.skip || len(text) == 0:
	case dir == flow.ToResponder:
		p.command(text, l.long)
	default:
		p.reply(text, l.long)
	}
	*l = line{buf: l.buf[:0]}
	return data[end:]
}

// command begins a transaction.
func (p *parser) command(text []byte, long bool) {
	if len(p.txs)-p.first >= maxLive {
		p.forget()
	}
	t := new(transaction)
	t.tx.Content = t
	t.tx.Reset(p.next)
	p.next++
	name, rest, _ := bytes.Cut(text, []byte{' '})
	t.command, t.data = bytes.Clone(name), bytes.Clone(rest)
	if long {
		t.tx.Events.Add(app.FTPRequestTooLong)
	}
	t.complete(flow.ToResponder)
	p.live, p.txs = append(p.live, &t.tx), append(p.txs, t)
}

// reply takes a line of the server. The last one of a reply has a space behind the code.
func (p *parser) reply(text []byte, long bool) {
	last := len(text) >= 3 && (len(text) == 3 || text[3] == ' ')
	coded := len(text) >= 3 && digits(text[:3])
	if p.inside[0] != 0 {
		last = last && string(text[:3]) == string(p.inside[:])
	} else if !coded {
		return
	} else if !last && text[3] == '-' {
		copy(p.inside[:], text)
	} else {
		last = true
	}
	t := p.waiting()
	if t != nil {
		t.answer(text, long)
	}
	if !last {
		return
	}
	p.inside = [3]byte{}
	if t == nil || text[0] == '1' { // a preliminary reply: another follows
		return
	}
	t.complete(flow.ToInitiator)
	p.first++
	if bytes.EqualFold(t.command, []byte("AUTH")) && string(text[:3]) == "234" {
		p.tls, p.stopped = true, true
		p.forget()
	}
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// waiting is the command that the next reply is to; nil if there is none.
func (p *parser) waiting() *transaction {
	if p.first == len(p.txs) {
		return nil
	}
	return p.txs[p.first]
}

// forget ends the transactions that are not answered.
func (p *parser) forget() {
	for _, t := range p.txs[p.first:] {
		t.complete(flow.ToInitiator)
	}
	p.first = len(p.txs)
}

// Transactions implements app.Parser.
func (p *parser) Transactions() []*app.Tx { return p.live }

// Release implements app.Parser.
func (p *parser) Release(n int) {
	p.live = append(p.live[:0], p.live[n:]...)
	p.txs = append(p.txs[:0], p.txs[n:]...)
	p.first = max(0, p.first-n)
}

// Events implements app.Parser.
func (p *parser) Events() app.EventSet { return app.EventSet{} }

// Stopped implements app.Parser.
func (p *parser) Stopped() bool { return p.stopped }

// Switch implements app.Parser.
func (p *parser) Switch() string {
	if p.tls {
		return "tls"
	}
	return ""
}

// Close implements app.Parser.
func (p *parser) Close() { p.live, p.txs = nil, nil }
