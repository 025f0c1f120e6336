package suricata

import (
	"fmt"
	"strings"
)

// fault is a reason with its place in the text of a rule.
type fault struct {
	at      int // byte offset
	keyword string
	reason  string
	skipped bool
}

func (f *fault) Error() string { return f.reason }

func faultf(at int, format string, args ...any) *fault {
	return &fault{at: at, reason: fmt.Sprintf(format, args...)}
}

// header is the part of a rule before its options.
type header struct {
	action, protocol word
	src, srcPort     word
	direction        word
	dst, dstPort     word
	options          int // offset of what follows "("
}

// word is a part of a rule's text.
type word struct {
	text string
	at   int
}

// option is one "keyword:value;".
type option struct {
	keyword string
	at      int // of the keyword
	value   string
	valueAt int
	has     bool // there is a value
	negated bool // "!" before the value's quotes
	quoted  bool
}

// readHeader takes the header apart.
func readHeader(text string) (h header, f *fault) {
	c := cursor{text: text}
	h.action, h.protocol = c.word(), c.word()
	h.src, h.srcPort, h.direction = c.word(), c.word(), c.word()
	h.dst, h.dstPort = c.word(), c.word()
	if c.bad != nil {
		return h, c.bad
	}
	if h.dstPort.text == "" || strings.HasPrefix(h.dstPort.text, "(") {
		return h, faultf(0, "bad header: expected action protocol source port -> destination port (options)")
	}
	c.space()
	if c.at >= len(text) || text[c.at] != '(' {
		return h, faultf(c.at, `bad header: expected "(" after the destination port`)
	}
	h.options = c.at + 1
	return h, nil
}

type cursor struct {
	text string
	at   int
	bad  *fault
}

func (c *cursor) space() {
	for c.at < len(c.text) && isSpace(c.text[c.at]) {
		c.at++
	}
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' }

// word returns what stands up to the next space; between brackets spaces count
// as part of it.
func (c *cursor) word() word {
	c.space()
	start, depth := c.at, 0
	for ; c.at < len(c.text); c.at++ {
		b := c.text[c.at]
		if b == '[' {
			depth++
		} else if b == ']' {
			depth--
		} else if depth <= 0 && (isSpace(b) || b == '(' && c.at > start) {
			break
		}
	}
	if depth > 0 && c.bad == nil {
		c.bad = faultf(start, "missing ] in the header")
	}
	return word{c.text[start:c.at], start}
}

// readOption returns the option that begins at an offset and the offset behind
// it, -1 at the end of the options. As in Suricata, ";" ends an option
// inside quotes too unless "\" stands before it.
func readOption(text string, at int) (o option, next int, f *fault) {
	for at < len(text) && (isSpace(text[at]) || text[at] == ';') {
		at++
	}
	if at >= len(text) {
		return o, at, faultf(len(text), `missing ")" at the end of the options`)
	}
	if text[at] == ')' {
		return o, -1, trailing(text, at+1)
	}
	end := at
	for end < len(text) && (text[end] != ';' || end > at && text[end-1] == '\\') {
		end++
	}
	if end == len(text) {
		return o, end, faultf(at, `missing ";" after %q`, short(text[at:]))
	}
	name, value, has := strings.Cut(text[at:end], ":")
	o = option{keyword: strings.TrimSpace(name), at: at, has: has}
	if has {
		o.valueAt = at + len(name) + 1
		f = o.unquote(value)
	}
	return o, end + 1, f
}

func trailing(text string, at int) *fault {
	rest := strings.TrimSpace(text[at:])
	if rest == "" || rest[0] == '#' {
		return nil
	}
	return faultf(at, "unexpected %q behind the options", short(rest))
}

// unquote takes spaces, negation and the outer quotes off a value.
func (o *option) unquote(value string) *fault {
	trimmed := strings.TrimLeft(value, " \t")
	o.valueAt += len(value) - len(trimmed)
	o.value = strings.TrimRight(trimmed, " \t")
	rest := strings.TrimLeft(strings.TrimPrefix(o.value, "!"), " \t")
	if !strings.HasPrefix(rest, `"`) {
		return nil
	}
	o.negated = o.value[0] == '!'
	o.quoted = true
	if len(rest) < 2 || rest[len(rest)-1] != '"' {
		return &fault{at: o.valueAt, keyword: o.keyword, reason: `missing " at the end of the value`}
	}
	o.valueAt += len(o.value) - len(rest) + 1
	o.value = rest[1 : len(rest)-1]
	return nil
}

// short cuts what a message quotes.
func short(text string) string {
	if len(text) > 40 {
		return strings.ToValidUTF8(text[:40], "") + "..."
	}
	return text
}
