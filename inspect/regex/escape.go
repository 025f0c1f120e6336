package regex

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// escape reads what follows a backslash outside of a class.
func (p *parser) escape() (*node, error) {
	if !p.more() {
		return nil, errEnd
	}
	c := p.text[p.at]
	p.at++
	if s, ok := class(c); ok {
		return &node{kind: nSet, set: s}, nil
	}
	if o, ok := assertions[c]; ok {
		return assert(o), nil
	}
	switch c {
	case 'R':
		return newline(), nil
	case 'Q':
		return p.quoted(), nil
	case 'E':
		return nil, nil
	case 'k', 'g':
		return p.namedReference()
	case 'K', 'C', 'X', 'p', 'P':
		return nil, fmt.Errorf("\\%c is not supported", c)
	}
	if c >= '1' && c <= '9' {
		if n, ok := p.backNumber(c); ok {
			return &node{kind: nBack, n: n, fold: p.flags.NoCase}, nil
		}
	}
	b, err := p.char(c)
	if err != nil {
		return nil, err
	}
	return p.literal(b), nil
}

// assertions are the escapes that match no byte.
var assertions = map[byte]op{'b': opWord, 'B': opNotWord, 'A': opTextStart, 'z': opTextEnd, 'Z': opTextEndLine, 'G': opTextStart}

// class returns the set of an escape such as \d or \D.
func class(c byte) (set, bool) {
	if c == 'N' {
		return named[c], true
	}
	if s, ok := named[c]; ok {
		return s, true
	}
	if c < 'A' || c > 'Z' {
		return set{}, false
	}
	s, ok := named[c-'A'+'a']
	return s.not(), ok
}

// newline is \R: \r\n, or any other line end.
func newline() *node {
	cr, lf := &node{kind: nSet, set: ranges("\r\r")}, &node{kind: nSet, set: ranges("\n\n")}
	pair := &node{kind: nCat, subs: []*node{cr, lf}}
	return &node{kind: nAtomic, subs: []*node{{kind: nAlt, subs: []*node{pair, {kind: nSet, set: named['v']}}}}}
}

func (p *parser) quoted() *node {
	text, _, closed := strings.Cut(p.text[p.at:], `\E`)
	p.at += len(text)
	if closed {
		p.at += 2
	}
	cat := &node{kind: nCat}
	for i := range len(text) {
		cat.subs = append(cat.subs, p.literal(text[i]))
	}
	return cat
}

// namedReference reads \k<name>, \k{name}, \k'name', \g{name}, \g{1}, \g1, \g{-1}.
func (p *parser) namedReference() (*node, error) {
	if !p.more() {
		return nil, errEnd
	}
	ends := map[byte]string{'<': ">", '{': "}", '\'': "'"}
	end, ok := ends[p.text[p.at]]
	name := ""
	if !ok {
		name = p.text[p.at : p.at+1]
		p.at++
	} else {
		p.at++
		var err error
		if name, err = p.until(end); err != nil {
			return nil, err
		}
	}
	n, known := p.names[name]
	if !known {
		var err error
		if n, err = strconv.Atoi(name); err != nil {
			return nil, fmt.Errorf("no group %q", name)
		}
		if n < 0 {
			n += p.groups + 1
		}
	}
	return &node{kind: nBack, n: n, fold: p.flags.NoCase}, nil
}

// backNumber reads the number of a group that is referred to. As in PCRE, one above 9
// that no group has so far is an octal character.
func (p *parser) backNumber(c byte) (int, bool) {
	end := p.at
	for end < len(p.text) && end < p.at+2 && p.text[end] >= '0' && p.text[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(p.text[p.at-1 : end])
	if err != nil || n > 9 && n > p.groups {
		return 0, false
	}
	p.at = end
	return n, true
}

var controls = map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'f': '\f', 'a': 7, 'e': 27}

// char reads the rest of an escape that means one byte.
func (p *parser) char(c byte) (byte, error) {
	if b, ok := controls[c]; ok {
		return b, nil
	}
	switch {
	case c == 'x':
		return p.hex()
	case c == 'c' && p.more():
		p.at++
		return p.text[p.at-1]&^0x20 ^ 0x40, nil
	case c >= '0' && c <= '7':
		n := int(c - '0')
		for i := 0; i < 2 && p.more() && p.text[p.at] >= '0' && p.text[p.at] <= '7'; i++ {
			n = n*8 + int(p.text[p.at]-'0')
			p.at++
		}
		return byte(n), nil
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		return 0, fmt.Errorf("unknown escape \\%c", c)
	}
	return c, nil
}

func (p *parser) hex() (byte, error) {
	text := ""
	if p.take("{") {
		var err error
		if text, err = p.until("}"); err != nil {
			return 0, err
		}
	} else {
		end := p.at
		for end < len(p.text) && end < p.at+2 && strings.IndexByte("0123456789abcdefABCDEF", p.text[end]) >= 0 {
			end++
		}
		text = p.text[p.at:end]
		p.at = end
	}
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 16, 8)
	if err != nil {
		return 0, errors.New("\\x is no byte")
	}
	return byte(n), nil
}
