package rules

import (
	"fmt"
	"slices"
	"strings"
)

// A rule can never match if, from each of its segments to each other, earlier
// rules have decided all its services. The search is exact in services and
// goes by whole segments: segment A counts as decided by what names A, a
// segment that contains A, or any.

// anySegment stands for any in a pair.
const anySegment = -1

// pair is a segment to a segment.
type pair struct{ from, to int32 }

// maxWork bounds the search. An honest policy of 100,000 rules spends a
// hundredth of it; one made to be slow ends with a warning.
const maxWork = 20_000_000

// coverage is what the rules walked so far decide.
type coverage struct {
	*containment
	decided map[pair]coverSet
	found   []coverSet // scratch of covers
	work    int
}

// findCovered warns of rules that never match.
func (d *decoder) findCovered(set *Set) {
	c := &coverage{decided: make(map[pair]coverSet, len(d.rules)), work: maxWork}
	c.containment = newContainment(set.Segments, &c.work)
	for i := range d.rules {
		r := &d.rules[i]
		if r.broken || r.expired || !r.Enabled {
			continue
		}
		if c.work < 0 {
			d.warnf(r.at, "rules from %q on are not searched for ones that never match: the policy is too large", r.Name)
			return
		}
		from, to, need := sides(r.From), sides(r.To), sortMatches(r.Service)
		if by := c.covers(from, to, need); by != nil {
			d.warnf(r.at, "rule %q can never match: all that it could match is decided before by %s", r.Name, d.coverers(by))
			continue
		}
		if len(r.App) == 0 { // else it decides a part of them only
			c.add(from, to, covering{need, int32(i)})
		}
	}
}

// sides returns the segments of an endpoint.
func sides(e Endpoint) []int32 {
	if e.Any {
		return []int32{anySegment}
	}
	list := make([]int32, len(e.Segments))
	for i, s := range e.Segments {
		list[i] = int32(s)
	}
	return list
}

// covers returns the rules that together decide need between all segments, or
// nil if some of it is left.
func (c *coverage) covers(from, to []int32, need []Match) []int32 {
	var owners []int32
	for _, f := range from {
		for _, t := range to {
			var ok bool
			if owners, ok = c.coversPair(pair{f, t}, need, owners); !ok {
				return nil
			}
		}
	}
	slices.Sort(owners)
	return slices.Compact(owners)
}

// coversPair adds the rules that decide need between two segments to owners.
// It prefers those of one pair, so that no rule is named that others make
// superfluous.
func (c *coverage) coversPair(p pair, need []Match, owners []int32) ([]int32, bool) {
	c.found = c.found[:0]
	for _, f := range c.outward(p.from) {
		for _, t := range c.outward(p.to) {
			if c.work--; c.work < 0 {
				return nil, false
			}
			set, ok := c.decided[pair{f, t}]
			if !ok {
				continue
			}
			c.found = append(c.found, set)
			open, all := set.subtract(need, owners)
			c.work -= len(open) + len(all) - len(owners)
			if len(open) == 0 {
				return all, true
			}
		}
	}
	for _, set := range c.found {
		if need, owners = set.subtract(need, owners); len(need) == 0 {
			return owners, true
		}
	}
	return owners, false
}

// outward returns a segment and all that contains it, any last.
func (c *coverage) outward(segment int32) []int32 {
	if segment == anySegment {
		return onlyAny
	}
	return c.containers(segment)
}

var onlyAny = []int32{anySegment}

// covering is what a rule decides.
type covering struct {
	need []Match
	rule int32
}

func (c *coverage) add(from, to []int32, by covering) {
	for _, f := range from {
		for _, t := range to {
			set := c.decided[pair{f, t}]
			c.work -= 1 + len(set)/256
			c.decided[pair{f, t}] = set.add(by.need, by.rule)
			if c.work < 0 {
				return
			}
		}
	}
}

// coverers names rules and where they stand.
func (d *decoder) coverers(by []int32) string {
	var list []string
	for n, i := range by {
		if n == maxListed {
			list = append(list, fmt.Sprintf("%d more", len(by)-n))
			break
		}
		r := &d.rules[i]
		list = append(list, fmt.Sprintf("%q (%s)", r.Name, r.at.label()))
	}
	return strings.Join(list, " and ")
}
