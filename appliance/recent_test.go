package appliance

import (
	"testing"

	"vxwall/inspect/segment"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// dropper gives f a dropped packet.
type dropper struct {
	discard
	f func(p *pipeline.Packet)
}

func (d dropper) Dropped(p *pipeline.Packet) { d.f(p) }

// withDrop calls f with a packet that a policy dropped.
func withDrop(t *testing.T, f func(*pipeline.Packet, *pipeline.Current)) {
	t.Helper()
	policies := NewPolicies()
	policies.Use(checkText(t, boxRules), func(s *segment.Stage) pipeline.Stage { return s })
	called := false
	observer := dropper{f: func(p *pipeline.Packet) { called = true; f(p, &policies.Current) }}
	w := pipeline.NewWorker(pipeline.Default(), pt.NewQueue(query("10.1.0.5", "10.2.0.9", 22)), &policies.Current, observer)
	if err := w.Step(); err != nil || !called {
		t.Fatal("nothing was dropped:", err)
	}
}

// TestRecentFlood: of a flood of drops some are noted, all are counted, and
// nothing is allocated.
func TestRecentFlood(t *testing.T) {
	withDrop(t, func(p *pipeline.Packet, current *pipeline.Current) {
		r := newRecentDrops(discard{}, current)
		const drops = 1000
		if n := testing.AllocsPerRun(drops-1, func() { r.Dropped(p) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
		kept, last, _ := r.since(0, nil)
		if len(kept) != recentPerTurn || last != recentPerTurn || r.skipped.Load() != drops-recentPerTurn {
			t.Errorf("%d kept, the last is %d, %d skipped", len(kept), last, r.skipped.Load())
		}
	})
}

// TestRecentRing keeps the newest.
func TestRecentRing(t *testing.T) {
	withDrop(t, func(p *pipeline.Packet, current *pipeline.Current) {
		r := newRecentDrops(discard{}, current)
		for range 3 * recentKept {
			r.noted = 0 // no flood
			r.Dropped(p)
		}
		kept, last, missed := r.since(0, nil)
		if last != 3*recentKept || missed != 2*recentKept || len(kept) != recentKept || kept[0].number != 2*recentKept+1 || kept[recentKept-1].number != last {
			t.Errorf("%d kept, %d to %d", len(kept), kept[0].number, last)
		}
		if kept, _, missed := r.since(last-5, nil); len(kept) != 5 || missed != 0 {
			t.Errorf("%d kept since", len(kept))
		}
		if kept, _, missed := r.since(recentKept, nil); len(kept) != recentKept || missed != recentKept {
			t.Errorf("%d kept since a drop that is not, %d missed", len(kept), missed)
		}
		if kept, _, _ := r.since(last+1000, nil); len(kept) != recentKept {
			t.Errorf("%d kept since a drop of another run", len(kept))
		}
	})
}

// TestRecentReader: a reader does not keep the worker.
func TestRecentReader(t *testing.T) {
	withDrop(t, func(p *pipeline.Packet, current *pipeline.Current) {
		r := newRecentDrops(discard{}, current)
		r.mu.Lock()
		r.Dropped(p)
		r.mu.Unlock()
		if kept, _, _ := r.since(0, nil); len(kept) != 0 || r.skipped.Load() != 1 {
			t.Errorf("%d kept, %d skipped", len(kept), r.skipped.Load())
		}
	})
}

func TestCursor(t *testing.T) {
	for text, want := range map[string]string{"": "0.0", "3.17": "3.17", "5": "5.0", "1.2.3": "1.2", "x.-1": "0.0", "99999999999999999999.4": "18446744073709551615.4"} {
		if got := cursorText(parseCursor(text, 2)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
