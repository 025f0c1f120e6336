package afxdp

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// clock reads CLOCK_MONOTONIC without a system call: Go's own monotonic time is the
// same clock with another zero. It also knows the kernel's jiffies, the only clock
// that costs the XDP program nothing.
type clock struct {
	start     time.Time
	monotonic int64 // at start, in nanoseconds
	tick      int64 // length of a jiffy in nanoseconds
}

// userTick is the unit of times(2): USER_HZ is 100 wherever Go runs.
const userTick = int64(10 * time.Millisecond)

func newClock() (c clock, err error) {
	var t unix.Timespec
	if err = unix.ClockGetres(unix.CLOCK_MONOTONIC_COARSE, &t); err != nil || t.Nano() <= 0 {
		return c, fmt.Errorf("read length of a jiffy: %w", err)
	}
	c.tick = t.Nano()
	c.start = time.Now()
	if err = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return c, fmt.Errorf("read clock: %w", err)
	}
	c.monotonic = t.Nano()
	return c, nil
}

// now returns CLOCK_MONOTONIC in nanoseconds.
func (c *clock) now() int64 { return c.at(time.Now()) }

// at is CLOCK_MONOTONIC at a time that time.Now returned.
func (c *clock) at(now time.Time) int64 { return c.monotonic + int64(now.Sub(c.start)) }

// jiffies returns the kernel's count of jiffies, or up to userTick more. times(2)
// counts them in units of userTick, rounded down.
func (c *clock) jiffies() uint64 {
	n, err := unix.Times(nil)
	if err != nil {
		return 0
	}
	return ((uint64(n)+1)*uint64(userTick) - 1) / uint64(c.tick)
}

// ticks is how many jiffies last at least as long as d.
func (c *clock) ticks(d time.Duration) uint64 { return uint64((int64(d) + c.tick - 1) / c.tick) }

// unixOfJiffy converts the low half of a count of jiffies that was reached lately to
// nanoseconds since 1970, exact to userTick and a jiffy, but never after now.
func (c *clock) unixOfJiffy(low uint32) int64 {
	age := max(0, int32(uint32(c.jiffies())-low))
	return time.Now().UnixNano() - int64(age)*c.tick
}
