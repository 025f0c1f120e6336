package segment

// Scratch is what a lookup needs besides the policy. Each worker has one; the
// zero value is ready, and it grows to what the policy needs.
type Scratch struct {
	seats [2]seat

	// Only for places without a matrix.
	targets targets
	slots   []*slot
}

// Lookup judges a query. It allocates nothing once the scratch has grown. The
// work depends on how many segments the two ends belong to, not on the number
// of rules or of segments.
func (p *Policy) Lookup(q *Query, s *Scratch) Decision {
	from, to := &s.seats[sideFrom], &s.seats[sideTo]
	from.init(&q.From, sideFrom)
	to.init(&q.To, sideTo)
	listed := p.tree.find(q.VNI, from, to)
	var g *grant
	if listed {
		g = p.walk(s, q.Service)
	} else {
		g = p.meet(from.classes, to.classes, q.Service)
	}
	idFrom, idTo := g.from, g.to
	if listed {
		idFrom, idTo = p.names.member(idFrom, from.ids), p.names.member(idTo, to.ids)
	}
	return Decision{
		Rule: g.rule, Action: g.action, UsedUnknownGroup: to.unknown,
		From: either(int32(idFrom)-1, from.best), To: either(int32(idTo)-1, to.best),
	}
}

// either returns a, or b if a is negative, without a branch.
func either(a, b int32) int32 { return a&^(a>>31) | b&(a>>31) }

// meet returns the first grant where some rows meet some columns: mostly one
// meets one.
func (p *Policy) meet(rows, columns []uint32, point uint32) *grant {
	first := int32(nobody)
	for _, row := range rows {
		for _, column := range columns {
			g := p.grant(p.matrix[row+column], point)
			if len(rows)+len(columns) == 2 || p.before(g, first) {
				first = g
			}
		}
	}
	return &p.grants[first]
}

// walk returns the first grant of all pairs of what both ends belong to.
func (p *Policy) walk(s *Scratch, point uint32) *grant {
	from, to := &s.seats[sideFrom], &s.seats[sideTo]
	p.lists.expand(from)
	p.lists.expand(to)
	s.targets.set(to.ids, len(p.pairs.rows))
	first := int32(nobody)
	for _, id := range from.ids {
		r := &p.pairs.rows[id]
		if uint32(r.first) >= uint32(p.grants[first].rule) { // NoRule comes last
			continue
		}
		s.slots = s.targets.appendTo(s.slots[:0], r)
		for _, sl := range s.slots {
			if g := p.grant(sl.verdicts, point); p.before(g, first) {
				first = g
			}
		}
	}
	return &p.grants[first]
}
