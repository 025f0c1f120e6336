package eve

import (
	"net/netip"
	"strconv"
	"time"
	"unicode/utf8"
)

// object appends the members of a JSON object to a byte slice.
type object struct {
	b     []byte
	first bool
	long  bool // IPv6 addresses with all their digits
}

func (o *object) open()  { o.b = append(o.b, '{'); o.first = true }
func (o *object) close() { o.b = append(o.b, '}'); o.first = false }

// key appends a member's name. Names are plain ASCII words.
func (o *object) key(name string) {
	if !o.first {
		o.b = append(o.b, ',')
	}
	o.first = false
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

// sub opens an object as a member; close ends it.
func (o *object) sub(name string) {
	o.key(name)
	o.open()
}

func (o *object) text(name, value string) { o.text2(name, "", value) }

// text2 appends a string in two parts, the first of which needs no escapes.
func (o *object) text2(name, prefix, value string) {
	o.key(name)
	o.b = append(append(o.b, '"'), prefix...)
	o.b = append(appendEscaped(o.b, value), '"')
}

func (o *object) uint(name string, value uint64) {
	o.key(name)
	o.b = strconv.AppendUint(o.b, value, 10)
}

// number appends a number as a string: what stands for a name.
func (o *object) number(name, prefix string, n int) {
	o.key(name)
	o.b = append(append(o.b, '"'), prefix...)
	o.b = append(strconv.AppendInt(o.b, int64(n), 10), '"')
}

// hex appends a byte as a string of two hexadecimal digits.
func (o *object) hex(name string, c uint8) {
	o.key(name)
	o.b = append(o.b, '"', hex[c>>4], hex[c&15], '"')
}

func (o *object) bool(name string, value bool) {
	o.key(name)
	o.b = strconv.AppendBool(o.b, value)
}

// addr appends a 16-byte address, an IPv4-mapped one as IPv4.
func (o *object) addr(name string, a [16]byte) {
	o.key(name)
	o.b = append(o.b, '"')
	if addr := netip.AddrFrom16(a).Unmap(); o.long && addr.Is6() {
		o.b = append(o.b, addr.StringExpanded()...)
	} else {
		o.b = addr.AppendTo(o.b)
	}
	o.b = append(o.b, '"')
}

func (o *object) mac(name string, a [6]byte) {
	o.key(name)
	o.b = append(o.b, '"')
	for i, c := range a {
		if i > 0 {
			o.b = append(o.b, ':')
		}
		o.b = append(o.b, hex[c>>4], hex[c&15])
	}
	o.b = append(o.b, '"')
}

// time appends a time the way Suricata writes it, in UTC.
func (o *object) time(name string, nanoseconds int64) {
	o.key(name)
	o.b = append(o.b, '"')
	o.b = time.Unix(0, nanoseconds).UTC().AppendFormat(o.b, "2006-01-02T15:04:05.000000-0700")
	o.b = append(o.b, '"')
}

const hex = "0123456789abcdef"

// appendEscaped appends the inside of a JSON string (RFC 8259 section 7). Bytes
// that are not UTF-8 become U+FFFD.
func appendEscaped(b []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < 0x20 || r == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}
