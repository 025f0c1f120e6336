package smtp

import (
	"bytes"
	"math"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// verb is a command that matters.
type verb uint8

const (
	other verb = iota
	hello
	mail
	rcpt
	data
	bdat
	reset
	startTLS
	quit
	mailEnd // of DATA: the answer to the dot
)

var verbs = [...]struct {
	name string
	verb verb
}{
	{"EHLO", hello}, {"HELO", hello}, {"LHLO", hello}, {"MAIL", mail}, {"RCPT", rcpt}, {"DATA", data}, {"BDAT", bdat},
	{"RSET", reset}, {"STARTTLS", startTLS}, {"QUIT", quit},
}

// pending is a command that waits for its reply.
type pending struct {
	verb verb
	t    *transaction // nil once it is over
}

// command takes a line of the client.
func (p *parser) command(text []byte, l *line) {
	if l.skip {
		return
	}
	word, rest, _ := bytes.Cut(text, []byte{' '})
	v := other
	for _, known := range verbs {
		if bytes.EqualFold(word, []byte(known.name)) {
			v = known.verb
		}
	}
	t := p.transaction(v)
	if l.size > maxCommand {
		p.event(app.SMTPLongCommand)
	}
	if l.size > maxLine {
		p.event(app.SMTPTruncatedLine)
	}
	if t != nil {
		t.tx.Changed[flow.ToResponder] = true
	}
	p.act(v, t, bytes.TrimSpace(rest))
}

// transaction returns the one that a command belongs to, a new one if it begins one: what
// ends a connection and what is no part of a mail begins none but the first.
func (p *parser) transaction(v verb) *transaction {
	if v == mail && p.now != nil && p.now.mailed {
		p.now = nil // another mail without an end of the last one
	}
	if p.now != nil || p.nextID > 0 && v != mail && v != rcpt && v != data && v != bdat {
		return p.now
	}
	if len(p.txs) >= maxLive {
		for _, old := range p.txs { // none of them is open: their answers do not come
			old.finish()
		}
	}
	t := p.store.transaction()
	t.p = p
	t.tx.Reset(p.nextID)
	t.msg.IDs = &p.fileID
	p.nextID++
	p.live, p.txs, p.now = append(p.live, &t.tx), append(p.txs, t), t
	return t
}

// act does what a command asks for, as far as it is seen.
func (p *parser) act(v verb, t *transaction, rest []byte) {
	switch v {
	case hello:
		p.helo = append(p.helo[:0], rest...)
	case mail:
		t.mailed = true
		t.from = append(t.from[:0], path(rest, "FROM:")...)
		t.step(stepMail)
	case rcpt:
		if to := path(rest, "TO:"); len(t.rcpt) < maxRcpt {
			t.rcpt = append(t.rcpt, bytes.Clone(to))
		}
	case data:
		p.mode = asked
		if p.lost {
			p.startData()
		}
	case bdat:
		p.startChunk(t, rest)
	case reset, quit:
		if p.now != nil {
			p.now.endMail(false)
			p.now.complete(flow.ToResponder)
		}
		p.now = nil
	}
	p.wait(v, t)
}

// wait enters a command into those that wait for a reply.
func (p *parser) wait(v verb, t *transaction) {
	if p.lost {
		p.settleLost()
		return
	}
	if len(p.queue) >= maxQueue {
		p.lost, p.queue = true, p.queue[:0]
		p.settleLost()
		return
	}
	p.queue = append(p.queue, pending{v, t})
}

// path is what stands behind FROM: or TO:, without parameters.
func path(rest []byte, word string) []byte {
	if len(rest) < len(word) || !bytes.EqualFold(rest[:len(word)], []byte(word)) {
		return nil
	}
	rest = bytes.TrimLeft(rest[len(word):], " ")
	if at := bytes.IndexByte(rest, ' '); at >= 0 && (rest[0] != '<' || bytes.IndexByte(rest, '>') < at) {
		rest = rest[:at]
	}
	return rest
}

// startChunk reads BDAT's size, and whether the mail ends with the chunk.
func (p *parser) startChunk(t *transaction, rest []byte) {
	word, after, _ := bytes.Cut(rest, []byte{' '})
	size := uint64(0)
	for _, c := range word {
		if c < '0' || c > '9' || size > math.MaxUint32 {
			p.event(app.SMTPBDATLengthExceeded)
			return
		}
		size = size*10 + uint64(c-'0')
	}
	if len(word) == 0 {
		p.event(app.SMTPUnparsable)
		return
	}
	t.hasBody, t.mailed = true, true
	t.step(stepBody)
	p.left, p.last = size, bytes.EqualFold(bytes.TrimSpace(after), []byte("LAST"))
	p.mode = chunk
	if size == 0 {
		p.endChunk()
	}
}
