package ftp

import (
	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// transaction is a command with its replies.
type transaction struct {
	tx            app.Tx
	command, data []byte
	text          []byte // of the replies, one behind the other
	ends          []int  // of text: where each line of the replies ends
}

var _ app.Content = (*transaction)(nil)

// complete ends a direction.
func (t *transaction) complete(dir flow.Direction) {
	if t.tx.Progress[dir] != app.Complete {
		t.tx.Progress[dir] = app.Complete
		t.tx.Changed[dir] = true
	}
}

// answer adds a line of a reply.
func (t *transaction) answer(line []byte, long bool) {
	t.tx.Changed[flow.ToInitiator] = true
	if long || len(t.text)+len(line) > maxReply {
		t.tx.Events.Add(app.FTPResponseTooLong)
		line = line[:min(len(line), maxReply-len(t.text))]
	}
	if len(line) > 0 {
		t.text = append(t.text, line...)
		t.ends = append(t.ends, len(t.text))
	}
}

// line is line n of the replies.
func (t *transaction) line(n int) []byte {
	if n >= len(t.ends) {
		return nil
	}
	begin := 0
	if n > 0 {
		begin = t.ends[n-1]
	}
	return t.text[begin:t.ends[n]]
}

// code is the code of line n, reply what stands behind it.
func (t *transaction) code(n int) []byte {
	if line := t.line(n); len(line) >= 3 && digits(line[:3]) {
		return line[:3]
	}
	return nil
}

func (t *transaction) reply(n int) []byte {
	line := t.line(n)
	if t.code(n) == nil {
		return line
	}
	return line[min(4, len(line)):]
}

// Buffer implements app.Content.
func (t *transaction) Buffer(id app.BufferID, dir flow.Direction, n int) (app.Buffer, bool) {
	var data []byte
	switch {
	case dir == flow.ToResponder && n == 0 && id == app.FTPCommand:
		data = t.command
	case dir == flow.ToResponder && n == 0 && id == app.FTPCommandData:
		data = t.data
	case dir == flow.ToInitiator && id == app.FTPReply:
		data = t.reply(n)
	case dir == flow.ToInitiator && id == app.FTPCompletionCode:
		data = t.code(n)
	}
	return app.Buffer{Data: data, Final: true}, len(data) > 0
}

// Number implements app.Content.
func (t *transaction) Number(app.NumberID, flow.Direction, int) (int64, bool) { return 0, false }

// Files implements app.Content. They are on connections of their own.
func (t *transaction) Files(flow.Direction) []*app.File { return nil }

// Describe implements app.Content.
func (t *transaction) Describe(f app.Fields) bool {
	f.String("command", t.command)
	if len(t.data) > 0 {
		f.String("command_data", t.data)
	}
	t.list(f, "completion_code", t.code)
	t.list(f, "reply", t.reply)
	received := "no"
	if len(t.ends) > 0 {
		received = "yes"
	}
	f.String("reply_received", []byte(received))
	return t.tx.Done()
}

// list tells a part of each line of the replies.
func (t *transaction) list(f app.Fields, key string, part func(int) []byte) {
	if len(t.ends) == 0 {
		return
	}
	f.List(key)
	for n := range t.ends {
		if text := part(n); len(text) > 0 {
			f.String("", text)
		}
	}
	f.End()
}
