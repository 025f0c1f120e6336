package afxdp

import (
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"

	"vxwall/pipeline"
)

// fromSocket takes at most room frames from a socket: this worker's go into the
// batch, the others to their owners.
func (q *Queue) fromSocket(s *socket, b *pipeline.Batch, room int) {
	n := s.Peek(room)
	if n > 0 {
		for i := range n {
			addr, size := s.At(i)
			q.assign(b, handed{addr: addr, size: uint32(size), port: uint8(s.port), time: q.now})
		}
		s.Take(n)
		s.took(n, q.now)
	}
	s.Refill(q.cache)
}

// assign puts a frame into the batch or hands it to the worker that owns it.
func (q *Queue) assign(b *pipeline.Batch, f handed) {
	frame := q.link.umem.Bytes(f.addr, int(f.size))
	if len(q.out) > 0 {
		owner, known := pipeline.Owner(&q.link.parse, frame, q.link.seed)
		if to := int(owner % uint64(len(q.out))); known && to != q.number {
			q.handTo(to, f)
			return
		}
	}
	b.Add(frame, handleOf(q.link.umem.Base(f.addr), f.port), f.time, pipeline.LinkEthernet)
	b.SetPort(f.port)
}

// handTo gives a frame to another worker, or drops it if that has too many.
func (q *Queue) handTo(to int, f handed) {
	if q.out[to].push(f) {
		return
	}
	q.cache.Put(q.link.umem.Base(f.addr))
	q.counted.handOverFull.Add(1)
	q.counted.lost[f.port].packets.Add(1)
	q.counted.lost[f.port].bytes.Add(uint64(f.size))
}

// fromWorker takes at most room frames that another worker received.
func (q *Queue) fromWorker(h *handOver, b *pipeline.Batch, room int) {
	n := h.peek(room)
	if n == 0 {
		return
	}
	for i := range n {
		f := h.at(i)
		b.Add(q.link.umem.Bytes(f.addr, int(f.size)), handleOf(q.link.umem.Base(f.addr), f.port), f.time, pipeline.LinkEthernet)
		b.SetPort(f.port)
	}
	h.take(n)
	q.counted.takenOver.Add(uint64(n))
}

// sendAway shows the other workers what was handed to them, and wakes those
// that sleep.
func (q *Queue) sendAway() {
	for to, h := range q.out {
		if h == nil {
			continue
		}
		if n := h.publish(); n > 0 {
			q.counted.handedOver.Add(uint64(n))
			if other := q.link.queues[to]; other.sleeping.Load() {
				other.Wake()
			}
		}
	}
}

// one is what is added to an eventfd.
var one = binary.NativeEndian.AppendUint64(nil, 1)

// Wake ends the sleep of the queue's worker. Any goroutine may call it.
func (q *Queue) Wake() {
	_, _ = unix.Write(int(q.polled[0].Fd), one) // full: it is awake
}

// rest waits for a frame, at most the poll interval.
func (q *Queue) rest() {
	q.sleeping.Store(true)
	defer q.sleeping.Store(false)
	if q.expected() {
		return
	}
	n, err := unix.Poll(q.polled, q.patience())
	if err == nil && n == 0 {
		for _, s := range q.sockets {
			s.settle()
		}
	}
	if q.polled[0].Revents != 0 {
		_, _ = unix.Read(int(q.polled[0].Fd), q.event[:])
	}
}

// expected says whether something came that the sockets do not show. It is asked
// after sleeping was set: who comes later wakes the worker.
func (q *Queue) expected() bool {
	for _, h := range q.in {
		if h.peek(1) > 0 {
			return true
		}
	}
	return q.closed.Load()
}

// patience is how long rest may take, in milliseconds. Frames that the kernel
// did not transmit yet are tried again soon.
func (q *Queue) patience() int {
	soon := q.link.draining.Load()
	for port := range q.transmit {
		if q.transmit[port] != nil && q.transmit[port].again(q.cache) {
			soon = true
		}
	}
	if soon {
		return 1
	}
	return max(1, int(q.link.cfg.PollTimeout/time.Millisecond))
}

// drained says, while the link is being closed, whether nothing will come any
// more, neither from the sockets nor from any other worker.
func (q *Queue) drained() bool {
	if !q.link.draining.Load() {
		return false
	}
	if !q.dry.Load() {
		return false
	}
	for _, other := range q.link.queues {
		if other.used.Load() && !other.done.Load() && !other.dry.Load() {
			return false
		}
	}
	return !q.expected()
}
