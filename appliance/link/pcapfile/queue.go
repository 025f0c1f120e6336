package pcapfile

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"vxwall/pipeline"
)

// Queue is a link over capture files. It belongs to one goroutine, but for
// Close, Stop, Progress and Packets.
type Queue struct {
	source     *source
	window     *window
	format     format
	compressed bool
	header     []byte // with which the capture and all outputs begin

	records [pipeline.BatchSize]record // of the batch that is borrowed
	number  uint64                     // packets read
	packets atomic.Uint64              // the same, for others
	iface   int                        // of the last packet read
	ended   error                      // why no packet will come any more

	mu      sync.Mutex // guards the outputs
	out     *output    // may be nil
	answers *output    // may be nil
	scratch []byte
	closed  bool
}

var _ pipeline.Queue = (*Queue)(nil)

// Recv implements pipeline.Queue. A batch ends before a packet that was
// captured a second after its first or later, so that time-outs act between
// them, and where the window has to move. After the last packet Recv returns
// ErrClosed, or an error that says where the capture is damaged.
func (q *Queue) Recv(b *pipeline.Batch) error {
	if q.source.stopped.Load() {
		return pipeline.ErrClosed
	}
	if q.ended == nil {
		q.ended = q.await()
	}
	if q.ended != nil {
		return q.ended
	}
	end := q.records[0].time + second
	for {
		r := &q.records[b.Len()]
		q.window.take(len(r.raw))
		q.number++
		if !b.Add(r.frame(), q.number, r.time, r.link) || !q.here(&q.records[b.Len()], end) {
			break
		}
	}
	q.iface = q.records[b.Len()-1].iface
	q.packets.Store(q.number)
	return nil
}

// here says whether a packet from before end is completely in the window, and
// makes r that packet.
func (q *Queue) here(r *record, end int64) bool {
	data := q.window.bytes()
	if len(data) < q.format.minimum() {
		return false
	}
	n, err := q.format.parse(data, r)
	return err == nil && n <= len(data) && r.kind == packet && r.time < end
}

// await makes records[0] the next packet. No frame is borrowed now: the window
// may move, and what stands between packets takes effect.
func (q *Queue) await() error {
	r := &q.records[0]
	for {
		data := q.window.bytes()
		n, err := q.format.parse(data, r)
		switch {
		case err != nil:
			return q.damaged(r.kind, err)
		case n > windowSize || n <= len(data) && r.kind == other:
			err = q.skip(n)
		case n > len(data):
			err = q.fill(n, r.kind)
		case r.kind == packet:
			return nil
		default:
			err = q.structure(r)
		}
		if err != nil {
			return err
		}
	}
}

// fill reads until the next n bytes are there. They belong together.
func (q *Queue) fill(n int, k kind) error {
	err := q.window.fill(n)
	switch left := len(q.window.bytes()); {
	case err == nil:
		return nil
	case q.source.stopped.Load() || left == 0 && err == io.EOF:
		return pipeline.ErrClosed
	case left == 0 && atEnd(err):
		return q.damaged(k, errors.New("compressed file ends too soon"))
	case left > 0 && atEnd(err):
		return q.damaged(k, q.short(k.what(), n))
	default:
		return q.damaged(k, err)
	}
}

func (k kind) what() string {
	if k == packet {
		return "the packet"
	}
	return "a block"
}

// skip passes over a block that holds no packet.
func (q *Queue) skip(n int) error {
	start := q.window.offset
	missing, err := q.window.skip(int64(n))
	if err == nil {
		return nil
	}
	if q.source.stopped.Load() {
		return pipeline.ErrClosed
	}
	if atEnd(err) {
		err = fmt.Errorf("file ends inside a block (need %d bytes, %d left)", n, int64(n)-missing)
	}
	return q.damagedAt(start, other, err)
}

// structure makes a block count for the packets after it, in the outputs too.
func (q *Queue) structure(r *record) error {
	if err := q.format.apply(r.raw); err != nil {
		return q.damaged(r.kind, err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, o := range [...]*output{q.out, q.answers} {
		if o != nil {
			o.write(r.raw)
		}
	}
	q.window.take(len(r.raw))
	return nil
}

// damaged says where the capture cannot be read on.
func (q *Queue) damaged(k kind, err error) error {
	return q.damagedAt(q.window.offset, k, err)
}

func (q *Queue) damagedAt(offset int64, k kind, err error) error {
	what, where := "packet", ""
	if k != packet {
		what = "block before packet"
	}
	if q.compressed {
		where = " of the uncompressed capture"
	}
	return fmt.Errorf("read %s: %s %d at offset %d%s: %w", q.source.name, what, q.number+1, offset, where, err)
}

// Headroom implements pipeline.Queue.
func (q *Queue) Headroom() int { return 0 }

// Stop makes Recv return ErrClosed, while Send goes on to work: what is pending
// can still be written before Close. Any goroutine may call it.
func (q *Queue) Stop() { q.source.stopped.Store(true) }

// Close makes Recv return ErrClosed and completes the outputs. Any goroutine
// may call it; what is sent after is lost.
func (q *Queue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil
	}
	q.closed = true
	err := q.source.close()
	for _, o := range [...]*output{q.out, q.answers} {
		if o != nil {
			err = errors.Join(err, o.close())
		}
	}
	return err
}

// Progress returns how many bytes of the input were read and how many it has,
// 0 if that is not known. Any goroutine may call it.
func (q *Queue) Progress() (read, total int64) { return q.source.read.Load(), q.source.size }

// Packets returns how many packets were received. Any goroutine may call it.
func (q *Queue) Packets() uint64 { return q.packets.Load() }
