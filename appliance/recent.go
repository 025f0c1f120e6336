package appliance

import (
	"sync"
	"sync/atomic"
	"time"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

const (
	// recentKept is how many of a worker's drops are kept.
	recentKept = 1024
	// In each window of time so many drops are noted: enough to see what is
	// going on, and a flood of drops costs the worker next to nothing.
	recentWindow  = int64(10 * time.Millisecond)
	recentPerTurn = 64
)

// recentDrop is a drop as it is kept: plain values, no pointers.
type recentDrop struct {
	number           uint64 // among those noted, from 1
	time             int64
	key              flow.Key
	vtepSrc, vtepDst [16]byte
	judgement        flow.Judgement
	revision         uint32 // in force
	length           int
	rule             int32 // of the stage that decided, -1 for none
	group            uint16
	stage            uint8
	reason           pipeline.Reason
	monitored        bool
}

// recentDrops is an observer that keeps a worker's newest drops and passes
// everything on. The worker never waits for a reader: what it cannot note at
// once is skipped, and counted.
type recentDrops struct {
	pipeline.Observer
	current *pipeline.Current
	skipped atomic.Uint64

	turn  int64 // time of the window's first drop; the worker's alone, as noted
	noted int   // in the window

	mu   sync.Mutex // of ring and last
	ring []recentDrop
	last uint64 // number of the newest, 0 if there is none
}

func newRecentDrops(next pipeline.Observer, current *pipeline.Current) *recentDrops {
	return &recentDrops{Observer: next, current: current, ring: make([]recentDrop, recentKept)}
}

// Dropped implements pipeline.Observer.
func (r *recentDrops) Dropped(p *pipeline.Packet) {
	r.Observer.Dropped(p)
	if p.Forwarded() && !p.Monitored() {
		return // passed, uninspected
	}
	if now := p.Time(); now-r.turn >= recentWindow || now < r.turn {
		r.turn, r.noted = now, 0
	}
	if r.noted++; r.noted > recentPerTurn || !r.mu.TryLock() {
		r.skipped.Add(1)
		return
	}
	r.last++
	r.ring[r.last%recentKept].capture(p, r.last, r.current.Load())
	r.mu.Unlock()
}

func (d *recentDrop) capture(p *pipeline.Packet, number uint64, program *pipeline.Program) {
	*d = recentDrop{
		number: number, time: p.Time(), key: p.Flow, length: len(p.Bytes()), rule: p.Rule(),
		stage: uint8(p.Stage()), reason: p.Reason(), monitored: p.Monitored(),
	}
	if program != nil {
		d.revision = program.Revision
	}
	if p.Encapsulated() {
		d.vtepSrc, d.vtepDst = p.VTEPs()
	}
	d.group, _ = p.Group()
	if r := p.State(); r != nil {
		d.judgement = r.Judgement
	}
}

// since appends the drops with numbers above after that are kept, oldest first,
// and returns the number of the newest, and how many are not kept any more.
func (r *recentDrops) since(after uint64, list []recentDrop) (_ []recentDrop, last, missed uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if after > r.last { // of another run
		after = 0
	}
	if r.last > recentKept {
		missed = max(after, r.last-recentKept) - after
	}
	for n := after + missed + 1; n <= r.last; n++ {
		list = append(list, r.ring[n%recentKept])
	}
	return list, r.last, missed
}
