package main

import (
	"errors"
	"fmt"
	"strings"

	"vxwall/bench/lab"
)

type labDemoCmd struct {
	Name string `default:"demo" placeholder:"NAME" help:"Name of the lab to build for it (default: ${default})."`
}

// demoStep is a command that the demo runs.
type demoStep struct {
	says    string // before it
	command string // without vxwall; LAB, RULES, SOCKET stand for the lab's
	status  int    // wanted
}

// demoSteps are the demo, between up and down.
var demoSteps = []demoStep{
	{"VNI 100 and 200 have the same addresses. The policy lets VNI 100 ping:", "lab ping left100 LAB", exitGood},
	{"", "lab ping right100 --ipv6 LAB", exitGood},
	{"but not VNI 200:", "lab ping left200 --count 1 LAB", exitProblem},
	{"unless it is an operator. Who that is says the group that the VTEP writes into the packets:", "lab group left200 17 LAB", exitGood},
	{"", "lab ping left200 LAB", exitGood},
	{"TCP, 256 MiB each way: judged once, then handed to the kernel (see status):", "lab tcp left100 --mib 256 LAB", exitGood},
	{"", "lab tcp right100 --mib 256 --ipv6 LAB", exitGood},
	{"Telnet is rejected: the sender is told, inside its VNI, in the name of the other end:", "lab tcp left100 --port 23 LAB", exitProblem},
	{"The web servers of VNI 100 are behind signatures. A request passes, an attack is dropped and both ends are told:", "lab web left100 /index.html LAB", exitGood},
	{"", "lab web left100 /exploit.cgi LAB", exitProblem},
	{"also in pieces of two or three bytes:", "lab web left100 /exploit.cgi --pieces 30 LAB", exitProblem},
	{"VNI 200 asks for no signatures:", "lab web left200 /exploit.cgi LAB", exitGood},
	{"What is not allowed is dropped in silence:", "lab tcp right200 --port 5201 LAB", exitProblem},
	{"What was dropped, and by which rule:", "drops --limit 7 SOCKET", exitGood},
	{"Why would this be dropped?", "explain --vni 200 --from 10.0.0.2 --to 10.0.0.1 --service tcp/5201 RULES", exitGood},
	{"And what is the state of it all?", "status SOCKET", exitGood},
}

// Run builds a lab, runs the steps, and removes the lab whatever happens.
func (c *labDemoCmd) Run(e *env) (err error) {
	up := labUpCmd{labName: labName{c.Name}, Underlay: "mixed", Queues: 1}
	if old, err := lab.Find(c.Name); err == nil { // of a demo that was killed
		if err := removeLeft(e, old); err != nil {
			return err
		}
	}
	fmt.Fprintf(e.stdout, "$ vxwall lab up --name %s --underlay mixed\n", c.Name)
	l, err := up.build(e)
	if err != nil {
		return err
	}
	defer func() {
		fmt.Fprintf(e.stdout, "\n$ vxwall lab down --name %s\n", c.Name)
		err = errors.Join(err, (&labDownCmd{up.labName}).Run(e))
	}()
	if err := drawLab(e.stdout, l, "is up"); err != nil {
		return err
	}
	for _, step := range demoSteps {
		if err := step.run(e, l); err != nil {
			return err
		}
	}
	return nil
}

// run runs a step as if it were typed.
func (s demoStep) run(e *env, l *lab.Lab) error {
	if e.ctx.Err() != nil {
		return fmt.Errorf("demo: %w", e.ctx.Err())
	}
	command := strings.NewReplacer("LAB", "--name "+l.Name, "RULES", "--rules "+l.Rules(), "SOCKET", "--socket "+l.Socket()).Replace(s.command)
	if s.says != "" {
		fmt.Fprintf(e.stdout, "\n%s\n", s.says)
	}
	fmt.Fprintf(e.stdout, "$ vxwall %s\n", command)
	if got := run(strings.Fields(command), *e); got != s.status {
		return fmt.Errorf("demo: `vxwall %s` ended with status %d, not %d; log of vxwall:\n%s", command, got, s.status, l.LogTail())
	}
	return nil
}
