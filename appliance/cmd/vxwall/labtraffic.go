package main

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"vxwall/bench/lab"
)

// labFrom is where the traffic of a command begins.
type labFrom struct {
	labName
	From string `arg:"" help:"Workload: left100, left200, right100 or right200; with --mode vtep third100 or third200, too."`
}

// workload finds the lab and the workload.
func (c *labFrom) workload() (*lab.Lab, lab.Place, error) {
	from, err := lab.ParsePlace(c.From)
	if err != nil || from.VNI() == 0 {
		return nil, "", usageError{fmt.Errorf("%q is no workload: want left100, left200, right100 or right200", c.From)}
	}
	l, err := c.find()
	if err == nil && from.VTEP() == lab.Third && !l.VTEP {
		err = usageError{fmt.Errorf("there is no %s in this lab: build one with --mode vtep", from)}
	}
	return l, from, err
}

type labPingCmd struct {
	labFrom
	IPv6  bool `name:"ipv6" help:"Ping the other's IPv6 address."`
	Count int  `default:"3" placeholder:"N" help:"How many (default: ${default})."`
	Size  int  `placeholder:"BYTES" help:"Size of the IP packet (default: 84, or 104 of IPv6)."`
}

// Run pings. No answer at all is a problem.
func (c *labPingCmd) Run(e *env) error {
	l, from, err := c.workload()
	if err != nil {
		return err
	}
	if c.Count < 1 || c.Count > 1<<16 {
		return usageError{fmt.Errorf("--count %d: want 1 to 65536", c.Count)}
	}
	got, err := l.Ping(e.ctx, lab.Ping{From: from, Six: c.IPv6, Count: c.Count, Size: c.Size, Timeout: time.Second})
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%s -> %v: %v\n", from, from.Peer().Addr(c.IPv6), got)
	if got.Received == 0 {
		return errProblem
	}
	return nil
}

type labTCPCmd struct {
	labFrom
	IPv6 bool   `name:"ipv6" help:"Connect to the other's IPv6 address."`
	Port uint16 `default:"5201" placeholder:"N" help:"TCP port (default: ${default})."`
	MiB  int64  `name:"mib" default:"1" placeholder:"N" help:"How much to send, in MiB (default: ${default})."`
}

// Run sends data. That it does not arrive intact is a problem.
func (c *labTCPCmd) Run(e *env) error {
	l, from, err := c.workload()
	if err != nil {
		return err
	}
	if c.Port == 0 || c.MiB < 1 || c.MiB > 1<<20 {
		return usageError{errors.New("want --port from 1 and --mib from 1 to 1048576")}
	}
	begin := time.Now()
	got, err := l.Transfer(e.ctx, lab.Transfer{From: from, Six: c.IPv6, Port: c.Port, Bytes: c.MiB << 20})
	fmt.Fprintf(e.stdout, "%s -> %v port %d: ", from, from.Peer().Addr(c.IPv6), c.Port)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		fmt.Fprintf(e.stdout, "refused after %v\n", time.Since(begin).Round(time.Millisecond))
	case errors.Is(err, lab.ErrNoAnswer):
		fmt.Fprintf(e.stdout, "no answer in %v\n", time.Since(begin).Round(time.Second))
	case err != nil:
		fmt.Fprintln(e.stdout, "failed")
		return err
	default:
		fmt.Fprintln(e.stdout, got)
	}
	if !got.Intact() {
		return errProblem
	}
	return nil
}

type labGroupCmd struct {
	labFrom
	Group uint16 `arg:"" help:"Group Policy ID, 0 for none."`
}

// Run sets the group.
func (c *labGroupCmd) Run(e *env) error {
	l, from, err := c.workload()
	if err != nil {
		return err
	}
	if err := l.SetGroup(from, uint32(c.Group)); err != nil {
		return err
	}
	if c.Group == 0 {
		_, err = fmt.Fprintf(e.stdout, "%s sends without a group\n", from)
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s sends as group %d\n", from, c.Group)
	return err
}
