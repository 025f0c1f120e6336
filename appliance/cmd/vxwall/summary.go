package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"vxwall/appliance"
	"vxwall/pipeline"
)

// printSummary prints what a replay did, as a person reads it.
func printSummary(out io.Writer, c *replayCmd, policy *appliance.Checked, r *appliance.Result) error {
	n, dropped := &r.Counters, r.Counters.TotalDropped()
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	mode := "enforced"
	if r.Monitor {
		mode = "monitored: nothing is dropped"
	}
	fmt.Fprintf(w, "capture\t%s\n", c.In)
	fmt.Fprintf(w, "policy\trevision %s (%s, %s), %s\n", r.Revision, count(len(policy.Set.Segments), "segment"), count(len(policy.Set.ACL), "rule"), mode)
	fmt.Fprintf(w, "packets\t%d received = %d forwarded + %d dropped\n", n.Received.Packets, n.Forwarded.Packets, dropped.Packets)
	fmt.Fprintf(w, "flows\t%d\n", n.Flows.Created)
	if n.Reassembled > 0 {
		fmt.Fprintf(w, "reassembled\t%d fragmented inner datagrams\n", n.Reassembled)
	}
	if n.Answers > 0 {
		fmt.Fprintf(w, "answers\t%d resets and ICMP errors to senders of rejected flows\n", n.Answers)
	}
	if c.EVE != "" {
		fmt.Fprintf(w, "events\t%d written, %d lost\n", r.Events, r.Lost)
	}
	rate := float64(n.Received.Packets) / max(r.Elapsed.Seconds(), 1e-9)
	fmt.Fprintf(w, "time\t%v, %.0f packets/s\n", r.Elapsed.Round(10*time.Microsecond), rate)
	if err := w.Flush(); err != nil {
		return err
	}
	if err := printVerdicts(out, r); err != nil {
		return err
	}
	return printRules(out, r)
}

// maxRules is how many rules the summary lists.
const maxRules = 20

// printRules prints what each rule decided.
func printRules(out io.Writer, r *appliance.Result) error {
	if len(r.Rules) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "\nrule\taction\tflows\tpackets\n")
	for i, c := range r.Rules {
		if i == maxRules {
			fmt.Fprintf(w, "… and %s more\n", count(len(r.Rules)-i, "rule"))
			break
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\n", c.Rule, c.Action, c.Flows, c.Packets)
	}
	return w.Flush()
}

// printVerdicts prints packets by verdict, stage and reason.
func printVerdicts(out io.Writer, r *appliance.Result) error {
	n := &r.Counters
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	row := func(verdict, stage, reason string, t pipeline.Tally) {
		if t.Packets > 0 {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\n", verdict, stage, reason, t.Packets, t.Bytes)
		}
	}
	fmt.Fprintf(w, "\nverdict\tstage\treason\tpackets\tbytes\n")
	row("forwarded", "all", pipeline.OK.String(), inspected(n))
	for reason, t := range n.Uninspected {
		row("forwarded", "-", pipeline.Reason(reason).String()+" (uninspected)", t)
	}
	for stage, name := range r.Stages {
		for reason := range pipeline.Reasons {
			row("forwarded", name, pipeline.Reason(reason).String()+" (would drop)", n.Monitored[stage][reason])
			row("dropped", name, pipeline.Reason(reason).String(), n.Dropped[stage][reason])
		}
	}
	for reason, t := range n.Suspected { // of those above
		row("reported", "guard", pipeline.Reason(reason).String()+" (mode = learn)", t)
	}
	return w.Flush()
}

// inspected counts what passed every stage.
func inspected(n *pipeline.Counters) pipeline.Tally {
	t := n.Forwarded
	for _, u := range n.Uninspected {
		t.Packets -= u.Packets
		t.Bytes -= u.Bytes
	}
	for stage := range n.Monitored {
		for _, m := range n.Monitored[stage] {
			t.Packets -= m.Packets
			t.Bytes -= m.Bytes
		}
	}
	return t
}
