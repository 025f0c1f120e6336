package segment

import "vxwall/rules"

// services holds tables that tell which of some grants is the first to take a
// service point. A table begins with a cut that holds the number of those that
// follow, and is nobody's.
type services struct {
	cuts   []cut
	grants []grant
	chains []link
}

// cut says that from a point on, up to the next cut, a grant takes the flow.
type cut struct {
	from  uint32
	grant int32
}

// grant is a rule, and the identifiers through which it matches.
type grant struct {
	rule     int32
	from, to uint32
	action   rules.Action
}

// nobody is the grant of flows that no rule takes.
const nobody = 0

// verdicts is the grants of one pair of identifiers or classes. The zero value
// has none.
type verdicts struct {
	kinds uint32 // of services that some grant takes: a bit for each, see kind
	table uint32 // with the bit chained, the first link
}

// link is one grant of a list whose table would be too large. The last link of
// a chain has the grant nobody.
type link struct {
	grant int32
	table uint32 // of the rule's services alone
}

const chained = 1 << 31

// kind returns which of 32 kinds of services a point is of. Neighbouring ports
// are of one kind: rules name ranges of them.
func kind(point uint32) uint32 { return (point >> 3) * spread >> 27 }

// grant returns the first grant that takes a point.
func (s *services) grant(v verdicts, point uint32) int32 {
	switch {
	case v.kinds>>kind(point)&1 == 0:
		return nobody
	case v.table&chained == 0:
		return s.look(v.table, point)
	}
	chain := s.chains[v.table&^chained:]
	for chain[0].grant != nobody && s.look(chain[0].table, point) == nobody {
		chain = chain[1:]
	}
	return chain[0].grant
}

// look looks a point up in a table.
func (s *services) look(table, point uint32) int32 {
	cuts := s.cuts[table:][:s.cuts[table].from+1]
	for len(cuts) > 8 {
		half := len(cuts) / 2
		if cuts[half].from > point {
			cuts = cuts[:half]
		} else {
			cuts = cuts[half:]
		}
	}
	grant := cuts[0].grant
	for _, c := range cuts[1:] {
		if c.from > point {
			break
		}
		grant = c.grant
	}
	return grant
}

// before says whether a grant comes before another.
func (s *services) before(grant, other int32) bool {
	return uint32(s.grants[grant].rule) < uint32(s.grants[other].rule) // NoRule comes last
}
