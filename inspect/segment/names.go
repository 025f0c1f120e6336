package segment

import (
	"cmp"
	"slices"

	"vxwall/rules"
)

// Identifiers of what a rule names: anyone, a segment (its index plus one), or
// a group of names, from firstGroup on.
const anyone = 0

// maxPairs is how many pairs of identifiers one rule may become. A rule from
// 5,000 names to 5,000 would be 25 million; the longer list is made one group
// of names until the rule keeps to the limit.
const maxPairs = 16

// names turns the two lists of each rule into identifiers.
type names struct {
	firstGroup uint32
	groups     [][]uint32 // members, sorted
	byKey      map[string]uint32

	// known says per side which identifiers rules use. The members of a group
	// are known too: a decision names the member, not the group.
	known [2][]bool
}

func newNames(segments int) *names {
	n := &names{firstGroup: uint32(segments) + 1, byKey: map[string]uint32{}}
	for side := range n.known {
		n.known[side] = make([]bool, segments+1)
	}
	return n
}

// of returns the identifiers of both ends of a rule.
func (n *names) of(rule *rules.ACL) (from, to []uint32) {
	from, to = identifiers(&rule.From), identifiers(&rule.To)
	for len(from)*len(to) > maxPairs {
		if len(from) >= len(to) {
			from = []uint32{n.group(from, sideFrom)}
			continue
		}
		to = []uint32{n.group(to, sideTo)}
	}
	n.learn(from, sideFrom)
	n.learn(to, sideTo)
	return from, to
}

func identifiers(end *rules.Endpoint) []uint32 {
	if end.Any {
		return []uint32{anyone}
	}
	ids := make([]uint32, len(end.Segments))
	for i, segment := range end.Segments {
		ids[i] = uint32(segment) + 1
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// group returns the identifier of a sorted list of names.
func (n *names) group(members []uint32, side int) uint32 {
	key := numbersKey(members)
	id, ok := n.byKey[key]
	if !ok {
		id = n.firstGroup + uint32(len(n.groups))
		n.byKey[key] = id
		n.groups = append(n.groups, members)
		for s := range n.known {
			n.known[s] = append(n.known[s], false)
		}
	}
	n.learn(members, side)
	return id
}

func (n *names) learn(ids []uint32, side int) {
	for _, id := range ids {
		n.known[side][id] = true
	}
}

// member returns the first of the members of a group of names that is among
// ids, and any other identifier as it is.
func (n *names) member(id uint32, ids []uint32) uint32 {
	if id < n.firstGroup {
		return id
	}
	first := noClass
	for _, member := range ids {
		if member < first {
			if _, ok := slices.BinarySearch(n.groups[id-n.firstGroup], member); ok {
				first = member
			}
		}
	}
	return first
}

// maxHeld bounds the words of the lists that are held for other nodes of the
// same segments.
const maxHeld = 1 << 20

// lists makes the lists of the tree's nodes: what an address in a node belongs
// to by the node's own segments, all that include these, and the groups of
// names that these are in. It keeps only what rules know.
type lists struct {
	names     *names
	includers [][]int32              // per segment: the segments that include it
	groupsOf  [][]uint32             // per segment: the groups of names that it is in
	rows      []row                  // by identifier
	byOrigin  map[string][2][]uint32 // by the node's segments
	held      int                    // what maxHeld bounds
	steps     int                    // taken so far to make lists

	mark  []uint32 // per identifier: the last list it came into
	round uint32
}

func newLists(set *rules.Set, n *names, rows []row) *lists {
	l := &lists{
		names:     n,
		rows:      rows,
		includers: make([][]int32, len(set.Segments)),
		groupsOf:  make([][]uint32, len(set.Segments)),
		byOrigin:  map[string][2][]uint32{},
		mark:      make([]uint32, len(set.Segments)+1+len(n.groups)),
	}
	for i := range set.Segments {
		for _, in := range set.Segments[i].Include {
			l.includers[in] = append(l.includers[in], int32(i))
		}
	}
	for g, members := range n.groups {
		for _, id := range members {
			l.groupsOf[id-1] = append(l.groupsOf[id-1], n.firstGroup+uint32(g))
		}
	}
	return l
}

// of returns the lists of both sides for a node of some segments.
func (l *lists) of(owns []own) [2][]uint32 {
	segments := make([]int32, len(owns))
	for i, o := range owns {
		segments[i] = o.segment
	}
	slices.Sort(segments)
	key := numbersKey(segments)
	if found, ok := l.byOrigin[key]; ok {
		return found
	}
	all := l.closure(segments)
	l.steps += len(segments) + len(all)
	var out [2][]uint32
	for side := range out {
		var ids []uint32
		for _, id := range all {
			if l.names.known[side][id] {
				ids = append(ids, id)
			}
		}
		l.sort(ids, side)
		out[side] = ids
	}
	l.hold(key, out)
	return out
}

// hold keeps lists for other nodes of the same segments.
func (l *lists) hold(key string, ids [2][]uint32) {
	if l.held > maxHeld {
		l.held = 0
		clear(l.byOrigin)
	}
	l.held += 16 + len(key)/4 + len(ids[sideFrom]) + len(ids[sideTo]) // 16: the entry itself
	l.byOrigin[key] = ids
}

// sort puts the sources with early rules first: once a rule is found, a lookup
// passes over those whose first rule is later.
func (l *lists) sort(ids []uint32, side int) {
	if side == sideFrom {
		slices.SortStableFunc(ids, func(a, b uint32) int { return cmp.Compare(uint32(l.rows[a].first), uint32(l.rows[b].first)) })
	}
}

// closure returns segments, what includes them and so on, and their groups of
// names, each once.
func (l *lists) closure(segments []int32) []uint32 {
	l.round++
	var out []uint32
	add := func(id uint32) bool {
		if l.mark[id] == l.round {
			return false
		}
		l.mark[id] = l.round
		out = append(out, id)
		return true
	}
	walk := slices.Clone(segments)
	for len(walk) > 0 {
		segment := walk[0]
		walk = walk[1:]
		if !add(uint32(segment) + 1) {
			continue
		}
		for _, g := range l.groupsOf[segment] {
			add(g)
		}
		walk = append(walk, l.includers[segment]...)
	}
	return out
}
