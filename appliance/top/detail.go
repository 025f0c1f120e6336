package top

import (
	"fmt"
	"strings"

	"vxwall/appliance/admin"
)

// FlowPage tells all that is known of a flow: how fast it is and was, what was dropped
// of it, and why it passes or not.
func (m *Model) FlowPage(r *admin.FlowReport) string {
	var b strings.Builder
	fmt.Fprintf(&b, "flow %d: VNI %d, %s, %s -> %s\n", r.ID, r.VNI, r.Proto, endText(r.Src, r.SrcPort), endText(r.Dst, r.DstPort))
	fmt.Fprintf(&b, "%s, %s by rule %s, %s\n", r.State, actionText(&r.Flow), orNone(r.Rule), pairText(r.FromSegment, r.ToSegment))
	fmt.Fprintf(&b, "judged by policy %s, in force is %s; worker %d\n", orNone(r.Revision), r.InForce, r.Worker)
	begun := "began"
	if r.Midstream {
		begun = "was picked up in its middle"
	}
	fmt.Fprintf(&b, "%s %s ago, newest packet %s ago\n\n", begun, lasted(r.Age), lasted(r.Idle))
	row := m.find(r.ID)
	writeWay(&b, "there", &r.Forth, row, true)
	writeWay(&b, "back", &r.Back, row, false)
	if w := m.flows[r.ID]; w != nil && len(w.history) > 1 {
		most := rate(0)
		for _, v := range w.history {
			most = max(most, known(v))
		}
		fmt.Fprintf(&b, "history %s  peak %v bit/s\n", sparkline(w.history), most)
	}
	why, verdict, _ := strings.Cut(r.Explanation, "\nverdict: ") // the end first: it is what one looks for
	if verdict != "" {
		b.WriteString("\nits next packet: " + verdict)
	}
	b.WriteString("\n" + why + "\n\n")
	m.writeDrops(&b, &r.Key)
	return b.String()
}

func writeWay(b *strings.Builder, name string, w *admin.Way, row *flowRow, forth bool) {
	speed := unknown
	if row != nil && forth {
		speed = row.forth.String()
	} else if row != nil {
		speed = row.back.String()
	}
	by := "a worker"
	if w.Offloaded {
		by = "the kernel"
	}
	fmt.Fprintf(b, "%-7s %s bit/s, %d packets, %s bytes, from VTEP %s, by %s", name, speed, w.Packets, total(w.Bytes), orNone(w.VTEP), by)
	if w.Group != 0 {
		fmt.Fprintf(b, ", group %d", w.Group)
	}
	b.WriteByte('\n')
}

// mostDropLines is how many drops of a flow are told one by one.
const mostDropLines = 5

// writeDrops writes the newest drops that show a key, in either direction.
func (m *Model) writeDrops(b *strings.Builder, k *admin.Key) {
	n := 0
	for i := len(m.now.Drops.Recent) - 1; i >= 0; i-- {
		d := &m.now.Drops.Recent[i]
		if !sameFlow(k, &d.Key) {
			continue
		}
		if n++; n <= mostDropLines {
			fmt.Fprintf(b, "dropped %s: %s (%s)\n", d.Time.Local().Format("15:04:05.000"), d.Reason, d.Meaning)
		}
	}
	if n > mostDropLines {
		fmt.Fprintf(b, "… and %d more recent drops\n", n-mostDropLines)
	}
}

func sameFlow(a, b *admin.Key) bool {
	if a.VNI != b.VNI || a.Proto != b.Proto || a.VLAN != b.VLAN || a.Nested != b.Nested {
		return false
	}
	return a.Src == b.Src && a.SrcPort == b.SrcPort && a.Dst == b.Dst && a.DstPort == b.DstPort ||
		a.Src == b.Dst && a.SrcPort == b.DstPort && a.Dst == b.Src && a.DstPort == b.SrcPort
}

// page tells all of a drop, and how to have it explained.
func (d dropRow) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "dropped %s: VNI %d, %s, %s -> %s, %d bytes\n", d.Time.Local().Format("15:04:05.000000"), d.VNI, orNone(d.Service),
		endText(d.Src, d.SrcPort), endText(d.Dst, d.DstPort), d.Length)
	fmt.Fprintf(&b, "reason %s, by stage %s: %s\n", d.Reason, d.Stage, d.Meaning)
	fmt.Fprintf(&b, "VTEP %s -> %s, group %d, worker %d\n", orNone(d.VTEPSrc), orNone(d.VTEPDst), d.Group, d.Worker)
	if d.Rule != "" {
		fmt.Fprintf(&b, "rule %s, %s, policy %s\n", d.Rule, pairText(d.FromSegment, d.ToSegment), d.Revision)
	}
	if d.Monitored {
		b.WriteString("it passed: the policy only monitors\n")
	}
	if d.Src != "" && d.Service != "" {
		fmt.Fprintf(&b, "\nwhy, rule by rule:\n  vxwall explain --vni %d --from %s --to %s --service %s\n", d.VNI, d.Src, d.Dst, d.Service)
	}
	return b.String()
}
