package main

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"vxwall/bench/lab"
)

type labWebCmd struct {
	labFrom
	Path   string `arg:"" optional:"" default:"/" help:"Path to ask for (default: ${default})."`
	IPv6   bool   `name:"ipv6" help:"Connect to the other's IPv6 address."`
	Pieces int    `default:"1" placeholder:"N" help:"TCP segments to cut the request into (default: ${default})."`
}

// Run asks the other workload for a page, by HTTP on port 8080. That no answer comes is a
// problem.
func (c *labWebCmd) Run(e *env) error {
	l, from, err := c.workload()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(c.Path, "/") || strings.ContainsAny(c.Path, " \r\n") {
		return usageError{fmt.Errorf("path %q: want one that begins with /, without spaces", c.Path)}
	}
	begin := time.Now()
	status, err := l.Ask(e.ctx, lab.Web{From: from, Six: c.IPv6, Path: c.Path, Pieces: c.Pieces})
	took := time.Since(begin).Round(time.Millisecond)
	fmt.Fprintf(e.stdout, "%s -> %v GET %s: ", from, from.Peer().Addr(c.IPv6), c.Path)
	switch {
	case err == nil:
		_, err = fmt.Fprintln(e.stdout, status)
		return err
	case errors.Is(err, syscall.ECONNRESET):
		fmt.Fprintf(e.stdout, "connection reset after %v\n", took)
	case errors.Is(err, syscall.ECONNREFUSED):
		fmt.Fprintf(e.stdout, "refused after %v\n", took)
	case errors.Is(err, lab.ErrNoAnswer):
		fmt.Fprintf(e.stdout, "no answer in %v\n", took)
	default:
		fmt.Fprintln(e.stdout, "failed")
		return err
	}
	return errProblem
}
