package segment

import (
	"slices"

	"vxwall/rules"
)

// maxCautious is how many rules Cautious looks at. What is left after them
// counts as if it matched.
const maxCautious = 256

// Cautious returns what is to be done where the group of an end is not known:
// Lookup takes the criteria on it as not met, which must not let a flow pass
// that a rule may deny. If a rule before the one that decided denies, and would
// match with some group, that rule decides. It is not remembered: the group may
// become known.
func (p *Policy) Cautious(q *Query, d Decision) Decision {
	if !p.usesGroup || !d.UsedUnknownGroup && !q.From.NoGroup {
		return d
	}
	d.UsedUnknownGroup = true
	if d.Action != rules.Allow {
		return d
	}
	any := *q
	any.From.AnyGroup, any.To.AnyGroup = q.From.NoGroup, q.To.NoGroup
	for n, i := range p.groupDenies {
		if d.Rule != NoRule && i > d.Rule {
			break
		}
		if n >= maxCautious || p.couldMatch(&p.set.ACL[i], &any) {
			return Decision{Rule: i, Action: rules.Deny, From: d.From, To: d.To, UsedUnknownGroup: true}
		}
	}
	return d
}

// couldMatch says whether a rule matches a query; ends with AnyGroup meet every
// criterion on groups.
func (p *Policy) couldMatch(rule *rules.ACL, q *Query) bool {
	return slices.ContainsFunc(rule.Service, func(m rules.Match) bool { return m.Lo <= q.Service && q.Service <= m.Hi }) &&
		p.couldBe(&rule.From, q.VNI, &q.From) && p.couldBe(&rule.To, q.VNI, &q.To)
}

func (p *Policy) couldBe(end *rules.Endpoint, vni uint32, e *Endpoint) bool {
	return end.Any || slices.ContainsFunc(end.Segments, func(i int) bool { return p.couldBelong(i, vni, e) })
}

func (p *Policy) couldBelong(i int, vni uint32, e *Endpoint) bool {
	seg := &p.set.Segments[i]
	return hasCriteria(seg) && unmet(seg, vni, e) == 0 ||
		slices.ContainsFunc(seg.Include, func(j int) bool { return p.couldBelong(j, vni, e) })
}

// findGroupDenies returns the active rules that do not allow and name, themselves
// or by include, a segment with criteria on groups.
func (p *Policy) findGroupDenies() (list []int32) {
	asks := make([]bool, len(p.set.Segments))
	seen := make([]bool, len(p.set.Segments))
	var visit func(i int) bool
	visit = func(i int) bool {
		if !seen[i] {
			seen[i] = true
			asks[i] = len(p.set.Segments[i].Group) > 0
			for _, j := range p.set.Segments[i].Include {
				asks[i] = visit(j) || asks[i]
			}
		}
		return asks[i]
	}
	for i := range p.set.ACL {
		rule := &p.set.ACL[i]
		if rule.Action != rules.Allow && active(rule, p.now) &&
			(slices.ContainsFunc(rule.From.Segments, visit) || slices.ContainsFunc(rule.To.Segments, visit)) {
			list = append(list, int32(i))
		}
	}
	return list
}
