package main

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"

	"vxwall/appliance/admin"
)

const statusExamples = `  vxwall status                          what is wrong stands first
  vxwall status --json | jq .packets
`

type statusCmd struct{ adminFlags }

// Run prints how the running vxwall is doing.
func (c *statusCmd) Run(e *env) error {
	client, err := c.client(e)
	if err != nil {
		return err
	}
	s, err := client.Status(e.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e, &s)
	}
	_, err = e.stdout.Write(statusText(&s, e))
	return err
}

// statusText writes a status for people.
func statusText(s *admin.Status, e *env) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "vxwall %s, pid %d, up %s, %s mode\n", s.Version, s.PID, lasted(s.Uptime), s.Mode)
	for _, line := range s.Attention {
		b.WriteString(wrap("attention: ", line))
	}
	b.WriteByte('\n')
	writePolicy(&b, s, e)
	writeTraffic(&b, s)
	writeVTEP(&b, s.VTEP)
	writePorts(&b, s)
	writeQueues(&b, s)
	writeWorkers(&b, s)
	writeRings(&b, s)
	writeCounts(&b, "dropped", s.Packets.DroppedBy)
	if s.Guard != nil {
		writeCounts(&b, "reported by the guard, and passed", s.Guard.SuspectBy)
	}
	writeCounts(&b, "dropped in the kernel", s.Kernel.DroppedBy)
	writeCounts(&b, wouldDrop(s.Mode), s.Packets.MonitoredBy)
	writeCounts(&b, "passed uninspected", s.Packets.UninspectedBy)
	writeCounts(&b, "passed uninspected in the kernel", s.Kernel.RelayedBy)
	return b.Bytes()
}

// wouldDrop is the title of what passes though it is denied.
func wouldDrop(mode string) string {
	if mode == "tap" {
		return "would be dropped (tap)"
	}
	return "would be dropped (monitor mode)"
}

// item writes a line that begins with what it is about.
func item(b *bytes.Buffer, about, format string, args ...any) {
	b.WriteString(wrap(fmt.Sprintf("%-12s ", about), fmt.Sprintf(format, args...)))
}

func writePolicy(b *bytes.Buffer, s *admin.Status, e *env) {
	p := &s.Policy
	item(b, "policy", "%s, %s, %s, in force for %s", p.Revision, p.Mode, count(p.Rules, "rule"), lasted(e.now().Sub(p.Since).Seconds()))
	if p.NextExpiry != nil {
		item(b, "", "a rule expires at %s", p.NextExpiry.Format("2006-01-02 15:04:05 MST"))
	}
	item(b, "rules", "%s", strings.Join(p.Paths, " "))
	r := s.Reload
	if r == nil {
		return
	}
	ago := lasted(e.now().Sub(r.Time).Seconds())
	switch {
	case r.Good:
		item(b, "last reload", "good, %s ago (%s): %s -> %s", ago, r.Why, r.Old, r.New)
	case r.Error != "":
		item(b, "last reload", "refused, %s ago (%s): %s", ago, r.Why, r.Error)
	default:
		item(b, "last reload", "refused, %s ago (%s): %s, the first: %s", ago, r.Why, count(len(r.Problems), "problem"), problemText(&r.Problems[0]))
	}
}

func problemText(p *admin.Problem) string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

func writeTraffic(b *bytes.Buffer, s *admin.Status) {
	p, k, f, ev := &s.Packets, &s.Kernel, &s.Flows, &s.Events
	item(b, "packets", "%s received = %s forwarded + %s dropped + %s held", grouped(p.Received.Packets),
		grouped(p.Forwarded.Packets), grouped(p.Dropped.Packets), grouped(p.Held))
	if s.Mode == "tap" {
		item(b, "copies", "%s out of a mirror's VXLAN, %s cut short, %s more of packets that came already; forwarded means that nothing spoke against it",
			grouped(p.Unwrapped), grouped(p.Truncated), grouped(p.Duplicates))
	}
	item(b, "", "%s; %s sent", bytesText(p.Received.Bytes), groupedCount(p.Answers, "answer"))
	item(b, "kernel", "%s offloaded packets forwarded, %s; %s flow directions offloaded at present",
		grouped(k.Forwarded.Packets), bytesText(k.Forwarded.Bytes), grouped(k.Offloaded))
	item(b, "flows", "%s live, room for %s; %s began, %s timed out, %s evicted", grouped(f.Live), grouped(f.Capacity),
		grouped(f.Created), grouped(f.Expired), grouped(f.Evicted))
	if ev.File == "" {
		item(b, "events", "none are written")
	} else {
		item(b, "events", "%s written, %s lost, %s", grouped(ev.Written), grouped(ev.Lost), ev.File)
	}
	writeGuard(b, s.Guard)
	if n := s.Frames; n.Total > 0 {
		item(b, "buffers", "%s of %s bytes: %s free, %s waiting to receive, %s received, %s to send, %s sent, %s held, %s between workers", grouped(n.Total),
			grouped(n.Size), grouped(n.Free), grouped(n.Fill), grouped(n.Rx), grouped(n.Tx), grouped(n.Completion), grouped(n.Held), grouped(n.HandOver))
	}
}

func writeGuard(b *bytes.Buffer, g *admin.Guard) {
	if g == nil {
		return
	}
	item(b, "guard", "%s; knows MAC addresses: %s, IP addresses: %s, VTEPs: %s; %s", g.Mode, grouped(g.MACs), grouped(g.Addresses),
		grouped(g.VTEPs), groupedCount(g.Moves, "move"))
}

func writePorts(b *bytes.Buffer, s *admin.Status) {
	if len(s.Ports) == 0 {
		return
	}
	w := tabwriter.NewWriter(b, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "\nport\txdp\tzero-copy\tqueues\tMTU\tto workers\toffloaded\n")
	for _, p := range s.Ports {
		zero := "no"
		if p.ZeroCopy {
			zero = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\n", p.Name, p.XDP, zero, p.Queues, p.MTU, grouped(p.Received.Packets), grouped(p.Offload.Packets))
	}
	w.Flush()
	for _, p := range s.Ports {
		if p.Note != "" {
			b.WriteString(wrap("  "+p.Name+": ", p.Note))
		}
	}
}

func writeWorkers(b *bytes.Buffer, s *admin.Status) {
	w := tabwriter.NewWriter(b, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "\nworker\treceived\tflows\tCPU time\thanded over\tring full\n")
	for i, k := range s.Workers {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", i, grouped(k.Received.Packets), grouped(k.Flows), lasted(k.CPU), grouped(k.HandedOver), grouped(k.HandOverFull))
	}
	w.Flush()
}

// writeRings writes the sockets that lost frames; the others are in the JSON.
func writeRings(b *bytes.Buffer, s *admin.Status) {
	w := tabwriter.NewWriter(b, 0, 8, 2, ' ', 0)
	title := "\nAF_XDP socket\treceived\tno room\tinvalid\tsent\tno room\trefused\n"
	for i := range s.Rings {
		k := &s.Rings[i]
		if k.RxDropped+k.RxInvalid+k.TxInvalid+k.TxFull+k.TxError == 0 {
			continue
		}
		fmt.Fprintf(w, "%s%s queue %d\t%s\t%s\t%s\t%s\t%s\t%s\n", title, k.Port, k.Queue, grouped(k.Received), grouped(k.RxDropped),
			grouped(k.RxInvalid+k.TxInvalid), grouped(k.Sent), grouped(k.TxFull), grouped(k.TxError))
		title = ""
	}
	w.Flush()
}

// writeCounts writes packets by reason, and what each reason means.
func writeCounts(b *bytes.Buffer, title string, counts []admin.Count) {
	if len(counts) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, c := range counts {
		name := c.Reason
		if c.Stage != "" {
			name = c.Stage + ": " + c.Reason
		}
		fmt.Fprintf(b, "  %-32s %15s %10s\n", name, grouped(c.Packets), bytesText(c.Bytes))
		b.WriteString(wrap("    ", c.Meaning))
	}
}
