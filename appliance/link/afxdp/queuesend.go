package afxdp

import (
	"sync"

	"vxwall/appliance/link/afxdp/ring"
	"vxwall/pipeline"
)

// transmit is a socket of one port through which a worker sends.
type transmit struct {
	*ring.Socket
	// lock is nil unless several workers send through the socket: the port has
	// fewer queues than there are workers.
	lock  *sync.Mutex
	stuck bool // the ring was full in this batch, and stayed so
}

func (t *transmit) begin() {
	if t == nil { // there is one port only
		return
	}
	if t.lock != nil {
		t.lock.Lock()
	}
	t.stuck = false
}

// end has the kernel transmit what was sent.
func (t *transmit) end(c *ring.Cache) {
	if t == nil {
		return
	}
	t.Flush(c)
	if t.lock != nil {
		t.lock.Unlock()
	}
}

// again tries to get rid of what is left, and says whether some still is.
func (t *transmit) again(c *ring.Cache) bool {
	t.begin()
	defer t.end(c)
	t.Flush(c)
	return t.Pending() > 0
}

// send puts n bytes at an address into the TX ring, or says that the frame is to
// be dropped, and counts why. A full ring gets one chance per batch.
func (t *transmit) send(addr uint64, n int, c *ring.Cache) bool {
	ok, refused := t.Push(addr, n)
	if ok {
		return true
	}
	if refused {
		t.CountRefused()
		return false
	}
	if !t.stuck {
		t.Flush(c)
		ok, _ = t.Push(addr, n)
		t.stuck = !ok
	}
	if !ok {
		t.CountFull()
	}
	return ok
}

// Send implements pipeline.Queue.
func (q *Queue) Send(b *pipeline.Batch) error {
	if _, ok := q.enter(); ok {
		q.consume(b)
		q.busy.Store(false)
	}
	b.Reset()
	return nil
}

// consume finds a place for every frame of the batch.
func (q *Queue) consume(b *pipeline.Batch) {
	if q.link.cfg.Tap {
		q.recycle(b)
		return
	}
	q.transmit[0].begin()
	q.transmit[1].begin()
	extras := b.Extras()
	for i := range b.Len() {
		q.settle(b.Packet(i))
		for len(extras) > 0 && extras[0].After <= i {
			q.sendExtra(&extras[0])
			extras = extras[1:]
		}
	}
	for i := range extras {
		q.sendExtra(&extras[i])
	}
	q.transmit[0].end(q.cache)
	q.transmit[1].end(q.cache)
	q.held.Store(0)
	q.cache.Show()
}

// recycle makes every frame of the batch free: a tap sends nothing, no answers
// either.
func (q *Queue) recycle(b *pipeline.Batch) {
	for i := range b.Len() {
		q.cache.Put(baseOf(b.Packet(i).Handle()))
	}
	q.held.Store(0)
	q.cache.Show()
}

// outOf is the socket through which a frame leaves that came in at a port: by the
// port that the pipeline says, else by the other one of a wire. nil: there is none.
func (q *Queue) outOf(out pipeline.Out, in uint8, back bool) *transmit {
	if port, said := out.Port(); said {
		if port >= len(q.transmit) {
			return nil
		}
		return q.transmit[port]
	}
	if back {
		return q.transmit[in]
	}
	return q.transmit[1-in]
}

// settle transmits a frame, or makes it free.
func (q *Queue) settle(p *pipeline.Packet) {
	if p.Forwarded() && q.leave(p) {
		return
	}
	q.cache.Put(baseOf(p.Handle()))
}

// leave transmits a frame, and says whether it did.
func (q *Queue) leave(p *pipeline.Packet) bool {
	out := q.outOf(p.Out(), portOf(p.Handle()), false)
	if out == nil {
		q.transmit[0].CountRefused()
		return false
	}
	addr, ok := q.link.umem.Address(p.Bytes())
	if !ok {
		out.CountRefused()
		return false
	}
	return out.send(addr, len(p.Bytes()), q.cache)
}

// sendExtra copies a frame that the pipeline held or made, and transmits it.
func (q *Queue) sendExtra(e *pipeline.Extra) {
	out, umem := q.outOf(e.Out, portOf(e.Handle), e.Back), q.link.umem
	if out == nil || len(e.Bytes) > umem.FrameSize()-ring.Headroom {
		q.transmit[0].CountRefused()
		return
	}
	addr, ok := q.cache.Get()
	if !ok {
		q.counted.noFrame.Add(1)
		return
	}
	copy(umem.Bytes(addr+ring.Headroom, len(e.Bytes)), e.Bytes)
	if !out.send(addr+ring.Headroom, len(e.Bytes), q.cache) {
		q.cache.Put(addr)
	}
}
