package mime

import (
	"bytes"
	"strconv"
)

// maxPieces bounds the pieces of a parameter (RFC 2231, 3).
const maxPieces = 32

// parameter appends the value of a parameter of a header to out: name=value, name*=charset'lang'value,
// or in pieces, name*0=, name*1*=.
func parameter(out, header []byte, name string) ([]byte, bool) {
	if v, ok := find(header, name+"*"); ok {
		return extended(out, v, true), true
	}
	if v, ok := find(header, name); ok {
		return unquote(out, v), true
	}
	found := false
	for i := range maxPieces {
		key := name + "*" + strconv.Itoa(i)
		if v, ok := find(header, key); ok {
			out, found = unquote(out, v), true
		} else if v, ok = find(header, key+"*"); ok {
			out, found = extended(out, v, i == 0), true
		} else {
			break
		}
	}
	return out, found
}

// find returns what stands behind name= in a header.
func find(header []byte, name string) ([]byte, bool) {
	quoted, from := false, 0
	for i := 0; i <= len(header); i++ {
		if i < len(header) && header[i] == '"' && (i == 0 || header[i-1] != '\\') {
			quoted = !quoted
		}
		if i < len(header) && (header[i] != ';' || quoted) {
			continue
		}
		key, value, ok := bytes.Cut(header[from:i], []byte{'='})
		from = i + 1
		if ok && is(bytes.TrimSpace(key), name) {
			return bytes.TrimSpace(value), true
		}
	}
	return nil, false
}

// unquote appends a value without its quotes.
func unquote(out, v []byte) []byte {
	if len(v) == 0 || v[0] != '"' {
		return append(out, v...)
	}
	for i := 1; i < len(v) && v[i] != '"'; i++ {
		if v[i] == '\\' && i+1 < len(v) {
			i++
		}
		out = append(out, v[i])
	}
	return out
}

// extended appends a value with %XX in it, without the character set and language before it.
func extended(out, v []byte, first bool) []byte {
	v = bytes.Trim(v, `"`)
	if first {
		if parts := bytes.SplitN(v, []byte{'\''}, 3); len(parts) == 3 {
			v = parts[2]
		}
	}
	for i := 0; i < len(v); i++ {
		if v[i] == '%' && i+2 < len(v) && hexDigit(v[i+1]) < 16 && hexDigit(v[i+2]) < 16 {
			out = append(out, hexDigit(v[i+1])<<4|hexDigit(v[i+2]))
			i += 2
			continue
		}
		out = append(out, v[i])
	}
	return out
}
