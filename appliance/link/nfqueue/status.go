package nfqueue

import (
	"errors"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// counters are written by the queue's worker and read by anyone.
type counters struct {
	receives, sends, refused, noRoom, unsent, cut atomic.Uint64
}

// Status is what one queue is and what it counted. Any goroutine may ask for it.
type Status struct {
	Queue    uint16
	Receives uint64 // system calls that brought packets
	Sends    uint64 // system calls that gave verdicts
	Lost     uint64 // packets for which there was no room: as overload says
	NoRoom   uint64 // times that the kernel told of it by an error
	Refused  uint64 // verdicts that the kernel did not take
	Cut      uint64 // packets too large to be handed over whole: they are dropped
	Unsent   uint64 // answers and held packets that were not sent
}

// errClosed is the error of a link that was asked after Close.
var errClosed = errors.New("read status: link closed")

// Status says what each queue counted.
func (l *Link) Status() ([]Status, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.torn {
		return nil, errClosed
	}
	var list []Status
	var errs error
	for _, q := range l.queues {
		c := &q.counted
		lost, err := q.lost()
		errs = errors.Join(errs, err)
		list = append(list, Status{
			Queue: q.queue, Receives: c.receives.Load(), Sends: c.sends.Load(), Lost: uint64(lost), NoRoom: c.noRoom.Load(),
			Refused: c.refused.Load(), Cut: c.cut.Load(), Unsent: c.unsent.Load(),
		})
	}
	return list, errs
}

// tear closes the queue's file descriptors: packets that wait for a verdict are dropped.
func (q *Queue) tear() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.torn = true
	return errors.Join(q.socket.close(), unix.Close(int(q.polled[1].Fd)), q.receiver.close())
}
