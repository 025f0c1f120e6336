// Package pace tells live links the time for the pipeline.
package pace

import "time"

// Pace is the time since 1970. It follows the system's clock, but neither leaps
// with it nor goes back: flows would all end at once, or none for as long as the
// step was. When the clock was set, time passes half as fast again, or half as
// fast, until it is right. One goroutine uses it; the zero value is ready.
type Pace struct {
	last time.Time // of the monotonic clock
	unix int64
}

// Tick moves time on to a moment that time.Now returned, and returns it in
// nanoseconds.
func (p *Pace) Tick(now time.Time) int64 {
	passed := int64(now.Sub(p.last))
	p.last = now
	return p.move(passed, now.UnixNano())
}

// move is Tick by how much time has passed and what the system's clock says.
func (p *Pace) move(passed, wall int64) int64 {
	if p.unix == 0 {
		p.unix = wall
		return wall
	}
	behind := wall - (p.unix + passed)
	p.unix += passed + max(-passed/2, min(behind, passed/2))
	return p.unix
}

// Ahead is how much later it is than by the system's clock.
func (p *Pace) Ahead(now time.Time) int64 {
	if p.unix == 0 {
		return 0
	}
	return p.unix + int64(now.Sub(p.last)) - now.UnixNano()
}
