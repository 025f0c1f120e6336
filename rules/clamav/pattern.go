package clamav

import (
	"math"
	"strconv"
	"strings"
)

// Bounds of a pattern.
const (
	maxParts        = 256
	maxAlternatives = 1024
	maxClosing      = 128 // bytes of a gap at the end
)

// patternReader reads a pattern of hexadecimal digits and wildcards.
type patternReader struct {
	text  string
	at    int
	parts []Part
	fixed int // bytes of which at least a bit counts
}

// pattern reads a text such as "4d5a??{2-8}(41|42)*50".
func pattern(text string) (Pattern, *fault) {
	p := patternReader{text: text, parts: make([]Part, 1, 1+strings.Count(text, "{")+strings.Count(text, "*"))}
	for p.at < len(text) {
		if f := p.next(); f != nil {
			return Pattern{}, f
		}
	}
	if p.fixed == 0 {
		return Pattern{}, bad("pattern", "no byte of it is known")
	}
	if f := p.closeGap(); f != nil {
		return Pattern{}, f
	}
	return Pattern{Parts: p.parts}, nil
}

// closeGap turns a gap at the end into bytes of any value, which must be there.
func (p *patternReader) closeGap() *fault {
	n := len(p.parts) - 1
	if !p.parts[n].empty() {
		return nil
	}
	size := p.parts[n].Min
	if size == 0 || size > maxClosing {
		return bad("pattern", "it ends in a gap that is not of 1 to %d bytes", maxClosing)
	}
	p.parts = p.parts[:n]
	last := &p.parts[n-1]
	for range size {
		last.Bytes, last.Mask = appendByte(last.Bytes, last.Mask, 0, 0)
	}
	return nil
}

func (p *Part) empty() bool { return len(p.Bytes) == 0 && len(p.Specials) == 0 }

func (p *patternReader) next() *fault {
	switch c := p.text[p.at]; c {
	case '*':
		p.at++
		return p.gap(0, Forever)
	case '{':
		return p.braces('}')
	case '[':
		return p.braces(']')
	case '(', '!':
		return p.special()
	default:
		value, mask, f := p.byte(p.text, p.at)
		if f != nil {
			return f
		}
		p.at += 2
		if mask != 0 {
			p.fixed++
		}
		last := &p.parts[len(p.parts)-1]
		last.Bytes, last.Mask = appendByte(last.Bytes, last.Mask, value, mask)
		return nil
	}
}

// appendByte adds a byte; the mask comes into being with the first byte that needs one.
func appendByte(bytes, masks []byte, value, mask byte) ([]byte, []byte) {
	if mask != 0xff && masks == nil {
		masks = make([]byte, len(bytes), len(bytes)+8)
		for i := range masks {
			masks[i] = 0xff
		}
	}
	if masks != nil {
		masks = append(masks, mask)
	}
	return append(bytes, value), masks
}

// byte reads two digits of which each may be "?".
func (p *patternReader) byte(text string, at int) (value, mask byte, f *fault) {
	if at+2 > len(text) {
		return 0, 0, bad("pattern", "half a byte at %d of %d", at, len(text))
	}
	for _, c := range []byte(text[at : at+2]) {
		value, mask = value<<4, mask<<4|0xf
		switch {
		case c >= '0' && c <= '9':
			value |= c - '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			value |= (c | 0x20) - 'a' + 10
		case c == '?':
			mask &= 0xf0
		default:
			return 0, 0, bad("pattern", "%q at %d: expected a hexadecimal digit or wildcard", c, at)
		}
	}
	return value, mask, nil
}

// gap begins a new part. Gaps in a row add up.
func (p *patternReader) gap(low, high int32) *fault {
	last := &p.parts[len(p.parts)-1]
	if len(p.parts) == 1 && last.empty() {
		return bad("pattern", "it begins with a gap")
	}
	if last.empty() {
		if low = addGap(last.Min, low); last.Max == Forever || high == Forever {
			high = Forever
		} else {
			high = addGap(last.Max, high)
		}
		last.Min, last.Max = low, high
		return nil
	}
	if len(p.parts) >= maxParts {
		return bad("pattern", "more than %d gaps", maxParts-1)
	}
	p.parts = append(p.parts, Part{Min: low, Max: high})
	return nil
}

func addGap(a, b int32) int32 { return int32(min(int64(a)+int64(b), math.MaxInt32)) }

// braces reads {n}, {n-m}, {-n}, {n-} or the same in brackets.
func (p *patternReader) braces(closing byte) *fault {
	end := strings.IndexByte(p.text[p.at:], closing)
	if end < 0 {
		return bad("pattern", "gap at %d: %q is missing", p.at, closing)
	}
	text := p.text[p.at+1 : p.at+end]
	low, high, isRange := strings.Cut(text, "-")
	if !isRange {
		high = low
	}
	from, to := int32(0), int32(Forever)
	for _, e := range []struct {
		text string
		into *int32
	}{{low, &from}, {high, &to}} {
		if e.text == "" {
			continue
		}
		n, err := strconv.ParseInt(e.text, 10, 32)
		if err != nil || n < 0 {
			return bad("pattern", "gap %.40q at %d: expected n, n-m, n- or -n", text, p.at)
		}
		*e.into = int32(n)
	}
	if text == "" || text == "-" || to != Forever && to < from {
		return bad("pattern", "gap %.40q at %d: expected n, n-m, n- or -n", text, p.at)
	}
	p.at += end + 1
	return p.gap(from, to)
}

// special reads alternatives and boundaries.
func (p *patternReader) special() *fault {
	begin := p.at
	last := &p.parts[len(p.parts)-1]
	s := Special{At: int32(len(last.Bytes)), Negated: p.text[p.at] == '!'}
	if s.Negated {
		p.at++
	}
	end := strings.IndexByte(p.text[p.at:], ')')
	if end < 0 || p.text[p.at] != '(' {
		return bad("pattern", "at %d: expected (…) that is closed", begin)
	}
	text := p.text[p.at+1 : p.at+end]
	p.at += end + 1
	if text == "B" || text == "L" || text == "W" {
		s.Boundary = text[0]
		last.Specials = append(last.Specials, s)
		return nil
	}
	if strings.Count(text, "|") >= maxAlternatives {
		return bad("pattern", "more than %d alternatives", maxAlternatives)
	}
	for one := range strings.SplitSeq(text, "|") {
		a, f := p.alternative(one)
		if f != nil {
			return f
		}
		if s.Negated && len(a.Bytes) != len(s.first(a).Bytes) {
			return bad("pattern", "negated alternatives at %d differ in length", begin)
		}
		s.Alternatives = append(s.Alternatives, a)
	}
	last.Specials = append(last.Specials, s)
	return nil
}

func (s *Special) first(or Alternative) Alternative {
	if len(s.Alternatives) > 0 {
		return s.Alternatives[0]
	}
	return or
}

func (p *patternReader) alternative(text string) (a Alternative, f *fault) {
	if text == "" {
		return a, bad("pattern", "an alternative is empty")
	}
	for i := 0; i < len(text); i += 2 {
		value, mask, f := p.byte(text, i)
		if f != nil {
			return a, f
		}
		a.Bytes, a.Mask = appendByte(a.Bytes, a.Mask, value, mask)
	}
	return a, nil
}
