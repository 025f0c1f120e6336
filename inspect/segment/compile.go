package segment

import (
	"time"

	"vxwall/rules"
)

// Compile makes a policy of a rule set, which it keeps and which must not
// change any more. Rules that are disabled, or expired at now, never match.
//
//  1. The lists of each rule become identifiers, its services a set (names.go,
//     services.go).
//  2. Every pair of identifiers gets the rules that name it (pairing.go).
//  3. Every segment is put where its criteria lead, with all that includes it
//     (grow.go).
func Compile(set *rules.Set, now time.Time) *Policy {
	return compile(set, now, limits{cuts: maxCuts, merged: maxMerged})
}

// limits bound what a compilation multiplies; beyond them lookups do more work.
type limits struct {
	cuts   int // see maxCuts
	merged int // see maxMerged
}

func compile(set *rules.Set, now time.Time, max limits) *Policy {
	p := &Policy{set: set, now: now}
	n := newNames(len(set.Segments))
	pairing := pairing{builder: newServiceBuilder(max.cuts), sets: make([]int32, len(set.ACL))}
	for i := range set.ACL {
		rule := &set.ACL[i]
		if !active(rule, now) {
			continue
		}
		if !rule.Expires.IsZero() && (p.next.IsZero() || rule.Expires.Before(p.next)) {
			p.next = rule.Expires
		}
		from, to := n.of(rule)
		pairing.sets[i] = pairing.builder.set(rule.Service)
		pairing.add(int32(i), from, to)
	}
	p.groupDenies = p.findGroupDenies()
	p.actions = make([]rules.Action, len(set.ACL))
	for i := range set.ACL {
		p.actions[i] = set.ACL[i].Action
	}
	p.groups = n.groups
	pairing.build(len(set.Segments) + 1 + len(n.groups))
	p.pairs = pairing.pairs
	p.tree = grow(set, newLists(set, n, p.pairs.rows), max.merged)
	p.usesGroup, p.usesMAC = uses(set, n)
	return p
}

// uses reports whether segments that rules know have criteria on groups and on
// MACs, themselves or by include.
func uses(set *rules.Set, n *names) (group, mac bool) {
	seen := make([]bool, len(set.Segments))
	var walk []int
	for i := range set.Segments {
		if n.known[sideFrom][i+1] || n.known[sideTo][i+1] {
			walk = append(walk, i)
		}
	}
	for len(walk) > 0 {
		i := walk[len(walk)-1]
		walk = walk[:len(walk)-1]
		if seen[i] {
			continue
		}
		seen[i] = true
		seg := &set.Segments[i]
		group = group || len(seg.Group) > 0
		mac = mac || len(seg.MAC) > 0
		walk = append(walk, seg.Include...)
	}
	return group, mac
}
