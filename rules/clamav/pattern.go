package clamav

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	// maxPiece is the longest piece of a pattern in bytes. Longer ones are several, without
	// a gap between them.
	maxPiece = 256
	// maxFixed is the longest gap of a fixed length that becomes part of a piece.
	maxFixed = 64
	// maxElements bounds a pattern.
	maxElements = 1 << 14
)

// parsePattern reads a pattern of hexadecimal digits: "aa??b?", gaps "*", "{4}", "{4-8}",
// "{-8}", "{4-}", "[4-8]", alternatives "(aa|bbcc)", "!(aa|bb)".
func parsePattern(text string, fold bool) (Pattern, error) {
	p := patternParser{text: text, fold: fold}
	p.gap(0, 0)
	for len(p.text) > 0 {
		if err := p.next(); err != nil {
			return nil, err
		}
		if p.count++; p.count > maxElements {
			return nil, fmt.Errorf("pattern is longer than %d bytes", maxElements)
		}
	}
	for i := range p.pieces {
		if p.pieces[i].Len() == 0 {
			return nil, errors.New("pattern begins or ends with a gap, or has two in a row")
		}
	}
	return p.pieces, nil
}

type patternParser struct {
	text   string
	fold   bool
	pieces Pattern
	count  int
}

// add adds a byte to the last piece.
func (p *patternParser) add(value, mask byte) {
	if p.last().Len() >= maxPiece {
		p.gap(0, 0)
	}
	last := p.last()
	if mask != 0xff && last.Mask == nil {
		last.Mask = bytes.Repeat([]byte{0xff}, last.Len())
	}
	if last.Mask != nil {
		last.Mask = append(last.Mask, mask)
	}
	if p.fold && mask == 0xff {
		value = lower(value)
	}
	last.Value = append(last.Value, value)
}

func (p *patternParser) last() *Piece { return &p.pieces[len(p.pieces)-1] }

// gap begins another piece.
func (p *patternParser) gap(least, most int) {
	p.pieces = append(p.pieces, Piece{Min: least, Max: most, Fold: p.fold, Value: make([]byte, 0, min(maxPiece, len(p.text)/2))})
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b | 0x20
	}
	return b
}

func (p *patternParser) next() error {
	switch p.text[0] {
	case '*':
		p.text = p.text[1:]
		p.gap(0, Unbounded)
		return nil
	case '{', '[':
		return p.range_()
	case '(', '!':
		return p.alternatives()
	}
	if len(p.text) < 2 {
		return fmt.Errorf("half a byte at the end: %q", p.text)
	}
	value, mask, err := parseByte(p.text[:2])
	if err != nil {
		return err
	}
	p.text = p.text[2:]
	p.add(value, mask)
	return nil
}

// range_ reads a gap in braces or brackets.
func (p *patternParser) range_() error {
	end := strings.IndexAny(p.text, "}]")
	if end < 0 {
		return fmt.Errorf("gap without an end: %q", cut(p.text))
	}
	text := p.text[1:end]
	p.text = p.text[end+1:]
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	least, most := 0, Unbounded
	var err error
	if first != "" {
		if least, err = strconv.Atoi(first); err != nil || least < 0 {
			return fmt.Errorf("bad gap {%s}", cut(text))
		}
	}
	if last != "" {
		if most, err = strconv.Atoi(last); err != nil || most < least {
			return fmt.Errorf("bad gap {%s}", cut(text))
		}
	}
	if least > maxOffset>>10 || most > maxOffset>>10 {
		return fmt.Errorf("bad gap {%s}: it is too long", cut(text))
	}
	if least == most && most <= maxFixed {
		for range least {
			p.add(0, 0)
		}
		return nil
	}
	p.gap(least, most)
	return nil
}

// alternatives reads a choice of strings of one length.
func (p *patternParser) alternatives() error {
	c := Choice{Not: p.text[0] == '!'}
	p.text = strings.TrimPrefix(p.text, "!")
	end := strings.IndexByte(p.text, ')')
	if !strings.HasPrefix(p.text, "(") || end < 0 {
		return fmt.Errorf("alternatives without an end: %q", cut(p.text))
	}
	text := p.text[1:end]
	p.text = p.text[end+1:]
	for part := range strings.SplitSeq(text, "|") {
		if part == "B" || part == "L" || part == "W" {
			return fmt.Errorf("boundary (%s) is not supported", part)
		}
		b, err := parseHex(part)
		if err != nil {
			return fmt.Errorf("bad alternative %q: %w", cut(part), err)
		}
		if p.fold {
			for i := range b {
				b[i] = lower(b[i])
			}
		}
		c.Any = append(c.Any, string(b))
	}
	for _, one := range c.Any {
		if len(one) == 0 || len(one) != len(c.Any[0]) || len(one) > maxPiece {
			return fmt.Errorf("alternatives of different lengths are not supported: (%s)", cut(text))
		}
	}
	if p.last().Len() > 0 && p.last().Len()+len(c.Any[0]) > maxPiece {
		p.gap(0, 0)
	}
	c.At = p.last().Len()
	for range len(c.Any[0]) {
		p.add(0, 0)
	}
	p.last().Choices = append(p.last().Choices, c)
	return nil
}

// parseByte reads two digits, of which each may be "?".
func parseByte(text string) (value, mask byte, err error) {
	for i := range 2 {
		value, mask = value<<4, mask<<4
		if text[i] == '?' {
			continue
		}
		digit, ok := hexDigit(text[i])
		if !ok {
			return 0, 0, fmt.Errorf("bad byte %q: expected two hexadecimal digits or ?", text)
		}
		value, mask = value|digit, mask|0xf
	}
	return value, mask, nil
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// parseHex reads fixed bytes.
func parseHex(text string) ([]byte, error) {
	if len(text)%2 != 0 {
		return nil, errors.New("half a byte")
	}
	b := make([]byte, 0, len(text)/2)
	for i := 0; i < len(text); i += 2 {
		value, mask, err := parseByte(text[i : i+2])
		if err != nil {
			return nil, err
		}
		if mask != 0xff {
			return nil, errors.New("? is not supported here")
		}
		b = append(b, value)
	}
	return b, nil
}

// cut shortens what a message quotes.
func cut(text string) string {
	if len(text) > 40 {
		return text[:40] + "…"
	}
	return text
}
