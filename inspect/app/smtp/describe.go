package smtp

import "vxwall/inspect/app"

var _ app.Letter = (*transaction)(nil)

// Describe implements app.Content. The event is due when the mail and its answer are there.
func (t *transaction) Describe(f app.Fields) bool {
	text(f, "helo", t.p.helo)
	text(f, "mail_from", t.from)
	texts(f, "rcpt_to", t.rcpt)
	return t.tx.Done()
}

// DescribeLetter implements app.Letter.
func (t *transaction) DescribeLetter(f app.Fields) bool {
	if !t.hasBody {
		return false
	}
	f.String("status", []byte(t.status()))
	h := &t.msg.Head
	text(f, "from", h.From)
	texts(f, "to", h.To)
	texts(f, "cc", h.Cc)
	if t.attachment(0) == nil {
		return true
	}
	f.List("attachment")
	for _, file := range t.msg.Files() {
		if !file.Inline {
			f.String("", file.Name)
		}
	}
	f.End()
	return true
}

// status is how far the mail was read, as EVE names it.
func (t *transaction) status() string {
	switch {
	case t.msg.Ended() && !t.msg.Broken:
		return "PARSE_DONE"
	case t.msg.Broken:
		return "PARSE_ERROR"
	case t.msg.HeadDone():
		return "BODY_STARTED"
	}
	return "HEADER_STARTED"
}

func text(f app.Fields, key string, value []byte) {
	if len(value) > 0 {
		f.String(key, value)
	}
}

func texts(f app.Fields, key string, list [][]byte) {
	if len(list) == 0 {
		return
	}
	f.List(key)
	for _, value := range list {
		f.String("", value)
	}
	f.End()
}
