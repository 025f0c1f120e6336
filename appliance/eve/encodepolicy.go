package eve

import (
	"vxwall/inspect/segment"
	"vxwall/pipeline/flow"
	"vxwall/rules"
)

// appendPolicy appends what the policy decided and why. Of a revision that is
// too old to be known, numbers stand for names.
func (w *Writer) appendPolicy(o *object, e *Event) {
	revision := w.cfg.Policies.Latest()
	judged := e.HasFlow && e.Record.Judgement.Revision != 0
	if judged {
		revision = e.Record.Judgement.Revision
	}
	set, name := w.cfg.Policies.Policy(revision)
	if judged {
		j := &e.Record.Judgement
		o.sub("segment")
		appendSegment(o, "src", set, j.From)
		appendSegment(o, "dst", set, j.To)
		o.close()
		o.sub("acl")
		appendRule(o, set, j)
		o.text("action", rules.Action(j.Action).String())
		o.close()
	}
	if e.Kind == Dropped || e.Kind == Anomaly || e.Kind == Found {
		o.text("stage", stageName(int(e.Stage)))
		o.text("reason", e.Reason.String())
	}
	switch {
	case name != "":
		o.text("policy_revision", name)
	case revision != 0:
		o.number("policy_revision", "", int(revision))
	}
}

// appendSegment appends the name of a segment, "" if the workload is in none.
func appendSegment(o *object, name string, set *rules.Set, index int32) {
	switch {
	case index < 0:
		o.text(name, "")
	case set == nil || int(index) >= len(set.Segments):
		o.number(name, "#", int(index))
	default:
		o.text(name, set.Segments[index].Name)
	}
}

// appendRule appends the name of the rule that judged: an ACL rule, "default",
// or "control.arp" and the like.
func appendRule(o *object, set *rules.Set, j *flow.Judgement) {
	kind := segment.Kind(j.Kind)
	switch {
	case kind != segment.ByACL:
		o.text2("rule", "control.", kind.String())
	case j.Rule < 0:
		o.text("rule", "default")
	case set == nil || int(j.Rule) >= len(set.ACL):
		o.number("rule", "#", int(j.Rule))
	default:
		o.text("rule", set.ACL[j.Rule].Name)
	}
}
