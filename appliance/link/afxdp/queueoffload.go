package afxdp

import (
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// Offload implements pipeline.Offloader.
func (q *Queue) Offload(p *pipeline.Packet) bool {
	if p.State() == nil {
		return false
	}
	at := receipt{port: int(portOf(p.Handle())), revision: p.State().Judgement.Revision}
	program := q.link.program
	if !program.offloadEntry(&q.key, &q.value, p, at) {
		return false
	}
	if program.offload(&q.key, &q.value) != nil {
		q.counted.offloadRefused.Add(1)
		return false
	}
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
	q.busy.Store(before)
	return found
}
