package afxdp

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Patience of Close: with workers that have frames to take, and with one that
// does not come back.
const (
	drainPatience = 500 * time.Millisecond
	leavePatience = 2 * time.Second // also to have what the kernel counted of flows
)

// Close ends the link without losing a frame: the program stops handing frames
// over, each worker takes what is there, gets ErrClosed, takes its flows back and
// ends. Then the sockets go. A pinned program stays on the ports and does what is configured
// for a dead process.
func (l *Link) Close() error {
	if l.draining.Swap(true) {
		return nil
	}
	l.program.control().setDown(true)
	l.wakeAll()
	waitFor(drainPatience, l.queues, func(q *Queue) bool { return !q.used.Load() || q.done.Load() || q.closed.Load() })
	for _, q := range l.queues {
		q.closed.Store(true)
	}
	l.wakeAll()
	waitFor(leavePatience, l.queues, func(q *Queue) bool { return !q.away.Load() })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.torn.Store(true)
	if q := waitFor(leavePatience, l.queues, func(q *Queue) bool { return !q.busy.Load() }); q != nil {
		// Without its memory it would crash the process.
		return fmt.Errorf("close link: worker %d holds frames, its sockets stay open", q.number)
	}
	return l.release()
}

// waitFor waits until something is true of all queues, and returns one of which
// it is not after all.
func waitFor(patience time.Duration, queues []*Queue, is func(*Queue) bool) *Queue {
	deadline := time.Now().Add(patience)
	for _, q := range queues {
		for !is(q) {
			if time.Now().After(deadline) {
				return q
			}
			time.Sleep(100 * time.Microsecond)
		}
	}
	return nil
}

func (l *Link) wakeAll() {
	for _, q := range l.queues {
		q.Wake()
	}
}

// release gives back whatever there is.
func (l *Link) release() error {
	errs := []error{l.closeSockets(), l.leave()}
	if l.cfg.Overlay != nil {
		l.cfg.Overlay.SetBoard(nil) // whose memory goes
	}
	if l.program != nil {
		errs = append(errs, l.program.close())
	}
	for _, q := range l.queues {
		errs = append(errs, unix.Close(int(q.polled[0].Fd)))
	}
	return errors.Join(errs...)
}

// closeSockets closes the sockets and unmaps their frames. The first socket,
// whose UMEM the others share, goes last.
func (l *Link) closeSockets() error {
	var errs []error
	for port := len(l.sockets) - 1; port >= 0; port-- {
		for i := len(l.sockets[port]) - 1; i >= 0; i-- {
			errs = append(errs, l.sockets[port][i].Close())
		}
		l.sockets[port] = nil
	}
	if l.umem != nil {
		errs = append(errs, l.umem.Close())
		l.umem = nil
	}
	return errors.Join(errs...)
}
