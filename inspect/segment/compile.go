package segment

import (
	"slices"
	"time"

	"vxwall/rules"
)

// Compile makes a policy of a rule set, which it keeps and which must not
// change any more. Rules that are disabled, or expired at now, never match.
//
//  1. The lists of each rule become identifiers, its services a set (names.go,
//     services.go).
//  2. Every pair of identifiers gets the rules that name it (pairs.go).
//  3. Every segment is put where its criteria lead, with all that includes it
//     (grow.go).
//  4. What workloads of a place can belong to becomes classes, and every pair of
//     classes gets its rules, by service (matrix.go, merge.go).
func Compile(set *rules.Set, now time.Time) *Policy {
	return compile(set, now, limits{cuts: maxCuts, merged: maxMerged, identifiers: maxIdentifiers, cells: maxCells, work: maxWork})
}

// limits bound what a compilation multiplies; beyond them lookups do more work.
type limits struct {
	cuts        int // see maxCuts
	merged      int // see maxMerged
	identifiers int // see maxIdentifiers
	cells       int // see maxCells
	work        int // see maxWork
}

func compile(set *rules.Set, now time.Time, max limits) *Policy {
	p := &Policy{set: set, now: now}
	n := newNames(len(set.Segments))
	b := newServiceBuilder(len(set.ACL), max.cuts)
	b.grants[nobody].action = set.Policy.Default
	for i := range set.ACL {
		rule := &set.ACL[i]
		if !active(rule, now) {
			continue
		}
		if !rule.Expires.IsZero() && (p.next.IsZero() || rule.Expires.Before(p.next)) {
			p.next = rule.Expires
		}
		b.ofRule[i] = b.set(rule.Service)
		from, to := n.of(rule)
		for _, f := range from {
			for _, t := range to {
				b.grants = append(b.grants, grant{int32(i), f, t, rule.Action})
			}
		}
	}
	p.groupDenies = p.findGroupDenies()
	pairs := newPairs(b.grants, len(set.Segments)+1+len(n.groups))
	g := grow(set, newLists(set, n, pairs.rows), newMatrixBuilder(pairs, b, n, max), max)
	p.tree, p.matrix, p.lists = g.tree, slices.Clone(g.matrix.matrix), g.chains.words
	if slices.ContainsFunc(p.tree.places, func(p place) bool { return p.listed || p.split }) {
		pairs.settle(b)
		p.pairs = pairs
	}
	p.services = services{slices.Clone(b.cuts), slices.Clone(b.grants), b.chains}
	p.names = names{firstGroup: n.firstGroup, groups: n.groups}
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
