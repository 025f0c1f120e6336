package main

import (
	"errors"
	"fmt"
	"io"

	"vxwall/appliance"
	"vxwall/pipeline"
	"vxwall/rules"
)

const replayExamples = `  vxwall replay --rules rules.d --in vxlan.pcap --summary
  vxwall replay --rules rules.d --in vxlan.pcap --out forwarded.pcap --eve eve.json
  vxwall replay --rules rules.d --in vxlan.pcapng --mode monitor --eve - | jq 'select(.event_type=="drop").reason'
  vxwall replay --rules rules.d --in workload.pcap --plain 100 --summary
  tcpdump -w - port 4789 | vxwall replay --rules rules.d --in - --summary
`

type replayCmd struct {
	ruleFlags
	In         string   `required:"" placeholder:"FILE" help:"Capture to replay: pcap or pcapng, either may be gzip-compressed; - for standard input."`
	Out        string   `placeholder:"FILE" help:"Write what is forwarded to this capture, byte for byte as it came."`
	Answers    string   `placeholder:"FILE" help:"Write the resets and ICMP errors of rejected flows to this capture."`
	EVE        string   `name:"eve" placeholder:"FILE" help:"Write events as EVE JSON, one a line; - for standard output (default: none)."`
	Mode       string   `placeholder:"MODE" help:"enforce, or monitor: judge and report, drop nothing (default: the policy's)."`
	Plain      *uint32  `placeholder:"VNI" help:"The capture is not encapsulated: judge its packets as the inner packets of this VNI."`
	Midstream  string   `placeholder:"ACTION" help:"TCP connections whose start is not in the capture: pickup or drop (default: the configuration file's, else pickup)."`
	Signatures []string `placeholder:"FILE" help:"Quick look: put all traffic through these signature files, directories or .tar.gz archives, without any policy."`
	Vars       string   `placeholder:"FILE" help:"With --signatures: variables and settings, as JSON."`
	Strict     bool     `help:"With --signatures: refuse to run if a signature cannot be used."`
	Summary    bool     `help:"Print a table of packets, flows, verdicts by stage and reason."`
}

// Run replays the capture.
func (c *replayCmd) Run(e *env) error {
	mode, err := c.mode()
	if err != nil {
		return usageError{err}
	}
	if err := checkVNI(c.Plain); err != nil {
		return err
	}
	replay := &appliance.Replay{
		In: c.In, Out: c.Out, Answers: c.Answers, EVE: c.EVE,
		Mode: mode, Plain: c.Plain, Stdout: e.stdout, Context: e.ctx,
	}
	if err := c.judges(e, replay); err != nil {
		return err
	}
	policy := replay.Policy
	finish := showProgress(e, replay)
	result, err := replay.Run()
	finish()
	if err != nil && result.Counters.Received.Packets == 0 {
		return err
	}
	if report := c.report(e); report != nil {
		if err := c.print(report, policy, &result); err != nil {
			return err
		}
	}
	return err
}

// mode is the mode that the flag names, nil if it is the policy's.
func (c *replayCmd) mode() (*rules.Mode, error) {
	if c.Mode == "" {
		return nil, nil
	}
	for _, mode := range []rules.Mode{rules.Enforce, rules.Monitor} {
		if c.Mode == mode.String() {
			return &mode, nil
		}
	}
	return nil, fmt.Errorf("--mode: %q is neither enforce nor monitor", c.Mode)
}

// report is where the result is printed: not between events on standard
// output.
func (c *replayCmd) report(e *env) io.Writer {
	if c.EVE == "-" || c.Out == "-" || c.Answers == "-" {
		return e.stderr
	}
	return e.stdout
}

func (c *replayCmd) print(w io.Writer, policy *appliance.Checked, result *appliance.Result) error {
	if c.Summary {
		if err := printSummary(w, c, policy, result); err != nil {
			return err
		}
		return c.hint(w, result)
	}
	dropped := result.Counters.TotalDropped()
	_, err := fmt.Fprintf(w, "%d packets: %d forwarded, %d dropped (--summary says why)\n",
		result.Counters.Received.Packets, result.Counters.Forwarded.Packets, dropped.Packets)
	return errors.Join(err, c.hint(w, result))
}

// hint says what is likely wrong if nothing in the capture was VXLAN.
func (c *replayCmd) hint(w io.Writer, result *appliance.Result) error {
	n := &result.Counters
	other := n.Uninspected[pipeline.NotVXLAN].Packets + n.Dropped[pipeline.StageDecap][pipeline.NotVXLAN].Packets
	if n.Received.Packets == 0 || other < n.Received.Packets {
		return nil
	}
	_, err := fmt.Fprintln(w, "nothing was inspected: no packet is VXLAN for the configured UDP ports.\n"+
		"If the capture was taken inside, say --plain VNI; if VXLAN has another port, set vxlan_ports in a --config file.")
	return err
}

// setMidstream takes the flag's value, if it has one, over the configuration's.
func setMidstream(cfg *appliance.Config, action string) error {
	switch action {
	case "":
	case "pickup", "drop":
		cfg.Flows.Midstream = action
	default:
		return usageError{fmt.Errorf("--midstream: %q is neither pickup nor drop", action)}
	}
	return nil
}

// checkVNI refuses a VNI of more than 24 bits.
func checkVNI(vni *uint32) error {
	if vni != nil && *vni >= 1<<24 {
		return usageError{fmt.Errorf("VNI %d: want 0 to %d", *vni, 1<<24-1)}
	}
	return nil
}
