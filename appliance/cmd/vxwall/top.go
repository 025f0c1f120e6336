package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"vxwall/appliance/top"
)

const topExamples = `  vxwall top                             live; ? shows the keys
  vxwall top --only "100 10.1.0.0/24"    one VNI, and one prefix of it
  vxwall top --plain >> top.log          one frame as text
`

type topCmd struct {
	Socket   string        `placeholder:"PATH" help:"Admin socket of the running vxwall (default: the configuration's)."`
	Config   string        `placeholder:"FILE" help:"Configuration file (default: ${config})."`
	Interval time.Duration `default:"2s" placeholder:"TIME" help:"Time between two snapshots, 500ms to 1m (default: ${default})."`
	Only     string        `placeholder:"FILTER" help:"VNI, address or prefix, segment, denied, all; in any order."`
	Plain    bool          `help:"Print one frame as text, of two snapshots, and end."`
}

// plainWidth is how wide a frame as text is.
const plainWidth = 120

// Run shows what the running vxwall does.
func (c *topCmd) Run(e *env) error {
	if c.Interval < 500*time.Millisecond || c.Interval > time.Minute {
		return usageError{fmt.Errorf("--interval: %v is not within 500ms to 1m", c.Interval)}
	}
	filter, err := top.ParseFilter(c.Only)
	if err != nil {
		return usageError{fmt.Errorf("--only: %w", err)}
	}
	flags := adminFlags{Socket: c.Socket, Config: c.Config}
	client, err := flags.client(e)
	if err != nil {
		return err
	}
	if c.Plain {
		return c.plain(e, client, filter)
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) || !term.IsTerminal(int(os.Stdout.Fd())) {
		return errors.New("show top: this is no terminal (--plain prints one frame as text)")
	}
	if t := os.Getenv("TERM"); t == "" || t == "dumb" {
		return fmt.Errorf("show top: the terminal is %q (set TERM, or use --plain)", t)
	}
	s := &top.Screen{Source: client, Interval: c.Interval, Now: e.now, Only: filter}
	return s.Run(e.ctx)
}

// plain prints a frame of two snapshots.
func (c *topCmd) plain(e *env, from top.Source, filter top.Filter) error {
	var m top.Model
	for i := range 2 {
		if i > 0 {
			select {
			case <-e.ctx.Done():
				return e.ctx.Err()
			case <-time.After(c.Interval):
			}
		}
		s, err := top.Ask(e.ctx, from, filter, e.now)
		if err != nil {
			return err
		}
		m.Take(s)
	}
	return m.WritePlain(e.stdout, top.Flows, e.now(), plainWidth)
}
