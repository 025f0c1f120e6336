package afxdp

import (
	"time"

	"vxwall/appliance/link/afxdp/ring"
)

// socket is the AF_XDP socket of one receive queue of a port, and what the XDP
// program is told of it: how many frames were taken, so that it knows how far
// its worker is behind.
type socket struct {
	*ring.Socket
	control     *control
	port, queue int
	worker      int

	received uint64
	lost     uint64 // redirected, but the kernel found no room
	drift    uint64 // the same for other reasons, modulo 2^64
	asked    int64  // when the kernel was asked for lost
}

// askEvery is how often the kernel is asked what it lost, under load.
const askEvery = int64(10 * time.Millisecond)

// took notes n frames taken from the RX ring.
func (s *socket) took(n int, now int64) {
	s.received += uint64(n)
	if now-s.asked >= askEvery {
		s.asked = now
		s.ask()
	}
	s.tell()
}

// ask asks the kernel for lost.
func (s *socket) ask() {
	if stats, err := s.Stats(); err == nil {
		s.lost = stats.Lost()
	}
}

// settle is called when nothing came for a while: then no frame is on its way,
// and all that were redirected were taken or lost.
func (s *socket) settle() {
	if s.Peek(1) == 0 {
		s.ask() // or what was lost counts twice: now as drift, and when it is asked for
		s.drift = s.control.redirected(s.port, s.queue) - s.received - s.lost
		s.tell()
	}
}

func (s *socket) tell() { s.control.taken(s.port, s.queue, s.received+s.lost+s.drift) }
