package top

import "strings"

// widest is room for an IPv6 address with a port. A column without a width of its own gets
// no more, unless it is the last: on a wide screen what belongs together stays together.
const widest = 47

// Layout makes lines of a table, each as wide as the screen: a heading, and one for
// each row. What has no width of its own shares what is left.
func (t *Table) Layout(width int) (heading string, lines []string) {
	widths := t.widths(width)
	titles := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		titles[i] = c.Title
	}
	for i := range t.Rows {
		lines = append(lines, t.line(t.Rows[i].Cells, widths, width))
	}
	return t.line(titles, widths, width), lines
}

// widths are those of the columns, with one space between them.
func (t *Table) widths(width int) []int {
	widths := make([]int, len(t.Columns))
	left, open := width-max(0, len(widths)-1), 0
	for i, c := range t.Columns {
		widths[i] = c.Width
		left -= c.Width
		if c.Width == 0 {
			open++
		}
	}
	for i, c := range t.Columns {
		if c.Width == 0 {
			widths[i] = max(left/open, 4)
			if i < len(widths)-1 {
				widths[i] = min(widths[i], widest)
			}
			left, open = left-widths[i], open-1
		}
	}
	return widths
}

func (t *Table) line(cells []string, widths []int, width int) string {
	var b strings.Builder
	used := 0
	for i, c := range t.Columns {
		used += widths[i]
		text := cut(cells[i], widths[i])
		if c.Width == 0 && c.Title != "meaning" {
			text = fit(cells[i], widths[i])
		}
		pad := strings.Repeat(" ", widths[i]-len([]rune(text)))
		if c.Right {
			text = pad + text
		} else {
			text += pad
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(text)
	}
	b.WriteString(strings.Repeat(" ", max(0, width-used-max(0, len(t.Columns)-1))))
	return cut(b.String(), width)
}
