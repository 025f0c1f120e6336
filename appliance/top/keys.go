package top

import (
	"github.com/gdamore/tcell/v2"
)

// help fits on the smallest screen.
const help = `1 to 5, tab  flows, hosts, pairs of segments, reasons of drops, newest drops
up, down     choose a line; also j and k, page up, page down, home, end
enter        a flow: its history, why it passes or not; a drop: all of it;
             a host or segments: their flows
esc          back
s            sort by something else
/ and c      filter, and clear it: VNI, address or prefix, segment, denied, all;
             in any order, such as: 100 10.0.0.0/24 denied
p and q      pause, quit

Rates are per second, between two snapshots. ~ is the mean of a flow's life: it
was not in the last snapshot. Flows are those with a packet in the last ten
seconds, at most the 2000 with most bytes; hosts and segments are their sums.
`

// key handles keys, but while the filter is being written.
func (s *Screen) key(e *tcell.EventKey) *tcell.EventKey {
	if s.input.HasFocus() {
		return e
	}
	s.message = ""
	switch e.Key() {
	case tcell.KeyEscape, tcell.KeyBackspace, tcell.KeyBackspace2:
		s.back()
		return nil
	case tcell.KeyTab:
		s.show((s.view + 1) % views)
		return nil
	case tcell.KeyRune:
		return s.letter(e)
	}
	return e
}

func (s *Screen) letter(e *tcell.EventKey) *tcell.EventKey {
	switch r := e.Rune(); r {
	case 'q':
		s.app.Stop()
	case '1', '2', '3', '4', '5':
		s.show(View(r - '1'))
	case 's':
		s.sorts[s.view] = (s.sorts[s.view] + 1) % max(1, len(s.shown.Sorts))
		s.table.Select(1, 0)
		s.refresh()
	case 'p':
		s.paused = !s.paused
		s.refresh()
		s.again()
	case 'c':
		s.only(Filter{})
	case '/':
		s.input.SetText(s.asked().String())
		s.layout.RemoveItem(s.footer).AddItem(s.input, 1, 0, false)
		s.app.SetFocus(s.input)
	case '?', 'h':
		s.close()
		s.page(help)
	default:
		return e
	}
	return nil
}

// show shows a table.
func (s *Screen) show(v View) {
	s.close()
	if s.view != v {
		s.view = v
		s.table.Select(1, 0)
	}
	s.back()
}

// back goes from a page to the table.
func (s *Screen) back() {
	s.close()
	s.pages.SwitchToPage(tablePage)
	s.app.SetFocus(s.table)
	s.refresh()
}

// close has no flow's page open.
func (s *Screen) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = 0
}

// only sets the filter, shows the table and asks at once.
func (s *Screen) only(f Filter) {
	s.mu.Lock()
	s.filter = f
	s.mu.Unlock()
	s.table.Select(1, 0)
	s.back()
	s.again()
}

// filtered ends the writing of a filter.
func (s *Screen) filtered(key tcell.Key) {
	s.layout.RemoveItem(s.input).AddItem(s.footer, 1, 0, false)
	s.app.SetFocus(s.pages)
	if key != tcell.KeyEnter {
		return
	}
	f, err := ParseFilter(s.input.GetText())
	if err != nil {
		s.message = err.Error()
		s.refresh()
		return
	}
	s.only(f)
}

// enter opens what a row stands for.
func (s *Screen) enter(row int) {
	if row < 0 || row >= len(s.shown.Rows) {
		return
	}
	switch target := s.shown.Rows[row].Opens; {
	case target.Flow != 0:
		s.mu.Lock()
		s.open = target.Flow
		s.mu.Unlock()
		s.again()
	case target.Drop != nil:
		s.page(target.Drop.page())
	case target.Filter != nil:
		s.view = Flows
		s.only(*target.Filter)
	case target.Text != "":
		s.page(target.Text)
	}
}
