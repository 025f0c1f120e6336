package http

import (
	"bytes"

	"vxwall/inspect/app"
)

// oddities are the events of flags of fields, in requests and responses.
var oddities = []struct {
	flag   uint8
	events [2]app.Event
}{
	{noColon, [2]app.Event{app.HTTPRequestFieldMissingColon, app.HTTPResponseFieldMissingColon}},
	{emptyName | noToken | spaceAfter, [2]app.Event{app.HTTPRequestHeaderInvalid, app.HTTPResponseHeaderInvalid}},
	{spaceBefore | deformedFold, [2]app.Event{app.HTTPInvalidRequestFieldFolding, app.HTTPInvalidResponseFieldFolding}},
	{tooManyHeaders, [2]app.Event{app.HTTPRequestTooManyHeaders, app.HTTPResponseTooManyHeaders}},
}

// cookieNames are the headers that hold cookies, by direction.
var cookieNames = [2]string{"cookie", "set-cookie"}

// headers takes the head of a message apart, and its trailers if they are there.
func (h *half) headers() {
	m, f := h.msg, &h.p.store.fields
	f.reset(h.response)
	f.parse(m.raw[m.begin:m.end])
	f.parse(m.raw[m.end:])
	for _, o := range oddities {
		if f.flags&o.flag != 0 {
			h.event(o.events[h.dir])
		}
	}
	h.normalise(f)
	m.ready = true
}

// normalise writes the headers, with values of the same name joined. Those with cookies
// come last, so that all others are one piece.
func (h *half) normalise(f *fields) {
	m := h.msg
	m.norm, m.list, m.names, m.start = m.norm[:0], m.list[:0], m.names[:0], m.start[:0]
	cookies, slot := -1, 0
	f.link()
	for i := range f.list {
		if f.list[i].flags&repeated != 0 {
			continue
		}
		m.list = append(m.list, header{})
		if equalFold(f.list[i].name.of(f.text), cookieNames[h.dir]) {
			cookies, slot = i, len(m.list)-1
			continue
		}
		h.write(f, i, len(m.list)-1)
	}
	m.plain = len(m.norm)
	if cookies >= 0 {
		h.write(f, cookies, slot)
	}
}

// same says whether two fields have the same name.
func (f *fields) same(i, j int) bool {
	a, b := &f.list[i], &f.list[j]
	return a.hash == b.hash && sameName(a.name.of(f.text), b.name.of(f.text))
}

// write appends field i and all later ones of its name as one header.
func (h *half) write(f *fields, i, slot int) {
	m, e := h.msg, &f.list[i]
	name, value := e.name.of(f.text), e.value.of(f.text)
	from := len(m.norm)
	m.norm = append(append(m.norm, name...), ": "...)
	middle := len(m.norm)
	m.norm = append(m.norm, value...)
	if e.next != 0 {
		h.repeats(f, e)
	}
	m.list[slot] = header{name: at(from, middle-2), value: at(middle, len(m.norm))}
	m.norm = append(m.norm, "\r\n"...)
}

// repeats adds the other values of a name. Of lengths the first one counts.
func (h *half) repeats(f *fields, first *field) {
	m, name := h.msg, first.name.of(f.text)
	if len(name) > 0 {
		h.event([2]app.Event{app.HTTPRequestHeaderRepetition, app.HTTPResponseHeaderRepetition}[h.dir])
	}
	length := equalFold(name, "content-length")
	a, okA := uint64(0), false
	if length {
		a, okA = number(first.value.of(f.text))
	}
	for j := first.next; j != 0; j = f.list[j].next {
		value := f.list[j].value.of(f.text)
		if !length {
			m.norm = append(append(m.norm, ", "...), value...)
			continue
		}
		if b, ok := number(value); !okA || !ok || a != b {
			h.event([2]app.Event{app.HTTPDuplicateContentLengthFieldInRequest, app.HTTPDuplicateContentLengthFieldInResponse}[h.dir])
		}
	}
}

// headerNames makes http.header_names.
func (m *message) headerNames() []byte {
	if len(m.names) == 0 && len(m.list) > 0 {
		m.names = append(m.names, "\r\n"...)
		for i := range m.list {
			m.names = append(append(m.names, m.list[i].name.of(m.norm)...), "\r\n"...)
		}
		m.names = append(m.names, "\r\n"...)
	}
	return m.names
}

// startLines makes http.start: the start line and all headers.
func (m *message) startLines() []byte {
	if len(m.start) == 0 {
		m.start = append(append(m.start, m.line.of(m.raw)...), "\r\n"...)
		for i := range m.list {
			e := &m.list[i]
			m.start = append(m.start, m.norm[e.name.from:e.value.to]...)
			m.start = append(m.start, "\r\n"...)
		}
		m.start = append(m.start, "\r\n"...)
	}
	return m.start
}

// commaPiece takes the text before the next comma or space off a list.
func commaPiece(list []byte) (piece, rest []byte) {
	i := bytes.IndexAny(list, ", ;\t")
	if i < 0 {
		return list, nil
	}
	return list[:i], list[i+1:]
}
