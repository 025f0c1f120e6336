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
	rows   []row    // by source
	where  []uint32 // by source: its first cell<<shiftBits | shift
	cells  []cell
	slots  []slot
	chains []link
}

// row is the pairs of one source, for lookups with long lists.
type row struct {
	first int32  // the first rule of all pairs; none: there are no pairs
	slot  uint32 // the first of its slots
	n     uint32 // pairs
}

// shiftBits is the width of a shift: a source has 1<<shift cells. Where they are
// stands apart from the row, as it is all that most lookups want to know.
const shiftBits = 5

// cell knows the pairs of one source with the destinations of some hashes. It
// is one cache line. A seed was found for it that gives each of its
// destinations a bit of its own: the number of bits before is the place of the
// slot.
type cell struct {
	present uint64          // a bit for each destination
	takes   [buckets]uint64 // by service: the same, of pairs with a rule for it
	seed    uint32
	off     uint32 // of the slots, in the order of their bits
}

// bit returns the number of a destination's bit by its hash.
func (c *cell) bit(hash uint32) uint32 { return hash * c.seed >> 26 }

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

// scatter hashes a destination: its lowest bits say which cell of a row.
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
	long := marked || len(s.seats[sideFrom].ids) >= markFrom
	for _, id := range s.seats[sideFrom].ids {
		if long && (p.rows[id].first >= s.found.rule || marked && p.walkRow(s, id)) {
			continue
		}
		p.walkTargets(s, id)
	}
	p.tryHits(s)
	return s.found
}

// hit is a pair that may have a rule for the service.
type hit struct {
	target
	from uint32
	cell uint32
	bit  uint32
	slot slot // of the pair, or of another with the same bit
}

// Hits are tried when another round of targets might not find room.
const (
	hitRoom  = 256
	hitRound = 64
)

// walkTargets notes the destinations that one source may have a rule for. It
// writes down every one, and keeps those that the cell has: a processor could
// only guess, and often would wrongly, which these are.
func (p *pairs) walkTargets(s *Scratch, from uint32) {
	where := p.where[from]
	first, mask := where>>shiftBits, uint32(1)<<(where&(1<<shiftBits-1))-1
	b := bucket(kind(s.point))
	for rest := s.targets; len(rest) > 0; {
		if s.hitCount > hitRoom-hitRound {
			p.tryHits(s)
		}
		round := rest[:min(len(rest), hitRound)]
		rest = rest[len(round):]
		n := s.hitCount
		for _, t := range round {
			at := first + t.hash&mask
			c := &p.cells[at]
			bit := c.bit(t.hash)
			h := &s.hits[n%hitRoom]
			h.target, h.from, h.cell, h.bit = t, from, at, bit
			n += int(c.takes[b] >> (bit & 63) & 1)
		}
		s.hitCount = n
	}
}

// tryHits looks at the slots of the hits. They come from far: first all are
// fetched, with nothing that depends on what they hold, so that the processor
// waits for all of them at once.
func (p *pairs) tryHits(s *Scratch) {
	hits := s.hits[:s.hitCount]
	s.hitCount = 0
	for i := range hits {
		h := &hits[i]
		c := &p.cells[h.cell]
		before := bits.OnesCount64(c.present & (1<<(h.bit&63) - 1))
		h.slot = p.slots[c.off+uint32(before)]
	}
	k := kind(s.point)
	for i := range hits {
		h := &hits[i]
		if other := h.slot.to ^ h.id; other|^h.slot.kinds>>k&1 == 0 { // one guess, not two
			p.try(s, &h.slot, h.from)
		}
	}
}

// walkRow tries all pairs of one source if they are fewer than the
// destinations.
func (p *pairs) walkRow(s *Scratch, from uint32) bool {
	r := &p.rows[from]
	if int(r.n) >= len(s.targets) {
		return false
	}
	slots := p.slots[r.slot:][:r.n]
	for i := range slots {
		if s.marks[slots[i].to] == s.round {
			p.try(s, &slots[i], from)
		}
	}
	return true
}

// try takes the first rule of a pair that takes the service point, if it is
// earlier than what was found before.
func (p *pairs) try(s *Scratch, sl *slot, from uint32) {
	if sl.first >= s.found.rule {
		return
	}
	rule := int32(none)
	if sl.table&chained != 0 {
		rule = p.walkChain(sl.table&^chained, s.point)
	} else if rule = p.rule(sl.table, s.point); rule == only {
		rule = sl.first
	}
	if rule >= 0 && rule < s.found.rule {
		s.found = found{rule, from, sl.to}
	}
}

func (p *pairs) walkChain(first, point uint32) int32 {
	chain := p.chains[first:]
	for chain[0].rule != none && p.rule(chain[0].table, point) == nobody {
		chain = chain[1:]
	}
	return chain[0].rule
}
