package appliance

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"vxwall/inspect/av"
	"vxwall/inspect/ips"
	"vxwall/inspect/segment"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/rules"
	"vxwall/rules/suricata"
)

// profileSteps names the profiles that judge what a rule lets pass.
func profileSteps(set *rules.Set, d *segment.Decision) (steps []Step) {
	if d.Rule == segment.NoRule || d.Action != rules.Allow {
		return nil
	}
	for _, i := range set.ACL[d.Rule].Profiles {
		steps = append(steps, Step{ips.Name, "judges", fmt.Sprintf("what passes, by the signatures of profile %q", set.Profiles[i].Name)})
	}
	if n := set.ACL[d.Rule].AV; n > 0 {
		steps = append(steps, Step{av.Name, "judges", fmt.Sprintf("files in what passes, by profile %q", set.AVs[n-1].Name)})
	}
	return steps
}

// SignatureReport says what came of a signature that was asked about a packet.
type SignatureReport struct {
	ID     uint32 `json:"signature_id"`
	Says   string `json:"signature"` // its message
	Action string `json:"action"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Step   string `json:"step"`                // matched | failed | waits | filtered | dropped before
	At     string `json:"condition,omitempty"` // that failed or waits
}

// maxReports bounds the signatures that an explanation lists.
const maxReports = 50

// askedAbout is a candidate as the detector tells of it.
type askedAbout struct {
	record    flow.Record
	sig       int32
	step      ips.Step
	condition int
	part      string
}

// candidates returns who is told of the candidates for a packet: the tracer, for its
// target.
func (t *tracer) candidates(p *pipeline.Packet) ips.Tracer {
	if p.Handle() != t.target || t.fate.known || p.State() == nil {
		return nil
	}
	return candidateOf{t, p.State()}
}

type candidateOf struct {
	tracer *tracer
	record *flow.Record
}

// Candidate implements ips.Tracer.
func (c candidateOf) Candidate(sig int32, step ips.Step, condition int, part string) {
	c.tracer.asked = append(c.tracer.asked, askedAbout{flow.Record{Judgement: c.record.Judgement}, sig, step, condition, part})
}

// signatureReports describes the candidates: those that matched first, of each signature what
// came of it last.
func (t *tracer) signatureReports() []SignatureReport {
	latest := map[int32]askedAbout{}
	for _, a := range t.asked {
		if before, ok := latest[a.sig]; !ok || before.step != ips.Matched || a.step == ips.Silent {
			latest[a.sig] = a
		}
	}
	var list []SignatureReport
	for _, a := range latest {
		if sig := t.judged.at(&a.record, a.sig); sig != nil {
			list = append(list, reportOf(sig, &a))
		}
	}
	order := map[string]int{ips.Matched.String(): 0, ips.Silent.String(): 1, ips.Waits.String(): 2, ips.Failed.String(): 3}
	slices.SortFunc(list, func(a, b SignatureReport) int {
		return cmp.Or(cmp.Compare(order[a.Step], order[b.Step]), cmp.Compare(a.ID, b.ID))
	})
	return append(t.droppedBefore(list), list...)
}

// droppedBefore is the signature that dropped the packet's flow before it, if one did.
func (t *tracer) droppedBefore(list []SignatureReport) []SignatureReport {
	p := t.fate.packet
	if p == nil || t.judged == nil || t.fate.record == nil || p.Rule() < 0 || p.Reason() != pipeline.Signature && p.Reason() != pipeline.SignatureRejected {
		return nil
	}
	sig := t.judged.at(t.fate.record, p.Rule())
	if sig == nil || slices.ContainsFunc(list, func(r SignatureReport) bool { return r.ID == sig.SID && r.Step == ips.Matched.String() }) {
		return nil
	}
	report := reportOf(sig, &askedAbout{step: ips.Matched})
	report.Step = "dropped before"
	return []SignatureReport{report}
}

// at is signature n of the profile that judges a flow, nil if there is none.
func (s *Signatures) at(r *flow.Record, n int32) *suricata.Signature {
	profile := s.choose(r)
	if profile < 0 {
		return nil
	}
	if list := s.Profiles[profile].Engine.Signatures(); n >= 0 && int(n) < len(list) {
		return &list[n]
	}
	return nil
}

var actionWords = [...]string{
	suricata.Alert: "alert", suricata.Pass: "pass", suricata.Drop: "drop", suricata.Reject: "reject", suricata.RejectDst: "reject-dst", suricata.RejectBoth: "reject-both",
}

func reportOf(sig *suricata.Signature, a *askedAbout) SignatureReport {
	r := SignatureReport{ID: sig.SID, Says: sig.Msg, Action: actionWords[sig.Action], File: sig.File, Line: sig.Line, Step: a.step.String()}
	switch {
	case a.step == ips.Matched || a.step == ips.Silent:
	case a.condition >= 0 && a.condition < len(sig.Matches):
		r.At = conditionText(&sig.Matches[a.condition])
	default:
		r.At = a.part
	}
	return r
}

// conditionText names a condition as the rule has it, with what it looks for.
func conditionText(m *suricata.Match) string {
	text := m.Keyword
	switch {
	case m.Content != nil:
		text += ":" + suricata.Quote(m.Content.Pattern)
	case m.Regexp != nil:
		text += fmt.Sprintf(":%q", m.Regexp.Pattern)
	}
	if m.Buffer != "" {
		text = m.Buffer + "; " + text
	}
	return text
}

// writeSignatures writes the signatures that were asked.
func (x *Explanation) writeSignatures(out io.Writer) error {
	if len(x.Signatures) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "signatures that could match, by their fast patterns or without one")
	for _, r := range x.Signatures[:min(len(x.Signatures), maxReports)] {
		result := r.Step
		if r.At != "" {
			result += " at " + r.At
		}
		fmt.Fprintf(w, "  %d\t%s\t%q\t%s:%d\t%s\n", r.ID, r.Action, r.Says, r.File, r.Line, result)
	}
	if n := len(x.Signatures) - maxReports; n > 0 {
		fmt.Fprintf(w, "  … and %d more\n", n)
	}
	return w.Flush()
}

// signatureStep says in a line what signatures made of the packet.
func (f *fate) signatureStep() []Step {
	if len(f.asked) == 0 {
		return nil
	}
	first := &f.asked[0]
	switch first.Step {
	case ips.Matched.String():
		return []Step{{ips.Name, first.Action, fmt.Sprintf("signature %d %q matches", first.ID, first.Says)}}
	case "dropped before":
		return []Step{{ips.Name, first.Action, fmt.Sprintf("signature %d %q dropped the flow before", first.ID, first.Says)}}
	}
	return []Step{{ips.Name, "ok", fmt.Sprintf("%d signatures could match, none does", len(f.asked))}}
}
