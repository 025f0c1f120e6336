package afxdp

import (
	"time"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// Offload implements pipeline.Offloader.
func (q *Queue) Offload(p *pipeline.Packet) bool {
	r := p.State()
	if r == nil {
		return false
	}
	progress, known := r.Progress(p.Direction())
	if p.Flow.Proto == wire.ProtoTCP && !known {
		return false
	}
	at := receipt{port: int(portOf(p.Handle())), revision: r.Judgement.Revision, progress: progress}
	program := q.link.program
	if !program.makeEntry(&q.entry, p, at) {
		return false
	}
	if !program.offload(&q.entry) {
		q.counted.offloadRefused.Add(1)
		return false
	}
	q.away.Store(true)
	return true
}

// Recall implements pipeline.Offloader.
func (q *Queue) Recall(k *flow.Key, handled *flow.Handled) bool {
	before, ok := q.enter()
	if !ok {
		*handled = flow.Handled{}
		return false
	}
	found := q.link.program.recall(k, handled)
	if handled.Last > 0 {
		handled.Last += q.pace.Ahead(time.Now())
	}
	q.busy.Store(before)
	return found
}

// Release implements pipeline.Offloader.
func (q *Queue) Release() { q.away.Store(false) }
