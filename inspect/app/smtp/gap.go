package smtp

import (
	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// gap says that bytes are missing.
func (p *parser) gap(in *app.Input) {
	l := &p.lines[in.Dir]
	if !in.ToServer() {
		*l = line{buf: l.buf[:0], skip: true}
		p.lost, p.queue = true, p.queue[:0]
		p.settleLost()
		return
	}
	if p.mode == asked {
		p.startData()
		p.read(p.held)
		p.held = nil
	}
	n := uint64(in.Gap)
	switch p.mode {
	case content:
		p.dot = midLine
		p.hole(n)
	case chunk:
		in := min(n, p.left)
		p.hole(in)
		if p.left -= in; p.left == 0 {
			p.endChunk()
		}
		n -= in
	}
	if p.mode == commands && n > 0 {
		*l = line{buf: l.buf[:0], skip: true}
		p.lost, p.queue = true, p.queue[:0]
		p.settleLost()
	}
}

// hole says that bytes of the mail are missing.
func (p *parser) hole(n uint64) {
	if p.now != nil {
		p.now.msg.Hole(n)
		p.now.tx.Changed[flow.ToResponder] = true
	}
}

// settleLost ends the mails whose answers will not be known.
func (p *parser) settleLost() {
	for _, t := range p.txs {
		if t.tx.Progress[flow.ToResponder] == app.Complete {
			t.complete(flow.ToInitiator)
		}
	}
}
