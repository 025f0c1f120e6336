package suricata

import (
	"fmt"
	"strconv"
	"strings"
)

var contentKeywords = []keyword{
	{name: "content", buffered: true, read: readContent},
	{name: "uricontent", read: readURIContent},
	{name: "pcre", buffered: true, read: readRegexp},
	{name: "nocase", args: noArgs, read: modifier(func(c *Content) *bool { return &c.Nocase })},
	{name: "rawbytes", args: noArgs, read: modifier(func(c *Content) *bool { return &c.RawBytes })},
	{name: "startswith", args: noArgs, read: modifier(func(c *Content) *bool { return &c.StartsWith })},
	{name: "endswith", args: noArgs, read: modifier(func(c *Content) *bool { return &c.EndsWith })},
	{name: "offset", read: place(func(c *Content) *Value { return &c.Offset })},
	{name: "depth", read: place(func(c *Content) *Value { return &c.Depth })},
	{name: "distance", read: place(func(c *Content) *Value { return &c.Distance })},
	{name: "within", read: place(func(c *Content) *Value { return &c.Within })},
	{name: "fast_pattern", args: anyArgs, read: readFastPattern},
	{name: "replace", read: readReplace},
	{name: "prefilter", args: noArgs, read: readPrefilter},
}

func readContent(b *builder, o *option, k *keyword) error {
	if !o.quoted {
		return fmt.Errorf(`missing quotes: expected content:"bytes"`)
	}
	pattern, f := bytesOf(o.value, o.valueAt)
	if f != nil {
		return f
	}
	if len(pattern) == 0 {
		return fmt.Errorf("empty pattern: expected at least one byte")
	}
	m := b.add(o, k)
	m.Content = &Content{Pattern: pattern, Negated: o.negated}
	b.content = len(b.sig.Matches)
	return nil
}

func readURIContent(b *builder, o *option, k *keyword) error {
	if b.sticky.buffer != "" {
		return fmt.Errorf("behind sticky buffer %s: expected http.uri and content instead, or pkt_data before it", b.sticky.buffer)
	}
	if err := readContent(b, o, k); err != nil {
		return err
	}
	m := &b.sig.Matches[b.content-1]
	m.Keyword, m.Buffer = "content", "http.uri"
	return nil
}

// bytesOf reads text with |hex| and with "\" before `;`, `:`, `"` and `\`.
func bytesOf(text string, at int) ([]byte, *fault) {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '|':
			end := strings.IndexByte(text[i+1:], '|')
			if end < 0 {
				return nil, faultf(at+i, "missing | at the end of hexadecimal bytes")
			}
			var f *fault
			if out, f = appendHex(out, text[i+1:i+1+end], at+i+1); f != nil {
				return nil, f
			}
			i += 1 + end
		case '\\':
			i++
			if i == len(text) || strings.IndexByte(`;:"\`, text[i]) < 0 {
				return nil, faultf(at+i-1, `bad escape: expected \;, \:, \" or \\, or bytes such as |5c|`)
			}
			out = append(out, text[i])
		case '"':
			return nil, faultf(at+i, `quote inside of the value: expected \" or |22|`)
		default:
			out = append(out, c)
		}
	}
	return out, nil
}

// appendHex reads "41 42" and "4142"; a byte's two digits stand together.
func appendHex(out []byte, text string, at int) ([]byte, *fault) {
	for i := 0; i < len(text); i++ {
		if text[i] == ' ' {
			continue
		}
		if i+1 == len(text) {
			return nil, faultf(at+i, "odd number of hexadecimal digits: expected two for a byte")
		}
		n, err := strconv.ParseUint(text[i:i+2], 16, 8)
		if err != nil {
			return nil, faultf(at+i, "bad hexadecimal byte %q: expected two digits", text[i:i+2])
		}
		out = append(out, byte(n))
		i++
	}
	return out, nil
}

// last returns the content that a modifier is about.
func (b *builder) last(keyword string) (*Content, error) {
	if b.content == 0 {
		return nil, fmt.Errorf("no content before it: expected content:\"...\"; %s", keyword)
	}
	return b.sig.Matches[b.content-1].Content, nil
}

type readFunc = func(*builder, *option, *keyword) error

func modifier(part func(*Content) *bool) readFunc {
	return func(b *builder, o *option, _ *keyword) error {
		c, err := b.last(o.keyword)
		if err != nil {
			return err
		}
		if *part(c) && o.keyword == "nocase" {
			return fmt.Errorf("second %s of one content: expected it once", o.keyword)
		}
		*part(c) = true
		return nil
	}
}

// place reads offset, depth, distance or within: a number or a variable.
func place(part func(*Content) *Value) readFunc {
	return func(b *builder, o *option, _ *keyword) error {
		c, err := b.last(o.keyword)
		if err != nil {
			return err
		}
		if part(c).Set {
			return fmt.Errorf("second %s of one content: expected it once", o.keyword)
		}
		*part(c), err = b.value(o.value, limits{-0xffff, 0xffff})
		if err == nil && part(c).N < 0 && o.keyword != "distance" && o.keyword != "within" {
			err = fmt.Errorf("bad number %q: expected 0 to 65535", o.value)
		}
		return err
	}
}

type limits struct{ min, max int64 }

// integer reads a number.
func integer(text string, l limits) (int64, error) {
	n, err := strconv.ParseInt(text, 0, 64)
	if err != nil || n < l.min || n > l.max {
		return 0, fmt.Errorf("bad number %q: expected %d to %d", short(text), l.min, l.max)
	}
	return n, nil
}

// value reads a number, or the name of a variable that stands before it.
func (b *builder) value(text string, l limits) (Value, error) {
	if text == "" || text[0] >= '0' && text[0] <= '9' || text[0] == '-' || text[0] == '+' {
		n, err := integer(text, l)
		return Value{N: n, Set: true}, err
	}
	for _, name := range b.names {
		if name == text {
			return Value{Name: text, Set: true}, nil
		}
	}
	return Value{}, fmt.Errorf("unknown variable %q: expected a number, or a name that byte_extract or byte_math gives before", short(text))
}

func readFastPattern(b *builder, o *option, _ *keyword) error {
	c, err := b.last(o.keyword)
	if err != nil {
		return err
	}
	if c.FastPattern {
		return fmt.Errorf("second fast_pattern of one content: expected it once")
	}
	c.FastPattern = true
	if o.value == "" {
		return nil
	}
	if o.value == "only" {
		c.FastPatternOnly = true
		return nil
	}
	first, second, _ := strings.Cut(o.value, ",")
	from, err := strconv.Atoi(strings.TrimSpace(first))
	length, err2 := strconv.Atoi(strings.TrimSpace(second))
	if err != nil || err2 != nil || from < 0 || length < 1 || length > len(c.Pattern) || from > len(c.Pattern)-length {
		return fmt.Errorf("bad part %q: expected offset,length inside of the pattern's %d bytes, or only", short(o.value), len(c.Pattern))
	}
	c.ChopOffset, c.ChopLength = from, length
	return nil
}

func readReplace(b *builder, o *option, _ *keyword) error {
	c, err := b.last(o.keyword)
	if err != nil {
		return err
	}
	with, f := bytesOf(o.value, o.valueAt)
	if f != nil {
		return f
	}
	if len(with) != len(c.Pattern) {
		return fmt.Errorf("%d bytes instead of %d: expected as many as the content has", len(with), len(c.Pattern))
	}
	c.ReplaceWith = with
	return nil
}

func readPrefilter(b *builder, _ *option, _ *keyword) error {
	n := len(b.sig.Matches)
	if n == 0 {
		return fmt.Errorf("no condition before it: expected one")
	}
	b.sig.Matches[n-1].Prefilter = true
	if c := b.sig.Matches[n-1].Content; c != nil {
		c.FastPattern = true
	}
	return nil
}
