package afxdp

import "vxwall/pipeline"

// Status is what a Link is and what it counted. Any goroutine may ask for it.
type Status struct {
	Ports  [2]PortStatus // of one port alone, the other has no name
	Kernel Kernel
	Rings  []RingStatus // by port, then queue
	Frames FrameStatus
	Queues []QueueStatus // by worker
}

// PortStatus describes a port.
type PortStatus struct {
	Name     string
	Index    int
	Driver   string
	Queues   int
	MTU      int
	Mode     Mode // Native or Generic, never Auto
	ZeroCopy bool
	Note     string // why it is not faster, "" if nothing speaks against it
}

// Kernel is what the XDP program counted by itself, since it was attached or
// taken over: none of these frames is in pipeline.Counters, but for ToSocket. Of
// those, Dropped for pipeline.Overload has the ones for which a worker had no
// room (QueueStatus.HandOverFull).
type Kernel struct {
	ToSocket  [2]pipeline.Tally                   // by receiving port: handed to the process
	Forwarded [2]pipeline.Tally                   // by receiving port: of offloaded flows
	Relayed   [2][pipeline.Reasons]pipeline.Tally // by receiving port and reason: passed uninspected
	Dropped   [2][pipeline.Reasons]pipeline.Tally // by receiving port and reason
	Offloaded int                                 // flow directions in the offload table
}

// RingStatus is what one AF_XDP socket counted (struct xdp_statistics).
type RingStatus struct {
	Port, Queue     int
	Worker          int
	RxDropped       uint64 // no room in the RX ring, or frame too large
	RxInvalid       uint64
	TxInvalid       uint64
	RxRingFull      uint64
	FillRingEmpty   uint64
	TxRingEmpty     uint64
	Received, Sent  uint64 // frames
	Kicks           uint64 // sendto calls
	TxFull, TxError uint64 // frames not sent: no room in the TX ring; refused by the kernel
}

// FrameStatus says where the frames of the UMEM are. Their sum is Total while
// no frame moves.
type FrameStatus struct {
	Total, Free, Fill, Rx, Tx, Completion, Held, HandOver int
	Size                                                  int // bytes of a frame
}

// QueueStatus is what one worker's Queue counted.
type QueueStatus struct {
	HandedOver     uint64 // frames given to the workers that own them
	TakenOver      uint64
	HandOverFull   uint64 // frames dropped: the owner's ring was full
	NoFrame        uint64 // answers and held frames not sent: no free frame
	OffloadRefused uint64 // flow directions that did not fit into the offload table
}
