package appliance

import (
	"cmp"
	"maps"
	"slices"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/rules"
)

// RuleCount is what one rule decided during a replay.
type RuleCount struct {
	Rule    string // its name, "default", or "control.arp" and the like
	Action  rules.Action
	Flows   uint64
	Packets uint64 // of these flows, both directions
}

// tally is an observer that counts the flows of each rule when they end, and
// passes everything on.
type tally struct {
	pipeline.Observer
	set    *rules.Set
	counts map[decider]*RuleCount
}

// decider is what decided a flow.
type decider struct {
	rule   int32
	kind   uint8
	action uint8
}

func newTally(next pipeline.Observer, set *rules.Set) *tally {
	return &tally{next, set, map[decider]*RuleCount{}}
}

// FlowEnd implements pipeline.Observer.
func (t *tally) FlowEnd(r *flow.Record, end flow.End) {
	t.Observer.FlowEnd(r, end)
	j := &r.Judgement
	if j.Revision == 0 {
		return
	}
	key := decider{j.Rule, j.Kind, j.Action}
	c := t.counts[key]
	if c == nil {
		c = &RuleCount{Rule: ruleName(t.set, j), Action: rules.Action(j.Action)}
		t.counts[key] = c
	}
	c.Flows++
	c.Packets += r.Packets[flow.ToResponder] + r.Packets[flow.ToInitiator]
}

// list returns the counts, those with most packets first.
func (t *tally) list() []RuleCount {
	var list []RuleCount
	for c := range maps.Values(t.counts) {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b RuleCount) int {
		return cmp.Or(cmp.Compare(b.Packets, a.Packets), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Action, b.Action))
	})
	return list
}
