package chain

import "vxwall/inspect/regex"

// View is a buffer to look into.
type View struct {
	Data  []byte
	Base  uint64 // of Data[0] in the whole
	Fresh int    // a match must end behind Data[:Fresh]; 0: anywhere
	Open  bool   // more comes, so where it ends and how long it is are not known
}

// Outcome is what came of a chain.
type Outcome uint8

// The outcomes. Waits: not yet, but what comes may match.
const (
	Failed Outcome = iota
	Waits
	Matched
)

// maxSteps bounds the work on one view, as Suricata's inspection-recursion-limit does.
const maxSteps = 3000

// MaxVars is the largest number of variables that a signature has.
const MaxVars = 16

// Exam is the memory of evaluation. It belongs to one goroutine; the zero value is ready.
type Exam struct {
	View
	// Vars are the variables of the signature. They stay from chain to chain.
	Vars [MaxVars]uint64
	// Link is the index of the condition at which the last chain failed.
	Link int
	// Exhausted counts chains that were given up.
	Exhausted uint64
	Machine   regex.Machine

	steps   int
	decoded []byte // of base64_decode
}

// Chain is the compiled conditions on one buffer: immutable.
type Chain struct {
	links []link
}

// link is one condition.
type link struct {
	index int  // in Signature.Matches
	rel   bool // depends on what matched before: other matches of that may do
	kind  kind
}

// kind of a condition: one that stands in one place at most, or a search.
type kind interface {
	// try evaluates the condition, and the rest of the chain after it.
	try(x *Exam, rest []link, at place) result
}

// place is where in the view the chain has got.
type place struct {
	last  int // end of the last match
	reach int // largest end of any match
}

func (p place) to(end int) place { return place{end, max(p.reach, end)} }

type result uint8

const (
	hit   result = iota
	miss         // no other match of earlier conditions helps
	again        // another one may
)

// Len is the number of conditions.
func (c *Chain) Len() int { return len(c.links) }

// Match evaluates the chain on a view.
func (c *Chain) Match(x *Exam, v View) Outcome {
	x.View, x.steps, x.Link = v, maxSteps, -1
	if x.walk(c.links, place{}) == hit {
		return Matched
	}
	if x.steps <= 0 {
		x.Exhausted++
	}
	if v.Open {
		return Waits
	}
	return Failed
}

// walk evaluates the rest of a chain.
func (x *Exam) walk(links []link, at place) result {
	if len(links) == 0 {
		if x.Fresh > 0 && at.reach <= x.Fresh {
			return again
		}
		return hit
	}
	if x.steps--; x.steps <= 0 {
		return miss
	}
	l := &links[0]
	r := l.kind.try(x, links[1:], at)
	if r == hit {
		return hit
	}
	if x.Link < 0 {
		x.Link = l.index
	}
	if r == again && !l.rel && x.Fresh == 0 {
		return miss
	}
	return r
}

// fail is the result of a condition that does not hold.
func fail(relative bool) result {
	if relative {
		return again
	}
	return miss
}
