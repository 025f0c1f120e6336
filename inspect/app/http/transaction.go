package http

import (
	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// transaction is a request and its response.
type transaction struct {
	p         *parser
	tx        app.Tx
	msg       [2]message
	uri       []byte // normalised
	path      []byte // of it: what files are called by
	host      []byte // in lower case, without port
	port      uint16 // of host, 0 if it says none
	fromURI   bool   // host is that of the URI
	answering bool   // its response began
	unasked   bool   // nobody asked for it
	continued bool   // 100 Continue was seen
	old       bool   // the request is one of HTTP/0.9
}

var (
	_ app.Content = (*transaction)(nil)
	_ app.Seer    = (*transaction)(nil)
)

// clean empties the transaction, with its memory kept.
func (t *transaction) clean() {
	t.msg[0].reset()
	t.msg[1].reset()
	*t = transaction{tx: t.tx, msg: t.msg, uri: small(t.uri), path: small(t.path), host: small(t.host)}
}

// Seen implements app.Seer.
func (t *transaction) Seen() {
	for dir := range t.msg {
		m := &t.msg[dir]
		now := m.seen(maxKept - t.p.kept + m.kept)
		t.p.kept += now - m.kept
		m.kept = now
	}
}

// valueOf are the buffers that are the value of a header.
var valueOf = map[app.BufferID]string{
	app.HTTPUserAgent: "user-agent", app.HTTPReferer: "referer", app.HTTPAccept: "accept",
	app.HTTPAcceptEnc: "accept-encoding", app.HTTPAcceptLang: "accept-language",
	app.HTTPConnection: "connection", app.HTTPContentLen: "content-length",
	app.HTTPContentType: "content-type", app.HTTPLocation: "location", app.HTTPServer: "server",
}

// Buffer implements app.Content.
func (t *transaction) Buffer(id app.BufferID, dir flow.Direction, n int) (app.Buffer, bool) {
	m := &t.msg[dir]
	switch id {
	case app.FileData, app.FileName:
		return t.file(id, dir, n)
	case app.HTTPRequestHeader, app.HTTPResponseHeader:
		if (id == app.HTTPResponseHeader) != (dir == flow.ToInitiator) || !m.ready || n >= len(m.list) {
			return app.Buffer{}, false
		}
		return whole(m.norm[m.list[n].name.from:m.list[n].value.to]), true
	}
	if info := &app.Buffers[id]; n > 0 || dir == flow.ToResponder && !info.ToServer || dir == flow.ToInitiator && !info.ToClient {
		return app.Buffer{}, false
	}
	if id == app.HTTPRequestBody || id == app.HTTPResponseBody {
		return m.content().Buffer(), m.hasBody
	}
	if name, ok := valueOf[id]; ok {
		return optional(m.get(name), m.ready)
	}
	if t.tx.Progress[dir] < stepLine || m.line.empty() {
		return t.unseen(id)
	}
	if b, ok := t.line(id, m); ok {
		return optional(b, true)
	}
	return optional(t.head(id, m, dir), m.ready)
}

// whole is a buffer that does not grow.
func whole(b []byte) app.Buffer { return app.Buffer{Data: b, Final: true} }

// optional is a buffer that is there if it is not nil and its time has come.
func optional(b []byte, ready bool) (app.Buffer, bool) {
	if b == nil || !ready {
		return app.Buffer{}, false
	}
	return whole(b), true
}

// unseen are buffers of a request that was not seen.
func (t *transaction) unseen(id app.BufferID) (app.Buffer, bool) {
	if t.unasked && (id == app.HTTPURI || id == app.HTTPRawURI) {
		return whole(t.uri), true
	}
	return app.Buffer{}, false
}

// line are the buffers of the start line. False for others.
func (t *transaction) line(id app.BufferID, m *message) ([]byte, bool) {
	switch id {
	case app.HTTPRequestLine, app.HTTPResponseLine:
		return m.line.of(m.raw), true
	case app.HTTPMethod:
		return m.part[partMethod].of(m.raw), true
	case app.HTTPURI:
		return t.uri, true
	case app.HTTPRawURI:
		return m.part[partURI].of(m.raw), true
	case app.HTTPProtocol:
		part := m.part[partProtocol]
		if m.status {
			part = m.part[partVersion]
		}
		if part.empty() {
			return nil, true
		}
		return part.of(m.raw), true
	case app.HTTPStatCode:
		return m.part[partCode].of(m.raw), true
	case app.HTTPStatMsg:
		return m.part[partReason].of(m.raw), true
	}
	return nil, false
}

// head are the buffers of the headers.
func (t *transaction) head(id app.BufferID, m *message, dir flow.Direction) []byte {
	switch id {
	case app.HTTPHeader:
		if m.plain > 0 {
			return m.norm[:m.plain]
		}
	case app.HTTPRawHeader:
		return m.raw[m.begin:]
	case app.HTTPHeaderNames:
		if m.ready && len(m.list) > 0 {
			return m.headerNames()
		}
	case app.HTTPStart:
		if m.ready {
			return m.startLines()
		}
	case app.HTTPCookie:
		return m.get(cookieNames[dir])
	case app.HTTPHost:
		if len(t.host) > 0 {
			return t.host
		}
	case app.HTTPRawHost:
		if t.fromURI {
			return t.host
		}
		return m.get("host")
	}
	return nil
}

// file are the buffers of file n.
func (t *transaction) file(id app.BufferID, dir flow.Direction, n int) (app.Buffer, bool) {
	m := &t.msg[dir]
	if n >= m.count {
		return app.Buffer{}, false
	}
	if id == app.FileName {
		return whole(m.files[n].Name), true
	}
	return m.files[n].Body.Buffer(), true
}

// Number implements app.Content.
func (t *transaction) Number(id app.NumberID, dir flow.Direction, n int) (int64, bool) {
	m := &t.msg[dir]
	switch {
	case id == app.FileSize && n < m.count:
		return int64(m.files[n].Size()), m.files[n].State != app.FileOpen
	case n > 0 || dir != flow.ToResponder || t.tx.Progress[dir] < stepLine:
	case id == app.HTTPURILen:
		return int64(len(t.uri)), true
	case id == app.HTTPRawURILen:
		return int64(m.part[partURI].to - m.part[partURI].from), true
	}
	return 0, false
}

// Files implements app.Content.
func (t *transaction) Files(dir flow.Direction) []*app.File {
	return t.msg[dir].files[:t.msg[dir].count]
}
