package segment

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"vxwall/rules"
)

// The most changes that are named, tried, and kept for a try of each kind.
const (
	maxChanges = 5
	maxTried   = 48
	maxOfKind  = 12
)

// costs orders the kinds of changes: nearest is what brings a rule to life that
// is there for this, then a small edit of a rule or a segment, then what works
// always. To make the workload somebody else, or to disable a rule, concerns
// other flows too.
var costs = map[ChangeKind]int{
	EnableRule: 0, ExtendRule: 0, AddService: 1, AddPrefix: 2, AddMAC: 2, AddVNI: 3,
	AddRule: 4, SetGroup: 5, DisableRule: 6,
}

// changes returns the edits that flip a decision, nearest first. Each was tried
// on the plain values. One of them is always a new rule.
func (d *direct) changes(dec Decision) []Change {
	want := dec.Action != rules.Allow
	all := d.proposals(dec, want)
	slices.SortStableFunc(all, func(a, b Change) int { return cmp.Compare(costs[a.Kind], costs[b.Kind]) })
	var out []Change
	for i := range all {
		c := &all[i]
		mandatory := c.Kind == AddRule
		if !mandatory && (i >= maxTried || len(out) >= maxChanges-1) || len(out) == maxChanges {
			continue
		}
		set, q := c.Apply(d.set, *d.q)
		if newDirect(set, d.now, &q).allows() == want {
			c.Text = c.text(d.q)
			out = append(out, *c)
		}
	}
	return out
}

// proposals returns edits that may flip a decision: those that let an earlier
// rule match which wants the other verdict and fails for one reason only.
func (d *direct) proposals(dec Decision, want bool) []Change {
	limit := len(d.set.ACL)
	if dec.Rule != NoRule {
		limit = int(dec.Rule)
	}
	var out []Change
	kinds := map[ChangeKind]int{}
	keep := func(c Change) {
		if kinds[c.Kind]++; kinds[c.Kind] <= maxOfKind {
			out = append(out, c)
		}
	}
	for i := range limit {
		rule := &d.set.ACL[i]
		if m := d.misfits(rule); (rule.Action == rules.Allow) == want && bits.OnesCount8(uint8(m)) == 1 {
			d.mend(i, m, keep)
		}
	}
	add := Change{Kind: AddRule, From: d.segment(dec.From), To: d.segment(dec.To), Value: rules.ServiceText(d.q.Service)}
	add.action = rules.Deny
	if want {
		add.action = rules.Allow
	}
	add.Action = add.action.String()
	if dec.Rule != NoRule {
		add.Rule = d.rule(int(dec.Rule))
		keep(Change{Kind: DisableRule, Rule: add.Rule})
	}
	return append(out, add)
}

// mend proposes what would take away the only reason for which a rule does not
// match.
func (d *direct) mend(i int, m misfit, keep func(Change)) {
	rule := &d.set.ACL[i]
	switch m {
	case isDisabled:
		keep(Change{Kind: EnableRule, Rule: d.rule(i)})
	case isExpired:
		keep(Change{Kind: ExtendRule, Rule: d.rule(i)})
	case otherService:
		if rule.From.Any || rule.To.Any || !speaks(rule, d.q.Service) {
			return // no rule for everybody, or for something else, is widened for one flow
		}
		keep(Change{Kind: AddService, Rule: d.rule(i), Value: rules.ServiceText(d.q.Service)})
	case otherFrom:
		d.admit(i, &rule.From, sideFrom, keep)
	case otherTo:
		d.admit(i, &rule.To, sideTo, keep)
	}
}

// speaks says whether some service of a rule is of a service point's protocol.
func speaks(rule *rules.ACL, point uint32) bool {
	return slices.ContainsFunc(rule.Service, func(m rules.Match) bool { return m.Lo>>16 == point>>16 })
}

// admit proposes what would make an end belong to one of a rule's segments.
func (d *direct) admit(rule int, end *rules.Endpoint, side int, keep func(Change)) {
	e := d.endpoint(side)
	for _, i := range end.Segments {
		seg := &d.set.Segments[i]
		c := Change{Rule: d.rule(rule), Segment: d.segment(int32(i)), End: endNames[side]}
		switch unmet(seg, d.q.VNI, e) {
		case byPrefix:
			c.Kind, c.Value = AddPrefix, hostPrefix(e).String()
		case byVNI:
			c.Kind, c.Value = AddVNI, fmt.Sprint(d.q.VNI)
		case byMAC:
			c.Kind, c.Value = AddMAC, macText(e.MAC)
		case byGroup:
			c.Kind, c.group, c.Segment = SetGroup, uint16(seg.Group[0].Lo), nil
			c.Value = fmt.Sprint(c.group)
		default:
			continue
		}
		keep(c)
	}
}
