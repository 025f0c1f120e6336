package nfqueue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"vxwall/appliance/link/pace"
	"vxwall/pipeline"
)

// Queue is one worker's queue of the kernel. It is used by one goroutine, but for
// Close.
type Queue struct {
	link *Link
	*socket
	*receiver
	polled [2]unix.PollFd // the socket, the eventfd that wakes the worker
	event  [8]byte
	pace   pace.Pace

	lengths [pipeline.BatchSize]int // of the packets of the batch, as they came
	batch   run                     // packets that wait for the same verdict
	out     []byte                  // messages for the kernel
	inject  injector

	mu       sync.Mutex // held inside Recv and Send, and while the sockets are closed
	torn     bool
	closed   atomic.Bool // by Close: Recv takes nothing more
	draining atomic.Bool // by Link.Close: Recv takes what waits
	used     atomic.Bool // Recv was called
	done     atomic.Bool // Recv has returned ErrClosed
	counted  counters
}

var _ pipeline.Queue = (*Queue)(nil)

func newQueue(l *Link, number int) (*Queue, error) {
	q := &Queue{link: l, out: make([]byte, 0, maxSend)}
	var err error
	if q.receiver, err = newReceiver(); err != nil {
		return nil, err
	}
	event, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make eventfd: %w", err), q.receiver.close())
	}
	if q.socket, err = openSocket(&l.cfg, number); err != nil {
		return nil, errors.Join(err, unix.Close(event), q.receiver.close())
	}
	q.inject.sockets = &l.raw
	q.polled = [2]unix.PollFd{{Fd: int32(q.fd), Events: unix.POLLIN}, {Fd: int32(event), Events: unix.POLLIN}}
	return q, nil
}

// Headroom implements pipeline.Queue.
func (q *Queue) Headroom() int { return 0 }

// Close implements pipeline.Queue: Recv returns ErrClosed at once, whatever is still
// waiting. Link.Close lets it come first.
func (q *Queue) Close() error {
	q.closed.Store(true)
	q.link.mu.RLock()
	defer q.link.mu.RUnlock()
	if !q.link.torn {
		q.Wake()
	}
	return nil
}

// one is what is added to an eventfd.
var one = binary.NativeEndian.AppendUint64(nil, 1)

// Wake ends the sleep of the queue's worker. Any goroutine may call it.
func (q *Queue) Wake() {
	_, _ = unix.Write(int(q.polled[1].Fd), one) // full: it is awake
}

// Recv implements pipeline.Queue.
func (q *Queue) Recv(b *pipeline.Batch) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.used.Store(true)
	err := q.receive(b)
	if err == pipeline.ErrClosed {
		q.done.Store(true)
	}
	return err
}

func (q *Queue) receive(b *pipeline.Batch) error {
	if q.torn || q.closed.Load() {
		return pipeline.ErrClosed
	}
	err := q.take(b)
	if err == nil && b.Len() == 0 {
		if q.draining.Load() {
			return pipeline.ErrClosed
		}
		err = q.await(b)
	}
	b.SetNow(q.pace.Tick(time.Now()))
	if err == nil && b.Len() == 0 {
		err = pipeline.ErrTimeout
	}
	return err
}

// await waits for packets, at most the poll interval: a while without sleeping, since to
// wake a worker costs whoever brings the packet more than to queue it.
func (q *Queue) await(b *pipeline.Batch) error {
	for end := time.Now().Add(q.link.cfg.BusyPoll); time.Now().Before(end); {
		if err := q.take(b); err != nil || b.Len() > 0 {
			return err
		}
	}
	n, err := unix.Poll(q.polled[:], q.patience())
	if err != nil || n == 0 {
		return nil // interrupted, or nothing came
	}
	if q.polled[1].Revents != 0 {
		_, _ = unix.Read(int(q.polled[1].Fd), q.event[:])
	}
	if q.closed.Load() {
		return pipeline.ErrClosed
	}
	return q.take(b)
}

// patience is how long a worker sleeps at most, in milliseconds.
func (q *Queue) patience() int { return max(1, int(q.link.cfg.PollTimeout/time.Millisecond)) }

// take fills the batch with what waits at the socket.
func (q *Queue) take(b *pipeline.Batch) error {
	n, err := q.receiver.receive(q.fd)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return nil
	}
	if isNoRoom(err) { // not with NETLINK_NO_ENOBUFS; the lost ones are counted by the socket
		q.counted.noRoom.Add(1)
		return nil
	}
	if err != nil {
		return fmt.Errorf("receive from queue %d: %w", q.queue, err)
	}
	if n > 0 {
		q.counted.receives.Add(1)
	}
	now := q.pace.Tick(time.Now())
	for i := range n {
		if err := q.add(b, i, now); err != nil {
			return err
		}
	}
	return nil
}

// add puts message i into the batch, if it brings a packet. What cannot be understood may
// be a packet, which a later verdict for "all up to this id" would let pass: it ends the
// queue.
func (q *Queue) add(b *pipeline.Batch, i int, now int64) error {
	message, whole := q.message(i)
	if !whole {
		return fmt.Errorf("receive from queue %d: %w: not the kernel's, or too long", q.queue, errMessage)
	}
	p, found, err := parse(message)
	if errors.Is(err, errMessage) {
		return fmt.Errorf("receive from queue %d: %w", q.queue, err)
	}
	if err != nil {
		q.counted.refused.Add(1)
	}
	if !found {
		return nil
	}
	if p.length > len(p.payload) {
		q.counted.cut.Add(1)
	}
	q.lengths[b.Len()] = len(p.payload)
	b.Add(p.payload, uint64(p.id), now, pipeline.LinkRaw)
	return nil
}
