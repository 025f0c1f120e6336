package mime

import (
	"bytes"

	"vxwall/inspect/app"
)

// read takes a line, with its end if it has one.
func (m *Message) read(line []byte) {
	if !m.inner && m.boundary(line) {
		return
	}
	switch m.place {
	case inHead:
		m.headLine(line)
	case inBody:
		m.content(line)
	}
}

// boundary takes a line that separates parts: those of any level that is open, the
// innermost first, so that one whose boundary begins like another's is its own.
func (m *Message) boundary(line []byte) bool {
	if m.depth == 0 || !bytes.HasPrefix(line, []byte("--")) {
		return false
	}
	line = bytes.TrimRight(line[2:], " \t\r\n")
	if at := m.depth - 1; m.marks[at].sought && len(line) > 0 {
		m.marks[at].text, m.marks[at].sought = append(m.marks[at].text[:0], line[:min(len(line), maxBoundary)]...), false
	}
	for at := m.depth - 1; at >= 0; at-- {
		rest, ok := bytes.CutPrefix(line, m.marks[at].text)
		if !ok || m.marks[at].sought || len(rest) > 0 && string(rest) != "--" {
			continue
		}
		m.separate(at, len(rest) > 0)
		return true
	}
	return false
}

// separate ends a part at the boundary of a level.
func (m *Message) separate(level int, last bool) {
	if m.place == inHead {
		m.endHeader()
		m.endHead()
	}
	m.endPart(true)
	m.depth = level + 1
	m.place = inHead
	if last {
		m.depth, m.place = level, outside
	}
	m.part.reset()
}

// enter begins a level of parts, whose boundary is text; empty if there is none.
func (m *Message) enter(text []byte) {
	m.place = outside
	if m.depth == maxDepth {
		m.Events.Add(app.SMTPMIMEMalformedMsg)
		m.begin()
		return
	}
	if len(text) > maxBoundary {
		m.Events.Add(app.SMTPMIMELongBoundary)
		text = text[:0]
	}
	if len(text) == 0 {
		m.Events.Add(app.SMTPMIMEMalformedMsg)
	}
	k := &m.marks[m.depth]
	k.text, k.sought = append(k.text[:0], text...), len(text) == 0
	m.depth++
}

// content takes a line of a part. The end of the line waits: if a boundary follows, it is
// the boundary's.
func (m *Message) content(line []byte) {
	end := len(bytes.TrimSuffix(line, []byte("\n")))
	if end < len(line) && end > 0 && line[end-1] == '\r' {
		end--
	}
	if m.uuLine(line[:end]) {
		return
	}
	out := m.dec.bytes(m.out[:0], m.eol, &m.Events)
	out = m.dec.bytes(out, line[:end], &m.Events)
	m.eol = append(m.eol[:0], line[end:]...)
	m.give(m.body, out)
	if m.out = out; cap(out) > 4*maxLine {
		m.out = nil
	}
}

// give adds decoded bytes to a file.
func (m *Message) give(f *app.File, data []byte) {
	if f != nil && len(data) > 0 {
		f.Body.Append(data)
	}
}

// endPart ends the files of a part.
func (m *Message) endPart(complete bool) {
	if m.place == inBody {
		m.give(m.body, m.dec.end(m.out[:0]))
	}
	m.eol = m.eol[:0]
	endFile(m.uu, false)
	endFile(m.body, complete)
	m.body, m.uu = nil, nil
}
