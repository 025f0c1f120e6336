package segment

import (
	"slices"

	"vxwall/rules"
)

// maxCautious is how many rules and segments Cautious looks at for one packet.
// What is left after them counts as if it matched.
const maxCautious = 1024

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
	c := caution{p: p, q: *q, left: maxCautious}
	c.q.From.AnyGroup, c.q.To.AnyGroup = q.From.NoGroup, q.To.NoGroup
	for _, i := range p.groupDenies {
		if d.Rule != NoRule && i > d.Rule {
			break
		}
		if c.matches(&p.set.ACL[i]) {
			return Decision{Rule: i, Action: rules.Deny, From: d.From, To: d.To, UsedUnknownGroup: true}
		}
	}
	return d
}

// caution asks rules whether they could match a query whose unknown groups meet
// every criterion, as long as something is left of its budget.
type caution struct {
	p    *Policy
	q    Query
	left int
}

// spent counts one look, and says whether there were too many.
func (c *caution) spent() bool {
	c.left--
	return c.left < 0
}

func (c *caution) matches(rule *rules.ACL) bool {
	if c.spent() {
		return true
	}
	for _, m := range rule.Service {
		if m.Lo <= c.q.Service && c.q.Service <= m.Hi {
			return c.holds(&rule.From, &c.q.From) && c.holds(&rule.To, &c.q.To)
		}
	}
	return false
}

func (c *caution) holds(end *rules.Endpoint, e *Endpoint) bool {
	return end.Any || c.anyOf(end.Segments, e)
}

func (c *caution) anyOf(segments []int, e *Endpoint) bool {
	for _, i := range segments {
		seg := &c.p.set.Segments[i]
		if c.spent() || hasCriteria(seg) && unmet(seg, c.q.VNI, e) == 0 || c.anyOf(seg.Include, e) {
			return true
		}
	}
	return false
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
