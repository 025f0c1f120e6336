package segment

import (
	"time"

	"vxwall/rules"
)

// CompileTight compiles with the limits so low that every lookup does what it
// would do beyond them.
func CompileTight(set *rules.Set, now time.Time) *Policy { return compile(set, now, limits{}) }

// CompileListed compiles without a matrix.
func CompileListed(set *rules.Set, now time.Time) *Policy {
	return compile(set, now, limits{cuts: maxCuts, merged: maxMerged, identifiers: maxIdentifiers})
}

// CompileWithin compiles with limits that are drawn: some places keep to them,
// some do not.
func CompileWithin(set *rules.Set, now time.Time, draw func(label string, most int) int) *Policy {
	return compile(set, now, limits{
		cuts: draw("cuts", 400), merged: draw("merged", 600), identifiers: shares * draw("identifiers", 300),
		cells: draw("cells", 600), work: shares * draw("work", 5000),
	})
}

// Listed and Split count the places of a policy without a matrix.
func (p *Policy) Listed() int { return p.count(func(p *place) bool { return p.listed }) }

// Split counts the places that are split.
func (p *Policy) Split() int { return p.count(func(p *place) bool { return p.split }) }

func (p *Policy) count(is func(*place) bool) (n int) {
	for i := range p.tree.places {
		if is(&p.tree.places[i]) {
			n++
		}
	}
	return n
}
