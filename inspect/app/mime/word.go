package mime

import (
	"bytes"

	"vxwall/inspect/app"
)

// words decodes the encoded words of a text (RFC 2047): =?charset?B?...?=. The character
// set is not converted: names are compared as bytes.
func words(text []byte) []byte {
	if !bytes.Contains(text, []byte("=?")) {
		return text
	}
	out := make([]byte, 0, len(text))
	for after := false; len(text) > 0; {
		at := bytes.Index(text, []byte("=?"))
		if at < 0 {
			break
		}
		decoded, rest, ok := word(text[at:])
		between := text[:at]
		if !after || !ok || len(bytes.TrimSpace(between)) > 0 {
			out = append(out, between...)
		}
		if after = ok; !ok {
			out, text = append(out, "=?"...), text[at+2:]
			continue
		}
		out, text = append(out, decoded...), rest
	}
	return append(out, text...)
}

// word decodes the word with which text begins.
func word(text []byte) (decoded, rest []byte, ok bool) {
	parts := bytes.SplitN(text[2:], []byte{'?'}, 4)
	if len(parts) < 4 || len(parts[1]) != 1 || len(parts[3]) == 0 || parts[3][0] != '=' {
		return nil, nil, false
	}
	var d decoder
	var odd app.EventSet
	switch parts[1][0] | 0x20 {
	case 'b':
		d.how = base64
	case 'q':
		d.how = quoted
		parts[2] = bytes.ReplaceAll(parts[2], []byte{'_'}, []byte{' '})
	default:
		return nil, nil, false
	}
	return d.end(d.bytes(nil, parts[2], &odd)), parts[3][1:], true
}
