package chain

import (
	"bytes"

	"vxwall/inspect/ips/match"
)

// amount is a number, or a variable.
type amount struct {
	n   int64
	v   int8 // index of a variable, -1 for none
	set bool
}

func (a *amount) of(x *Exam) int {
	if a.v >= 0 {
		return int(min(x.Vars[a.v], 1<<32))
	}
	return int(a.n)
}

// content looks for bytes.
type content struct {
	pattern  []byte // in lower case if nocase
	nocase   bool
	negated  bool
	end      bool // endswith
	relative bool // distance or within
	rel      bool // that, or a variable
	offset   amount
	depth    amount
	distance amount
	within   amount
}

// window is where in the view the content may lie: from low to high, clamped.
func (c *content) window(x *Exam, at place) (low, high int) {
	high = len(x.Data)
	if c.relative {
		low = max(0, at.last+c.distance.of(x))
		if c.within.set {
			high = min(high, at.last+c.distance.of(x)+c.within.of(x))
		}
	}
	base := int(min(x.Base, 1<<40))
	if c.offset.set {
		low = max(low, c.offset.of(x)-base)
	}
	if c.depth.set {
		high = min(high, c.offset.of(x)+c.depth.of(x)-base)
	}
	return low, high
}

func (c *content) try(x *Exam, rest []link, at place) result {
	low, high := c.window(x, at)
	if c.negated {
		if c.find(x, low, high) >= 0 {
			return fail(c.rel)
		}
		return x.walk(rest, at)
	}
	for {
		found := c.find(x, low, high)
		if found < 0 {
			return fail(c.rel)
		}
		if r := x.walk(rest, at.to(found+len(c.pattern))); r != again {
			return r
		}
		low = found + 1
	}
}

// find returns where the pattern begins between low and high, -1 for nowhere.
func (c *content) find(x *Exam, low, high int) int {
	n := len(c.pattern)
	if c.end && x.Open {
		return -1 // where it ends is not known yet
	}
	if c.end { // in one place only
		low = max(low, len(x.Data)-n)
		if high < len(x.Data) {
			return -1
		}
	}
	if low < 0 || low+n > high {
		return -1
	}
	if !c.nocase {
		if i := bytes.Index(x.Data[low:high], c.pattern); i >= 0 {
			return low + i
		}
		return -1
	}
	first := c.pattern[0]
	for i := low; i+n <= high; i++ {
		if match.Lower(x.Data[i]) == first && match.EqualFold(x.Data[i:i+n], c.pattern) {
			return i
		}
	}
	return -1
}
