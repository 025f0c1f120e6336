package unpack

import (
	"bytes"
	"io"
)

// openMail shows the parts of a message (RFC 5322, MIME), or of each message of
// a mailbox. It is tolerant where mail programs are, for what they open is what
// has to be seen.
func openMail(w *walker, b box) error {
	data := b.data
	if !bytes.HasPrefix(data, []byte("From ")) {
		return mailPart(w, b, bytes.TrimLeft(data, " \t\r\n"), 0)
	}
	for len(data) > 0 {
		data = data[len(firstLine(data)):]
		message := data
		if i := bytes.Index(data, []byte("\n\nFrom ")); i >= 0 {
			message, data = data[:i+1], data[i+2:]
		} else {
			data = nil
		}
		if err := mailPart(w, b, message, 0); err != nil {
			return err
		}
	}
	return nil
}

// mailPart shows a part: fields, an empty line, a body.
func mailPart(w *walker, b box, part []byte, level int) error {
	if err := w.inTime(); err != nil {
		return err
	}
	fields, body := mailFields(part)
	boundary := parameter(fields.contentType, "boundary")
	if len(boundary) > 0 && hasPrefixFold(fields.contentType, "multipart/") {
		if b.depth()+level >= w.lim.Depth {
			return w.settle(LimitDepth, b.kind)
		}
		return mailParts(w, b, body, mailCut{boundary: boundary, level: level + 1})
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	m := Member{Name: parameter(fields.disposition, "filename"), Packed: int64(len(body)), Claimed: -1}
	if len(m.Name) == 0 {
		m.Name = parameter(fields.contentType, "name")
	}
	var r io.Reader = bytes.NewReader(body)
	switch {
	case hasPrefixFold(fields.encoding, "base64"):
		r = base64Reader(body)
	case hasPrefixFold(fields.encoding, "quoted-printable"):
		r = quotedReader(body)
	default:
		// Uuencoded files and BinHex stand in the middle of text.
		if err := openUU(w, box{data: body, kind: b.kind, member: b.member}); err != nil {
			return err
		}
		if i := bytes.Index(body, []byte("(This file must be converted with BinHex 4.0)")); i >= 0 {
			m.Name, r = nil, bytes.NewReader(body[i:])
		}
	}
	return w.show(b, m, r)
}

// mailCut is how a multipart is cut.
type mailCut struct {
	boundary []byte
	level    int
}

// mailParts shows the parts between the boundaries. A last part without its end
// counts too.
func mailParts(w *walker, b box, body []byte, cut mailCut) error {
	open := false
	for start := 0; ; {
		line, next := mailBoundary(body, start, cut.boundary)
		if open {
			if err := mailPart(w, b, body[start:line], cut.level); err != nil {
				return err
			}
		}
		if line == len(body) {
			return nil
		}
		// What follows the end is an epilogue, but some programs read on.
		open, start = true, next
	}
}

// mailBoundary finds the line of the next boundary, and where the line after it begins.
func mailBoundary(body []byte, at int, boundary []byte) (line, next int) {
	for at < len(body) {
		i := bytes.Index(body[at:], boundary)
		if i < 0 {
			break
		}
		line = at + i - 2
		at += i + len(boundary)
		if line >= 0 && body[line] == '-' && body[line+1] == '-' && (line == 0 || body[line-1] == '\n') {
			return line, at + len(firstLine(body[at:]))
		}
	}
	return len(body), len(body)
}

// mailHeader are the fields that say how a part is packed.
type mailHeader struct{ contentType, encoding, disposition []byte }

// mailFields cuts a part into fields and body. A line that is no field ends the
// fields as an empty one does.
func mailFields(part []byte) (f mailHeader, body []byte) {
	var into *[]byte
	for len(part) > 0 {
		line := firstLine(part)
		text := bytes.TrimRight(line, "\r\n")
		folded := len(text) > 0 && (text[0] == ' ' || text[0] == '\t')
		switch {
		case len(text) == 0:
			return f, part[len(line):]
		case folded && into != nil:
			if len(*into) < 4096 {
				*into = append(*into, text...)
			}
		case !folded && !fieldLike(text):
			return f, part
		case !folded:
			into = f.field(text)
		}
		part = part[len(line):]
	}
	return f, nil
}

// field keeps a field's value, if it is one of ours; the last one counts.
func (f *mailHeader) field(text []byte) *[]byte {
	colon := bytes.IndexByte(text, ':')
	if colon < 0 {
		return nil
	}
	name := bytes.ToLower(bytes.TrimSpace(text[:colon]))
	var into *[]byte
	switch string(name) {
	case "content-type":
		into = &f.contentType
	case "content-transfer-encoding":
		into = &f.encoding
	case "content-disposition":
		into = &f.disposition
	default:
		return nil
	}
	*into = append([]byte(nil), bytes.TrimSpace(text[colon+1:])...)
	return into
}

func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && bytes.EqualFold(b[:len(prefix)], []byte(prefix))
}

// parameter finds NAME=value or NAME="value" after a semicolon.
func parameter(field []byte, name string) []byte {
	for {
		semicolon := bytes.IndexByte(field, ';')
		if semicolon < 0 {
			return nil
		}
		field = bytes.TrimLeft(field[semicolon+1:], " \t")
		if !hasPrefixFold(field, name) {
			continue
		}
		v := bytes.TrimLeft(field[len(name):], " \t")
		if len(v) == 0 || v[0] != '=' {
			continue
		}
		v = bytes.TrimLeft(v[1:], " \t")
		if len(v) > 0 && v[0] == '"' {
			v = v[1:]
			if end := bytes.IndexByte(v, '"'); end >= 0 {
				v = v[:end]
			}
			return v
		}
		if end := bytes.IndexAny(v, "; \t"); end >= 0 {
			v = v[:end]
		}
		return v
	}
}
