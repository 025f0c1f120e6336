package http

import (
	"bytes"

	"vxwall/inspect/app"
)

// normalise makes the URI of a request what a server makes of it: the path decoded
// once, with single slashes and no dots, the query decoded once. Host and scheme are left out. It is
// what Suricata does by default, with its personality IDS.
func (t *transaction) normalise(h *half) {
	raw := h.msg.part[partURI].of(h.msg.raw)
	t.uri, t.path, t.host, t.port, t.fromURI = t.uri[:0], t.path[:0], t.host[:0], 0, false
	if t.connects() {
		t.uri = append(t.uri, raw...)
		t.hostOf(h, raw)
		return
	}
	path, authority := splitURI(raw)
	if authority != nil {
		t.hostOf(h, authority)
	}
	path, fragment, hasFragment := bytes.Cut(path, []byte{'#'})
	path, query, hasQuery := bytes.Cut(path, []byte{'?'})
	t.path = removeDots(decodePath(t.path, path))
	again := encoded(t.path)
	t.uri = append(t.uri, t.path...)
	if hasQuery {
		t.uri = append(t.uri, '?')
		from := len(t.uri)
		t.uri = decodeQuery(t.uri, query)
		again = again || encoded(t.uri[from:])
	}
	if hasFragment {
		t.uri = append(t.uri, '#')
		t.uri = decodeQuery(t.uri, fragment)
	}
	if again {
		h.event(app.HTTPDoubleEncodedURI)
	}
}

// hostOf takes the host of the URI.
func (t *transaction) hostOf(h *half, authority []byte) {
	if i := bytes.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	name, port, ok := hostPort(authority)
	if !ok {
		h.event(app.HTTPRequestURIHostInvalid)
	}
	t.host = appendLower(t.host, bytes.TrimRight(name, "."))
	t.port, t.fromURI = port, len(t.host) > 0
}

// splitURI takes scheme and authority off a URI; authority is nil if it has none.
func splitURI(uri []byte) (path, authority []byte) {
	colon := bytes.IndexByte(uri, ':')
	if colon <= 0 || uri[0] == '/' || !bytes.HasPrefix(uri[colon+1:], []byte("//")) || bytes.HasPrefix(uri[colon+1:], []byte("///")) {
		return uri, nil
	}
	rest := uri[colon+3:]
	end := bytes.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	return rest[end:], rest[:end]
}

// decodePath appends a path with percent signs decoded, backslashes as slashes, and
// slashes in a row as one.
func decodePath(to, path []byte) []byte {
	for i := 0; i < len(path); {
		c, n := percent(path[i:])
		i += n
		if c < 0x80 {
			to = appendPath(to, byte(c))
			continue
		}
		r, n := fullWidth(path[i-n:], n)
		if n > 0 {
			i += n
			to = appendPath(to, r)
			continue
		}
		to = append(to, byte(c))
	}
	return to
}

func appendPath(to []byte, c byte) []byte {
	if c == '\\' {
		c = '/'
	}
	if c == '/' && len(to) > 0 && to[len(to)-1] == '/' {
		return to
	}
	return append(to, c)
}

// decodeQuery appends a query with percent signs decoded.
func decodeQuery(to, query []byte) []byte {
	for i := 0; i < len(query); {
		c, n := percent(query[i:])
		to = append(to, byte(c))
		i += n
	}
	return to
}

// percent decodes the first character of b, which may be %XX or %uXXXX, and says how many bytes
// it takes. What is no such code stands for itself.
func percent(b []byte) (c, n int) {
	if b[0] != '%' {
		return int(b[0]), 1
	}
	if len(b) >= 6 && lower(b[1]) == 'u' {
		if v := hexValue(b[2:6]); v >= 0 {
			return bestFit(v), 6
		}
	}
	if len(b) >= 3 {
		if v := hexValue(b[1:3]); v >= 0 {
			return v, 3
		}
	}
	return '%', 1
}

// hexValue is the value of hexadecimal digits, -1 if one is none.
func hexValue(b []byte) int {
	n := 0
	for _, c := range b {
		v := hex(c)
		if v < 0 {
			return -1
		}
		n = n<<4 | v
	}
	return n
}

// bestFit is the byte that servers take for a character: that of Latin-1, or the
// one that a full-width form looks like.
func bestFit(c int) int {
	switch {
	case c < 0x100:
		return c
	case c >= 0xff01 && c <= 0xff5e:
		return c - 0xff01 + '!'
	case c == 0x2215 || c == 0x2044:
		return '/'
	case c == 0x2216:
		return '\\'
	case c == 0x2024:
		return '.'
	}
	return '?'
}

// fullWidth decodes a character of UTF-8 whose first byte was decoded of the first
// n bytes of b, if it stands for an ASCII one: overlong forms do, and full-width ones. It
// returns how many more bytes it takes, 0 if it is none of those.
func fullWidth(b []byte, n int) (byte, int) {
	lead, _ := percent(b)
	size, value := 0, 0
	switch {
	case lead&0xe0 == 0xc0:
		size, value = 1, lead&0x1f
	case lead&0xf0 == 0xe0:
		size, value = 2, lead&0x0f
	}
	used := 0
	for range size {
		if n+used >= len(b) {
			return 0, 0
		}
		c, m := percent(b[n+used:])
		if c&0xc0 != 0x80 {
			return 0, 0
		}
		value = value<<6 | c&0x3f
		used += m
	}
	if fit := bestFit(value); size > 0 && fit < 0x80 && fit != '?' {
		return byte(fit), used
	}
	return 0, 0
}

// encoded says whether a decoded text can be decoded once more.
func encoded(b []byte) bool {
	for i, c := range b {
		if c == '%' && i+2 < len(b) && hexValue(b[i+1:i+3]) >= 0 {
			return true
		}
	}
	return false
}

// removeDots takes out segments "." and "..", in place (RFC 3986, 5.2.4).
func removeDots(p []byte) []byte {
	if bytes.IndexByte(p, '.') < 0 {
		return p
	}
	w := 0
	for r := 0; r < len(p); {
		end := len(p)
		if i := bytes.IndexByte(p[r+1:], '/'); i >= 0 {
			end = r + 1 + i
		}
		segment := bytes.TrimPrefix(p[r:end], []byte{'/'})
		switch string(segment) {
		case ".":
			if end == len(p) {
				w += copy(p[w:], "/")
			}
		case "..":
			w = max(bytes.LastIndexByte(p[:w], '/'), 0)
			if end == len(p) {
				w += copy(p[w:], "/")
			}
		default:
			w += copy(p[w:], p[r:end])
		}
		r = end
	}
	return p[:w]
}
