package http

import "vxwall/inspect/app"

// frame decides what follows the head (RFC 9112, 6.3).
func (h *half) frame() {
	if h.response {
		h.frameResponse()
	} else {
		h.frameRequest()
	}
}

// frameRequest decides about the body of a request.
func (h *half) frameRequest() {
	h.progress(stepHeaders)
	h.hosts()
	h.authorization()
	te, length := h.msg.get("transfer-encoding"), h.msg.get("content-length")
	switch {
	case h.t.connects():
		h.complete(true)
		h.state = idle
	case te != nil && contains(te, "chunked"):
		if h.msg.protocol() < 11 {
			h.event(app.HTTPInvalidTransferEncodingValueInRequest)
		}
		h.open(chunkSize)
	case te != nil:
		h.event(app.HTTPInvalidTransferEncodingValueInRequest)
		h.frameLength(length)
	default:
		h.frameLength(length)
	}
}

// frameLength opens a body of the length that a header gives, or none.
func (h *half) frameLength(length []byte) {
	n, ok := number(length)
	switch {
	case length != nil && !ok:
		h.event([2]app.Event{app.HTTPInvalidContentLengthFieldInRequest, app.HTTPInvalidContentLengthFieldInResponse}[h.dir])
		if h.response {
			h.open(openBody)
			return
		}
		h.complete(true)
	case n == 0 && (ok || !h.response):
		h.complete(true)
	case ok:
		h.left = n
		h.open(fixedBody)
	default:
		if contains(h.msg.get("content-type"), "multipart/byteranges") {
			h.event(app.HTTPResponseMultipartByteranges)
		}
		h.open(openBody)
	}
}

// frameResponse decides about the body of a response.
func (h *half) frameResponse() {
	code := h.msg.code()
	if h.interim(code) {
		h.again(code)
		return
	}
	h.progress(stepHeaders)
	h.refuses(code)
	if to, yes := h.tunnels(code); yes {
		h.openTunnel(to)
		return
	}
	switch {
	case h.bodiless(code):
		h.complete(true)
	case withoutBody(code):
		h.state, h.begun = doubtful, 0
	default:
		h.frameBody()
	}
}

// statusBegin is what a status line begins with.
const statusBegin = "HTTP/"

// doubtful looks whether the next response follows a head that has a body by its headers alone.
// Clients take it for one (RFC 9112, 6.3: 304 may have a length); some servers do send a body.
func (h *half) doubtful(data []byte) int {
	n := 0
	for n < len(data) && h.begun+n < len(statusBegin) && data[n] == statusBegin[h.begun+n] {
		n++
	}
	switch h.begun += n; {
	case h.begun == len(statusBegin):
		h.complete(true)
	case n == len(data):
		return n
	default:
		h.frameBody()
	}
	h.feed([]byte(statusBegin[:h.begun]))
	return n
}

// frameBody decides about the body of a response by its headers.
func (h *half) frameBody() {
	te := h.msg.get("transfer-encoding")
	if !contains(te, "chunked") {
		h.frameLength(h.msg.get("content-length"))
		return
	}
	if !equalFold(te, "chunked") {
		h.event(app.HTTPResponseAbnormalTransferEncoding)
	}
	if h.msg.protocol() < 11 {
		h.event(app.HTTPResponseChunkedOldProto)
	}
	h.open(chunkSize)
}

// open begins a body.
func (h *half) open(s state) {
	h.openCodings()
	h.state = s
	h.chunk = chunk{}
}
