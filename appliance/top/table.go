package top

import "cmp"

// View is one of the tables.
type View int

// The views, by their number keys.
const (
	Flows View = iota
	Hosts
	Segments
	Reasons
	Drops
	views
)

var viewNames = [views]string{"flows", "hosts", "segments", "reasons", "drops"}

// String is what the view is called.
func (v View) String() string { return viewNames[v] }

// Table is a view as text.
type Table struct {
	Columns []Column
	Rows    []Row
	Sorts   []string // what it can be sorted by
	Note    string   // what is not shown
}

// Column is a heading. Width is the most its cells have, 0 for what is left.
type Column struct {
	Title string
	Right bool
	Width int
}

// Row is a line of a table.
type Row struct {
	Cells []string
	Alarm bool // something was denied or dropped
	Opens Target
}

// Target is what the enter key opens: a flow, a drop, or another filter of the flows.
type Target struct {
	Flow   uint64
	Drop   *dropRow
	Filter *Filter
	Text   string
}

// wide is from how many columns on tables say more.
const wide = 120

// Table makes a view. sort is an index into its Sorts.
func (m *Model) Table(v View, sort, width int) Table {
	if m.now == nil {
		return Table{Sorts: []string{""}}
	}
	switch v {
	case Hosts:
		return m.hosts(sort, width)
	case Segments:
		return m.segments(sort, width)
	case Reasons:
		return m.reasons(sort, width)
	case Drops:
		return m.drops(width)
	}
	return m.flowTable(sort, width)
}

// descending compares rates, what is not known last.
func descending(a, b rate) int { return cmp.Compare(b.orZero(), a.orZero()) }

func (r rate) orZero() float64 {
	if r != r {
		return 0
	}
	return float64(r)
}
