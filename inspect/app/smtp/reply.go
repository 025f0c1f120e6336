package smtp

import (
	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// reply takes a line of the server. The last one of a reply has no dash behind the code.
func (p *parser) reply(text []byte, l *line) {
	if l.skip || len(text) == 0 {
		return
	}
	if l.size > maxReply {
		p.event(app.SMTPLongReply)
	}
	code := 0
	for i := range min(3, len(text)) {
		if text[i] < '0' || text[i] > '9' {
			p.event(app.SMTPInvalidReply)
			return
		}
		code = code*10 + int(text[i]-'0')
	}
	if len(text) < 3 || len(text) > 3 && text[3] != '-' && text[3] != ' ' {
		p.event(app.SMTPInvalidReply)
		return
	}
	if len(text) == 3 || text[3] == ' ' {
		p.answer(code)
	}
}

// answer takes a reply that is whole.
func (p *parser) answer(code int) {
	if code == 220 && (len(p.queue) == 0 || p.queue[0].verb != startTLS) || !p.greeted && code == 554 {
		p.greeted = true
		return
	}
	if len(p.queue) == 0 {
		if !p.lost && code != 421 {
			p.event(app.SMTPUnableToMatchReply)
		}
		return
	}
	p.greeted = true
	c := p.queue[0]
	p.queue = append(p.queue[:0], p.queue[1:]...)
	if c.t != nil {
		c.t.tx.Changed[flow.ToInitiator] = true
	}
	p.answered(c, code)
}

// answered does what a reply to a command means.
func (p *parser) answered(c pending, code int) {
	switch c.verb {
	case startTLS:
		if code != 220 {
			p.event(app.SMTPTLSRejected)
			return
		}
		p.tls, p.stopped = true, true
		for _, t := range p.txs {
			t.endMail(false)
			t.finish()
		}
		p.now = nil
	case data:
		p.answeredData(code)
	case mailEnd, reset, quit:
		if c.t != nil {
			c.t.complete(flow.ToInitiator)
		}
	}
}

// answeredData says what the client's bytes are from here on.
func (p *parser) answeredData(code int) {
	switch {
	case p.mode != asked:
	case code/100 == 3:
		p.startData()
	default:
		p.event(app.SMTPDataRejected)
		p.mode = commands
	}
}
