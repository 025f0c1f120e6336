package appliance

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"vxwall/inspect/segment"
)

// WriteText writes the explanation for people.
func (x *Explanation) WriteText(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	if p := x.Packet; p != nil {
		fmt.Fprintf(w, "packet %d of %s, %s, %d bytes\n", p.Number, p.File, p.Time.Format("2006-01-02 15:04:05.000000 UTC"), p.Bytes)
	}
	for _, s := range x.Steps {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", s.Name, s.Result, s.Text)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i := range x.Policy {
		if err := writePolicy(out, &x.Policy[i]); err != nil {
			return err
		}
	}
	if err := x.writeSignatures(out); err != nil {
		return err
	}
	return x.writeVerdict(out)
}

// writePolicy writes what the segment stage looked at.
func writePolicy(out io.Writer, e *segment.Explanation) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	writeEnd(w, "from", &e.From)
	writeEnd(w, "to", &e.To)
	if len(e.Looked) > 0 {
		fmt.Fprintf(w, "rules that concern one of them, in order\n")
	}
	for _, r := range e.Looked {
		result := "matches"
		if len(r.Failed) > 0 {
			result = "no: " + strings.Join(r.Failed, "; ")
		}
		fmt.Fprintf(w, "  %s\t%s\t%s:%d\t%s\n", r.Name, r.Action, r.File, r.Line, result)
	}
	if e.Omitted > 0 {
		fmt.Fprintf(w, "  … and %d more that do not match\n", e.Omitted)
	}
	return w.Flush()
}

func writeEnd(w io.Writer, name string, r *segment.EndReport) {
	if len(r.Segments) == 0 {
		fmt.Fprintf(w, "%s %s belongs to no segment\n", name, r.Addr)
	} else {
		fmt.Fprintf(w, "%s %s belongs to\n", name, r.Addr)
	}
	for _, m := range r.Segments {
		fmt.Fprintf(w, "  %s\t%s\n", m.Name, strings.Join(m.Why, ", "))
	}
	for _, n := range r.Near {
		fmt.Fprintf(w, "  not %s\t%s\n", n.Name, n.Missed)
	}
}

func (x *Explanation) writeVerdict(out io.Writer) error {
	v := &x.Verdict
	done := map[string]string{"forward": "FORWARDED", "drop": "DROPPED", "reject": "REJECTED, the sender is told"}[v.Action]
	text := "verdict: " + done
	switch {
	case v.Monitored:
		text += fmt.Sprintf(" only because the mode is monitor; else dropped for %s by stage %s", v.Reason, v.Stage)
	case v.Reason != "ok" && v.Action == "forward":
		text += " uninspected: " + v.Reason
	case v.Reason != "ok":
		text += fmt.Sprintf(", reason %s, by stage %s", v.Reason, v.Stage)
	}
	text += x.assumed()
	if v.Held {
		text += " (a fragment: with the rest of its datagram)"
	}
	if x.Revision != "" {
		text += ", policy revision " + x.Revision
	}
	if _, err := fmt.Fprintln(out, text); err != nil {
		return err
	}
	return x.writeChanges(out)
}

// assumed says on what the verdict on a flow rests that was not given.
func (x *Explanation) assumed() string {
	var all []string
	for i := range x.Policy {
		for _, a := range x.Policy[i].Assumed {
			all = append(all, fmt.Sprintf("%s of %q is %s, as segment %q asks", a.Attribute, a.End, a.Value, a.Segment))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return ", assuming that the " + strings.Join(all, " and the ")
}

// writeChanges writes what would flip the verdict, if the policy decided it.
func (x *Explanation) writeChanges(out io.Writer) error {
	if len(x.Policy) == 0 || x.Verdict.Stage != segment.Name && x.Verdict.Reason != "ok" {
		return nil
	}
	changes := x.Policy[len(x.Policy)-1].Changes
	for i, c := range changes {
		title := "or: "
		if i == 0 {
			title = "nearest change that would flip it: "
		}
		if _, err := fmt.Fprintf(out, "%s%s\n", title, c.Text); err != nil {
			return err
		}
	}
	return nil
}
