package top

import (
	"fmt"
	"io"
	"time"
)

// plainRows bounds the rows of a frame that is written as text.
const plainRows = 20

// WritePlain writes a frame as text: for logs, and for those without a terminal.
func (m *Model) WritePlain(w io.Writer, v View, now time.Time, width int) error {
	for _, line := range m.Header(now, width) {
		if _, err := fmt.Fprintln(w, line.Text); err != nil {
			return err
		}
	}
	t := m.Table(v, 0, width)
	heading, lines := t.Layout(width)
	if _, err := fmt.Fprintf(w, "\n%s: %s\n%s\n", v, t.Note, heading); err != nil {
		return err
	}
	for _, line := range lines[:min(len(lines), plainRows)] {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}
