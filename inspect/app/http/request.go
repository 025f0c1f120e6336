package http

import (
	"bytes"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// The parts of a request line in message.part.
const (
	partMethod = iota
	partURI
	partProtocol
)

// requestLine takes a request line apart (RFC 9112, 3).
func (h *half) requestLine(line []byte) {
	m := h.msg
	i := 0
	for i < len(line) && isSpace(line[i]) {
		i++
	}
	if i > 0 {
		h.event(app.HTTPRequestLineLeadingWhitespace)
	}
	from := i
	for i < len(line) && !isSpace(line[i]) {
		i++
	}
	m.part[partMethod] = at(from, i)
	from = i
	for i < len(line) && isSpace(line[i]) {
		i++
	}
	if len(bytes.Trim(line[from:i], " ")) > 0 {
		h.event(app.HTTPMethodDelimNonCompliant)
	}
	h.target(line, i)
	h.progress(stepLine)
	h.t.normalise(h)
	if m.part[partProtocol].empty() {
		h.state = bare
		return
	}
	h.state, h.scan = head, m.begin
}

// target splits what follows the method, which begins at from.
func (h *half) target(line []byte, from int) {
	m := h.msg
	to := len(line)
	for to > from && isSpace(line[to-1]) {
		to--
	}
	rest := line[from:to]
	cut := bytes.IndexByte(rest, ' ')
	if other := bytes.IndexAny(rest, "\t\r\v\f"); other >= 0 && (cut < 0 || other < cut) {
		h.event(app.HTTPURIDelimNonCompliant)
		if cut < 0 {
			cut = other
		}
	}
	if cut < 0 {
		cut = len(rest)
	}
	m.part[partURI] = at(from, from+len(bytes.TrimRight(rest[:cut], " \t\r\v\f")))
	for cut < len(rest) && isSpace(rest[cut]) {
		cut++
	}
	m.part[partProtocol] = at(from+cut, to)
	protocol := m.part[partProtocol].of(line)
	if len(protocol) > 0 && !isMethod(m.part[partMethod].of(line)) && !startsWith(protocol, "http") {
		h.event(app.HTTPRequestLineInvalid)
	}
}

// bare looks at what follows a request line without a protocol: headers, or nothing (HTTP/0.9).
func (h *half) bare(data []byte) int {
	if isSpace(data[0]) {
		return 1
	}
	h.event(app.HTTPRequestLineMissingProtocol)
	h.state, h.scan = head, h.msg.begin
	return 0
}

// hosts finds the host that a request is for (RFC 9112, 3.2).
func (h *half) hosts() {
	t, m := h.t, h.msg
	value := m.get("host")
	if value == nil {
		if m.protocol() >= 11 {
			h.event(app.HTTPMissingHostHeader)
		}
		return
	}
	name, port, ok := hostPort(value)
	if !ok {
		h.event(app.HTTPRequestHeaderHostInvalid)
	}
	if len(t.host) == 0 {
		t.host = appendLower(t.host, name)
		t.port = port
		return
	}
	if !sameName(t.host, name) || port != 0 && t.port != 0 && port != t.port {
		h.event(app.HTTPHostHeaderAmbiguous)
	}
}

// appendLower appends letters in lower case.
func appendLower(to, b []byte) []byte {
	for _, c := range b {
		to = append(to, lower(c))
	}
	return to
}

// hostPort splits a host and a port, and says whether both can be such.
func hostPort(b []byte) (host []byte, port uint16, ok bool) {
	b = bytes.TrimLeft(b, " ")
	end := bytes.IndexAny(b, "/?#:")
	if len(b) > 0 && b[0] == '[' {
		if end = bytes.IndexByte(b, ']') + 1; end == 0 {
			return b, 0, false
		}
		if end == len(b) {
			end = -1
		}
	}
	if end < 0 {
		host = bytes.TrimRight(b, " ")
		return host, 0, validHost(host)
	}
	host, b = bytes.TrimRight(b[:end], " "), b[end:]
	if b[0] != ':' {
		return host, 0, false
	}
	n, found := number(b[1:])
	if !found || n == 0 || n > 65535 || len(bytes.Trim(b[1:], " 0123456789")) > 0 {
		return host, 0, false
	}
	return host, uint16(n), validHost(host)
}

// validHost says whether a name can be that of a host, not strictly: underscores are in use.
func validHost(name []byte) bool {
	if len(name) == 0 || len(name) > 255 {
		return false
	}
	if name[0] == '[' {
		return len(bytes.Trim(name, "[]0123456789abcdefABCDEF:.%")) == 0
	}
	label := 0
	for i, c := range name {
		switch {
		case c == '.' && (i == 0 || name[i-1] == '.'):
			return false
		case c == '.':
			label = 0
		case c >= 0x80 || lower(c) >= 'a' && lower(c) <= 'z' || isDigit(c) || c == '-' || c == '_':
			label++
		default:
			return false
		}
		if label > 63 {
			return false
		}
	}
	return true
}

// protocol is the version of a message times 10, 0 if it has none that we know.
func (m *message) protocol() int {
	part := m.part[partProtocol]
	if m.status {
		part = m.part[partVersion]
	}
	text := part.of(m.raw)
	if len(text) < 4 || !equalFold(text[:4], "http") {
		return 0
	}
	text = trim(text[4:])
	if len(text) == 0 || text[0] != '/' {
		return 0
	}
	switch text = bytes.TrimLeft(text[1:], " \t0"); string(text) {
	case "1.1":
		return 11
	case "1.0":
		return 10
	case ".9":
		return 9
	}
	return 0
}

// authorization looks at the kind of authorization.
func (h *half) authorization() {
	v := h.msg.get("authorization")
	if v == nil || startsWith(v, "basic") || startsWith(v, "digest") || startsWith(v, "bearer") {
		return
	}
	h.event(app.HTTPRequestAuthUnrecognized)
}

// waits says whether the request is a CONNECT whose answer decides what follows.
func (t *transaction) connects() bool {
	m := &t.msg[flow.ToResponder]
	return string(m.part[partMethod].of(m.raw)) == "CONNECT"
}
