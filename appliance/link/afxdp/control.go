package afxdp

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// control is memory that the XDP program looks at for each packet (struct
// control in shared.bpf.h). Each queue's fields are written by its worker, the
// others by anyone; nothing here waits, allocates or makes a system call.
type control struct {
	memory []byte // mapped
	area   *wireControl
	clock  clock
}

// clock reads CLOCK_MONOTONIC, which the kernel's ktime is, without a system
// call: Go's own monotonic time is the same clock with another zero.
type clock struct {
	start     time.Time
	monotonic int64 // at start, in nanoseconds
}

func newClock() (c clock, err error) {
	var t unix.Timespec
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

// unix converts a time of CLOCK_MONOTONIC to nanoseconds since 1970, as that
// is counted now.
func (c *clock) unix(monotonic int64) int64 {
	now := time.Now()
	return now.UnixNano() - (c.at(now) - monotonic)
}
