package rules

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"sort"
)

// criteria are those of one segment, its includes left aside, in the form in
// which one can be compared with another: sorted, without overlaps.
type criteria struct {
	vni, group []Range
	prefix     []netip.Prefix
	mac        [][6]byte
}

func newCriteria(s *Segment) criteria {
	return criteria{
		vni:    sortRanges(s.VNI),
		group:  sortRanges(s.Group),
		prefix: sortPrefixes(s.Prefix),
		mac:    sortMACs(s.MAC),
	}
}

// none says that the segment consists of its includes alone.
func (c *criteria) none() bool {
	return len(c.vni)+len(c.group)+len(c.prefix)+len(c.mac) == 0
}

// within says that whatever meets c meets o, going by each criterion alone.
func (c *criteria) within(o *criteria) bool {
	return rangesWithin(c.vni, o.vni) && rangesWithin(c.group, o.group) &&
		macsWithin(c.mac, o.mac) && prefixesWithin(c.prefix, o.prefix)
}

// rangesWithin and its like take an absent outer criterion as "anything", and
// so an absent inner one as within that alone.
func rangesWithin(inner, outer []Range) bool {
	if len(outer) == 0 {
		return true
	}
	for _, r := range inner {
		i := sort.Search(len(outer), func(i int) bool { return outer[i].Hi >= r.Hi })
		if i == len(outer) || outer[i].Lo > r.Lo {
			return false
		}
	}
	return len(inner) > 0
}

func macsWithin(inner, outer [][6]byte) bool {
	if len(outer) == 0 {
		return true
	}
	for _, m := range inner {
		if _, ok := slices.BinarySearchFunc(outer, m, compareMACs); !ok {
			return false
		}
	}
	return len(inner) > 0
}

func prefixesWithin(inner, outer []netip.Prefix) bool {
	if len(outer) == 0 {
		return true
	}
	for _, p := range inner {
		i := sort.Search(len(outer), func(i int) bool { return comparePrefixes(outer[i], p) > 0 })
		if i == 0 || !covers(outer[i-1], p) {
			return false
		}
	}
	return len(inner) > 0
}

func covers(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// sortRanges joins what overlaps or touches.
func sortRanges(ranges []Range) []Range {
	if len(ranges) < 2 {
		return ranges
	}
	matches := make([]Match, len(ranges))
	for i, r := range ranges {
		matches[i] = Match(r)
	}
	matches = sortMatches(matches)
	sorted := make([]Range, len(matches))
	for i, m := range matches {
		sorted[i] = Range(m)
	}
	return sorted
}

// sortPrefixes drops what lies within another prefix.
func sortPrefixes(prefixes []netip.Prefix) []netip.Prefix {
	if len(prefixes) < 2 {
		return prefixes
	}
	sorted := slices.Clone(prefixes)
	slices.SortFunc(sorted, comparePrefixes)
	kept := sorted[:1]
	for _, p := range sorted[1:] {
		if !covers(kept[len(kept)-1], p) {
			kept = append(kept, p)
		}
	}
	return kept
}

// comparePrefixes puts a prefix before all those within it.
func comparePrefixes(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}

func sortMACs(macs [][6]byte) [][6]byte {
	if len(macs) < 2 {
		return macs
	}
	sorted := slices.Clone(macs)
	slices.SortFunc(sorted, compareMACs)
	return sorted
}

func compareMACs(a, b [6]byte) int { return bytes.Compare(a[:], b[:]) }
