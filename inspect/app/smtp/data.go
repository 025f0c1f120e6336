package smtp

import (
	"bytes"

	"vxwall/pipeline/flow"
)

// dotState is where in a line the mail of DATA is: the dot alone ends it, the dot before
// others is not part of it (RFC 5321, 4.5.2). Only CR LF ends a line: servers that take less
// let others smuggle mails.
type dotState uint8

const (
	midLine dotState = iota
	midLineCR
	lineStart
	afterDot
	afterDotCR
)

// startData begins the mail of DATA.
func (p *parser) startData() {
	p.mode, p.dot = content, lineStart
	if p.now != nil {
		p.now.hasBody = true
		p.now.step(stepBody)
	}
}

// readContent takes bytes of the mail, and returns what follows its end.
func (p *parser) readContent(b []byte) []byte {
	for len(b) > 0 && p.mode == content {
		switch p.dot {
		case lineStart:
			p.dot = midLine
			if b[0] == '.' {
				p.dot, b = afterDot, b[1:]
			}
		case afterDot:
			p.dot = midLine
			if b[0] == '\r' {
				p.dot, b = afterDotCR, b[1:]
			}
		case afterDotCR:
			if b[0] == '\n' {
				p.endContent()
				return b[1:]
			}
			p.dot = midLineCR
			p.write(cr)
		default:
			b = p.readText(b)
		}
	}
	return b
}

var cr = []byte{'\r'}

// readText takes what is there of a line.
func (p *parser) readText(b []byte) []byte {
	end := bytes.IndexByte(b, '\n')
	n := end + 1
	if end < 0 {
		n = len(b)
	}
	p.write(b[:n])
	wasCR := p.dot == midLineCR
	p.dot = midLine
	switch {
	case end > 0 && b[end-1] == '\r' || end == 0 && wasCR:
		p.dot = lineStart
	case end < 0 && b[n-1] == '\r':
		p.dot = midLineCR
	}
	return b[n:]
}

// write adds to the mail.
func (p *parser) write(b []byte) {
	if t := p.now; t != nil {
		t.write(b)
	}
}

// endContent ends the mail at its dot.
func (p *parser) endContent() {
	t := p.now
	p.mode, p.now = commands, nil
	if t != nil {
		t.endMail(true)
		t.complete(flow.ToResponder)
	}
	p.wait(mailEnd, t)
}

// readChunk takes bytes of a chunk.
func (p *parser) readChunk(b []byte) []byte {
	n := len(b)
	if uint64(n) > p.left {
		n = int(p.left)
	}
	p.write(b[:n])
	if p.left -= uint64(n); p.left == 0 {
		p.endChunk()
	}
	return b[n:]
}

// endChunk ends a chunk, and with the last one the mail.
func (p *parser) endChunk() {
	t := p.now
	p.mode = commands
	if !p.last || t == nil {
		return
	}
	p.now = nil
	t.endMail(true)
	t.complete(flow.ToResponder)
	if n := len(p.queue); n > 0 && p.queue[n-1].verb == bdat {
		p.queue[n-1].verb = mailEnd
	}
	if p.lost {
		p.settleLost()
	}
}
