package mime

import (
	"bytes"

	"vxwall/inspect/app"
)

// Head is what events and rules say of a message.
type Head struct {
	From, Subject, Date, MessageID, Mailer []byte
	ToRaw, CcRaw                           []byte
	To, Cc                                 [][]byte
	Received                               [][]byte
}

func (h *Head) reset() {
	*h = Head{
		From: h.From[:0], Subject: h.Subject[:0], Date: h.Date[:0], MessageID: h.MessageID[:0], Mailer: h.Mailer[:0],
		ToRaw: h.ToRaw[:0], CcRaw: h.CcRaw[:0], To: h.To[:0], Cc: h.Cc[:0], Received: h.Received[:0],
	}
}

// headLine takes a line of headers, or the empty one behind them.
func (m *Message) headLine(line []byte) {
	text := bytes.TrimRight(line, "\r\n")
	switch {
	case m.inner:
		m.grow(text)
	case len(text) == 0:
		m.endHeader()
		m.endHead()
	case text[0] == ' ' || text[0] == '\t':
		m.grow(text)
	default:
		m.endHeader()
		m.grow(text)
	}
}

// grow adds to the header that is read.
func (m *Message) grow(text []byte) {
	if room := maxHeader - len(m.head); len(text) > room {
		text = text[:room]
		if !m.cut {
			m.cut = true
			m.Events.Add(app.SMTPMIMELongHeaderValue)
		}
	}
	m.head = append(m.head, text...)
}

// endHeader reads a header that is whole.
func (m *Message) endHeader() {
	if len(m.head) == 0 {
		return
	}
	name, value, ok := bytes.Cut(m.head, []byte{':'})
	if !ok {
		m.Events.Add(app.SMTPMIMEMalformedMsg)
	}
	if len(name) > maxName {
		m.Events.Add(app.SMTPMIMELongHeaderName)
	}
	name, value = bytes.TrimRight(name, " \t"), bytes.TrimSpace(value)
	if ok && !m.part.header(name, value) && m.top {
		m.Head.header(name, value)
	}
	m.head, m.cut = m.head[:0], false
}

// header keeps one of the message's headers. Of those that come more than once, the first counts.
func (h *Head) header(name, value []byte) {
	for _, known := range [...]struct {
		name string
		to   *[]byte
	}{
		{"from", &h.From}, {"subject", &h.Subject}, {"date", &h.Date}, {"message-id", &h.MessageID},
		{"x-mailer", &h.Mailer}, {"to", &h.ToRaw}, {"cc", &h.CcRaw},
	} {
		if is(name, known.name) && len(*known.to) == 0 {
			*known.to = append(*known.to, value...)
		}
	}
	if is(name, "received") && len(h.Received) < maxList {
		h.Received = append(h.Received, bytes.Clone(value))
	}
}

// lists splits the addresses, once the headers are all there.
func (h *Head) lists() {
	h.To, h.Cc = split(h.To, h.ToRaw), split(h.Cc, h.CcRaw)
}

// split appends the addresses of a list.
func split(list [][]byte, raw []byte) [][]byte {
	quoted, from := false, 0
	for i := 0; i <= len(raw) && len(list) < maxList; i++ {
		if i < len(raw) && raw[i] == '"' {
			quoted = !quoted
		}
		if i < len(raw) && (raw[i] != ',' || quoted) {
			continue
		}
		if one := bytes.TrimSpace(raw[from:i]); len(one) > 0 {
			list = append(list, one)
		}
		from = i + 1
	}
	return list
}

// is compares a name with a lower-case one.
func is(b []byte, name string) bool { return len(b) == len(name) && bytes.EqualFold(b, []byte(name)) }
