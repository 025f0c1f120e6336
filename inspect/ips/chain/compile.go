package chain

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"vxwall/inspect/regex"
	"vxwall/rules/suricata"
)

// Condition is a match of a signature, with its index there.
type Condition struct {
	Index int
	*suricata.Match
}

// Compiler compiles the chains of one signature. The zero value is ready.
type Compiler struct {
	// External compiles the conditions that this package does not know; nil: there are none.
	External func(m *suricata.Match) (Asker, error)
	vars     []string
}

// Error says which condition cannot be evaluated, and why.
type Error struct {
	Index  int
	Reason string
}

func (e *Error) Error() string { return e.Reason }

// Compile makes a chain of conditions on one buffer. inner are those on
// base64_data; they follow the base64_decode of this chain, if there is one.
func (c *Compiler) Compile(list, inner []Condition) (*Chain, error) {
	chain := &Chain{}
	for _, m := range list {
		k, rel, err := c.kind(m, inner)
		if err != nil {
			return nil, err
		}
		chain.links = append(chain.links, link{index: m.Index, rel: rel, kind: k})
	}
	return chain, nil
}

func (c *Compiler) kind(m Condition, inner []Condition) (k kind, rel bool, err error) {
	switch {
	case m.Content != nil:
		k, rel, err = c.content(m.Content, m.Negated)
	case m.Regexp != nil:
		k, rel, err = c.regexp(m)
	case m.ByteTest != nil:
		k, rel, err = c.byteTest(m.ByteTest)
	case m.ByteJump != nil:
		k, rel, err = c.byteJump(m.ByteJump)
	case m.ByteMath != nil:
		k, rel, err = c.byteMath(m.ByteMath)
	case m.DataAt != nil:
		k, rel, err = c.dataAt(m)
	case m.Keyword == "bsize" && m.Number != nil:
		k = &size{*m.Number}
	case m.Keyword == "base64_decode":
		k, rel, err = c.base64(m, inner)
	case m.Keyword == "entropy":
		k, err = newEntropy(m.Args)
	default:
		k, err = c.external(m.Match)
	}
	var known *Error
	if err != nil && !errors.As(err, &known) {
		err = &Error{m.Index, err.Error()}
	}
	return k, rel, err
}

func (c *Compiler) external(m *suricata.Match) (kind, error) {
	if c.External == nil {
		return nil, fmt.Errorf("%s is not supported here", m.Keyword)
	}
	a, err := c.External(m)
	return &asked{a}, err
}

// amount compiles a number or variable; errors are collected in one place.
func (c *Compiler) amount(v suricata.Value, err *error) amount {
	if v.Name == "" {
		return amount{n: v.N, v: -1, set: v.Set}
	}
	for i, name := range c.vars {
		if name == v.Name {
			return amount{v: int8(i), set: true}
		}
	}
	*err = fmt.Errorf("unknown variable %q", v.Name)
	return amount{v: -1}
}

func (a *amount) isVar() bool { return a.v >= 0 }

func (c *Compiler) content(m *suricata.Content, negated bool) (kind, bool, error) {
	var err error
	k := &content{
		pattern: m.Pattern, nocase: m.Nocase, negated: m.Negated || negated, end: m.EndsWith, relative: m.Relative(),
		offset: c.amount(m.Offset, &err), depth: c.amount(m.Depth, &err), distance: c.amount(m.Distance, &err), within: c.amount(m.Within, &err),
	}
	if m.StartsWith && !k.relative {
		k.depth = amount{n: int64(len(m.Pattern)), v: -1, set: true}
	}
	if m.StartsWith && k.relative {
		k.within = amount{n: int64(len(m.Pattern)), v: -1, set: true}
	}
	if m.Nocase {
		k.pattern = bytes.Clone(m.Pattern)
		for i, b := range k.pattern {
			if b >= 'A' && b <= 'Z' {
				k.pattern[i] = b + 'a' - 'A'
			}
		}
	}
	if len(m.Pattern) == 0 {
		err = errors.New("empty pattern")
	}
	k.rel = k.relative || k.offset.isVar() || k.depth.isVar()
	return k, k.rel, err
}

func (c *Compiler) regexp(m Condition) (kind, bool, error) {
	r := m.Regexp
	re, err := regex.Compile(r.Pattern, regex.Flags{
		NoCase: r.NoCase, DotAll: r.DotAll, Multi: r.Multi, Extended: r.Extended, Ungreedy: r.Ungreedy, DollarEnd: r.DollarE, Anchored: r.Anchored,
	})
	return &expression{re: re, negated: r.Negated || m.Negated, relative: r.Relative}, r.Relative, err
}

func (c *Compiler) field(n, offset suricata.Value, relative bool, e suricata.Encoding) (field, error) {
	var err error
	f := field{bytes: c.amount(n, &err), offset: c.amount(offset, &err), relative: relative, little: e.Little || e.DCE, text: e.String, base: 10}
	if e.Base != 0 {
		f.base = uint64(e.Base)
	}
	f.digits = f.text && f.bytes.v < 0 && f.bytes.n == 0
	f.rel = relative || f.bytes.isVar() || f.offset.isVar()
	return f, err
}

func (c *Compiler) byteTest(m *suricata.ByteTest) (kind, bool, error) {
	f, err := c.field(m.Bytes, m.Offset, m.Relative, m.Encoding)
	k := &byteTest{field: f, op: m.Op, negated: m.Negated, mask: m.Bitmask, value: c.amount(m.Value, &err)}
	k.rel = f.rel || k.value.isVar()
	return k, k.rel, err
}

func (c *Compiler) byteJump(m *suricata.ByteJump) (kind, bool, error) {
	f, err := c.field(m.Bytes, m.Offset, m.Relative, m.Encoding)
	k := &byteJump{
		field: f, multiplier: uint64(max(m.Multiplier, 1)), align: m.Align, fromBegin: m.FromBegin, fromEnd: m.FromEnd,
		post: c.amount(m.PostOffset, &err), mask: m.Bitmask,
	}
	k.rel = f.rel || k.post.isVar()
	return k, k.rel, err
}

func (c *Compiler) byteMath(m *suricata.ByteMath) (kind, bool, error) {
	f, err := c.field(m.Bytes, m.Offset, m.Relative, m.Encoding)
	k := &byteMath{
		field: f, oper: m.Oper, value: c.amount(m.RValue, &err), multiplier: uint64(max(m.Multiplier, 1)), align: uint64(m.Align), mask: m.Bitmask,
	}
	k.rel = f.rel || k.value.isVar()
	i, known := c.variable(m.Result)
	if k.result = i; !known {
		err = fmt.Errorf("more than %d variables", MaxVars)
	}
	return k, k.rel, err
}

// variable returns the number of a variable that is written, a new one if need be.
func (c *Compiler) variable(name string) (int8, bool) {
	for i, known := range c.vars {
		if known == name {
			return int8(i), true
		}
	}
	if len(c.vars) == MaxVars {
		return 0, false
	}
	c.vars = append(c.vars, name)
	return int8(len(c.vars) - 1), true
}

func (c *Compiler) dataAt(m Condition) (kind, bool, error) {
	var err error
	k := &dataAt{at: c.amount(m.DataAt.At, &err), negated: m.DataAt.Negated, relative: m.DataAt.Relative}
	k.rel = k.relative || k.at.isVar()
	return k, k.rel, err
}

func (c *Compiler) base64(m Condition, inner []Condition) (kind, bool, error) {
	k := &base64Decode{}
	for _, arg := range m.Args {
		word, value, _ := strings.Cut(arg, " ")
		switch word {
		case "relative":
			k.relative = true
		case "bytes":
			k.bytes = atoi(value)
		case "offset":
			k.offset = atoi(value)
		default:
			return nil, false, fmt.Errorf("unknown word %q: expected bytes, offset or relative", word)
		}
	}
	if k.bytes < 0 || k.offset < 0 {
		return nil, false, errors.New("bad number: expected 0 or more")
	}
	chain, err := c.Compile(inner, nil)
	if err == nil {
		k.inner = chain.links
	}
	return k, k.relative, err
}
