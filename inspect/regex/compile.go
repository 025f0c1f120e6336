package regex

import (
	"errors"
	"fmt"
	"slices"
)

type op uint8

const (
	opMatch  op = iota
	opByte      // b
	opSet       // sets[x]
	opSplit     // first x, then y
	opJump      // x
	opSave      // caps[x] = position
	opMark      // marks an empty round: caps[x] = position
	opMoved     // fails if the position is still caps[x]
	opRun       // as many of sets[x] as there are, min to max; lazy: as few
	opBack      // text of group x again
	opAtomic    // program from the next to y as a whole, then go on at y
	opLook      // the same without moving; back x bytes before
	opTextStart
	opTextEnd
	opTextEndLine // at the end, or before a newline that ends the text
	opLineStart
	opLineEnd
	opWord
	opNotWord
)

// inst is one instruction.
type inst struct {
	op       op
	b        byte
	lazy     bool
	fold     bool
	negated  bool
	x, y     int32
	min, max int32 // of opRun; max < 0: no end
}

// maxInsts bounds a program: repetitions of groups are written out.
const maxInsts = 1 << 14

// Regexp is a compiled expression: immutable, shared by all.
type Regexp struct {
	insts    []inst
	sets     []set
	slots    int // of Machine.caps
	groups   int
	first    set // bytes that a match can begin with
	anyFirst bool
	anchored bool
	memo     bool // states can be remembered: no references, no parts run by themselves
}

type compiler struct {
	r   *Regexp
	err error
}

// Compile makes a program of a pattern.
func Compile(pattern string, f Flags) (*Regexp, error) {
	tree, p, err := parse(pattern, f)
	if err != nil {
		return nil, fmt.Errorf("parse pattern: %w", err)
	}
	r := &Regexp{groups: p.groups, slots: 2 * (p.groups + 1), anchored: f.Anchored, memo: true}
	c := &compiler{r: r}
	c.node(tree)
	c.emit(inst{op: opMatch})
	if c.err != nil {
		return nil, fmt.Errorf("compile pattern: %w", c.err)
	}
	r.insts, r.sets = slices.Clone(r.insts), slices.Clone(r.sets) // of their size: some rule sets have ten thousand
	r.findFirst(0, make([]bool, len(r.insts)))
	if r.insts[0].op == opTextStart {
		r.anchored = true
	}
	return r, nil
}

// Groups is the number of groups that capture.
func (r *Regexp) Groups() int { return r.groups }

func (c *compiler) emit(i inst) int32 {
	if len(c.r.insts) >= maxInsts {
		c.err = errors.New("too large")
		return 0
	}
	c.r.insts = append(c.r.insts, i)
	return int32(len(c.r.insts) - 1)
}

func (c *compiler) here() int32 { return int32(len(c.r.insts)) }

func (c *compiler) node(n *node) {
	if c.err != nil {
		return
	}
	switch n.kind {
	case nSet:
		c.set(n)
	case nCat:
		for _, sub := range n.subs {
			c.node(sub)
		}
	case nAlt:
		c.alt(n.subs)
	case nRepeat:
		c.repeat(n)
	case nGroup:
		c.emit(inst{op: opSave, x: int32(2 * n.n)})
		c.node(n.subs[0])
		c.emit(inst{op: opSave, x: int32(2*n.n + 1)})
	case nBack:
		if c.r.memo = false; n.n > c.r.groups || n.n < 1 {
			c.err = fmt.Errorf("no group %d", n.n)
			return
		}
		c.emit(inst{op: opBack, x: int32(n.n), fold: n.fold})
	case nAtomic:
		c.apart(inst{op: opAtomic}, n.subs[0])
	case nLook:
		c.look(n)
	case nAssert:
		c.emit(inst{op: n.op})
	}
}

func (c *compiler) set(n *node) {
	if b, ok := single(&n.set); ok {
		c.emit(inst{op: opByte, b: b})
		return
	}
	c.emit(inst{op: opSet, x: c.setIndex(n.set)})
}

func single(s *set) (b byte, ok bool) {
	for i := range 256 {
		if s.has(byte(i)) {
			if ok {
				return 0, false
			}
			b, ok = byte(i), true
		}
	}
	return b, ok
}

func (c *compiler) setIndex(s set) int32 {
	for i := range c.r.sets {
		if c.r.sets[i] == s {
			return int32(i)
		}
	}
	c.r.sets = append(c.r.sets, s)
	return int32(len(c.r.sets) - 1)
}

func (c *compiler) alt(subs []*node) {
	var ends []int32
	for i, sub := range subs {
		if i == len(subs)-1 {
			c.node(sub)
			break
		}
		split := c.emit(inst{op: opSplit})
		c.r.insts[split].x = c.here()
		c.node(sub)
		ends = append(ends, c.emit(inst{op: opJump}))
		c.r.insts[split].y = c.here()
	}
	for _, end := range ends {
		c.r.insts[end].x = c.here()
	}
}

// apart compiles a part that is run by itself.
func (c *compiler) apart(i inst, sub *node) {
	c.r.memo = false
	at := c.emit(i)
	c.node(sub)
	c.emit(inst{op: opMatch})
	c.r.insts[at].y = c.here()
}

// look compiles look-around. Each alternative of what lies behind has its own width.
func (c *compiler) look(n *node) {
	if !n.behind {
		c.apart(inst{op: opLook, negated: n.negated, x: int32(n.n)}, n.subs[0])
		return
	}
	subs := []*node{n.subs[0]}
	if n.subs[0].kind == nAlt {
		subs = n.subs[0].subs
	}
	looks := make([]*node, len(subs))
	for i, s := range subs {
		width, ok := s.width()
		if !ok {
			c.err = errors.New("look-behind of variable width")
			return
		}
		looks[i] = &node{kind: nLook, subs: []*node{s}, n: width, negated: n.negated}
	}
	if n.negated { // none of them: one after the other
		c.node(&node{kind: nCat, subs: looks})
		return
	}
	c.alt(looks)
}

// width returns the number of bytes that a node matches, if it is always the same.
func (n *node) width() (int, bool) {
	switch n.kind {
	case nSet:
		return 1, true
	case nEmpty, nAssert, nLook:
		return 0, true
	case nCat, nGroup, nAtomic:
		sum := 0
		for _, sub := range n.subs {
			w, ok := sub.width()
			if !ok {
				return 0, false
			}
			sum += w
		}
		return sum, true
	case nAlt:
		first, ok := n.subs[0].width()
		for _, sub := range n.subs[1:] {
			w, same := sub.width()
			ok = ok && same && w == first
		}
		return first, ok
	case nRepeat:
		w, ok := n.subs[0].width()
		return w * n.min, ok && n.min == n.max
	}
	return 0, false
}
