package http

import (
	"bytes"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// The parts of a status line in message.part.
const (
	partVersion = iota
	partCode
	partReason
)

// statusLine takes a status line apart (RFC 9112, 4), as far as it is one.
func (h *half) statusLine(line []byte) {
	m := h.msg
	m.status = true
	i := 0
	for i < len(line) && (isSpace(line[i]) || line[i] == 0) {
		i++
	}
	for part := partVersion; part <= partCode; part++ {
		from := i
		for i < len(line) && !isSpace(line[i]) {
			i++
		}
		m.part[part] = at(from, i)
		for i < len(line) && isSpace(line[i]) {
			i++
		}
	}
	m.part[partReason] = at(i, i+len(bytes.TrimRight(line[i:], "\r\n")))
	if m.protocol() == 0 {
		h.event(app.HTTPResponseInvalidProtocol)
	}
	if m.code() == 0 {
		h.event(app.HTTPResponseInvalidStatus)
	}
	if h.t.unasked {
		h.event(app.HTTPUnableToMatchResponseToRequest)
	}
	if code := m.code(); code < 100 || code > 199 || code == 101 {
		h.progress(stepLine) // an interim response is not shown
	}
	h.state, h.scan = head, m.begin
}

// code is the status, 0 if there is none from 100 to 999.
func (m *message) code() int {
	text := m.part[partCode].of(m.raw)
	n := 0
	for _, c := range text {
		if !isDigit(c) || n > 999 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	if !m.status || n < 100 || n > 999 {
		return 0
	}
	return n
}

// interim says whether the response only says that another one will come.
func (h *half) interim(code int) bool {
	m := h.msg
	if code < 100 || code > 199 || code == 101 || m.get("transfer-encoding") != nil {
		return false
	}
	n, ok := number(m.get("content-length"))
	return !ok || n == 0
}

// again readies the transaction for the response after an interim one.
func (h *half) again(code int) {
	if code == 100 {
		if h.t.continued {
			h.event(app.HTTPContinueAlreadySeen)
		}
		h.t.continued = true
	}
	h.p.held -= h.msg.held
	h.msg.reset()
	h.state, h.scan = startLine, 0
}

// refuses ends a request whose body the client holds back until it is asked for, if the
// response says that it is not wanted (RFC 9110, 10.1.1).
func (h *half) refuses(code int) {
	r := &h.p.halves[flow.ToResponder]
	if code >= 400 && code <= 499 && r.t == h.t && r.state == fixedBody && !r.msg.hasBody && contains(r.msg.get("expect"), "100-continue") {
		r.complete(false)
	}
}

// tunnels says whether a response makes the connection a tunnel, and to what.
func (h *half) tunnels(code int) (to string, yes bool) {
	m := h.msg
	if h.t.connects() {
		return "?", code >= 200 && code <= 299
	}
	if code != 101 || m.get("transfer-encoding") != nil || m.get("content-length") != nil {
		return "", false
	}
	upgrade := m.get("upgrade")
	switch {
	case contains(upgrade, "h2c"):
		return "http2", true
	case contains(upgrade, "websocket"):
		return "websocket", true
	}
	return "?", true
}

// openTunnel ends HTTP in both directions.
func (h *half) openTunnel(to string) {
	h.complete(true)
	h.p.goesOn = to
	r := &h.p.halves[flow.ToResponder]
	if r.t != nil {
		r.complete(r.state == bare)
	}
	h.p.unanswered()
	r.state, h.state = tunnel, tunnel
}

// withoutBody says whether a status means that there is no body.
func withoutBody(code int) bool {
	return code >= 100 && code <= 199 || code == 204 || code == 304
}

// bodiless says whether a response has no body, whatever its headers say, or
// unless they say so.
func (h *half) bodiless(code int) bool {
	request := &h.t.msg[flow.ToResponder]
	if string(request.part[partMethod].of(request.raw)) == "HEAD" {
		return true
	}
	if !withoutBody(code) {
		return false
	}
	if h.msg.get("transfer-encoding") == nil && h.msg.get("content-length") == nil {
		return true
	}
	h.event(app.HTTPResponseBodyUnexpected)
	return false
}
