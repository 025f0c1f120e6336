package http

import (
	"bytes"

	"vxwall/inspect/app"
)

// gap says that n bytes are missing. Inside a body that is known to go on they are
// a hole in it. Anywhere else the message is lost, and the next one is looked for.
func (h *half) gap(n uint64) {
	if h.state == tunnel {
		return
	}
	inside := h.state == fixedBody || h.state == chunkData
	switch {
	case h.state == openBody:
		h.hole(n)
	case inside && n <= h.left:
		h.hole(n)
		if h.left -= n; h.left == 0 && h.state == fixedBody {
			h.complete(true)
		} else if h.left == 0 {
			h.state = chunkEnd
		}
	default:
		h.lose(n)
	}
}

// hole puts a hole into the body. Nothing can be decoded behind it.
func (h *half) hole(n uint64) {
	m := h.msg
	m.wire += n
	h.t.tx.Changed[h.dir] = true
	if h.layers > 0 {
		h.halted = true
		n = 0
	}
	if !m.hasBody {
		m.hasBody = true
		h.openBody()
	}
	m.content().Skip(n)
	if m.whole {
		m.files[0].Gaps = true
	}
	if h.parts != nil {
		h.parts.hole(n)
	}
}

// lose gives up the message that bytes are missing of.
func (h *half) lose(n uint64) {
	if h.t != nil {
		if h.state == fixedBody || h.state == chunkData {
			h.hole(min(n, h.left))
		}
		h.complete(false)
	}
	h.state, h.atLine = lost, true
}

// search looks for the beginning of a message.
func (h *half) search(data []byte) int {
	if h.atLine && h.begins(data) {
		h.state, h.atLine = idle, false
		return 0
	}
	i := bytes.IndexByte(data, '\n')
	h.atLine = i >= 0
	if i < 0 {
		return len(data)
	}
	return i + 1
}

// begins says whether data may be the beginning of a message.
func (h *half) begins(data []byte) bool {
	if h.response {
		return prefix(data, "HTTP/") != app.No
	}
	end := bytes.IndexByte(data, ' ')
	if end < 0 {
		return len(data) <= longestMethod && isMethod(data) && bytes.Equal(data, bytes.ToUpper(data))
	}
	return own[string(data[:end])] || identifyLine(data, end) == app.Yes
}
