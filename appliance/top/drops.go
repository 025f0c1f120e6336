package top

import (
	"strconv"

	"vxwall/appliance/admin"
)

// dropRow is a packet that was dropped.
type dropRow struct{ *admin.Drop }

// drops is the table of the most recent drops, the newest first.
func (m *Model) drops(width int) Table {
	t := Table{
		Sorts:   []string{"time"},
		Columns: []Column{{"time", false, 12}, {"VNI", true, 8}, {"service", false, 9}, {"from", false, 0}, {"to", false, 0}, {"reason", false, 18}},
	}
	if width >= wide {
		t.Columns[2].Width = 18
		t.Columns = append(t.Columns, Column{"stage", false, 8}, Column{"rule", false, 18}, Column{"segments", false, 28})
	}
	recent := m.now.Drops.Recent
	for i := len(recent) - 1; i >= 0; i-- {
		if d := &recent[i]; m.now.Filter.takes(d) {
			t.Rows = append(t.Rows, dropRow{d}.row(width))
		}
	}
	if n := m.now.Drops.Skipped; n > 0 {
		t.Note = total(n) + " more were not noted: too many at once"
	}
	return t
}

func (d dropRow) row(width int) Row {
	cells := []string{
		d.Time.Local().Format("15:04:05.000"), strconv.FormatUint(uint64(d.VNI), 10), d.Service,
		endText(d.Src, d.SrcPort), endText(d.Dst, d.DstPort), d.Reason,
	}
	if width >= wide {
		cells = append(cells, d.Stage, d.Rule, pairText(d.FromSegment, d.ToSegment))
	}
	return Row{Cells: cells, Alarm: !d.Monitored, Opens: Target{Drop: &d}}
}
