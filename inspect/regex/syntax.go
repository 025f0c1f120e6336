package regex

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Flags change the meaning of a pattern; the letters are those of PCRE.
type Flags struct {
	NoCase    bool // i
	DotAll    bool // s
	Multi     bool // m
	Extended  bool // x
	Ungreedy  bool // U
	DollarEnd bool // E or D: $ only at the very end
	Anchored  bool // A
}

type kind uint8

const (
	nEmpty kind = iota
	nSet        // one byte of a set
	nCat
	nAlt
	nRepeat
	nGroup  // capture
	nAtomic // also possessive repetition
	nLook
	nBack
	nAssert // see op
)

// node is a part of a pattern.
type node struct {
	kind     kind
	set      set
	subs     []*node
	min, max int // of nRepeat; max -1: no end
	lazy     bool
	n        int // number of a group, or of the one referred to; of look-around: how many bytes before
	behind   bool
	negated  bool
	fold     bool
	op       op
}

// Limits of a pattern.
const (
	maxRepeat = 65535
	maxDepth  = 100
	maxGroups = 64
)

// unlimited is the end of a repetition that has none.
const unlimited = -1

type parser struct {
	text   string
	at     int
	flags  Flags
	depth  int
	groups int
	names  map[string]int
}

var errEnd = errors.New("pattern ends too early")

// parse reads a whole pattern.
func parse(pattern string, f Flags) (*node, *parser, error) {
	p := &parser{text: pattern, flags: f, names: map[string]int{}}
	n, err := p.alternatives()
	if err == nil && p.at < len(p.text) {
		err = errors.New("unmatched )")
	}
	return n, p, err
}

func (p *parser) more() bool { return p.at < len(p.text) }

func (p *parser) take(prefix string) bool {
	if !strings.HasPrefix(p.text[p.at:], prefix) {
		return false
	}
	p.at += len(prefix)
	return true
}

// alternatives reads up to the end or a closing parenthesis. Flags set inside end there.
func (p *parser) alternatives() (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errors.New("nested too deep")
	}
	saved := p.flags
	defer func() { p.flags = saved; p.depth-- }()
	alt := &node{kind: nAlt}
	for {
		sub, err := p.sequence()
		if err != nil {
			return nil, err
		}
		alt.subs = append(alt.subs, sub)
		if !p.take("|") {
			break
		}
	}
	if len(alt.subs) == 1 {
		return alt.subs[0], nil
	}
	return alt, nil
}

func (p *parser) sequence() (*node, error) {
	cat := &node{kind: nCat}
	for p.more() && p.text[p.at] != '|' && p.text[p.at] != ')' {
		if p.skip() {
			continue
		}
		n, err := p.atom()
		if err != nil {
			return nil, err
		}
		if n == nil {
			continue
		}
		if n, err = p.repeated(n); err != nil {
			return nil, err
		}
		cat.subs = append(cat.subs, n)
	}
	return cat, nil
}

// skip steps over what means nothing: comments, and white space if extended.
func (p *parser) skip() bool {
	if p.take("(?#") {
		end := strings.IndexByte(p.text[p.at:], ')')
		if end < 0 {
			end = len(p.text) - p.at - 1
		}
		p.at += end + 1
		return true
	}
	if !p.flags.Extended {
		return false
	}
	switch p.text[p.at] {
	case ' ', '\t', '\n', '\r', '\f', '\v':
		p.at++
		return true
	case '#':
		end := strings.IndexByte(p.text[p.at:], '\n')
		if end < 0 {
			end = len(p.text) - p.at - 1
		}
		p.at += end + 1
		return true
	}
	return false
}

func (p *parser) atom() (*node, error) {
	c := p.text[p.at]
	p.at++
	switch c {
	case '(':
		return p.group()
	case '[':
		return p.class()
	case '\\':
		return p.escape()
	case '.':
		if p.flags.DotAll {
			return &node{kind: nSet, set: set{}.not()}, nil
		}
		return &node{kind: nSet, set: named['N']}, nil
	case '^':
		return assert(pick(p.flags.Multi, opLineStart, opTextStart)), nil
	case '$':
		if p.flags.Multi {
			return assert(opLineEnd), nil
		}
		return assert(pick(p.flags.DollarEnd, opTextEnd, opTextEndLine)), nil
	case '*', '+', '?':
		return nil, fmt.Errorf("nothing to repeat before %q", c)
	}
	return p.literal(c), nil
}

func pick(first bool, a, b op) op {
	if first {
		return a
	}
	return b
}

func assert(o op) *node { return &node{kind: nAssert, op: o} }

func (p *parser) literal(b byte) *node {
	n := &node{kind: nSet}
	n.set.add(b)
	if p.flags.NoCase {
		n.set = n.set.folded()
	}
	return n
}

// repeated reads the repetitions that follow an atom.
func (p *parser) repeated(n *node) (*node, error) {
	for p.more() {
		least, most, ok := p.times()
		if !ok {
			return n, nil
		}
		if most != unlimited && most < least || least > maxRepeat || most > maxRepeat {
			return nil, errors.New("repetition out of range")
		}
		r := &node{kind: nRepeat, subs: []*node{n}, min: least, max: most, lazy: p.flags.Ungreedy}
		n = r
		switch {
		case p.take("?"):
			r.lazy = !r.lazy
		case p.take("+"):
			r.lazy = false
			n = &node{kind: nAtomic, subs: []*node{r}}
		}
	}
	return n, nil
}

// times reads one repetition: *, +, ?, {2}, {2,}, {2,3}, {,3}. Other braces are literal.
func (p *parser) times() (least, most int, ok bool) {
	switch {
	case p.take("*"):
		return 0, unlimited, true
	case p.take("+"):
		return 1, unlimited, true
	case p.take("?"):
		return 0, 1, true
	}
	end := strings.IndexByte(p.text[p.at:], '}')
	if p.text[p.at] != '{' || end < 0 {
		return 0, 0, false
	}
	low, high, two := strings.Cut(p.text[p.at+1:p.at+end], ",")
	least, err := strconv.Atoi(low)
	if err != nil || least < 0 {
		return 0, 0, false
	}
	if most = least; two {
		most = unlimited
		if high != "" {
			if most, err = strconv.Atoi(high); err != nil || most < 0 {
				return 0, 0, false
			}
		}
	}
	p.at += end + 1
	return least, most, true
}
