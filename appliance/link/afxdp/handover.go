package afxdp

import "sync/atomic"

// handed is a frame on its way from the worker that received it to the one that
// owns it. It is not copied: only its place in the UMEM moves.
type handed struct {
	addr uint64
	time int64 // when it was received
	size uint32
	port uint8 // where it came in
}

// handOver takes frames from one worker to one other: a ring of fixed size that
// one goroutine writes and one reads, without a lock. What does not fit is
// dropped by the writer.
type handOver struct {
	ring []handed

	// The writer's.
	tail, consumedSeen uint32
	_                  [56]byte // both sides on cache lines of their own
	produced           atomic.Uint32
	_                  [60]byte

	// The reader's.
	head     uint32
	_        [60]byte
	consumed atomic.Uint32
}

// newHandOver returns a ring of size entries, a power of two.
func newHandOver(size int) *handOver { return &handOver{ring: make([]handed, size)} }

// push adds a frame; the reader sees it after publish. It reports false if the
// ring is full.
func (h *handOver) push(f handed) bool {
	if h.tail-h.consumedSeen == uint32(len(h.ring)) {
		h.consumedSeen = h.consumed.Load()
		if h.tail-h.consumedSeen == uint32(len(h.ring)) {
			return false
		}
	}
	h.ring[h.tail&uint32(len(h.ring)-1)] = f
	h.tail++
	return true
}

// publish shows the reader what was pushed, and says how much that is.
func (h *handOver) publish() int {
	n := h.tail - h.produced.Load()
	if n > 0 {
		h.produced.Store(h.tail)
	}
	return int(n)
}

// peek says how many frames wait, at most limit.
func (h *handOver) peek(limit int) int { return min(int(h.produced.Load()-h.head), limit) }

// at is frame i, 0 <= i < peek.
func (h *handOver) at(i int) *handed {
	return &h.ring[(h.head+uint32(i))&uint32(len(h.ring)-1)]
}

// take gives the places of the first n frames back to the writer.
func (h *handOver) take(n int) {
	h.head += uint32(n)
	h.consumed.Store(h.head)
}

// waiting is the number of frames in the ring. Any goroutine may ask: both ends
// move meanwhile, so the one that is behind is read first.
func (h *handOver) waiting() int {
	consumed := h.consumed.Load()
	return int(h.produced.Load() - consumed)
}

// connect makes the rings between all workers. The more there are, the smaller
// is each of them: about room frames may wait for one worker that stands still, and
// must not be missed elsewhere.
func connect(queues []*Queue, room int) {
	size := 128
	for size*2*len(queues) <= room {
		size *= 2
	}
	for _, from := range queues {
		from.out = make([]*handOver, len(queues))
		for _, to := range queues {
			if to != from {
				h := newHandOver(size)
				from.out[to.number] = h
				to.in = append(to.in, h)
			}
		}
	}
}
