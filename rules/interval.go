package rules

import (
	"cmp"
	"slices"
)

// covered is an interval of service points and the rule that decided it first.
type covered struct {
	Match
	rule int32
}

// coverSet is what earlier rules decided between two segments: intervals in
// ascending order, none overlapping another.
type coverSet []covered

// subtract returns the parts of need, itself in ascending order, that the set
// leaves open, and adds the rules that decided the others to owners.
func (s coverSet) subtract(need []Match, owners []int32) (open []Match, _ []int32) {
	for _, m := range need {
		i, _ := slices.BinarySearchFunc(s, m.Lo, func(c covered, lo uint32) int { return cmp.Compare(c.Hi, lo) })
		for ; i < len(s) && s[i].Lo <= m.Hi; i++ {
			if s[i].Lo > m.Lo {
				open = append(open, Match{m.Lo, s[i].Lo - 1})
			}
			if n := len(owners); n == 0 || owners[n-1] != s[i].rule {
				owners = append(owners, s[i].rule)
			}
			m.Lo = s[i].Hi + 1
		}
		if m.Lo <= m.Hi {
			open = append(open, m)
		}
	}
	return open, owners
}

// add enters what a rule decides and no earlier one did.
func (s coverSet) add(need []Match, rule int32) coverSet {
	open, _ := s.subtract(need, nil)
	if len(open) == 1 {
		i, _ := slices.BinarySearchFunc(s, open[0].Lo, func(c covered, lo uint32) int { return cmp.Compare(c.Lo, lo) })
		return slices.Insert(s, i, covered{open[0], rule})
	}
	for _, m := range open {
		s = append(s, covered{m, rule})
	}
	if len(open) > 0 {
		slices.SortFunc(s, func(a, b covered) int { return cmp.Compare(a.Lo, b.Lo) })
	}
	return s
}

// sortMatches returns matches in ascending order, joined where they overlap
// or touch. It leaves its argument as it is.
func sortMatches(matches []Match) []Match {
	if len(matches) < 2 {
		return matches
	}
	sorted := slices.Clone(matches)
	slices.SortFunc(sorted, func(a, b Match) int { return cmp.Compare(a.Lo, b.Lo) })
	joined := sorted[:1]
	for _, m := range sorted[1:] {
		last := &joined[len(joined)-1]
		if m.Lo <= last.Hi+1 {
			last.Hi = max(last.Hi, m.Hi)
			continue
		}
		joined = append(joined, m)
	}
	return joined
}
