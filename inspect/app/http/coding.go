package http

import (
	"bytes"

	"vxwall/inspect/app"
	"vxwall/inspect/app/inflate"
)

// Limits of content codings.
const (
	maxLayers = 3 // codings one inside the other
	// What may be made of one input: so many bytes, or so many for each byte.
	leastInflated = 2 << 20
	inflatedRatio = 64
	// Of what one coding makes for the next: it is compressed, and hardly gets less by it. Much of
	// it that decodes to nothing would take long.
	leastBetween = 16 << 10
	betweenRatio = 4
	bombSize     = 1 << 20 // bytes made of a body before the ratio counts
	bombRatio    = 2048    // bytes made of one byte
)

// openCodings readies decoding of the body, as its Content-Encoding says. Browsers look for
// words they know in whatever is there, and so is done here.
func (h *half) openCodings() {
	value := h.msg.get("content-encoding")
	for len(value) > 0 {
		var word []byte
		if word, value = commaPiece(value); len(word) > 0 {
			h.openCoding(word)
		}
	}
	// A transfer coding is applied last.
	for value = h.msg.get("transfer-encoding"); len(value) > 0; {
		var word []byte
		if word, value = commaPiece(value); contains(word, "gzip") || contains(word, "deflate") {
			h.openCoding(word)
		}
	}
	// They are listed as they were applied: the last one is the outermost.
	for i, j := 0, h.layers-1; i < j; i, j = i+1, j-1 {
		h.codings[i], h.codings[j] = h.codings[j], h.codings[i]
	}
}

// openCoding adds one coding.
func (h *half) openCoding(word []byte) {
	lzma := isName(word, "lzma")
	switch {
	case contains(word, "gzip") || contains(word, "deflate"):
		if !isName(word, "gzip") && !isName(word, "deflate") && !isName(word, "x-gzip") && !isName(word, "x-deflate") {
			h.event(app.HTTPAbnormalCEHeader)
		}
		h.openLayer(lzma)
	case lzma && (h.lzma || h.p.store.lzma == maxLZMA):
		h.event(app.HTTPLZMAMemlimitReached)
	case lzma:
		h.openLayer(lzma)
	case isName(word, "identity") || isName(word, "none") || isName(word, "inflate") || isName(word, "br"):
	default:
		h.event(app.HTTPAbnormalCEHeader)
	}
}

// openLayer adds a decoder, if there may be another one.
func (h *half) openLayer(lzma bool) {
	if h.layers == maxLayers {
		h.event(app.HTTPTooManyEncodingLayers)
		return
	}
	s := h.p.store.stream()
	if s == nil {
		h.event(app.HTTPGzipDecompressionFailed)
		return
	}
	if lzma {
		s.ExpectLZMA()
		h.lzma = true
		h.p.store.lzma++
	}
	h.codings[h.layers] = s
	h.layers++
}

// body takes bytes of the body as they come, without chunks.
func (h *half) body(data []byte) {
	if len(data) == 0 {
		return
	}
	h.msg.wire += uint64(len(data))
	if h.layers == 0 {
		h.content(data)
		return
	}
	if !h.halted {
		h.halted = !h.codings[0].Write(data, &h.sinks[0])
	}
}

// layer is what comes out of a coding: the next one, or the body.
type layer struct {
	h    *half
	next int
}

// Decoded implements inflate.Sink.
func (l *layer) Decoded(p []byte) bool {
	h := l.h
	if h.budget -= len(p); h.budget < 0 {
		h.event(app.HTTPCompressionBomb)
		return false
	}
	if l.next < h.layers {
		if h.between -= len(p); h.between < 0 {
			h.event(app.HTTPCompressionBomb)
			return false
		}
		return h.codings[l.next].Write(p, &h.sinks[l.next])
	}
	h.content(p)
	if made := h.msg.content().Len(); made > bombSize && made/bombRatio > h.msg.wire {
		h.event(app.HTTPCompressionBomb)
		return false
	}
	return true
}

// endCodings ends decoding: what was too short to tell comes out.
func (h *half) endCodings() {
	for i := range h.layers {
		if !h.halted {
			h.halted = !h.codings[i].Finish(&h.sinks[i])
		}
		if h.codings[i].TooLarge() {
			h.event(app.HTTPLZMAMemlimitReached)
		}
		if h.codings[i].Failed() {
			h.event(app.HTTPGzipDecompressionFailed)
		}
	}
	h.freeCodings()
}

// freeCodings gives the decoders back.
func (h *half) freeCodings() {
	for i := range h.layers {
		h.p.store.free(h.codings[i])
		h.codings[i] = nil
	}
	if h.lzma {
		h.p.store.lzma--
	}
	h.layers, h.halted, h.lzma = 0, false, false
}

// content takes decoded bytes of the body.
func (h *half) content(data []byte) {
	h.t.tx.Changed[h.dir] = true
	if !h.msg.hasBody {
		h.msg.hasBody = true
		h.openBody()
	}
	h.msg.content().Append(data)
	if h.parts != nil {
		h.parts.write(data)
	}
}

// openBody decides what the body is: a file, or several in parts.
func (h *half) openBody() {
	if !h.response {
		if boundary := parameter(h.msg.get("content-type"), "boundary="); isMultipart(h.msg.get("content-type")) && len(boundary) > 0 {
			h.parts = newMultipart(h, boundary)
			return
		}
	}
	f := h.msg.file()
	f.ID = h.p.fileID()
	h.msg.whole = true
	if h.response {
		f.Name = append(f.Name, parameter(h.msg.get("content-disposition"), "filename=")...)
	}
	if len(f.Name) == 0 {
		f.Name = append(f.Name, h.t.path...)
	}
	if len(f.Name) > maxFileName {
		f.Name = f.Name[:maxFileName]
		h.event(app.HTTPFileNameTooLong)
	}
	h.msg.named += len(f.Name)
}

// maxFileName bounds names of files.
const maxFileName = 4096

// fileID numbers the files of a flow.
func (p *parser) fileID() uint32 {
	p.file++
	return p.file
}

// parameter returns the value of a parameter in a header, without its quotes. name is in
// lower case and ends with its equals sign.
func parameter(value []byte, name string) []byte {
	quoted, from := false, 0
	for i := 0; i <= len(value); i++ {
		if i < len(value) && value[i] == '"' && (i == 0 || value[i-1] != '\\') {
			quoted = !quoted
		}
		if i < len(value) && (value[i] != ';' || quoted) {
			continue
		}
		piece := trim(value[from:i])
		from = i + 1
		if len(piece) > len(name) && equalFold(piece[:len(name)], name) {
			v := bytes.TrimPrefix(trim(piece[len(name):]), []byte{'"'})
			return bytes.TrimSuffix(v, []byte{'"'})
		}
	}
	return nil
}

// isMultipart says whether a content type is a form with files, or the like.
func isMultipart(contentType []byte) bool { return startsWith(contentType, "multipart/") }

var _ inflate.Sink = (*layer)(nil)
