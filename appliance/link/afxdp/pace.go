package afxdp

import "time"

// pace tells the time since 1970 for the pipeline. It follows the system's clock,
// but neither leaps with it nor goes back: flows would all end at once, or none
// for as long as the step was. When the clock was set, time passes half as fast
// again, or half as fast, until it is right. One goroutine uses it.
type pace struct{ monotonic, unix int64 }

// tick moves time on and returns it.
func (p *pace) tick(c *clock, now time.Time) int64 { return p.move(c.at(now), now.UnixNano()) }

// move is tick by CLOCK_MONOTONIC and the system's clock, in nanoseconds.
func (p *pace) move(monotonic, wall int64) int64 {
	if p.unix == 0 {
		p.monotonic, p.unix = monotonic, wall
		return wall
	}
	passed := monotonic - p.monotonic
	behind := wall - (p.unix + passed)
	p.monotonic = monotonic
	p.unix += passed + max(-passed/2, min(behind, passed/2))
	return p.unix
}

// ahead is how much later it is than by the system's clock.
func (p *pace) ahead(c *clock, now time.Time) int64 {
	if p.unix == 0 {
		return 0
	}
	return p.unix + c.at(now) - p.monotonic - now.UnixNano()
}
