package top

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"vxwall/appliance/admin"
)

var flowSorts = []string{"rate", "packets", "bytes", "age", "VNI"}

func compareFlows(by string) func(a, b flowRow) int {
	return func(a, b flowRow) int {
		c := 0
		switch by {
		case "packets":
			c = descending(a.packets, b.packets)
		case "bytes":
			c = cmp.Compare(b.Forth.Bytes+b.Back.Bytes, a.Forth.Bytes+a.Back.Bytes)
		case "age":
			c = cmp.Compare(a.Age, b.Age)
		case "VNI":
			c = cmp.Compare(a.VNI, b.VNI)
		}
		return cmp.Or(c, descending(a.bits(), b.bits()), cmp.Compare(b.Forth.Bytes+b.Back.Bytes, a.Forth.Bytes+a.Back.Bytes), cmp.Compare(a.ID, b.ID))
	}
}

func (m *Model) flowTable(sort, width int) Table {
	t := Table{Sorts: flowSorts, Note: m.coverage()}
	rows := slices.Clone(m.rows)
	slices.SortStableFunc(rows, compareFlows(t.Sorts[sort]))
	t.Columns = []Column{{"bit/s", true, 6}, {"pkt/s", true, 6}, {"VNI", true, 8}, {"proto", false, 6}, {"from", false, 0}, {"to", false, 0}, {"verdict", false, 7}, {"rule", false, 12}}
	if width >= wide {
		t.Columns = append(t.Columns, Column{"segments", false, 24}, Column{"state", false, 11}, Column{"bytes", true, 6}, Column{"age", true, 7}, Column{"idle", true, 6}, Column{"by", false, 6})
	}
	for i := range rows {
		t.Rows = append(t.Rows, rows[i].row(width))
	}
	return t
}

func (f *flowRow) row(width int) Row {
	speed := f.bits().String()
	if f.rough {
		speed = "~" + speed
	}
	cells := []string{
		speed, f.packets.String(), strconv.FormatUint(uint64(f.VNI), 10), f.Proto,
		endText(f.Src, f.SrcPort), endText(f.Dst, f.DstPort), actionText(f.Flow), f.Rule,
	}
	if width >= wide {
		by := "worker"
		if f.Forth.Offloaded || f.Back.Offloaded {
			by = "kernel"
		}
		cells = append(cells, pairText(f.FromSegment, f.ToSegment), f.State, total(f.Forth.Bytes+f.Back.Bytes), lasted(f.Age), lasted(f.Idle), by)
	}
	return Row{Cells: cells, Alarm: f.Action != "allow" && f.Action != "", Opens: Target{Flow: f.ID}}
}

// actionText is what a flow's verdict is called.
func actionText(f *admin.Flow) string {
	if f.Action == "" {
		return "none"
	}
	return f.Action
}

func endText(addr string, port uint16) string {
	if port == 0 {
		return addr
	}
	return net.JoinHostPort(addr, strconv.Itoa(int(port)))
}

// pairText names two segments.
func pairText(from, to string) string {
	return orNone(from) + " > " + orNone(to)
}

func orNone(segment string) string {
	if segment == "" {
		return "none"
	}
	return segment
}

// coverage says which flows are shown, if not all.
func (m *Model) coverage() string {
	f := &m.now.Flows
	var parts []string
	if len(f.Flows) < f.Matching {
		parts = append(parts, fmt.Sprintf("the %d with most bytes of %d", len(f.Flows), f.Matching))
	} else {
		parts = append(parts, fmt.Sprint(len(f.Flows)))
	}
	if !m.now.Filter.All {
		parts = append(parts, fmt.Sprintf("active in %ds", activeWhile))
	}
	return strings.Join(parts, ", ") + fmt.Sprintf(", of %d live", f.Total)
}
