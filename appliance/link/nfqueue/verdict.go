package nfqueue

import (
	"fmt"

	"vxwall/pipeline"
)

// run is packets in a row that get the same verdict, by the id of the last.
type run struct {
	verdict verdict
	last    uint32
	packets int
}

// Send implements pipeline.Queue: every packet of the batch has its verdict when it
// returns. An error leaves packets without one, and the queue must not be used
// any more: they are dropped with it.
func (q *Queue) Send(b *pipeline.Batch) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	var err error
	if !q.torn {
		err = q.consume(b)
	}
	b.Reset()
	return err
}

// consume decides about the packets in their order, with the extra frames in between.
func (q *Queue) consume(b *pipeline.Batch) error {
	extras := b.Extras()
	for i := range b.Len() {
		if err := q.decide(b.Packet(i), q.lengths[i]); err != nil {
			return err
		}
		for len(extras) > 0 && extras[0].After <= i {
			if err := q.flush(); err != nil {
				return err
			}
			q.sendExtra(&extras[0])
			extras = extras[1:]
		}
	}
	for i := range extras {
		q.sendExtra(&extras[i])
	}
	return q.flush()
}

// decide notes the verdict on a packet that came with some length. What was changed
// passes with its new bytes: the kernel has the old ones. A held packet is dropped: its
// copy follows as an extra frame if it passes.
func (q *Queue) decide(p *pipeline.Packet, length int) error {
	v := drop
	if p.Forwarded() {
		v = accept
	}
	id := uint32(p.Handle())
	if v == accept && (len(p.Bytes()) != length || p.Repaired()) {
		return q.replace(id, p.Bytes())
	}
	if q.batch.packets > 0 && q.batch.verdict != v {
		q.endRun()
	}
	q.batch = run{v, id, q.batch.packets + 1}
	return nil
}

// endRun writes the message for a run.
func (q *Queue) endRun() {
	if q.batch.packets == 0 {
		return
	}
	kind := uint16(msgBatch)
	if q.batch.packets == 1 {
		kind = msgVerdict
	}
	q.out = appendVerdict(q.out, kind, q.queue, q.batch.verdict, q.batch.last, nil)
	q.batch = run{}
}

// replace lets a packet pass with other bytes.
func (q *Queue) replace(id uint32, bytes []byte) error {
	q.endRun()
	if len(bytes) > copyRange {
		q.counted.unsent.Add(1)
		q.out = appendVerdict(q.out, msgVerdict, q.queue, drop, id, nil)
		return nil
	}
	if len(q.out)+verdictSize+attrHeader+align(len(bytes)) > maxSend-pipeline.BatchSize*verdictSize {
		if err := q.flush(); err != nil {
			return err
		}
	}
	q.out = appendVerdict(q.out, msgVerdict, q.queue, accept, id, bytes)
	return nil
}

// flush hands the verdicts to the kernel.
func (q *Queue) flush() error {
	q.endRun()
	if len(q.out) == 0 {
		return nil
	}
	err := q.send(q.out)
	q.out = q.out[:0]
	if err != nil {
		return fmt.Errorf("give verdicts to queue %d: %w", q.queue, err)
	}
	q.counted.sends.Add(1)
	return nil
}

// sendExtra sends a packet that the pipeline held or made.
func (q *Queue) sendExtra(e *pipeline.Extra) {
	if err := q.inject.send(e.Bytes); err != nil {
		q.counted.unsent.Add(1)
	}
}
