package segment

import "vxwall/rules"

// Cautious returns what is to be done where a group is not known: Lookup takes
// the criteria on it as not met, which must not let a flow pass that a rule
// may deny. If some rule before the one that decided denies, and asks for a
// group, that rule decides. It is not remembered: the group may become known.
func (p *Policy) Cautious(q *Query, d Decision) Decision {
	if !p.usesGroup || !d.UsedUnknownGroup && !q.From.NoGroup {
		return d
	}
	d.UsedUnknownGroup = true
	if p.groupDeny == NoRule || d.Action != rules.Allow || d.Rule != NoRule && d.Rule < p.groupDeny {
		return d
	}
	return Decision{Rule: p.groupDeny, Action: rules.Deny, From: d.From, To: d.To, UsedUnknownGroup: true}
}

// firstGroupDeny returns the first active rule that does not allow and names,
// itself or by include, a segment with criteria on groups; NoRule if none.
func (p *Policy) firstGroupDeny() int32 {
	asks := make([]bool, len(p.set.Segments))
	seen := make([]bool, len(p.set.Segments))
	var visit func(i int) bool
	visit = func(i int) bool {
		if seen[i] {
			return asks[i]
		}
		seen[i] = true
		asks[i] = len(p.set.Segments[i].Group) > 0
		for _, j := range p.set.Segments[i].Include {
			asks[i] = visit(j) || asks[i]
		}
		return asks[i]
	}
	for i := range p.set.ACL {
		rule := &p.set.ACL[i]
		if rule.Action == rules.Allow || !active(rule, p.now) {
			continue
		}
		for _, end := range [][]int{rule.From.Segments, rule.To.Segments} {
			for _, s := range end {
				if visit(s) {
					return int32(i)
				}
			}
		}
	}
	return NoRule
}
