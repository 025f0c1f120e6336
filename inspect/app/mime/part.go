package mime

import (
	"bytes"

	"vxwall/inspect/app"
)

// part is what the headers of a part say.
type part struct {
	kind        []byte // Content-Type
	encoding    []byte
	disposition []byte
}

func (p *part) reset() {
	*p = part{kind: p.kind[:0], encoding: p.encoding[:0], disposition: p.disposition[:0]}
}

// header keeps a header, if it is about the part. Readers differ in which of two counts: the
// first does here, as in most.
func (p *part) header(name, value []byte) bool {
	var to *[]byte
	switch {
	case is(name, "content-type"):
		to = &p.kind
	case is(name, "content-transfer-encoding"):
		to = &p.encoding
	case is(name, "content-disposition"):
		to = &p.disposition
	default:
		return false
	}
	if len(*to) == 0 {
		*to = append(*to, value...)
	}
	return true
}

// media is the type alone: text/plain.
func (p *part) media() []byte {
	kind, _, _ := bytes.Cut(p.kind, []byte{';'})
	return bytes.TrimSpace(kind)
}

// endHead begins what the headers announce.
func (m *Message) endHead() {
	if m.top {
		m.top = false
		m.Head.lists()
	}
	kind := m.part.media()
	if len(kind) > 10 && is(kind[:10], "multipart/") {
		text, _ := parameter(nil, m.part.kind, "boundary")
		m.enter(text)
		return
	}
	m.dec.begin(m.part.encoding)
	if is(kind, "message/rfc822") && m.dec.how == identity && m.nested < maxDepth {
		m.nested++
		m.place = inHead
		m.part.reset()
		return
	}
	m.begin()
}

// begin begins the file of a part.
func (m *Message) begin() {
	m.place = inBody
	m.body = m.file()
	if m.body == nil {
		return
	}
	m.name(m.body)
	m.body.Inline = len(m.body.Name) == 0
	kind := m.part.media()
	m.body.Type = append(m.body.Type, kind[:min(len(kind), maxName)]...)
}

// name finds what a file is called.
func (m *Message) name(f *app.File) {
	name, ok := parameter(f.Name, m.part.disposition, "filename")
	if !ok || len(name) == 0 {
		name, _ = parameter(f.Name, m.part.kind, "name")
	}
	f.Name = words(name)
	if len(f.Name) > maxName {
		m.Events.Add(app.SMTPMIMELongFilename)
		f.Name = f.Name[:maxName]
	}
}
