package http

import (
	"bytes"

	"vxwall/inspect/app"
)

// Limits of bodies with parts.
const (
	maxBoundary   = 200
	maxPartHeader = 4 << 10
)

// multipart takes a body of parts apart (RFC 2046, 5.1), as its bytes come. It
// holds back what may be the beginning of a boundary.
type multipart struct {
	h      *half
	mark   []byte // CR LF, two dashes, boundary
	held   []byte // not looked at from at on: less than a mark, or a header on its way
	at     int
	file   *app.File
	header bool // held is in the header of a part
	over   bool // the last boundary was seen
}

// newMultipart begins a body with a boundary, nil if it can be none.
func newMultipart(h *half, boundary []byte) *multipart {
	if len(boundary) > maxBoundary {
		h.event(app.HTTPMultipartGenericError)
		return nil
	}
	m := &multipart{h: h}
	m.mark = append(append(m.mark, "\r\n--"...), boundary...)
	m.held = append(m.held, "\r\n"...) // the first boundary may be the first line
	return m
}

// partPiece is how many bytes are held at a time, beside what was held before.
const partPiece = 16 << 10

// write takes bytes of the body.
func (m *multipart) write(data []byte) {
	for len(data) > 0 && !m.over {
		n := min(partPiece, len(data))
		m.take(data[:n])
		data = data[n:]
	}
}

// take takes a few bytes of the body.
func (m *multipart) take(data []byte) {
	m.held = append(m.held, data...)
	for !m.over && m.step() {
	}
	if m.over {
		m.at = len(m.held)
	}
	m.held = append(m.held[:0], m.held[m.at:]...)
	m.at = 0
}

// step takes one piece of what is held: false if more is needed.
func (m *multipart) step() bool {
	if m.header {
		return m.partHeader()
	}
	held := m.held[m.at:]
	i := bytes.Index(held, m.mark)
	if i < 0 {
		i = max(len(held)-len(m.mark)+1, 0)
		m.give(held[:i])
		m.at += i
		return false
	}
	m.give(held[:i])
	m.at += i
	rest := held[i+len(m.mark):]
	if len(rest) < 2 {
		return false
	}
	m.endFile(true)
	m.over = rest[0] == '-' && rest[1] == '-'
	m.header = true
	m.at += len(m.mark)
	return true
}

// give takes bytes of a part.
func (m *multipart) give(data []byte) {
	if m.file != nil && len(data) > 0 {
		m.file.Body.Append(data)
	}
}

// endFile ends the file of a part.
func (m *multipart) endFile(complete bool) {
	if m.file == nil {
		return
	}
	if m.file.Size() == 0 {
		m.h.event(app.HTTPMultipartNoFiledata)
	}
	endFile(m.file, complete)
	m.file = nil
}

// partHeader reads the header of a part, from behind the boundary to the empty line.
func (m *multipart) partHeader() bool {
	held := m.held[m.at:]
	if len(held) > maxPartHeader {
		held = held[:maxPartHeader]
	}
	end, size := emptyLine(held)
	if end < 0 && len(held) < maxPartHeader {
		return false
	}
	if end < 0 {
		m.h.event(app.HTTPMultipartInvalidHeader)
		end, size = len(held), 0
	}
	f := &m.h.p.store.fields
	f.reset(false)
	f.parse(bytes.TrimLeft(held[:end], "\r\n \t"))
	if f.flags&noColon != 0 {
		m.h.event(app.HTTPMultipartInvalidHeader)
	}
	m.open(f)
	m.header = false
	m.at += end + size
	return true
}

// emptyLine returns where the first empty line begins, with the end of the line before it, and
// how long both ends are; -1 if there is none. It reads no further: a body may have many.
func emptyLine(b []byte) (at, size int) {
	for from := 0; ; {
		i := bytes.IndexByte(b[from:], '\n')
		if i < 0 {
			return -1, 0
		}
		i += from
		switch next := b[i+1:]; {
		case len(next) > 0 && next[0] == '\n':
			return i, 2
		case i > 0 && b[i-1] == '\r' && len(next) > 1 && next[0] == '\r' && next[1] == '\n':
			return i - 1, 4
		}
		from = i + 1
	}
}

// open begins a file, if the header of its part has a name for it.
func (m *multipart) open(f *fields) {
	for i := range f.list {
		e := &f.list[i]
		if !equalFold(e.name.of(f.text), "content-disposition") {
			continue
		}
		name := parameter(e.value.of(f.text), "filename=")
		if name == nil {
			return
		}
		if m.file = m.h.msg.file(); m.file == nil {
			m.h.event(app.HTTPMultipartGenericError)
			return
		}
		m.file.ID = m.h.p.fileID()
		m.file.Name = append(m.file.Name, name[:min(len(name), maxFileName)]...)
		m.h.msg.named += len(m.file.Name)
		if len(name) > maxFileName {
			m.h.event(app.HTTPFileNameTooLong)
		}
	}
}

// hole says that bytes are missing.
func (m *multipart) hole(n uint64) {
	if m.file != nil {
		m.give(m.held)
		m.file.Body.Skip(n)
		m.file.Gaps = true
	}
	m.held = m.held[:0]
}

// endParts ends the parts with the body.
func (h *half) endParts(whole bool) {
	m := h.parts
	if m == nil {
		return
	}
	if !m.over {
		if !m.header {
			m.give(m.held)
		}
		m.endFile(false)
	}
	h.parts = nil
}
