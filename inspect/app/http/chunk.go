package http

import (
	"bytes"

	"vxwall/inspect/app"
)

// maxChunk is the largest chunk that is believed.
const maxChunk = 1<<31 - 1

// chunk is a line with the size of a chunk, on its way.
type chunk struct {
	size      uint64
	digits    bool // some came
	over      bool // the size, and what follows does not count
	extension bool
}

// isChunkSpace are bytes that may stand before a size.
func isChunkSpace(c byte) bool { return isSpace(c) }

// chunkSize reads the line before a chunk. Browsers take any white space before the
// size and anything behind it. What has no size at all is no chunk: then the rest of
// the connection is the body.
func (h *half) chunkSize(data []byte) int {
	for i, c := range data {
		v := -1
		if !h.chunk.over {
			v = hex(c)
		}
		switch {
		case v >= 0:
			h.chunk.digits = true
			h.chunk.size = min(h.chunk.size<<4|uint64(v), 1<<40)
		case !h.chunk.digits && isChunkSpace(c):
		case !h.chunk.digits:
			h.event([2]app.Event{app.HTTPInvalidRequestChunkLen, app.HTTPInvalidResponseChunkLen}[h.dir])
			h.state = openBody
			h.msg.wire += uint64(i)
			return i
		case c == '\n':
			h.sized()
			h.msg.wire += uint64(i + 1)
			return i + 1
		default:
			h.chunk.over = true
			h.chunk.extension = h.chunk.extension || c == ';'
		}
	}
	h.msg.wire += uint64(len(data))
	return len(data)
}

// sized acts on a size that was read.
func (h *half) sized() {
	c := h.chunk
	h.chunk = chunk{}
	if c.extension {
		h.event([2]app.Event{app.HTTPRequestChunkExtension, app.HTTPResponseChunkExtension}[h.dir])
	}
	switch {
	case c.size > maxChunk:
		h.event([2]app.Event{app.HTTPInvalidRequestChunkLen, app.HTTPInvalidResponseChunkLen}[h.dir])
		h.state = openBody
	case c.size == 0:
		h.state, h.scan = trailers, len(h.msg.raw)
	default:
		h.state, h.left = chunkData, c.size
	}
}

// chunkData takes bytes of a chunk.
func (h *half) chunkData(data []byte) int {
	n := int(min(h.left, uint64(len(data))))
	h.left -= uint64(n)
	if h.left == 0 {
		h.state = chunkEnd
	}
	h.body(data[:n])
	return n
}

// chunkEnd skips what stands between a chunk and the next line.
func (h *half) chunkEnd(data []byte) int {
	n := len(data)
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		n = i + 1
		h.state = chunkSize
	}
	h.msg.wire += uint64(n)
	return n
}

// fixedBody takes bytes of a body of known length.
func (h *half) fixedBody(data []byte) int {
	n := int(min(h.left, uint64(len(data))))
	h.left -= uint64(n)
	h.body(data[:n])
	if h.left == 0 {
		h.complete(true)
	}
	return n
}
