package top

import (
	"context"
	"time"

	"vxwall/appliance/admin"
)

// patience is how long an answer may take before it counts as none: a vxwall that
// hangs is to be seen as that.
const patience = 5 * time.Second

// poll asks again and again. It alone speaks with vxwall; what it hears goes to
// tview's goroutine.
func (s *Screen) poll(ctx context.Context) {
	for ctx.Err() == nil {
		s.askOnce(ctx)
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-time.After(s.Interval):
		}
	}
}

// again asks before the interval is over.
func (s *Screen) again() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Screen) askOnce(ctx context.Context) {
	s.mu.Lock()
	filter, open := s.filter, s.open
	s.mu.Unlock()
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	snapshot, err := Ask(asking, s.Source, filter, s.Now)
	var report *admin.FlowReport
	var refused error
	if err == nil && open != 0 {
		var r admin.FlowReport
		r, refused = s.Source.Flow(asking, open)
		report = &r
	}
	if ctx.Err() != nil {
		return
	}
	s.app.QueueUpdateDraw(func() {
		if err != nil {
			s.model.Fail(s.Now(), err)
		} else if !s.paused || s.model.now == nil || s.model.now.Filter != filter {
			s.model.Take(snapshot)
		}
		s.refresh()
		if report != nil {
			s.report(open, report, refused)
		}
	})
}
