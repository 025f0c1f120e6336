package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"vxwall/bench/lab"
)

const labExamples = `  vxwall lab demo                       see it all in a minute
  vxwall lab up                         build it to play with
  vxwall lab ping left100
  vxwall lab down
`

// labSubExamples are the examples of the subcommands of lab.
var labSubExamples = map[string]string{
	"up": `  vxwall lab up
  vxwall lab up --underlay mixed --queues 2
  vxwall lab up --mode vtep             vxwall is a VTEP itself, with three others around it
  vxwall lab up --name second           beside the first
`,
	"down": `  vxwall lab down
  vxwall lab down --name second
`,
	"demo": `  vxwall lab demo
`,
	"shell": `  vxwall lab shell left100              a shell in a workload
  vxwall lab shell left200 ping -c 3 10.0.0.2
  vxwall lab shell right tcpdump -n -i eth0 port 4789
`,
	"ping": `  vxwall lab ping left100
  vxwall lab ping right200 --ipv6 --count 10
`,
	"tcp": `  vxwall lab tcp left100
  vxwall lab tcp left100 --mib 1024
  vxwall lab tcp left200 --port 23
`,
	"group": `  vxwall lab group left200 17
  vxwall lab group left200 0
`,
}

// labCmd has the subcommands of lab.
type labCmd struct {
	Up    labUpCmd    `cmd:"" help:"Build the lab: two tenants between two kernel VTEPs, and vxwall between those."`
	Down  labDownCmd  `cmd:"" help:"Remove it with all that runs in it."`
	Demo  labDemoCmd  `cmd:"" help:"Show it all: build a lab, traffic that may pass and that may not, why, how fast; remove it."`
	Shell labShellCmd `cmd:"" help:"Open a shell in one of its namespaces, or run a command there."`
	Ping  labPingCmd  `cmd:"" help:"Ping from a workload to the one on the other side."`
	TCP   labTCPCmd   `cmd:"" name:"tcp" help:"Send data by TCP from a workload to the one on the other side, and compare what arrived."`
	Web   labWebCmd   `cmd:"" help:"Ask the workload on the other side for a page by HTTP."`
	Group labGroupCmd `cmd:"" help:"Put a Group Policy ID into what a workload sends."`
}

// labName is the flag of which lab is meant.
type labName struct {
	Name string `default:"lab" placeholder:"NAME" help:"Which lab: several can stand side by side (default: ${default})."`
}

// find finds the lab.
func (c *labName) find() (*lab.Lab, error) {
	l, err := lab.Find(c.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no lab %q: build it with `vxwall lab up%s`", c.Name, c.flag())
	case err != nil:
		return nil, err
	case os.Geteuid() != 0:
		return nil, fmt.Errorf("lab %s: %w", c.Name, lab.ErrNotRoot)
	}
	return l, nil
}

// flag is what names this lab on a command line.
func (c *labName) flag() string {
	if c.Name == "lab" {
		return ""
	}
	return " --name " + c.Name
}

type labUpCmd struct {
	labName
	Mode     string `default:"wire" enum:"wire,vtep" placeholder:"MODE" help:"wire: vxwall stands between two VTEPs; vtep: it is one, to which three others send (default: ${default})."`
	Underlay string `default:"ipv4" enum:"ipv4,ipv6,mixed,cross" placeholder:"KIND" help:"Between the VTEPs: ipv4, ipv6, mixed, VNI 100 over IPv4 and VNI 200 over IPv6, or, with --mode vtep, cross, left over IPv4 and the others over IPv6 (default: ${default})."`
	IPv6     bool   `name:"ipv6" help:"The same as --underlay ipv6."`
	Queues   int    `default:"1" placeholder:"N" help:"Queues of each port (default: ${default})."`
}

var underlays = map[string]lab.Underlay{"ipv4": lab.IPv4, "ipv6": lab.IPv6, "mixed": lab.Mixed, "cross": lab.Cross}

// Run builds the lab, unless it stands.
func (c *labUpCmd) Run(e *env) error {
	if c.IPv6 {
		c.Underlay = "ipv6"
	}
	if c.Underlay == "cross" && c.Mode != "vtep" {
		return usageError{errors.New("--underlay cross: want --mode vtep, too")}
	}
	old, err := lab.Find(c.Name)
	if err == nil && old.Running() != 0 {
		return c.show(e, old, "is up already")
	}
	if err == nil { // its maker crashed, or its vxwall did
		if err := removeLeft(e, old); err != nil {
			return err
		}
	}
	l, err := c.build(e)
	if err != nil {
		return err
	}
	return c.show(e, l, "is up")
}

// removeLeft removes a lab to build it anew, and says so.
func removeLeft(e *env, old *lab.Lab) error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("lab %s: %w", old.Name, lab.ErrNotRoot)
	}
	if err := old.Down(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.stdout, "removed what was left of lab %q\n", old.Name)
	return err
}

// build builds the lab and starts this very program in its wall, for as long as
// the lab stands.
func (c *labUpCmd) build(e *env) (*lab.Lab, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find vxwall: %w", err)
	}
	l, err := lab.Up(e.ctx, lab.Options{Name: c.Name, Underlay: underlays[c.Underlay], Queues: c.Queues, GBP: true, VTEP: c.Mode == "vtep"})
	if err != nil {
		return nil, err
	}
	if _, err := l.Start(e.ctx, lab.Setup{Binary: binary, Policy: lab.ExamplePolicy, Daemon: true}); err != nil {
		return nil, errors.Join(err, l.Down())
	}
	return l, nil
}

// show prints what the lab is and what to try in it.
func (c *labUpCmd) show(e *env, l *lab.Lab, state string) error {
	if err := drawLab(e.stdout, l, state); err != nil {
		return err
	}
	return suggest(e.stdout, l)
}

type labDownCmd struct{ labName }

// Run removes the lab. That there is none is fine.
func (c *labDownCmd) Run(e *env) error {
	if _, err := lab.Find(c.Name); errors.Is(err, fs.ErrNotExist) {
		_, err := fmt.Fprintf(e.stdout, "there is no lab %q\n", c.Name)
		return err
	}
	l, err := c.find()
	if err != nil {
		return err
	}
	if err := l.Down(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "lab %q is removed\n", c.Name)
	return err
}

type labShellCmd struct {
	labName
	Where   string   `arg:"" help:"left100, left200, right100, right200: workloads; left, right: VTEPs; wall: vxwall's; with --mode vtep third, third100, third200, too."`
	Command []string `arg:"" optional:"" passthrough:"" help:"Command and its arguments (default: a shell)."`
}

// Run becomes the shell or the command.
func (c *labShellCmd) Run(e *env) error {
	where, err := lab.ParsePlace(c.Where)
	if err != nil {
		return usageError{err}
	}
	l, err := c.find()
	if err != nil {
		return err
	}
	if len(c.Command) == 0 {
		c.Command = []string{shell()}
		fmt.Fprintf(e.stderr, "%s of lab %q; leave with exit\n", where, c.Name)
	}
	path, err := exec.LookPath(c.Command[0])
	if err != nil {
		return fmt.Errorf("run %s: %w", c.Command[0], err)
	}
	return l.In(where, func() error {
		err := syscall.Exec(path, c.Command, append(os.Environ(), "debian_chroot="+string(where))) // which bash shows in its prompt
		return fmt.Errorf("run %s: %w", strings.Join(c.Command, " "), err)
	})
}

// shell is the user's shell.
func shell() string {
	if s := os.Getenv("SHELL"); s != "" {
		return s
	}
	return "/bin/sh"
}
