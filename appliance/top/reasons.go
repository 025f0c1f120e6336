package top

import (
	"cmp"
	"slices"
	"strings"

	"vxwall/appliance/admin"
)

// reasonRow is a reason for which packets were dropped, or passed uninspected.
type reasonRow struct {
	fate, stage, reason, meaning string
	packets, bits                rate
	total                        uint64
}

var reasonSorts = []string{"rate", "total"}

// kernelStage is what the XDP program is called as a stage.
const kernelStage = "kernel"

// reasonRows are all reasons that were counted, with their rates.
func (m *Model) reasonRows() (rows []reasonRow) {
	for _, kind := range []struct {
		fate, stage string
		counts      func(s *admin.Status) []admin.Count
	}{
		{"drop", "", func(s *admin.Status) []admin.Count { return s.Packets.DroppedBy }},
		{"drop", kernelStage, func(s *admin.Status) []admin.Count { return s.Kernel.DroppedBy }},
		{"monitor", "", func(s *admin.Status) []admin.Count { return s.Packets.MonitoredBy }},
		{"pass", "", func(s *admin.Status) []admin.Count { return s.Packets.UninspectedBy }},
		{"pass", kernelStage, func(s *admin.Status) []admin.Count { return s.Kernel.RelayedBy }},
	} {
		var old []admin.Count
		if m.old != nil {
			old = kind.counts(&m.old.Status)
		}
		for _, c := range kind.counts(&m.now.Status) {
			before := countBefore(old, &c)
			rows = append(rows, reasonRow{
				fate: kind.fate, stage: cmp.Or(c.Stage, kind.stage, "worker"), reason: c.Reason, meaning: c.Meaning, total: c.Packets,
				packets: m.per(before.Packets, c.Packets), bits: 8 * m.per(before.Bytes, c.Bytes),
			})
		}
	}
	return rows
}

// countBefore is what a count was before: nothing, if it was not there.
func countBefore(old []admin.Count, now *admin.Count) admin.Tally {
	i := slices.IndexFunc(old, func(c admin.Count) bool { return c.Stage == now.Stage && c.Reason == now.Reason })
	if i < 0 {
		return admin.Tally{}
	}
	return old[i].Tally
}

func (m *Model) reasons(sort, width int) Table {
	note := "pass: uninspected"
	if width >= wide {
		note = "drop: dropped; monitor: would be; pass: uninspected"
	}
	rows := m.reasonRows()
	slices.SortStableFunc(rows, func(a, b reasonRow) int {
		c := 0
		if sort == 0 {
			c = descending(a.packets, b.packets)
		}
		return cmp.Or(c, cmp.Compare(b.total, a.total), strings.Compare(a.reason, b.reason))
	})
	t := Table{
		Sorts: reasonSorts, Note: note,
		Columns: []Column{{"pkt/s", true, 6}, {"bit/s", true, 6}, {"total", true, 6}, {"what", false, 7}, {"stage", false, 8}, {"reason", false, 22}, {"meaning", false, 0}},
	}
	for _, r := range rows {
		t.Rows = append(t.Rows, Row{
			Cells: []string{r.packets.String(), r.bits.String(), total(r.total), r.fate, r.stage, r.reason, r.meaning},
			Alarm: r.fate != "pass" && r.packets > 0, Opens: Target{Text: r.fate + ", stage " + r.stage + ", reason " + r.reason + "\n\n" + r.meaning},
		})
	}
	return t
}
