package afxdp

import (
	"time"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// Offload implements pipeline.Offloader.
func (q *Queue) Offload(p *pipeline.Packet) bool {
	return q.makeEntry(p, 0) && q.handOver(nil)
}

// OffloadTo implements pipeline.Reencapsulator.
func (q *Queue) OffloadTo(p *pipeline.Packet, l *pipeline.Leave) bool {
	if !q.makeEntry(p, l.Revision) {
		return false
	}
	if q.entry.Action == offloadForward && !makeWay(&q.way, l) {
		return false
	}
	return q.handOver(&q.way)
}

// makeEntry makes the entry for packets like p. It reports false if there can be none.
func (q *Queue) makeEntry(p *pipeline.Packet, overlay uint32) bool {
	r := p.State()
	if r == nil {
		return false
	}
	progress, known := r.Progress(p.Direction())
	if p.Flow.Proto == wire.ProtoTCP && !known {
		return false
	}
	at := receipt{port: int(portOf(p.Handle())), revision: r.Judgement.Revision, overlay: overlay, progress: progress}
	return q.link.program.makeEntry(&q.entry, p, at)
}

// handOver puts the entry into the table.
func (q *Queue) handOver(w *offloadWay) bool {
	if !q.link.program.offload(&q.entry, w) {
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
