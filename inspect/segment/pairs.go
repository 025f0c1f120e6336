package segment

import (
	"math"
	"math/bits"
)

// pairs finds the first rule for what two ends belong to. Every pair of
// identifiers that a rule names has one slot; the slots of one source are a row.
//
// With many rules the slots are more than the caches hold, and a lookup asks
// for a dozen pairs of which few have a rule for the service. So each row has
// a filter, its cells, which is one cache line for a row of few pairs. It
// answers for nearly all destinations at once that there is nothing for them.
type pairs struct {
	services
	rows   []row // by source
	cells  []cell
	slots  []slot
	chains []link
}

// row is where the pairs of one source are.
type row struct {
	first int32  // the first rule of all pairs; none: there are no pairs
	cell  uint32 // the first of its cells
	shift uint32 // it has 1<<shift of them
}

// cell knows the pairs of one source with the destinations of some hashes. It
// is one cache line.
type cell struct {
	present uint64          // a bit for each destination, see scatter
	takes   [buckets]uint64 // by service: the same, of pairs with a rule for it
	off, n  uint32          // the slots, in the order of their bits
}

// slot is the rules of one pair.
type slot struct {
	to    uint32
	first int32  // the first rule
	table uint32 // of services; with the bit chained, the first link
	kinds uint32 // of services: a bit for each, see kind
}

// link is one rule of a pair whose table would be too large. The last link of a
// chain has the rule none.
type link struct {
	rule  int32
	table uint32
}

const (
	none    = math.MaxInt32 // later than every rule
	chained = 1 << 31
)

// buckets is how many kinds of services a cell tells apart.
const buckets = 6

// kind returns which of 32 kinds of services a point is of: a bit in a slot.
func kind(point uint32) uint32 { return point * spread >> 27 }

// bucket returns the bucket of a kind.
func bucket(kind uint32) uint32 { return kind * buckets >> 5 }

// scatter hashes a destination: the lowest six bits are its bit in a cell, the
// rest say which cell of a row.
func scatter(to uint32) uint32 {
	h := to * spread
	return h ^ h>>15
}

// found is the first rule that matches, and through what.
type found struct {
	rule     int32 // none: no rule
	from, to uint32
}

// target is one of the destinations of a lookup, with its hash.
type target struct {
	id, hash uint32
}

// first walks all pairs of what the two seats belong to.
func (p *pairs) first(s *Scratch, point uint32) found {
	s.aim(point)
	marked := len(s.targets) >= markFrom
	if marked {
		s.markAll(s.seats[sideTo].ids, len(p.rows))
	}
	for _, id := range s.seats[sideFrom].ids {
		if p.rows[id].first == none {
			continue
		}
		if marked && p.walkRow(s, id) {
			continue
		}
		p.walkTargets(s, id)
	}
	for i := range s.hits {
		p.try(s, &s.hits[i])
	}
	return s.found
}

// hit is a pair that may have a rule for the service.
type hit struct {
	slot         // the first that may be the pair's
	at, end  int // where it is, and where the slots of its cell end
	from, to uint32
}

// walkTargets notes the slots of all destinations that one source may have a
// rule for. Nothing here depends on what the slots hold: they come from far, and
// so the processor waits for all of them at once.
func (p *pairs) walkTargets(s *Scratch, from uint32) {
	r := &p.rows[from]
	cells := p.cells[r.cell:][:1<<r.shift]
	b := bucket(kind(s.point))
	if len(cells) == 1 && s.distinct {
		for m := cells[0].takes[b] & s.bits; m != 0; m &= m - 1 {
			p.note(s, &cells[0], from, s.byBit[bits.TrailingZeros64(m)&63])
		}
		return
	}
	for _, t := range s.targets {
		if c := &cells[t.hash>>6&uint32(len(cells)-1)]; c.takes[b]>>(t.hash&63)&1 != 0 {
			p.note(s, c, from, t)
		}
	}
}

// note adds a pair to the hits.
func (p *pairs) note(s *Scratch, c *cell, from uint32, t target) {
	before := c.present & (1<<(t.hash&63) - 1)
	at := int(c.off) + bits.OnesCount64(before)
	s.hits = append(s.hits, hit{p.slots[at], at, int(c.off + c.n), from, t.id})
}

// walkRow notes all pairs of one source if they are fewer than the
// destinations.
func (p *pairs) walkRow(s *Scratch, from uint32) bool {
	r := &p.rows[from]
	last := &p.cells[r.cell+1<<r.shift-1]
	slots := p.slots[p.cells[r.cell].off : last.off+last.n]
	if len(slots) >= len(s.targets) {
		return false
	}
	for _, sl := range slots {
		if s.marks[sl.to] == s.round {
			s.hits = append(s.hits, hit{slot: sl, from: from, to: sl.to})
		}
	}
	return true
}

// try takes the first rule of a pair that takes the service point, if it is
// earlier than what was found before.
func (p *pairs) try(s *Scratch, h *hit) {
	for bit := scatter(h.to) & 63; h.slot.to != h.to; { // others have the same bit, or one before it
		if h.at++; h.at >= h.end || scatter(h.slot.to)&63 > bit {
			return
		}
		h.slot = p.slots[h.at]
	}
	if h.first >= s.found.rule || h.kinds>>kind(s.point)&1 == 0 {
		return
	}
	rule := int32(none)
	if h.table&chained != 0 {
		rule = p.walkChain(h.table&^chained, s.point)
	} else if rule = p.rule(h.table, s.point); rule == only {
		rule = h.first
	}
	if rule >= 0 && rule < s.found.rule {
		s.found = found{rule, h.from, h.to}
	}
}

func (p *pairs) walkChain(first, point uint32) int32 {
	chain := p.chains[first:]
	for chain[0].rule != none && p.rule(chain[0].table, point) == nobody {
		chain = chain[1:]
	}
	return chain[0].rule
}
