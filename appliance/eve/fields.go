package eve

import (
	"strconv"
	"unicode/utf8"
)

// fields writes members of a JSON object as application protocols tell them. It is
// an app.Fields. Objects and lists nest; what is left open is closed at the end.
type fields struct {
	object
	lists []bool // of the objects and lists that are open: which are lists
}

// begin starts a member of an object, or the next element of a list.
func (f *fields) begin(key string) {
	if n := len(f.lists); n > 0 && f.lists[n-1] {
		if !f.first {
			f.b = append(f.b, ',')
		}
		f.first = false
		return
	}
	f.key(key)
}

// maxValue bounds the text of a member: others say how long it is, and each event takes memory.
const maxValue = 8 << 10

// String implements app.Fields. What is too long is cut.
func (f *fields) String(key string, value []byte) {
	value = value[:min(len(value), maxValue)]
	f.begin(key)
	f.b = append(f.b, '"')
	f.b = appendBytes(f.b, value)
	f.b = append(f.b, '"')
}

// Int implements app.Fields.
func (f *fields) Int(key string, value int64) {
	f.begin(key)
	f.b = strconv.AppendInt(f.b, value, 10)
}

// Bool implements app.Fields.
func (f *fields) Bool(key string, value bool) {
	f.begin(key)
	f.b = strconv.AppendBool(f.b, value)
}

// Object implements app.Fields.
func (f *fields) Object(key string) { f.enter(key, '{', false) }

// List implements app.Fields.
func (f *fields) List(key string) { f.enter(key, '[', true) }

func (f *fields) enter(key string, bracket byte, list bool) {
	f.begin(key)
	f.b = append(f.b, bracket)
	f.first = true
	f.lists = append(f.lists, list)
}

// End implements app.Fields.
func (f *fields) End() {
	n := len(f.lists)
	if n == 0 {
		return
	}
	if f.lists[n-1] {
		f.b = append(f.b, ']')
	} else {
		f.b = append(f.b, '}')
	}
	f.lists = f.lists[:n-1]
	f.first = false
}

// finish closes what is open.
func (f *fields) finish() {
	for len(f.lists) > 0 {
		f.End()
	}
}

// appendBytes appends the inside of a JSON string. Bytes that are not UTF-8 appear as
// Suricata writes them, \xHH, with the backslash escaped.
func appendBytes(b, value []byte) []byte {
	for len(value) > 0 {
		r, size := utf8.DecodeRune(value)
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(b, '\\', '\\', 'x', hex[value[0]>>4], hex[value[0]&15])
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < 0x20 || r == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			b = append(b, value[:size]...)
		}
		value = value[size:]
	}
	return b
}
