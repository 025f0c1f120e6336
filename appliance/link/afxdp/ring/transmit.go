package ring

import "golang.org/x/sys/unix"

const (
	minFrame = 14 // an Ethernet header
	// stubborn is how often in a row the kernel may take nothing before Flush
	// leaves the rest for later.
	stubborn = 4
)

// Push puts n bytes at an address into the TX ring. If it reports false, the
// ring is full, or, with refused, the kernel would not take such a frame:
// then the frame stays the caller's.
func (s *Socket) Push(addr uint64, n int) (ok, refused bool) {
	if s.txProduced-s.txConsumed == s.size {
		s.txConsumed = s.tx.consumed()
		if s.txProduced-s.txConsumed == s.size {
			return false, false
		}
	}
	if n < minFrame || int(addr-s.umem.Base(addr))+n > s.umem.frame {
		return false, true
	}
	s.tx.entries[s.txProduced&(s.size-1)] = unix.XDPDesc{Addr: addr, Len: uint32(n)}
	s.txProduced++
	return true, false
}

// Flush hands over what was pushed and has the kernel transmit it, with as few
// calls as it takes. It never waits: what the kernel does not take now stays
// in the ring for the next Flush.
func (s *Socket) Flush(c *Cache) {
	if n := s.txProduced - s.txShown; n > 0 {
		s.txShown = s.txProduced
		s.tx.produce(s.txProduced)
		s.counted.sent.Add(uint64(n))
	}
	for idle := 0; idle < stubborn && s.Pending() > 0 && s.tx.needWakeup(); {
		before := s.txConsumed
		if !s.kick() {
			break
		}
		s.Reap(c)
		if s.Pending(); s.txConsumed == before {
			idle++
		} else {
			idle = 0
		}
	}
	s.Reap(c)
}

// Pending is the number of frames that the kernel has not begun to transmit.
func (s *Socket) Pending() int {
	if s.txConsumed != s.txShown {
		s.txConsumed = s.tx.consumed()
	}
	return int(s.txShown - s.txConsumed)
}

// kick calls the kernel. In copy mode one call sends a limited number of frames
// and ends with EAGAIN if more are left; EBUSY means that the device dropped
// one. It reports whether there is a point in calling again.
//
// The call never blocks, so Go's scheduler need not know of it: told of one, its monitor
// wakes up every 20 microseconds on a core that is the worker's, as long as they go on.
func (s *Socket) kick() bool {
	s.counted.kicks.Add(1)
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), 0, 0, unix.MSG_DONTWAIT, 0, 0)
	switch errno {
	case 0, unix.EAGAIN, unix.ENOBUFS, unix.EINTR:
		return true
	case unix.EBUSY:
		s.counted.txError.Add(1)
		return true
	}
	return false // ENETDOWN and the like: nothing leaves for now
}

// Reap makes frames free that were transmitted.
func (s *Socket) Reap(c *Cache) {
	end := s.completion.produced()
	if end == s.reaped {
		return
	}
	for mask := s.size - 1; s.reaped != end; s.reaped++ {
		c.Put(s.umem.Base(s.completion.entries[s.reaped&mask]))
	}
	s.completion.consume(end)
}

// CountFull counts a frame that was dropped because the TX ring was full.
func (s *Socket) CountFull() { s.counted.txFull.Add(1) }

// CountRefused counts a frame that was dropped because Push refused it.
func (s *Socket) CountRefused() { s.counted.txError.Add(1) }
