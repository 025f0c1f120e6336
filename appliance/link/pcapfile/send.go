package pcapfile

import "vxwall/pipeline"

// Send implements pipeline.Queue: each packet that passed is written, then the
// extra frames that follow it.
func (q *Queue) Send(b *pipeline.Batch) error {
	defer b.Reset()
	if q.out == nil && q.answers == nil {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	extras := b.Extras()
	for i := range b.Len() {
		if p := b.Packet(i); q.out != nil && p.Forwarded() {
			q.scratch = q.format.appendRecord(q.scratch[:0], &q.records[i], p.Bytes())
			q.out.write(q.scratch)
		}
		for len(extras) > 0 && extras[0].After <= i {
			q.extra(&extras[0], q.records[i].iface)
			extras = extras[1:]
		}
	}
	for i := range extras {
		q.extra(&extras[i], q.iface)
	}
	return q.failed()
}

// extra writes a frame that was held, or an answer, as sent over the interface
// of the packet that it follows.
func (q *Queue) extra(e *pipeline.Extra, iface int) {
	o := q.out
	if e.Answer {
		o = q.answers
	}
	if o == nil {
		return
	}
	var err error
	q.scratch, err = q.format.appendExtra(q.scratch[:0], iface, min(max(e.Time, 0), latest), e.Bytes)
	if err != nil && o.err == nil {
		o.fail(err)
		return
	}
	o.write(q.scratch)
}

// failed returns what went wrong with the outputs, nil if all is well.
func (q *Queue) failed() error {
	for _, o := range [...]*output{q.out, q.answers} {
		if o != nil && o.err != nil {
			return o.err
		}
	}
	return nil
}
