package segment

import (
	"cmp"
	"math/bits"
	"slices"
)

// pairing collects which rule names which pairs, and makes the rows of them.
type pairing struct {
	pairs
	builder *serviceBuilder
	triples []triple
	sets    []int32 // per rule: its list of services
}

// triple says that a rule names a pair of identifiers.
type triple struct {
	pair uint64 // source<<32 | destination
	rule int32
}

// add notes the pairs of a rule.
func (p *pairing) add(rule int32, from, to []uint32) {
	for _, f := range from {
		for _, t := range to {
			p.triples = append(p.triples, triple{uint64(f)<<32 | uint64(t), rule})
		}
	}
}

// build makes the rows for a number of identifiers.
func (p *pairing) build(identifiers int) {
	slices.SortFunc(p.triples, func(a, b triple) int {
		return cmp.Or(cmp.Compare(a.pair, b.pair), cmp.Compare(a.rule, b.rule))
	})
	p.rows = make([]row, identifiers)
	p.where = make([]uint32, identifiers)
	p.cells, p.slots = make([]cell, 1), make([]slot, 1) // of sources without pairs
	for i := range p.rows {
		p.rows[i].first = none
	}
	for rest := p.triples; len(rest) > 0; {
		n := run(rest, func(t triple) uint64 { return t.pair >> 32 })
		p.row(rest[:n])
		rest = rest[n:]
	}
	p.services = p.builder.services
}

// run returns how many triples from the first on have the same key.
func run(triples []triple, key func(triple) uint64) int {
	n := 1
	for n < len(triples) && key(triples[n]) == key(triples[0]) {
		n++
	}
	return n
}

// row makes the slots and cells of one source.
func (p *pairing) row(triples []triple) {
	from := triples[0].pair >> 32
	var slots []slot
	for len(triples) > 0 {
		n := run(triples, func(t triple) uint64 { return t.pair })
		slots = append(slots, p.slot(triples[:n]))
		triples = triples[n:]
	}
	r := &p.rows[from]
	r.slot, r.n = uint32(len(p.slots)), uint32(len(slots))
	for _, sl := range slots {
		r.first = min(r.first, sl.first)
	}
	shift, groups := share(slots)
	p.where[from] = uint32(len(p.cells))<<shiftBits | shift
	for _, group := range groups {
		p.cells = append(p.cells, cell{off: uint32(len(p.slots))})
		p.cells[len(p.cells)-1].settle(group)
		p.slots = append(p.slots, group...)
	}
}

// pairsPerCell is the most pairs of a row for a cell, and fullCell the most in
// one cell: a seed for so many is found soon.
const (
	pairsPerCell = 16
	fullCell     = 24
)

// share deals slots to 1<<shift cells by their hashes.
func share(slots []slot) (shift uint32, groups [][]slot) {
	for shift = uint32(bits.Len(uint(len(slots)-1) / pairsPerCell)); ; shift++ {
		groups = make([][]slot, 1<<shift)
		most := 0
		for _, sl := range slots {
			g := &groups[scatter(sl.to)&(1<<shift-1)]
			*g = append(*g, sl)
			most = max(most, len(*g))
		}
		if most <= fullCell {
			return shift, groups
		}
	}
}

// settle finds the seed of a cell for its slots, notes them and puts them in
// order.
func (c *cell) settle(slots []slot) {
	for c.seed = spread; !c.separates(slots); {
		c.seed = c.seed*1664525 + 2 // comes by every odd number
	}
	for _, sl := range slots {
		for k := range uint32(32) {
			c.takes[bucket(k)] |= uint64(sl.kinds>>k&1) << c.bit(scatter(sl.to))
		}
	}
	slices.SortFunc(slots, func(a, b slot) int { return cmp.Compare(c.bit(scatter(a.to)), c.bit(scatter(b.to))) })
}

// separates sets the bits of slots, and reports whether each has one alone.
func (c *cell) separates(slots []slot) bool {
	c.present = 0
	for _, sl := range slots {
		bit := uint64(1) << c.bit(scatter(sl.to))
		if c.present&bit != 0 {
			return false
		}
		c.present |= bit
	}
	return true
}

// slot makes the slot of one pair's rules, in order.
func (p *pairing) slot(triples []triple) slot {
	sl := slot{to: uint32(triples[0].pair), first: triples[0].rule}
	var sets []int32
	for i, t := range triples {
		set := p.sets[t.rule]
		sets = append(sets, set)
		sl.kinds |= p.builder.kinds[set]
		if set == 0 {
			triples = triples[:i+1] // no later rule gets a flow
			break
		}
	}
	sl.table = p.table(triples, sets)
	return sl
}

func (p *pairing) table(triples []triple, sets []int32) uint32 {
	if len(sets) == 1 {
		return p.builder.tableOf(sets[0])
	}
	if table, ok := p.builder.merge(triples, sets); ok {
		return table
	}
	first := uint32(len(p.chains))
	for i, t := range triples {
		p.chains = append(p.chains, link{t.rule, p.builder.tableOf(sets[i])})
	}
	p.chains = append(p.chains, link{rule: none})
	return first | chained
}
