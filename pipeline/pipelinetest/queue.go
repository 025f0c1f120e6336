package pipelinetest

import (
	"fmt"

	"vxwall/pipeline"
)

// Start is the time of a Queue's first frame, and Gap the time between two
// frames, in nanoseconds.
const (
	Start = int64(1_700_000_000_000_000_000)
	Gap   = int64(1_000_000)
)

// Input is a frame that a Queue delivers. Its handle is its number, from 1.
type Input struct {
	Bytes []byte
	Time  int64
	Link  pipeline.LinkType
	Port  uint8
}

// Sent is a frame that a Queue transmitted.
type Sent struct {
	Bytes  []byte // a copy
	Handle uint64 // of the received frame that it is, or answers
	Time   int64
	Extra  bool // held before, or an answer
	Answer bool
	Back   bool // leaves where the answered frame came from
	Copy   bool // one more of a frame that goes to several peers
	Out    pipeline.Out
}

// Queue is a pipeline.Queue in memory. It delivers its frames once, keeps what
// is sent, and panics if the worker breaks the contract: every batch received
// is sent once, as it was received. After Send it overwrites the frames it had
// lent, so that a slice that somebody kept shows.
type Queue struct {
	Batch int    // frames per Recv; BatchSize if zero
	Sent  []Sent // in the order of transmission

	// Room is the number of bytes in front of each frame that the worker may write
	// to. Around them, and behind the frame, nobody may.
	Room int
	// KeepFrames leaves the frames lent as they are after Send.
	KeepFrames bool
	// BeforeRecv, if any, is called with the number of the frame that is next.
	BeforeRecv func(next int)

	inputs []Input
	next   int
	lent   [][]byte // with what is around them
	closed bool
}

// NewQueue returns a queue of Ethernet frames, Gap after each other.
func NewQueue(frames ...[]byte) *Queue {
	q := &Queue{}
	for i, f := range frames {
		q.Add(Input{Bytes: f, Time: Start + int64(i)*Gap})
	}
	return q
}

// Add adds a frame.
func (q *Queue) Add(in Input) { q.inputs = append(q.inputs, in) }

// Recv implements pipeline.Queue.
func (q *Queue) Recv(b *pipeline.Batch) error {
	if b.Len() != 0 || len(b.Extras()) != 0 || len(q.lent) != 0 {
		panic("pipelinetest: Recv before the last batch was sent")
	}
	if q.BeforeRecv != nil {
		q.BeforeRecv(q.next)
	}
	if q.closed || q.next == len(q.inputs) {
		return pipeline.ErrClosed
	}
	for n := or(q.Batch, pipeline.BatchSize); n > 0 && q.next < len(q.inputs); n-- {
		in := &q.inputs[q.next]
		q.next++
		buffer, frame := lend(in.Bytes, q.Room)
		q.lent = append(q.lent, buffer)
		b.Add(frame, uint64(q.next), in.Time, in.Link)
		b.SetPort(in.Port)
	}
	return nil
}

// Send implements pipeline.Queue.
func (q *Queue) Send(b *pipeline.Batch) error {
	if b.Len() != len(q.lent) {
		panic(fmt.Sprintf("pipelinetest: %d frames received, %d sent", len(q.lent), b.Len()))
	}
	extras, after := b.Extras(), 0
	for i := range b.Len() {
		p := b.Packet(i)
		if p.Forwarded() {
			q.Sent = append(q.Sent, Sent{Bytes: clone(p.Bytes()), Handle: p.Handle(), Time: p.Time(), Out: p.Out()})
		}
		for len(extras) > 0 && extras[0].After == i {
			q.extra(&extras[0])
			extras = extras[1:]
		}
		after = i
	}
	for i := range extras { // in a batch without packets all follow "packet 0"
		if b.Len() > 0 || extras[i].After != after {
			panic(fmt.Sprintf("pipelinetest: extra frame after packet %d, out of order", extras[i].After))
		}
		q.extra(&extras[i])
	}
	for _, buffer := range q.lent {
		checkGuards(buffer)
	}
	if !q.KeepFrames {
		poison(q.lent)
	}
	q.lent = q.lent[:0]
	b.Reset()
	return nil
}

func (q *Queue) extra(e *pipeline.Extra) {
	q.Sent = append(q.Sent, Sent{
		Bytes: clone(e.Bytes), Handle: e.Handle, Time: e.Time, Extra: true, Answer: e.Answer, Back: e.Back, Copy: e.Copy, Out: e.Out,
	})
}

// Headroom implements pipeline.Queue.
func (q *Queue) Headroom() int { return q.Room }

// Close implements pipeline.Queue.
func (q *Queue) Close() error { q.closed = true; return nil }

// guard is what stands around a frame and its room, guardLen bytes on either side.
const (
	guard    = 0xa5
	guardLen = 32
)

// lend returns a copy of a frame with room in front of it, and the buffer it lies in.
func lend(frame []byte, room int) (buffer, lent []byte) {
	start, end := guardLen+room, guardLen+room+len(frame)
	buffer = make([]byte, end+guardLen)
	for i := range buffer {
		buffer[i] = guard
	}
	copy(buffer[start:], frame)
	return buffer, buffer[start:end:end]
}

func checkGuards(buffer []byte) {
	for i := range guardLen {
		if buffer[i] != guard || buffer[len(buffer)-1-i] != guard {
			panic("pipelinetest: the worker wrote outside of a frame and its room")
		}
	}
}

func clone(b []byte) []byte { return append([]byte{}, b...) }

func poison(frames [][]byte) {
	for _, frame := range frames {
		for i := range frame {
			frame[i] = 0xee
		}
	}
}
