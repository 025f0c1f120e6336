package segment

import "slices"

// Scratch is what a lookup needs besides the policy. Each worker has one; the
// zero value is ready, and it grows to what the policy needs.
type Scratch struct {
	seats [2]seat
	point uint32
	found found

	// targets are the destinations of the lookup under way, hits the pairs that
	// may decide.
	targets  []target
	hits     [hitRoom]hit
	hitCount int

	// marks tells which identifiers a long list of destinations holds: those
	// whose mark is the round.
	marks []uint32
	round uint32
}

// markFrom is the number of destinations from which on a lookup marks them, to
// walk the pairs of a source rather than all destinations.
const markFrom = 64

// aim takes the destinations that the second seat belongs to as targets.
func (s *Scratch) aim(point uint32) {
	s.point, s.found = point, found{rule: none}
	s.targets, s.hitCount = s.targets[:0], 0
	for _, id := range s.seats[sideTo].ids {
		s.targets = append(s.targets, target{id, scatter(id)})
	}
}

// markAll marks a long list of destinations.
func (s *Scratch) markAll(ids []uint32, identifiers int) {
	if len(s.marks) < identifiers {
		s.marks = make([]uint32, identifiers)
	}
	s.round++
	if s.round == 0 {
		clear(s.marks)
		s.round = 1
	}
	for _, id := range ids {
		s.marks[id] = s.round
	}
}

// Lookup judges a query. It allocates nothing once the scratch has grown. The
// work depends on how many segments the two ends belong to, not on the number
// of rules or of segments.
func (p *Policy) Lookup(q *Query, s *Scratch) Decision {
	from, to := &s.seats[sideFrom], &s.seats[sideTo]
	from.init(&q.From, sideFrom)
	to.init(&q.To, sideTo)
	p.tree.find(q.VNI, from, to)
	d := Decision{Rule: NoRule, Action: p.set.Policy.Default, From: from.segment(), To: to.segment(), UsedUnknownGroup: to.unknown}
	f := p.pairs.first(s, q.Service)
	if f.rule == none {
		return d
	}
	d.Rule, d.Action = f.rule, p.actions[f.rule]
	if f.from != anyone {
		d.From = p.named(f.from, from.ids)
	}
	if f.to != anyone {
		d.To = p.named(f.to, to.ids)
	}
	return d
}

// named returns the index of a segment that an identifier stands for. Of a
// group of names it is the first that is among the ids.
func (p *Policy) named(id uint32, ids []uint32) int32 {
	group := int(id) - len(p.set.Segments) - 1
	if group < 0 {
		return int32(id) - 1
	}
	first := uint32(none)
	for _, member := range ids {
		if member < first {
			if _, ok := slices.BinarySearch(p.groups[group], member); ok {
				first = member
			}
		}
	}
	return int32(first) - 1
}
