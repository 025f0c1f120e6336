package linktest

import (
	"sync/atomic"
	"time"

	"vxwall/pipeline"
)

// Frame is a frame with what a link knows of it.
type Frame struct {
	Bytes  []byte
	Time   int64 // nanoseconds since 1970
	Handle uint64
	Link   pipeline.LinkType
	Answer bool // made by the pipeline
	Back   bool // leaves where the answered frame came from
}

// Memory is a link in memory: it delivers frames and records what is sent. It
// belongs to one goroutine, but for Close.
type Memory struct {
	frames   []Frame
	next     int
	borrowed []byte // copies of a batch's frames
	sent     []Frame
	closed   atomic.Bool
}

var _ pipeline.Queue = (*Memory)(nil)

const (
	second = int64(time.Second)
	// start is when the first frame of New is received, 2026-01-01.
	start = 1767225600 * second
	// stale is what a frame's bytes become once they are no longer borrowed.
	stale = 0xdb
)

// New makes a link that delivers frames of Ethernet, a microsecond apart, with
// handles from 1.
func New(frames ...[]byte) *Memory {
	m := new(Memory)
	for i, f := range frames {
		m.frames = append(m.frames, Frame{Bytes: f, Time: start + int64(i)*1000, Handle: uint64(i + 1)})
	}
	return m
}

// NewFrames makes a link that delivers frames.
func NewFrames(frames ...Frame) *Memory { return &Memory{frames: frames} }

// Recv implements pipeline.Queue. As in a replay, a batch ends before a frame
// that came a second after its first or later.
func (m *Memory) Recv(b *pipeline.Batch) error {
	if m.closed.Load() || m.next == len(m.frames) {
		return pipeline.ErrClosed
	}
	first := m.next
	m.borrowed = m.borrowed[:0]
	for more := true; more && m.next < len(m.frames); {
		f := &m.frames[m.next]
		if f.Time-m.frames[first].Time >= second {
			break
		}
		at := len(m.borrowed)
		m.borrowed = append(m.borrowed, f.Bytes...)
		more = b.Add(m.borrowed[at:len(m.borrowed):len(m.borrowed)], f.Handle, f.Time, f.Link)
		m.next++
	}
	return nil
}

// Send implements pipeline.Queue. The batch's bytes become useless at once, so
// that nobody gets along with a slice that was kept.
func (m *Memory) Send(b *pipeline.Batch) error {
	extras := b.Extras()
	for i := range b.Len() {
		p := b.Packet(i)
		if p.Forwarded() {
			m.record(Frame{Bytes: p.Bytes(), Time: p.Time(), Handle: p.Handle(), Link: p.Link()})
		}
		for len(extras) > 0 && extras[0].After <= i {
			m.extra(&extras[0])
			extras = extras[1:]
		}
	}
	for i := range extras {
		m.extra(&extras[i])
	}
	for i := range b.Len() {
		spoil(b.Packet(i).Bytes())
	}
	b.Reset()
	return nil
}

func (m *Memory) extra(e *pipeline.Extra) {
	m.record(Frame{Bytes: e.Bytes, Time: e.Time, Handle: e.Handle, Answer: e.Answer, Back: e.Back})
}

func (m *Memory) record(f Frame) {
	if m.closed.Load() {
		return
	}
	f.Bytes = append([]byte(nil), f.Bytes...)
	m.sent = append(m.sent, f)
}

func spoil(b []byte) {
	for i := range b {
		b[i] = stale
	}
}

// Sent returns the frames sent so far.
func (m *Memory) Sent() []Frame { return m.sent }

// Headroom implements pipeline.Queue.
func (m *Memory) Headroom() int { return 0 }

// Close implements pipeline.Queue.
func (m *Memory) Close() error {
	m.closed.Store(true)
	return nil
}
