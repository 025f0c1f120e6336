package pipeline

import "vxwall/pipeline/stream"

// Waker is what a Queue may be besides: one whose Recv can be ended early. Any
// goroutine may call Wake.
type Waker interface{ Wake() }

// HoldConfig bounds the frames that wait for a verdict from elsewhere.
type HoldConfig struct {
	Memory int // bytes of frames; 0 holds none
	Frames int
}

// waiting is a frame that waits for a verdict, as it would have left.
type waiting struct {
	stream.Kept
	handle uint64
	flow   uint32 // number of its flow in the table
	flags  uint16 // its link and port
	ready  bool   // to be judged again
}

// holds are the frames of a worker that wait, in the order of their arrival.
type holds struct {
	store  *stream.Store
	frames []waiting
	most   int
	ready  int
}

func newHolds(c *HoldConfig, headroom int) holds {
	return holds{store: stream.NewStore(c.Memory, headroom), frames: make([]waiting, 0, c.Frames), most: c.Frames}
}

// perStep bounds the frames that are judged again after one batch.
const perStep = BatchSize

// Hold takes a packet off the road until [Scope.Release] is called for its flow. Then
// it is judged again, by all stages, as if it had come then. Without room it is dropped.
func (s *Scope) Hold(p *Packet) Verdict {
	h := &s.worker.holds
	if p.flow == nil || p.has(flagReassembled|flagRelated) || len(h.frames) == h.most {
		return p.Deny(HoldLimit, -1)
	}
	kept, ok := h.store.Keep(p.buf)
	if !ok {
		return p.Deny(HoldLimit, -1)
	}
	h.frames = append(h.frames, waiting{
		Kept: kept, handle: p.handle, flow: s.Number(p.flow), flags: p.flags & (linkMask | flagPort | flagRepaired),
	})
	return Detour
}

// Release says that the packets which are held of the flow with a number are to be
// judged again.
func (s *Scope) Release(flow uint32) { s.worker.holds.release(flow) }

// Holding is the number of frames that wait.
func (s *Scope) Holding() int { return len(s.worker.holds.frames) }

func (h *holds) release(flow uint32) {
	for i := range h.frames {
		if f := &h.frames[i]; f.flow == flow && !f.ready {
			f.ready = true
			h.ready++
		}
	}
}

// Waker returns what ends the worker's wait for packets, nil if nothing does: then
// nobody may take longer than a packet's time for its verdict.
func (s *Scope) Waker() Waker {
	w, _ := s.worker.queue.(Waker)
	return w
}

// OnStep asks for f to be called after each batch, an empty one too, and before what was
// released is judged again. It must not block.
func (s *Scope) OnStep(f func()) { s.steps = append(s.steps, f) }

// letGo judges the frames again that were released.
func (w *Worker) letGo() {
	for _, f := range w.scope.steps {
		f()
	}
	h := &w.holds
	if h.ready == 0 {
		return
	}
	w.at = max(0, w.batch.n-1)
	n, kept, judged := len(h.frames), 0, 0
	for i := range n { // what is held again meanwhile stands behind n
		f := h.frames[i]
		if f.ready && judged < perStep {
			judged++
			w.judgeAgain(&f)
			continue
		}
		h.frames[kept] = f
		kept++
	}
	h.frames = append(h.frames[:kept], h.frames[n:]...)
	h.count()
}

// count finds out how many frames are to be judged again.
func (h *holds) count() {
	h.ready = 0
	for i := range h.frames {
		if h.frames[i].ready {
			h.ready++
		}
	}
}

// judgeAgain takes a frame that was held from its first byte to its verdict.
func (w *Worker) judgeAgain(f *waiting) {
	p := &w.again
	p.reset(f.Frame, f.handle, w.now, LinkEthernet)
	p.flags = f.flags
	w.clean = false
	if w.program == nil {
		p.refuse(StageDecap, NoPolicy)
	} else if reason := w.decap(p); reason != OK {
		w.refuseOrPass(p, reason)
	} else {
		w.guardAndJudge(p)
	}
	if p.Rejected() {
		w.answer(p)
	}
	w.leaveHold(p, f)
}

// leaveHold settles a frame that was held.
func (w *Worker) leaveHold(p *Packet, f *waiting) {
	w.settle(p)
	if !p.Forwarded() {
		w.holds.store.Free(f.Kept)
		return
	}
	w.holds.store.Lend(f.Kept)
	w.batch.extras = append(w.batch.extras, Extra{Bytes: p.buf, Time: p.time, Handle: f.handle, After: w.at, Out: p.out})
}

// endHolds drops all that waits, when the worker ends.
func (w *Worker) endHolds() {
	for i := range w.holds.frames {
		f := &w.holds.frames[i]
		p := &w.again
		p.reset(f.Frame, f.handle, w.now, LinkEthernet)
		p.flags = f.flags
		if reason := w.decap(p); reason != OK {
			p.refuse(StageDecap, reason)
		} else {
			p.refuse(StageFlow, HoldTimeout)
		}
		w.leaveHold(p, f)
	}
	w.holds.frames = w.holds.frames[:0]
}
