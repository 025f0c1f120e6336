package pipeline

import "errors"

// Errors that a Queue's Recv returns.
var (
	// ErrTimeout: no frame came within the poll interval.
	ErrTimeout = errors.New("receive frames: timeout")
	// ErrClosed: no frame will come any more.
	ErrClosed = errors.New("receive frames: queue closed")
)

// Queue is where frames come from and go to: one receive and transmit queue of
// a link, used by one goroutine (but for Close).
type Queue interface {
	// Recv fills an empty batch with Add and waits at most the poll interval
	// for the first frame. The bytes are borrowed from the queue until Send.
	// With an error the batch may still hold frames that came before it.
	Recv(b *Batch) error
	// Send transmits what was accepted (Packet.Forwarded), and the batch's
	// extra frames, recycles every other frame, and resets the batch. It
	// consumes the whole batch: no path can forget a frame.
	Send(b *Batch) error
	// Headroom is the number of bytes guaranteed in front of each frame.
	Headroom() int
	// Close makes Recv return ErrClosed.
	Close() error
}
