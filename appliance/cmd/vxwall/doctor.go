package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"

	"vxwall/appliance"
	"vxwall/appliance/doctor"
)

const doctorExamples = `  vxwall doctor                          this machine and /etc/vxwall/vxwall.toml
  vxwall doctor --port eth1 --port eth2  before there is a configuration
  vxwall doctor --vtep 192.0.2.1         is it there, how large may packets to it be
  vxwall doctor --measure                also: try XDP on the ports, and say what rates to expect
  vxwall doctor --json | jq '.findings[] | select(.verdict == "problem")'
`

type doctorCmd struct {
	Config  string       `placeholder:"FILE" help:"Configuration file (default: ${config})."`
	Port    []string     `placeholder:"NAME" help:"Network interfaces (default: the configuration's)."`
	VTEP    []netip.Addr `name:"vtep" placeholder:"ADDRESS" help:"VTEPs to probe (default: those that are known here)."`
	Measure bool         `help:"Also try XDP on the ports that have no program, and measure, for a few seconds, what rates to expect. Some drivers lose a few frames when a program comes or goes."`
	JSON    bool         `name:"json" help:"Print JSON."`
}

// Run says what is wrong with the machine for vxwall, and what mends it.
func (c *doctorCmd) Run(e *env) error {
	if len(c.Port) > 2 {
		return usageError{fmt.Errorf("%d ports: a wire has two, a VTEP one or two", len(c.Port))}
	}
	patient := c.read(e)
	report := doctor.Examine(e.ctx, patient)
	if c.Measure {
		report.Add(measure(e.ctx, patient)...)
	}
	if c.JSON {
		if err := printJSON(e, report); err != nil {
			return err
		}
	} else if _, err := e.stdout.Write(doctorText(report)); err != nil {
		return err
	}
	if report.Problems > 0 {
		return errProblem
	}
	return nil
}

// read reads the configuration. Ports that are named take the place of its own, and of
// the file if none is named.
func (c *doctorCmd) read(e *env) *doctor.Case {
	d := &doctor.Case{Config: appliance.DefaultConfig(), File: c.Config, VTEPs: c.VTEP, Now: e.now()}
	if d.File == "" && len(c.Port) == 0 {
		d.File = defaultConfig
	}
	if d.File != "" {
		cfg, problems, err := appliance.LoadRunConfig(d.File)
		if d.Problems, d.Err = problems, err; err == nil {
			d.Config = cfg
		}
	}
	if len(c.Port) > 0 {
		d.Config.Datapath.Ports = c.Port
	}
	return d
}

// doctorText writes a report for people: what is wrong first, what is good last.
func doctorText(r *doctor.Report) []byte {
	var b bytes.Buffer
	for _, v := range []doctor.Verdict{doctor.Problem, doctor.Warning, doctor.NotChecked, doctor.OK} {
		for i := range r.Findings {
			if f := &r.Findings[i]; f.Verdict == v {
				writeFinding(&b, f)
			}
		}
	}
	fmt.Fprintf(&b, "\n%s, %s\n", count(r.Problems, "problem"), count(r.Warnings, "warning"))
	return b.Bytes()
}

func writeFinding(b *bytes.Buffer, f *doctor.Finding) {
	about := f.Check
	if f.About != "" {
		about += " " + f.About
	}
	b.WriteString(wrap(fmt.Sprintf("%-12s", f.Verdict), about+": "+f.Text))
	for _, command := range f.Commands {
		fmt.Fprintf(b, "%s%s\n", strings.Repeat(" ", 16), command)
	}
	if f.Advice != "" {
		b.WriteString(wrap(strings.Repeat(" ", 12), f.Advice))
	}
}
