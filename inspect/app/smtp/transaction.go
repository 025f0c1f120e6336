package smtp

import (
	"vxwall/inspect/app"
	"vxwall/inspect/app/mime"
	"vxwall/pipeline/flow"
)

// maxRcpt bounds the recipients that are kept.
const maxRcpt = 64

// Steps of the client's progress.
const (
	stepBegun uint8 = iota
	stepMail
	stepBody
	stepHead // the headers of the mail are there
)

// transaction is one mail.
type transaction struct {
	p       *parser
	tx      app.Tx
	from    []byte
	rcpt    [][]byte
	mailed  bool
	hasBody bool
	msg     mime.Message
}

var _ app.Content = (*transaction)(nil)

// clean empties the transaction, with its memory kept.
func (t *transaction) clean() {
	t.p, t.from, t.rcpt, t.mailed, t.hasBody = nil, t.from[:0], t.rcpt[:0], false, false
	t.msg.Reset()
}

// step goes on to a step of the client's.
func (t *transaction) step(to uint8) {
	if now := &t.tx.Progress[flow.ToResponder]; *now < to {
		*now = to
	}
	t.tx.Changed[flow.ToResponder] = true
}

// write adds to the mail.
func (t *transaction) write(b []byte) {
	if !t.tx.Changed[flow.ToResponder] {
		t.msg.Seen()
		t.tx.Changed[flow.ToResponder] = true
	}
	t.msg.Write(b)
	t.took()
}

// took notes what the mail's new bytes brought.
func (t *transaction) took() {
	t.tx.Events.Merge(&t.msg.Events)
	if t.msg.HeadDone() {
		t.step(stepHead)
	}
}

// endMail ends the mail, if it began.
func (t *transaction) endMail(complete bool) {
	if !t.hasBody || t.msg.Ended() {
		return
	}
	if !t.tx.Changed[flow.ToResponder] {
		t.msg.Seen()
	}
	t.msg.End(complete)
	t.took()
}

// complete ends a direction.
func (t *transaction) complete(dir flow.Direction) {
	if t.tx.Progress[dir] != app.Complete {
		t.tx.Progress[dir] = app.Complete
		t.tx.Changed[dir] = true
	}
}

// finish ends both.
func (t *transaction) finish() {
	t.complete(flow.ToResponder)
	t.complete(flow.ToInitiator)
}

// Buffer implements app.Content.
func (t *transaction) Buffer(id app.BufferID, dir flow.Direction, n int) (app.Buffer, bool) {
	if dir != flow.ToResponder {
		return app.Buffer{}, false
	}
	switch id {
	case app.FileData, app.FileName:
		return t.file(id, n)
	case app.SMTPRcptTo:
		return nth(t.rcpt, n)
	case app.EmailReceived:
		return nth(t.msg.Head.Received, n)
	}
	var data []byte
	h := &t.msg.Head
	switch id {
	case app.SMTPHelo:
		data = t.p.helo
	case app.SMTPMailFrom:
		data = t.from
	case app.EmailFrom:
		data = h.From
	case app.EmailTo:
		data = h.ToRaw
	case app.EmailCc:
		data = h.CcRaw
	case app.EmailSubject:
		data = h.Subject
	case app.EmailDate:
		data = h.Date
	case app.EmailMessageID:
		data = h.MessageID
	case app.EmailXMailer:
		data = h.Mailer
	}
	return app.Buffer{Data: data, Final: true}, n == 0 && len(data) > 0
}

// nth is one of several buffers.
func nth(list [][]byte, n int) (app.Buffer, bool) {
	if n >= len(list) {
		return app.Buffer{}, false
	}
	return app.Buffer{Data: list[n], Final: true}, true
}

// file are the buffers of attachment n.
func (t *transaction) file(id app.BufferID, n int) (app.Buffer, bool) {
	f := t.attachment(n)
	switch {
	case f == nil:
		return app.Buffer{}, false
	case id == app.FileName:
		return app.Buffer{Data: f.Name, Final: true}, true
	}
	return f.Body.Buffer(), true
}

// attachment is the nth file with a name; nil if there are fewer.
func (t *transaction) attachment(n int) *app.File {
	for _, f := range t.msg.Files() {
		if f.Inline {
			continue
		}
		if n == 0 {
			return f
		}
		n--
	}
	return nil
}

// Number implements app.Content.
func (t *transaction) Number(id app.NumberID, dir flow.Direction, n int) (int64, bool) {
	if id != app.FileSize || dir != flow.ToResponder {
		return 0, false
	}
	f := t.attachment(n)
	if f == nil {
		return 0, false
	}
	return int64(f.Size()), f.State != app.FileOpen
}

// Files implements app.Content.
func (t *transaction) Files(dir flow.Direction) []*app.File {
	if dir != flow.ToResponder {
		return nil
	}
	return t.msg.Files()
}
