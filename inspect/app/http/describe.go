package http

import (
	"bytes"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// Describe implements app.Content: the object http of EVE. The event is due at the end
// of the transaction.
func (t *transaction) Describe(f app.Fields) bool {
	request, response := &t.msg[flow.ToResponder], &t.msg[flow.ToInitiator]
	seen := t.tx.Progress[flow.ToResponder] >= stepLine && !request.line.empty()
	describe(f, "hostname", t.host)
	if t.port != 0 {
		f.Int("http_port", int64(t.port))
	}
	if uri := request.part[partURI].of(request.raw); seen {
		describe(f, "url", uri)
	} else if t.unasked {
		f.String("url", t.uri)
	}
	describe(f, "http_user_agent", request.get("user-agent"))
	describe(f, "xff", request.get("x-forwarded-for"))
	t.describeResponse(f, response)
	describe(f, "http_refer", request.get("referer"))
	if seen {
		describe(f, "http_method", request.part[partMethod].of(request.raw))
		describe(f, "protocol", request.part[partProtocol].of(request.raw))
	}
	if code := response.code(); code > 0 {
		f.Int("status", int64(code))
	} else if response.status {
		describe(f, "status_string", response.part[partCode].of(response.raw))
	}
	describe(f, "redirect", response.get("location"))
	f.Int("length", int64(response.wire))
	return t.tx.Done() && (seen || response.status || response.hasBody)
}

// describe tells a text that is not empty.
func describe(f app.Fields, key string, value []byte) {
	if len(value) > 0 {
		f.String(key, value)
	}
}

// describeResponse tells of what is sent.
func (t *transaction) describeResponse(f app.Fields, m *message) {
	kind, _, _ := bytes.Cut(m.get("content-type"), []byte{';'})
	describe(f, "http_content_type", kind)
	raw := m.get("content-range")
	if raw == nil {
		return
	}
	f.Object("content_range")
	f.String("raw", raw)
	unit, rest, _ := bytes.Cut(raw, []byte{' '})
	if equalFold(unit, "bytes") {
		span, size, _ := bytes.Cut(rest, []byte{'/'})
		from, to, _ := bytes.Cut(span, []byte{'-'})
		for _, e := range []struct {
			key  string
			text []byte
		}{{"start", from}, {"end", to}, {"size", size}} {
			if n, ok := number(e.text); ok {
				f.Int(e.key, int64(n))
			}
		}
	}
	f.End()
}
