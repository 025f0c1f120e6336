package top

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"vxwall/appliance/admin"
)

// Screen shows a Model and takes keys. All but poll runs in tview's own goroutine.
type Screen struct {
	Source   Source
	Interval time.Duration
	Now      func() time.Time
	Only     Filter       // to begin with
	Terminal tcell.Screen // nil for the terminal of the process

	app    *tview.Application
	pages  *tview.Pages
	header *tview.TextView
	tabs   *tview.TextView
	table  *tview.Table
	detail *tview.TextView
	input  *tview.InputField
	footer *tview.TextView
	layout *tview.Flex

	model   Model
	view    View
	sorts   [views]int
	shown   Table
	width   int
	message string // in the footer until the next key
	paused  bool

	mu     sync.Mutex // of what poll asks for
	filter Filter
	open   uint64 // flow whose page is open, 0 for none
	wake   chan struct{}
}

// Run shows the screen until q is pressed or the context ends.
func (s *Screen) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.build()
	stop := context.AfterFunc(ctx, s.app.Stop)
	defer stop()
	go s.poll(ctx)
	if err := s.app.Run(); err != nil {
		return fmt.Errorf("use terminal: %w", err)
	}
	return nil
}

// Names of the pages in the middle of the screen.
const (
	tablePage  = "table"
	detailPage = "detail"
)

// build makes the widgets, from top to bottom.
func (s *Screen) build() {
	s.wake, s.filter = make(chan struct{}, 1), s.Only
	s.app = tview.NewApplication()
	if s.Terminal != nil {
		s.app.SetScreen(s.Terminal)
	}
	tview.Styles.PrimitiveBackgroundColor = tcell.ColorDefault
	tview.Styles.PrimaryTextColor = tcell.ColorDefault
	text := func() *tview.TextView { return tview.NewTextView().SetDynamicColors(true).SetWrap(false) }
	s.header, s.tabs, s.footer = text(), text(), text()
	s.detail = text().SetWrap(true).SetWordWrap(true)
	s.table = tview.NewTable().SetFixed(1, 0).SetSelectable(true, false)
	s.table.SetSelectedStyle(tcell.StyleDefault.Reverse(true))
	s.table.SetSelectedFunc(func(row, _ int) { s.enter(row - 1) })
	s.input = tview.NewInputField().SetLabel("filter: ").SetFieldBackgroundColor(tcell.ColorDefault)
	s.input.SetDoneFunc(s.filtered)
	s.pages = tview.NewPages().AddPage(tablePage, s.table, true, true).AddPage(detailPage, s.detail, true, false)
	s.layout = tview.NewFlex().SetDirection(tview.FlexRow).
		AddItem(s.header, 2, 0, false).AddItem(s.tabs, 1, 0, false).AddItem(s.pages, 0, 1, true).AddItem(s.footer, 1, 0, false)
	s.app.SetRoot(s.layout, true).SetInputCapture(s.key)
	s.app.SetBeforeDrawFunc(func(screen tcell.Screen) bool {
		if width, _ := screen.Size(); width != s.width {
			s.width = width
			s.refresh()
		}
		return false
	})
}

// refresh makes all texts anew.
func (s *Screen) refresh() {
	lines := s.model.Header(s.Now(), s.width)
	s.header.SetText(colored(lines))
	s.layout.ResizeItem(s.header, len(lines), 0)
	s.shown = s.model.Table(s.view, s.sorts[s.view], s.width)
	s.tabs.SetText(s.tabLine())
	s.footer.SetText(s.footLine())
	s.fillTable()
}

// colored marks lines that want to be seen, and those that are old.
func colored(lines []Line) string {
	var b strings.Builder
	for i, l := range lines {
		text := tview.Escape(l.Text)
		switch {
		case l.Alarm:
			text = "[red::b]" + text + "[-::-]"
		case l.Dim:
			text = "[::d]" + text + "[::-]"
		case i == 0:
			text = "[::b]" + text + "[::-]"
		}
		b.WriteString(text + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// fillTable writes the rows. The selected flow stays selected.
func (s *Screen) fillTable() {
	heading, lines := s.shown.Layout(s.width)
	row, _ := s.table.GetSelection()
	selected := s.selectedFlow()
	s.table.Clear()
	s.table.SetCell(0, 0, tview.NewTableCell(tview.Escape(heading)).SetSelectable(false).SetAttributes(tcell.AttrUnderline))
	for i, line := range lines {
		cell := tview.NewTableCell(tview.Escape(line)).SetReference(s.shown.Rows[i].Opens)
		if s.shown.Rows[i].Alarm {
			cell.SetTextColor(tcell.ColorRed)
		}
		s.table.SetCell(i+1, 0, cell)
		if id := s.shown.Rows[i].Opens.Flow; id != 0 && id == selected {
			row = i + 1
		}
	}
	s.table.Select(max(1, min(row, len(lines))), 0)
	if row <= 1 {
		s.table.ScrollToBeginning()
	}
}

// selectedFlow is the flow of the selected row, 0 if there is none, or the first row is
// selected: who looks at the top wants to see what is on top.
func (s *Screen) selectedFlow() uint64 {
	row, _ := s.table.GetSelection()
	if row <= 1 || row >= s.table.GetRowCount() {
		return 0
	}
	target, _ := s.table.GetCell(row, 0).GetReference().(Target)
	return target.Flow
}

func (s *Screen) tabLine() string {
	var b strings.Builder
	used := 0
	for v := range views {
		text := fmt.Sprintf(" %d %s ", v+1, v)
		used += len(text)
		if v == s.view {
			text = "[::r]" + text + "[::-]"
		}
		b.WriteString(text)
	}
	state := ""
	if f := s.asked().String(); f != "" {
		state += " only " + f
	}
	if s.paused {
		state += " PAUSED"
	}
	if s.shown.Note != "" {
		state += " " + s.shown.Note
	}
	b.WriteString(tview.Escape(cut(state, s.width-used)))
	return b.String()
}

func (s *Screen) footLine() string {
	if s.message != "" {
		return "[red]" + tview.Escape(cut(s.message, s.width)) + "[-]"
	}
	if name, _ := s.pages.GetFrontPage(); name == detailPage {
		return "esc back  ↑↓ scroll  p pause  q quit"
	}
	keys := []string{"q quit", "1-5 view", "enter open"}
	if sorts := s.shown.Sorts; len(sorts) > 1 {
		keys = append(keys, "s sort: "+sorts[s.sorts[s.view]])
	}
	keys = append(keys, "/ filter")
	if s.asked() != (Filter{}) {
		keys = append(keys, "c clear")
	} else {
		keys = append(keys, "p pause")
	}
	return cut(strings.Join(append(keys, "? help"), "  "), s.width)
}

func (s *Screen) asked() Filter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.filter
}

// page shows a text instead of the table.
func (s *Screen) page(text string) {
	s.detail.SetText(tview.Escape(text))
	if name, _ := s.pages.GetFrontPage(); name != detailPage {
		s.detail.ScrollToBeginning()
		s.pages.SwitchToPage(detailPage)
		s.app.SetFocus(s.detail)
	}
	s.footer.SetText(s.footLine())
}

// report shows the page of a flow, or why there is none.
func (s *Screen) report(id uint64, r *admin.FlowReport, err error) {
	s.mu.Lock()
	wanted := s.open == id
	s.mu.Unlock()
	switch {
	case !wanted || s.model.now == nil:
	case err != nil && s.model.find(id) == nil:
		s.message = err.Error()
	case err != nil:
		s.page("flow: " + err.Error())
	default:
		s.page(s.model.FlowPage(r))
	}
}
