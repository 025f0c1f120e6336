package segment

import (
	"cmp"
	"math/bits"
	"slices"
)

// pairs holds the rules of every pair of identifiers that a rule names.
type pairs struct {
	rows []row // by source
}

// row is the pairs of one source: a hash table with open addressing, at most
// two thirds full.
type row struct {
	first int32  // the first rule of all pairs; NoRule: there are no pairs
	slots []slot // a power of two of them
}

// slot is one pair.
type slot struct {
	to       uint32
	grants   uint32 // the first of its grants, in the order of rules
	n        uint32 // grants; 0: the slot is free
	verdicts        // only for places without a matrix
}

// find returns the slot of a destination, or a free one.
func (r *row) find(to uint32) *slot {
	mask := uint32(len(r.slots) - 1)
	hash := to * spread
	for i := hash ^ hash>>15; ; i++ {
		if sl := &r.slots[i&mask]; sl.n == 0 || sl.to == to {
			return sl
		}
	}
}

// newPairs puts grants in order, but for the first, which is nobody's, and makes
// the rows of a number of identifiers.
func newPairs(grants []grant, identifiers int) pairs {
	slices.SortFunc(grants[1:], func(a, b grant) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.rule, b.rule))
	})
	p := pairs{rows: make([]row, identifiers)}
	for i := range p.rows {
		p.rows[i] = row{first: NoRule, slots: make([]slot, 1)}
	}
	for at := 1; at < len(grants); {
		n := 1
		for at+n < len(grants) && grants[at+n].from == grants[at].from {
			n++
		}
		p.rows[grants[at].from].fill(grants, at, n)
		at += n
	}
	return p
}

// fill makes the slots of n grants.
func (r *row) fill(grants []grant, at, n int) {
	r.slots = make([]slot, 1<<bits.Len(uint(n+n/2)))
	r.first = grants[at].rule
	for i := at; i < at+n; i++ {
		r.first = min(r.first, grants[i].rule)
		sl := r.find(grants[i].to)
		if sl.n == 0 {
			sl.to, sl.grants = grants[i].to, uint32(i)
		}
		sl.n++
	}
}

// targets are the destinations that the pairs of a source are asked for.
type targets struct {
	ids   []uint32
	marks []uint32 // by identifier: those whose mark is the round are among ids
	round uint32
}

// set takes new destinations.
func (t *targets) set(ids []uint32, identifiers int) {
	t.ids = ids
	if len(t.marks) < identifiers {
		t.marks = make([]uint32, identifiers)
	}
	t.round++
	if t.round == 0 {
		clear(t.marks)
		t.round = 1
	}
	for _, id := range ids {
		t.marks[id] = t.round
	}
}

// appendTo appends the pairs of a source with some destinations: it looks at all
// pairs or for all destinations, whichever are fewer.
func (t *targets) appendTo(out []*slot, r *row) []*slot {
	if len(r.slots) < len(t.ids) {
		for i := range r.slots {
			if sl := &r.slots[i]; sl.n > 0 && t.marks[sl.to] == t.round {
				out = append(out, sl)
			}
		}
		return out
	}
	for _, id := range t.ids {
		if sl := r.find(id); sl.n > 0 {
			out = append(out, sl)
		}
	}
	return out
}

// settle makes the verdicts of all pairs.
func (p *pairs) settle(b *serviceBuilder) {
	var keys []uint64
	for i := range p.rows {
		for k := range p.rows[i].slots {
			sl := &p.rows[i].slots[k]
			keys = b.appendKeys(keys[:0], sl)
			grants := b.effective(keys)
			v, ok := b.first(grants)
			if !ok {
				v = b.chain(grants)
			}
			sl.verdicts = v
		}
	}
}
