package http

import (
	"bytes"

	"vxwall/inspect/app"
)

// oldBegin is how many bytes of the answer to a request of HTTP/0.9 say whether it is a body:
// it is, unless they are HTTP.
const oldBegin = 4

// longestJunk is how long a line before a response may be that does not look like one.
const longestJunk = 512

// startLine takes bytes of the line that a message begins with.
func (h *half) startLine(data []byte) int {
	m := h.msg
	before := len(m.raw)
	room := maxHead - before
	m.raw = append(m.raw, data[:min(room, len(data))]...)
	if h.response && h.t.old && len(m.raw) < oldBegin {
		return len(data) // whatever ends here, the same bytes in one piece would be judged together
	}
	if h.response && h.noStatus() {
		h.openJunk()
		return min(room, len(data))
	}
	end := h.eol(m.raw, h.scan)
	if end < 0 {
		if len(m.raw) == maxHead {
			h.tooLong()
			return min(room, len(data))
		}
		return len(data)
	}
	next, ok := h.startEnd(end)
	if !ok {
		if len(m.raw) == maxHead {
			h.tooLong()
		}
		return min(room, len(data))
	}
	m.line, m.begin = at(0, end), next
	used := h.took(before, next)
	h.lineDone()
	return used
}

// startEnd returns where the end of the start line, which begins at i, is over. That of a
// request need not wait for what follows: nothing may.
func (h *half) startEnd(i int) (int, bool) {
	if !h.response && h.msg.raw[i] == '\n' {
		return i + 1, true
	}
	return h.ending(h.msg.raw, i, false)
}

// took cuts what was read of a head to its end, and says how many of the newest bytes,
// which began at before, belong to it. It may end before them: then the bytes between are to
// be taken again.
func (h *half) took(before, end int) int {
	m := h.msg
	if end < before {
		h.backs = copy(h.back[:], m.raw[end:before])
		before = end
	}
	m.raw = m.raw[:end]
	return end - before
}

// noStatus says whether what began a response is so long that it can be no line of
// junk, and does not look like a status line.
func (h *half) noStatus() bool {
	m := h.msg
	if h.t.old && !hasHTTP(m.raw[:oldBegin]) {
		return true
	}
	return len(m.raw) > longestJunk && !hasHTTP(m.raw) && h.eol(m.raw[:longestJunk], 0) < 0
}

// lineDone acts on a start line that is whole.
func (h *half) lineDone() {
	line := h.msg.line.of(h.msg.raw)
	switch {
	case !h.response && len(trim(line)) == 0, h.response && len(line) == 0:
		h.msg.discard()
	case !h.response:
		h.requestLine(line)
	case hasHTTP(line):
		h.statusLine(line)
	default:
		h.state = junk
	}
}

// junk looks at the byte behind a line that is no status line. Browsers skip such a line if
// it is blank, or a status line may follow; else it is the body.
func (h *half) junk(data []byte) int {
	line := h.msg.line.of(h.msg.raw)
	if len(bytes.Trim(line, " \t")) <= 2 || lower(data[0]) == 'h' {
		h.msg.discard()
		h.state = startLine
		return 0
	}
	h.openJunk()
	return 0
}

// openJunk takes what began a response for its body.
func (h *half) openJunk() {
	if !h.t.old {
		h.event(app.HTTPResponseBodyUnexpected)
	}
	h.state = openBody
	h.body(h.msg.raw)
	h.msg.discard()
}

// lastLine acts on a start line that the end of the connection ends.
func (h *half) lastLine() {
	m := h.msg
	switch {
	case h.state == junk || h.response && !hasHTTP(m.raw):
		if len(trim(m.raw)) > 0 {
			h.openJunk()
		}
		m.discard()
		return
	case !h.response:
		h.event(app.HTTPRequestLineIncomplete)
	}
	m.line = at(0, len(bytes.TrimRight(m.raw, "\r\n")))
	m.begin = len(m.raw)
	h.lineDone()
	if h.t != nil && h.state == head {
		h.endHead(len(m.raw))
	}
}

// head takes bytes of headers or trailers.
func (h *half) head(data []byte) int {
	m := h.msg
	before := len(m.raw)
	room := maxHead - before
	m.raw = append(m.raw, data[:min(room, len(data))]...)
	for {
		_, next, what := h.next(m.raw, h.scan, false)
		switch what {
		case theEnd:
			used := h.took(before, next)
			h.endHead(next)
			return used
		case aLine:
			h.measure(next - h.scan)
			h.scan = next
			continue
		}
		break
	}
	h.measure(len(m.raw) - h.scan)
	if len(m.raw) == maxHead {
		h.tooLong()
	}
	return min(room, len(data))
}

// longestLine is the length from which on a line of a head is odd, as in Suricata.
const longestLine = 18000

// measure looks at the length of a line, ended or not.
func (h *half) measure(n int) {
	if n > longestLine {
		h.event([2]app.Event{app.HTTPRequestFieldTooLong, app.HTTPResponseFieldTooLong}[h.dir])
	}
}

// tooLong ends a head that is longer than any server or browser takes. What follows is
// looked at as a body, so that it does not go unseen.
func (h *half) tooLong() {
	h.event([2]app.Event{app.HTTPRequestFieldTooLong, app.HTTPResponseFieldTooLong}[h.dir])
	m := h.msg
	if h.state == startLine {
		m.line, m.begin = at(0, len(m.raw)), len(m.raw)
	}
	if !m.ready {
		m.end = len(m.raw)
		h.headers()
	}
	h.progress(stepHeaders)
	h.state = openBody
}

// endHead acts on headers, or trailers, that end at end of what was read.
func (h *half) endHead(end int) {
	m := h.msg
	if h.state == trailers {
		if m.trailed = h.scan > m.end; m.trailed {
			h.headers()
		} else {
			m.raw = m.raw[:m.end]
		}
		h.complete(true)
		return
	}
	m.end = end
	h.headers()
	h.frame()
}
