package eve

import "sync/atomic"

// ring is a bounded queue from one producer to one consumer. Neither waits.
type ring struct {
	events []Event
	head   atomic.Uint64 // next to take; written by the consumer
	tail   atomic.Uint64 // next to fill; written by the producer
	lost   atomic.Uint64
}

// newRing returns a ring for size events, a power of two.
func newRing(size int) *ring { return &ring{events: make([]Event, size)} }

// slot returns the place for the next event, nil if the ring is full. The event
// counts once commit was called.
func (r *ring) slot() *Event {
	tail := r.tail.Load()
	if tail-r.head.Load() == uint64(len(r.events)) {
		return nil
	}
	return &r.events[tail%uint64(len(r.events))]
}

func (r *ring) commit() { r.tail.Add(1) }

// next returns the oldest event; there is one if fill is not 0. It is the
// consumer's until done is called.
func (r *ring) next() *Event { return &r.events[r.head.Load()%uint64(len(r.events))] }

// maxText is how much memory for text an event keeps for the next one.
const maxText = 16 << 10

func (r *ring) done() {
	if e := r.next(); cap(e.Text) > maxText {
		e.Text = nil
	}
	r.head.Add(1)
}

// fill is the number of events in the ring.
func (r *ring) fill() int { return int(r.tail.Load() - r.head.Load()) }
