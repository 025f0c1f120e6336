package ring

import "sync/atomic"

// counters are written by one goroutine at a time.
type counters struct {
	received, sent, kicks, txFull, txError atomic.Uint64
}

// Stats of a socket.
type Stats struct {
	// struct xdp_statistics of the kernel.
	RxDropped, RxInvalid, TxInvalid, RxRingFull, FillRingEmpty, TxRingEmpty uint64

	Received, Sent uint64 // frames taken from the RX ring, put into the TX ring
	Kicks          uint64 // calls that have the kernel transmit
	TxFull         uint64 // frames dropped: the TX ring was full
	TxError        uint64 // frames dropped: refused by the kernel, or by Push
}

// Lost is how many frames were redirected to the socket and never arrived in
// the RX ring.
func (s *Stats) Lost() uint64 { return s.RxDropped + s.RxRingFull }

// Stats asks the kernel and returns all that was counted.
func (s *Socket) Stats() (Stats, error) {
	k, err := statistics(s.fd)
	c := &s.counted
	return Stats{
		RxDropped: k.Rx_dropped, RxInvalid: k.Rx_invalid_descs, TxInvalid: k.Tx_invalid_descs, RxRingFull: k.Rx_ring_full,
		FillRingEmpty: k.Rx_fill_ring_empty_descs, TxRingEmpty: k.Tx_ring_empty_descs,
		Received: c.received.Load(), Sent: c.sent.Load(), Kicks: c.kicks.Load(), TxFull: c.txFull.Load(), TxError: c.txError.Load(),
	}, err
}

// Frames says how many frames a socket's rings hold. Tx includes those that
// the kernel is transmitting.
type Frames struct{ Fill, Rx, Tx, Completion int }

// Frames counts. It is exact while nothing moves, and never negative: each index
// is read after the one that it is ahead of.
func (s *Socket) Frames() Frames {
	consumed, rx, fill := s.rx.consumed(), s.rx.produced(), s.fill.produced()
	reaped, done, tx := s.completion.consumed(), s.completion.produced(), s.tx.produced()
	return Frames{Fill: int(fill - rx), Rx: int(rx - consumed), Tx: int(tx - done), Completion: int(done - reaped)}
}
