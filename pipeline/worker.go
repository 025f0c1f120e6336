package pipeline

import (
	"errors"
	"time"

	"vxwall/pipeline/flow"
	"vxwall/pipeline/stream"
)

// Observer is told what happens, to report it. It is called by the worker's
// goroutine: it must not block, nor keep a packet, a record or a slice of them.
type Observer interface {
	// Dropped is told of every packet that is dropped, that would be but for
	// monitor mode, or that passes uninspected for a reason.
	Dropped(p *Packet)
	// FlowStart is told of the first packet of a flow, once it was judged.
	FlowStart(p *Packet)
	// FlowEnd is told of each flow that ends.
	FlowEnd(r *flow.Record, end flow.End)
	// Found is told of what the guard found, unless it was just told the same. The
	// finding is borrowed for the time of the call.
	Found(p *Packet, f *Finding)
}

const (
	publishEvery = int64(10 * time.Millisecond)
	// expirePerBatch bounds the flows looked at after each batch, so that no
	// batch waits long when many end together: 16 for each packet.
	expirePerBatch = 16 * BatchSize
	// latestTime is the last point in time taken from a link: far enough from
	// the end of int64 for any timeout to be added.
	latestTime = int64(1) << 62
)

// Worker takes the packets of one queue through the pipeline. It belongs to
// one goroutine, but for Counters.
type Worker struct {
	cfg      Config
	queue    Queue
	current  *Current
	observer Observer

	program    *Program
	inspectors []Inspector
	scope      *Scope
	finalizers []Finalizer // as inspectors; empty if one of them is none
	watcher    Watcher     // nil without a guard
	offloader  Offloader   // nil if the queue is none, or may not be
	handled    flow.Handled
	asked      chan func(*flow.Table)
	ended      chan struct{}
	table      *flow.Table
	defrag     *stream.Defrag
	counters   Counters
	published  published
	answers    answers
	copies     ofCopies
	vtep       *vtep // nil in a wire
	holds      holds

	batch  Batch
	at     int    // packet of the batch that is being processed
	clean  bool   // nothing speaks against where it comes from: it need not stay here
	now    int64  // newest time seen
	shown  int64  // when the counters were last published
	whole  Packet // a datagram put together, in buffer
	piece  Packet // one of its fragments
	again  Packet // one that was held
	buffer []byte
}

// NewWorker makes a worker. It holds no resources but memory.
func NewWorker(cfg Config, queue Queue, current *Current, observer Observer) *Worker {
	f := cfg.Fragments
	w := &Worker{
		cfg:      cfg,
		queue:    queue,
		current:  current,
		observer: observer,
		asked:    make(chan func(*flow.Table)),
		ended:    make(chan struct{}),
		answers:  newAnswers(cfg.AnswerRate),
		vtep:     newVTEP(&cfg, queue),
		buffer:   make([]byte, 0, 1<<17),
	}
	w.scope = newScope(w)
	w.table = flow.NewTable(cfg.Flow, w.flowEnd)
	held := stream.Config{Memory: f.Memory, Datagrams: f.Datagrams, Pieces: f.PerPacket, Timeout: int64(f.Timeout)}
	if w.cfg.vtep = w.vtep; w.vtep != nil {
		held.Headroom = heldRoom
	}
	w.defrag = stream.NewDefrag(held)
	w.holds = newHolds(&cfg.Hold, held.Headroom)
	w.copies.known = newKnown(&cfg)
	if cfg.Guard != nil {
		w.watcher = cfg.Guard.Watcher()
	}
	if w.offloader = offloaderOf(&cfg, queue); w.offloader != nil {
		w.table.Delegate(w.recall)
	}
	return w
}

// Run takes batches through the pipeline until the queue is closed, then ends
// what is pending. It returns nil, or the error of a queue that failed.
func (w *Worker) Run() error {
	for {
		err := w.Step()
		if errors.Is(err, ErrTimeout) {
			continue
		}
		if err != nil {
			if errors.Is(err, ErrClosed) {
				err = nil
			}
			return errors.Join(err, w.Finish())
		}
	}
}

// Step takes one batch through the pipeline. An error of the queue is returned
// after the frames that came before it were processed.
func (w *Worker) Step() error {
	received := w.queue.Recv(&w.batch)
	w.takeProgram()
	w.vtep.begin()
	for i := range w.batch.n {
		w.process(i)
	}
	w.now = max(w.now, min(w.batch.now, latestTime))
	w.housekeep()
	w.letGo()
	sent := w.send()
	w.answerAsked()
	if received != nil {
		return received
	}
	return sent
}

// takeProgram takes the rules in force, once per batch.
func (w *Worker) takeProgram() {
	program := w.current.Load()
	if program == w.program {
		return
	}
	w.program = program
	w.inspectors = w.inspectors[:0]
	if program != nil {
		for _, stage := range program.Stages {
			w.inspectors = append(w.inspectors, w.inspectorOf(stage))
		}
	}
	w.findFinalizers()
}

// process takes packet i of the batch from its first byte to its verdict.
func (w *Worker) process(i int) {
	p := &w.batch.packets[i]
	w.at = i
	w.advance(p)
	w.unwrap(p)
	w.counters.Received.add(p)
	w.clean = false
	if w.program == nil {
		p.refuse(StageDecap, NoPolicy)
	} else if reason := w.decap(p); reason != OK {
		w.refuseOrPass(p, reason)
	} else if w.cameBefore(p) {
		p.verdict = Accept
	} else {
		w.guardAndJudge(p)
	}
	if p.Rejected() {
		w.answer(p)
	}
	w.settle(p)
	w.restore(p)
}

// guardAndJudge takes a packet whose headers are sound to its verdict.
func (w *Worker) guardAndJudge(p *Packet) {
	pass := false
	if pass, w.clean = w.guarded(p); pass {
		w.judge(p)
	}
}

// advance moves the worker's clock on with a packet's time, never back: a
// packet from the past, or with no sensible time, has that of the newest.
func (w *Worker) advance(p *Packet) {
	if p.time > w.now && p.time < latestTime {
		w.now = p.time
	}
	p.time = w.now
}

// refuseOrPass is the configured action on packets that are refused before any
// stage sees them.
func (w *Worker) refuseOrPass(p *Packet, reason Reason) {
	p.refuse(StageDecap, reason)
	if (reason == NotVXLAN || reason == NotForUs) && w.cfg.PassNotVXLAN || reason == OuterFragment && w.cfg.PassOuterFragment ||
		reason == InnerTruncated && w.cfg.Passive {
		p.verdict = Accept
	}
}

// settle counts a packet whose verdict is final and makes it ready to leave.
// Every frame goes through here exactly once, a held one when its datagram is
// settled.
func (w *Worker) settle(p *Packet) {
	if p.verdict == Detour {
		return
	}
	if p.reason == VXLANReserved || p.vxlan != 0 && p.VXLAN().Reserved() {
		w.counters.Reserved++
	}
	w.refusedEarly(p)
	drops := p.verdict == Drop && !w.monitors()
	if !drops && w.vtep != nil {
		if reason := w.route(p); reason != OK { // nothing that monitor mode could let pass
			p.refuse(StageEncap, reason)
			drops = true
		}
	}
	if w.clean {
		w.offload(p)
	}
	if drops {
		w.counters.Dropped[p.stage][p.reason].add(p)
		w.observer.Dropped(p)
		return
	}
	if p.verdict == Drop {
		p.flags |= flagMonitored
		p.verdict = Continue
		w.counters.Monitored[p.stage][p.reason].add(p)
		w.observer.Dropped(p)
	} else if p.reason != OK {
		w.counters.Uninspected[p.reason].add(p)
		w.observer.Dropped(p)
	}
	w.counters.Forwarded.add(p)
	w.encap(p)
}

// housekeep ends what waited too long.
func (w *Worker) housekeep() {
	w.at = max(0, w.batch.n-1)
	for g := w.defrag.Due(w.now); g != nil; g = w.defrag.Due(w.now) {
		w.abandon(g, FragmentTimeout)
	}
	w.table.Expire(w.now, expirePerBatch)
}

// send hands the batch back to the queue and takes back what it borrowed.
func (w *Worker) send() error {
	idle := w.batch.n == 0
	err := w.queue.Send(&w.batch)
	w.defrag.Reclaim()
	w.holds.store.Reclaim()
	w.answers.used = 0
	w.vtep.end(w.now)
	if idle || w.now-w.shown >= publishEvery { // without packets, time stands still
		w.shown = w.now
		w.published.offer(w.snapshot())
	}
	return err
}

// Finish ends all that is pending: held fragments and flows. The worker must
// not be used after.
func (w *Worker) Finish() error {
	w.batch.Reset()
	w.at = 0
	for g := w.defrag.Oldest(); g != nil; g = w.defrag.Oldest() {
		w.abandon(g, FragmentTimeout)
	}
	w.endHolds()
	err := w.send()
	w.release()
	w.table.Close()
	w.published.store(w.snapshot())
	close(w.ended)
	return err
}

func (w *Worker) snapshot() *Counters {
	w.counters.Held = uint64(w.defrag.HeldFrames() + len(w.holds.frames))
	w.counters.Flows = w.table.Stats()
	return &w.counters
}

// Counters returns what the worker counted, at most a few hundredths of a
// second ago. Any goroutine may call it.
func (w *Worker) Counters() Counters { return w.published.load() }
