package afxdp

import (
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"vxwall/appliance/link/afxdp/ring"
	"vxwall/appliance/link/pace"
	"vxwall/pipeline"
)

// Queue is one worker's share of the link: the sockets of some receive queues of both
// ports, rings from and to the other workers, and a socket of each port to
// transmit through. It is used by one goroutine, but for Close.
type Queue struct {
	link   *Link
	number int
	cache  *ring.Cache

	sockets  []*socket    // that this worker receives from
	transmit [2]*transmit // by port
	in       []*handOver
	out      []*handOver // by worker, nil for this one; empty if it is alone
	first    int         // source that the next batch begins with
	polled   []unix.PollFd
	event    [8]byte
	pace     pace.Pace
	now      int64        // of the batch
	quiet    int          // times in a row that nothing came, while draining
	entry    offloadEntry // scratch of Offload
	way      offloadWay   // and of OffloadTo
	beaten   int64        // when the sockets' heart last beat

	sleeping atomic.Bool // in poll, or about to
	closed   atomic.Bool // by Close
	busy     atomic.Bool // inside Recv or Send, or frames are lent
	used     atomic.Bool // Recv was called
	dry      atomic.Bool // while draining: nothing left to receive
	done     atomic.Bool // Recv has returned ErrClosed
	away     atomic.Bool // flows may be offloaded whose counts the worker will ask for
	held     atomic.Int64
	counted  queueCounters
}

var (
	_ pipeline.Queue          = (*Queue)(nil)
	_ pipeline.Offloader      = (*Queue)(nil)
	_ pipeline.Reencapsulator = (*Queue)(nil)
)

// A frame's handle is where its room in the UMEM begins, and the port at which it
// came in: that stays true when the room is somebody else's.
const handlePort = 63

func handleOf(base uint64, port uint8) uint64 { return base | uint64(port)<<handlePort }
func portOf(handle uint64) uint8              { return uint8(handle >> handlePort) }
func baseOf(handle uint64) uint64             { return handle &^ (1 << handlePort) }

func newQueue(l *Link, number int) (*Queue, error) {
	event, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make eventfd: %w", err)
	}
	return &Queue{
		link: l, number: number, cache: l.umem.Pool.NewCache(),
		polled: []unix.PollFd{{Fd: int32(event), Events: unix.POLLIN}},
	}, nil
}

// Headroom implements pipeline.Queue.
func (q *Queue) Headroom() int { return ring.Headroom }

// Close implements pipeline.Queue: Recv returns ErrClosed at once, whatever is
// still waiting. Link.Close lets it come first.
func (q *Queue) Close() error {
	q.closed.Store(true)
	q.link.mu.RLock()
	defer q.link.mu.RUnlock()
	if !q.link.torn.Load() {
		q.Wake()
	}
	return nil
}

// enter begins a call that touches what Link.Close takes away: it waits until
// busy is false again. before is what busy was.
func (q *Queue) enter() (before, ok bool) {
	before = q.busy.Swap(true)
	if q.link.torn.Load() {
		q.busy.Store(false)
		return false, false
	}
	return before, true
}

// Recv implements pipeline.Queue.
func (q *Queue) Recv(b *pipeline.Batch) error {
	if _, ok := q.enter(); !ok {
		return pipeline.ErrClosed
	}
	q.used.Store(true)
	err := q.receive(b)
	if b.Len() == 0 {
		q.busy.Store(false)
	}
	if err == pipeline.ErrClosed {
		q.done.Store(true)
	}
	return err
}

func (q *Queue) receive(b *pipeline.Batch) error {
	if q.closed.Load() {
		return pipeline.ErrClosed
	}
	q.gather(b)
	if b.Len() == 0 {
		if q.drained() {
			return pipeline.ErrClosed
		}
		q.rest()
		if q.closed.Load() {
			return pipeline.ErrClosed
		}
		q.gather(b)
	}
	b.SetNow(q.now)
	q.held.Store(int64(b.Len()))
	q.cache.Show()
	q.note(b.Len() == 0)
	if b.Len() == 0 {
		return pipeline.ErrTimeout
	}
	return nil
}

// note notes, while the link is being closed, for how long nothing came: a frame
// that was redirected before is in its ring after a moment.
func (q *Queue) note(nothing bool) {
	const moment = 3 // rests of a millisecond, of which a wake-up may cut one short
	if !nothing || !q.link.draining.Load() {
		q.quiet = 0
	} else {
		q.quiet++
	}
	q.dry.Store(q.quiet >= moment)
}

// gather fills the batch from all sources. Another one comes first each time,
// so that none starves the others.
func (q *Queue) gather(b *pipeline.Batch) {
	q.now = q.pace.Tick(time.Now())
	sources := len(q.sockets) + len(q.in)
	for i := range sources {
		room := pipeline.BatchSize - b.Len()
		if room == 0 {
			break
		}
		if at := (q.first + i) % sources; at < len(q.sockets) {
			q.fromSocket(q.sockets[at], b, room)
		} else {
			q.fromWorker(q.in[at-len(q.sockets)], b, room)
		}
	}
	q.first = (q.first + 1) % sources
	q.beat()
	q.sendAway()
}

// beat says that the worker is alive, though not more often than matters.
func (q *Queue) beat() {
	const often = int64(time.Millisecond)
	if q.now-q.beaten < often {
		return
	}
	q.beaten = q.now
	for _, s := range q.sockets {
		s.control.beat(s.port, s.queue)
	}
}
