package afxdp

import (
	"errors"
	"sync/atomic"

	"vxwall/pipeline"
)

// queueCounters are written by the queue's worker and read by anyone.
type queueCounters struct {
	handedOver, takenOver, handOverFull, noFrame, offloadRefused atomic.Uint64

	lost [2]struct{ packets, bytes atomic.Uint64 } // handOverFull by receiving port
}

// errClosed is the error of a link that was asked after Close.
var errClosed = errors.New("read status: link closed")

// Status says what the link is and what it counted.
func (l *Link) Status() (Status, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.torn.Load() {
		return Status{}, errClosed
	}
	kernel, err := l.program.kernel()
	if err != nil {
		return Status{}, err
	}
	s := Status{Ports: l.ports, Kernel: kernel}
	s.Frames = FrameStatus{Total: l.umem.Pool.Frames(), Free: l.umem.Pool.Len(), Size: l.umem.FrameSize()}
	for _, q := range l.queues {
		s.addQueue(q)
	}
	for port := range l.sockets {
		for _, socket := range l.sockets[port] {
			if err := s.addRing(socket); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

// addQueue adds a worker's counters. A frame that its owner had no room for was
// shed like those that the program sheds, and is counted with them.
func (s *Status) addQueue(q *Queue) {
	c := &q.counted
	s.Queues = append(s.Queues, QueueStatus{
		HandedOver: c.handedOver.Load(), TakenOver: c.takenOver.Load(), HandOverFull: c.handOverFull.Load(),
		NoFrame: c.noFrame.Load(), OffloadRefused: c.offloadRefused.Load(),
	})
	for port := range c.lost {
		addTally(&s.Kernel.Dropped[port][pipeline.Overload], c.lost[port].packets.Load(), c.lost[port].bytes.Load())
	}
	s.Frames.Free += q.cache.Len()
	s.Frames.Held += int(q.held.Load())
	for _, h := range q.in {
		s.Frames.HandOver += h.waiting()
	}
}

func (s *Status) addRing(r *socket) error {
	k, err := r.Stats()
	if err != nil {
		return err
	}
	s.Rings = append(s.Rings, RingStatus{
		Port: r.port, Queue: r.queue, Worker: r.worker,
		RxDropped: k.RxDropped, RxInvalid: k.RxInvalid, TxInvalid: k.TxInvalid,
		RxRingFull: k.RxRingFull, FillRingEmpty: k.FillRingEmpty, TxRingEmpty: k.TxRingEmpty,
		Received: k.Received, Sent: k.Sent, Kicks: k.Kicks, TxFull: k.TxFull, TxError: k.TxError,
	})
	f := r.Frames()
	s.Frames.Fill += f.Fill
	s.Frames.Rx += f.Rx
	s.Frames.Tx += f.Tx
	s.Frames.Completion += f.Completion
	return nil
}
