package ring

import "golang.org/x/sys/unix"

// Refill gives the kernel free frames to receive into, as soon as it lacks
// Chunk of them: as many as the RX ring has entries are there, or in the RX ring.
func (s *Socket) Refill(c *Cache) {
	missing := s.size - (s.filled - s.rxConsumed)
	if missing >= Chunk {
		s.refill(c, missing)
	}
	if s.fill.needWakeup() {
		s.wakeReceive()
	}
}

func (s *Socket) refill(c *Cache, n uint32) {
	mask := s.size - 1
	for ; n > 0; n-- {
		addr, ok := c.Get()
		if !ok {
			break
		}
		s.fill.entries[s.filled&mask] = addr
		s.filled++
	}
	s.fill.produce(s.filled)
}

// wakeReceive tells the driver that there are frames again. The call never blocks, see
// kick.
func (s *Socket) wakeReceive() {
	unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(s.fd), 0, 0, unix.MSG_DONTWAIT, 0, 0)
}

// Peek says how many received frames are there, at most limit.
func (s *Socket) Peek(limit int) int {
	n := s.rxProduced - s.rxConsumed
	if n < uint32(limit) {
		s.rxProduced = s.rx.produced()
		n = s.rxProduced - s.rxConsumed
	}
	return min(int(n), limit)
}

// At is where received frame i begins and its length in bytes, 0 <= i < Peek.
func (s *Socket) At(i int) (addr uint64, n int) {
	d := &s.rx.entries[(s.rxConsumed+uint32(i))&(s.size-1)]
	return d.Addr, int(d.Len)
}

// Take takes the first n received frames over: they are the caller's.
func (s *Socket) Take(n int) {
	s.rxConsumed += uint32(n)
	s.rx.consume(s.rxConsumed)
	s.counted.received.Add(uint64(n))
}
