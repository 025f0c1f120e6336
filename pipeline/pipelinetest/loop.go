package pipelinetest

import "vxwall/pipeline"

// Loop is a pipeline.Queue that delivers the same frames again and again, in
// full batches, and allocates nothing. Fresh, if set, prepares a frame before
// it is delivered once more (it may have been rewritten in place). It never
// closes by itself.
type Loop struct {
	Frames   [][]byte
	Fresh    func(i int, frame []byte)
	Room     int   // bytes in front of each frame; the caller has made them
	Step     int64 // nanoseconds between two frames
	Sent     uint64
	Extras   uint64
	Received uint64

	at     int
	now    int64
	closed bool
}

// NewLoop returns a loop of Ethernet frames.
func NewLoop(frames ...[]byte) *Loop { return &Loop{Frames: frames, Step: 1000, now: Start} }

// Recv implements pipeline.Queue.
func (l *Loop) Recv(b *pipeline.Batch) error {
	if l.closed {
		return pipeline.ErrClosed
	}
	for more := true; more; {
		frame := l.Frames[l.at]
		if l.Fresh != nil {
			l.Fresh(l.at, frame)
		}
		l.now += l.Step
		l.Received++
		more = b.Add(frame, l.Received, l.now, pipeline.LinkEthernet)
		if l.at++; l.at == len(l.Frames) {
			l.at = 0
		}
	}
	return nil
}

// Send implements pipeline.Queue.
func (l *Loop) Send(b *pipeline.Batch) error {
	for i := range b.Len() {
		if b.Packet(i).Forwarded() {
			l.Sent++
		}
	}
	l.Extras += uint64(len(b.Extras()))
	b.Reset()
	return nil
}

// Headroom implements pipeline.Queue.
func (l *Loop) Headroom() int { return l.Room }

// Close implements pipeline.Queue.
func (l *Loop) Close() error { l.closed = true; return nil }
