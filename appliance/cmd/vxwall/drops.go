package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"vxwall/appliance/admin"
)

const dropsExamples = `  vxwall drops                           totals, and the most recent drops
  vxwall drops --limit 20
  vxwall drops --follow                  goes on until it is interrupted
  vxwall drops --follow --json | jq 'select(.vni==100)'
`

// followEvery is how often drops that are followed are asked for.
const followEvery = time.Second

type dropsCmd struct {
	adminFlags
	Limit  int  `default:"200" placeholder:"N" help:"At most so many recent drops (default: 200)."`
	Follow bool `short:"f" help:"Go on with what is dropped from now on."`
}

// Run prints what was dropped.
func (c *dropsCmd) Run(e *env) error {
	if c.Limit < 1 || c.Limit > admin.MaxDrops {
		return usageError{fmt.Errorf("--limit: %d is not within 1 to %d", c.Limit, admin.MaxDrops)}
	}
	client, err := c.client(e)
	if err != nil {
		return err
	}
	drops, err := client.Drops(e.ctx, c.Limit, "")
	if err != nil {
		return err
	}
	if c.Follow {
		return c.follow(e, client, &drops)
	}
	if c.JSON {
		return printJSON(e, &drops)
	}
	_, err = e.stdout.Write(dropsText(&drops))
	return err
}

// follow prints recent drops, then new ones until the command is interrupted.
func (c *dropsCmd) follow(e *env, client *admin.Client, drops *admin.Drops) error {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	unlisted := uint64(0)
	for {
		if err := c.printNew(e, drops, unlisted); err != nil {
			return err
		}
		select {
		case <-e.ctx.Done():
			return nil
		case <-tick.C:
		}
		next, err := client.Drops(e.ctx, admin.MaxDrops, drops.Cursor)
		if e.ctx.Err() == context.Canceled {
			return nil
		}
		if err != nil {
			return err
		}
		unlisted = next.Missed + newlySkipped(drops, &next)
		drops = &next
	}
}

// newlySkipped is how many drops were not noted between two answers. The second may
// be of another run, which counts anew.
func newlySkipped(before, after *admin.Drops) uint64 {
	if after.Skipped < before.Skipped {
		return after.Skipped
	}
	return after.Skipped - before.Skipped
}

// printNew prints drops one after the other, and how many more there were.
func (c *dropsCmd) printNew(e *env, drops *admin.Drops, unlisted uint64) error {
	var b bytes.Buffer
	for i := range drops.Recent {
		if !c.JSON {
			writeDrop(&b, &drops.Recent[i])
			continue
		}
		line, err := json.Marshal(&drops.Recent[i])
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	if !c.JSON {
		writeUnlisted(&b, unlisted)
	}
	_, err := e.stdout.Write(b.Bytes())
	return err
}

// dropsText writes drops for people: totals last, where they are seen.
func dropsText(d *admin.Drops) []byte {
	var b bytes.Buffer
	for i := range d.Recent {
		writeDrop(&b, &d.Recent[i])
	}
	writeUnlisted(&b, d.Skipped+d.Missed)
	if len(d.Totals) == 0 {
		b.WriteString("nothing was dropped\n")
	}
	writeCounts(&b, "dropped in total", d.Totals)
	return b.Bytes()
}

func writeUnlisted(b *bytes.Buffer, n uint64) {
	if n > 0 {
		fmt.Fprintf(b, "… and %s, not listed\n", groupedCount(n, "more drop"))
	}
}

func writeDrop(b *bytes.Buffer, d *admin.Drop) {
	what := ""
	if d.Monitored {
		what = "would be dropped: "
	}
	b.WriteString(wrap(d.Time.Local().Format("15:04:05.000000")+" ", dropKey(d)))
	b.WriteString(wrap("  ", fmt.Sprintf("%s%s (%s): %s", what, d.Reason, d.Stage, d.Meaning)))
	text := ""
	switch {
	case d.Signature != 0:
		text = fmt.Sprintf("by signature %d %q, in a flow of rule %s, %s, ", d.Signature, d.Says, d.Rule, segmentsText(d.FromSegment, d.ToSegment))
	case d.Rule != "":
		text = fmt.Sprintf("by %s, %s, ", d.Rule, segmentsText(d.FromSegment, d.ToSegment))
	}
	text += "policy " + short(d.Revision)
	if d.VTEPSrc != "" {
		text += fmt.Sprintf(", VTEP %s -> %s", d.VTEPSrc, d.VTEPDst)
	}
	if d.Group != 0 {
		text += fmt.Sprintf(", group %d", d.Group)
	}
	b.WriteString(wrap("  ", text))
}

// dropKey says who spoke to whom, as far as the packet was read.
func dropKey(d *admin.Drop) string {
	if d.Src != "" {
		return keyText(&d.Key)
	}
	text := fmt.Sprintf("frame of %d bytes", d.Length)
	if d.VTEPSrc != "" {
		text = keyText(&d.Key) + ", " + text
	}
	return text
}
