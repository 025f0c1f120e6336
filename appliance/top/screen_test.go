package top

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"vxwall/appliance/admin"
)

// terminal is a simulated one that can be read while it is drawn on: tcell hands out what
// it writes to. tview begins it a second time, which changes nothing.
type terminal struct {
	tcell.SimulationScreen
	mu    sync.Mutex
	begun bool
}

func (t *terminal) Init() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.begun {
		return nil
	}
	t.begun = true
	return t.SimulationScreen.Init()
}

func (t *terminal) locked(f func()) { t.mu.Lock(); defer t.mu.Unlock(); f() }

func (t *terminal) Show() { t.locked(t.SimulationScreen.Show) }
func (t *terminal) Sync() { t.locked(t.SimulationScreen.Sync) }
func (t *terminal) Fini() { t.locked(t.SimulationScreen.Fini) }
func (t *terminal) SetSize(width, height int) {
	t.locked(func() { t.SimulationScreen.SetSize(width, height) })
}

// stage is a Screen on a simulated terminal.
type stage struct {
	t      *testing.T
	term   *terminal
	screen *Screen
	source *locked
	done   chan error
}

// locked is a source that a test may change while it is asked.
type locked struct {
	mu sync.Mutex
	source
}

func (l *locked) Status(ctx context.Context) (admin.Status, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.source.Status(ctx)
}

func (l *locked) Flows(ctx context.Context, q *admin.FlowQuery) (admin.Flows, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.source.Flows(ctx, q)
}

func (l *locked) Drops(ctx context.Context, limit int, since string) (admin.Drops, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.source.Drops(ctx, limit, since)
}

func (l *locked) Flow(ctx context.Context, id uint64) (admin.FlowReport, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.source.Flow(ctx, id)
}

func (l *locked) set(f func(s *source)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.source)
}

func newStage(t *testing.T, width, height int, snapshots ...*Snapshot) *stage {
	t.Helper()
	s := &stage{t: t, term: &terminal{SimulationScreen: tcell.NewSimulationScreen("UTF-8")}, source: &locked{source: source{answers: snapshots}}, done: make(chan error, 1)}
	if err := s.term.Init(); err != nil {
		t.Fatal(err)
	}
	s.term.SetSize(width, height)
	now := begin
	var mu sync.Mutex
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}
	s.screen = &Screen{Source: s.source, Interval: 20 * time.Millisecond, Now: clock, Terminal: s.term}
	go func() { s.done <- s.screen.Run(t.Context()) }()
	return s
}

// text is what stands on the terminal.
func (s *stage) text() string {
	s.term.mu.Lock()
	defer s.term.mu.Unlock()
	cells, width, height := s.term.GetContents()
	var b strings.Builder
	for y := range height {
		for x := range width {
			if r := cells[y*width+x].Runes; len(r) > 0 {
				b.WriteString(string(r))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// await waits until all of something stands on the terminal.
func (s *stage) await(wants ...string) string {
	s.t.Helper()
	text, missing := "", ""
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		text, missing = s.text(), ""
		for _, want := range wants {
			if !strings.Contains(text, want) {
				missing = want
			}
		}
		if missing == "" {
			return text
		}
	}
	s.t.Fatalf("no %q on\n%s", missing, text)
	return ""
}

func (s *stage) press(keys string) {
	for _, r := range keys {
		switch r {
		case '\n':
			s.term.InjectKey(tcell.KeyEnter, 0, tcell.ModNone)
		case '\x1b':
			s.term.InjectKey(tcell.KeyEscape, 0, tcell.ModNone)
		default:
			s.term.InjectKey(tcell.KeyRune, r, tcell.ModNone)
		}
	}
}

func busy(seconds int) *Snapshot {
	s := snapshot(seconds, flow(1, uint64(seconds)*1000, web("10.0.0.1", "10.0.0.2", "allow")), flow(2, uint64(seconds)*10, web("10.0.0.3", "10.0.0.2", "reject")))
	s.Status.Ports = []admin.Port{{Name: "eth1"}, {Name: "eth2"}}
	s.Status.Packets.DroppedBy = []admin.Count{{Stage: "segment", Reason: "segment-rejected", Meaning: "a rule rejects it", Tally: admin.Tally{Packets: uint64(seconds)}}}
	s.Drops.Recent = []admin.Drop{{Time: begin, Key: admin.Key{VNI: 100, Src: "10.0.0.3", Dst: "10.0.0.2", DstPort: 80, Service: "tcp/80"}, Stage: "segment", Reason: "segment-rejected", Meaning: "a rule rejects it"}}
	return s
}

// TestScreen goes through all that can be seen and pressed.
func TestScreen(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 50}} {
		s := newStage(t, size[0], size[1], busy(1), busy(2))
		s.source.set(func(of *source) {
			of.flow = admin.FlowReport{Flow: busy(2).Flows.Flows[0], InForce: "1-abc", Explanation: "\nverdict: FORWARDED"}
		})
		text := s.await("vxwall 1.2, wire, enforce 1-abc", "nothing asks for attention", "1 flows", "10.0.0.1:4000", "reject", "q quit", "s sort: rate")
		if size[0] >= wide {
			s.term.SetSize(size[0], size[1]) // tview began with the terminal's first size
			text = s.await("web > db", "segments", "idle")
		}
		if lines := strings.Split(text, "\n"); len([]rune(lines[0])) != size[0] {
			t.Errorf("not %d columns:\n%s", size[0], text)
		}
		s.press("\n")
		s.await("flow 1: VNI 100, tcp, 10.0.0.1:4000 -> 10.0.0.2:80", "its next packet: FORWARDED", "esc back")
		s.press("\x1b2")
		s.await("sends bit/s", "10.0.0.3")
		s.press("3")
		s.await("from segment", "there bit/s")
		s.press("4")
		s.await("meaning", "segment-rejected", "a rule rejects")
		s.press("\n")
		s.await("drop, stage segment, reason segment-rejected")
		s.press("5")
		s.await("service", "tcp/80")
		s.press("\n")
		s.await("vxwall explain --vni 100 --from 10.0.0.3 --to 10.0.0.2 --service tcp/80")
		s.press("?")
		s.await("Rates are per second")
		s.press("/100\n") // shows what was asked for
		s.await("only 100", "reason", "tcp/80")
		s.press("c1s")
		s.await("s sort: packets")
		s.press("/200 10.0.0.9\n")
		s.await("only 200 10.0.0.9")
		s.press("/ nonsense/\n")
		s.await(`"nonsense/" is no address or prefix`)
		s.press("cp")
		s.await("PAUSED")
		s.press("pq")
		if err := <-s.done; err != nil {
			t.Error(err)
		}
	}
}

// TestScreenOutlivesVxwall: it says since when nobody answers, and goes on when
// somebody does.
func TestScreenOutlivesVxwall(t *testing.T) {
	s := newStage(t, 80, 24)
	s.await("NO ANSWER since", "nobody there")
	s.source.set(func(of *source) { of.answers = []*Snapshot{busy(1), busy(2)} })
	s.await("nothing asks for attention", "10.0.0.1:4000")
	s.source.set(func(of *source) { of.answers = nil })
	s.await("NO ANSWER since", "10.0.0.1:4000")
	next := busy(1)
	next.Status.Started, next.Status.Version = begin, "1.3"
	s.source.set(func(of *source) { of.answers = []*Snapshot{next} })
	s.await("vxwall 1.3", "nothing asks for attention")
	s.term.SetSize(200, 50)
	s.await("web > db")
	s.press("q")
	if err := <-s.done; err != nil {
		t.Error(err)
	}
}
