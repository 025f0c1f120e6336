package eve

import (
	"time"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/rules"
)

// Log is the pipeline.Observer of one worker.
type Log struct {
	ring    *ring
	writer  *Writer
	fields  fields // of the event that is being written
	ending  ending
	blocker blocker
}

var _ pipeline.Observer = (*Log)(nil)

// Dropped implements pipeline.Observer. What is not VXLAN and passes is no
// event: it is the underlay's own traffic.
func (l *Log) Dropped(p *pipeline.Packet) {
	passed := p.Forwarded() && !p.Monitored()
	if p.Reason() == pipeline.NotVXLAN && passed {
		return
	}
	if p.Reason().Anomaly() {
		l.capture(Anomaly, p)
	}
	if !passed {
		l.drop(p)
	}
}

// drop writes a drop event, with the signature that asked for it.
func (l *Log) drop(p *pipeline.Packet) {
	if e := l.slot(); e != nil {
		e.capture(Dropped, p)
		l.blockedBy(e, p)
		l.commit()
	}
	l.blocker = blocker{}
}

// Found implements pipeline.Observer.
func (l *Log) Found(p *pipeline.Packet, f *pipeline.Finding) {
	if e := l.slot(); e != nil {
		e.capture(Found, p)
		e.Finding, e.Stage, e.Reason = *f, pipeline.StageGuard, f.Reason
		l.commit()
	}
}

// FlowStart implements pipeline.Observer.
func (l *Log) FlowStart(p *pipeline.Packet) {
	if rules.Log(p.State().Judgement.Log)&rules.LogStart != 0 {
		l.capture(FlowStart, p)
	}
}

// FlowEnd implements pipeline.Observer.
func (l *Log) FlowEnd(r *flow.Record, end flow.End) {
	if rules.Log(r.Judgement.Log)&rules.LogEnd == 0 {
		return
	}
	if e := l.slot(); e != nil {
		e.captureEnd(r, end)
		l.recallContent(e)
		l.commit()
	}
}

func (l *Log) capture(kind Kind, p *pipeline.Packet) {
	if e := l.slot(); e != nil {
		e.capture(kind, p)
		l.commit()
	}
}

// Stats writes a stats event with a copy of the counters.
func (l *Log) Stats(now int64, c *pipeline.Counters) {
	if e := l.slot(); e != nil {
		counters := *c
		*e = Event{Kind: Stats, Time: now, Stats: &counters}
		l.commit()
	}
}

// slot returns the place for an event. With a full ring it waits for the
// writer, if it is to be waited for, or counts a lost event and returns nil.
func (l *Log) slot() *Event {
	e := l.ring.slot()
	for e == nil && l.writer.wait.Load() && l.writer.alive() {
		l.writer.wake()
		time.Sleep(50 * time.Microsecond)
		e = l.ring.slot()
	}
	if e == nil {
		l.ring.lost.Add(1)
	}
	return e
}

// commit hands the event over, and wakes the writer when the ring fills up;
// before that it comes by itself.
func (l *Log) commit() {
	l.ring.commit()
	if l.ring.fill() == len(l.ring.events)/4 {
		l.writer.wake()
	}
}
