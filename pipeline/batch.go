package pipeline

// BatchSize is the largest number of frames in a batch.
const BatchSize = 64

// LinkType is what a frame begins with.
type LinkType uint8

// The link types, named as in capture files (pcap-linktype(7)).
const (
	LinkEthernet LinkType = iota
	LinkRaw               // an IP header
	LinkNull              // four bytes of address family (BSD loopback)
	LinkSLL               // Linux cooked capture
	LinkSLL2              // Linux cooked capture v2
)

// Batch is a worker's packets between Recv and Send. It is made once.
type Batch struct {
	packets [BatchSize]Packet
	n       int
	now     int64 // when Recv returned, 0 if the queue does not say
	extras  []Extra
}

// Extra is a frame to transmit beside those received: one that was held, or an
// answer that the pipeline made. Bytes are borrowed from the worker until Send
// returns.
type Extra struct {
	Bytes  []byte
	Time   int64  // when it is sent, nanoseconds since 1970
	Handle uint64 // of the received frame whose copy this is, or that it answers
	After  int    // the packet of the batch that it follows
	Answer bool   // made by the pipeline
	Back   bool   // leaves where the answered frame came from, unless Out says where
	Copy   bool   // one more of a frame that goes to several peers
	Out    Out
}

// Out is the port of the link by which a frame leaves. The zero value leaves
// that to the link: in a wire there is only one.
type Out uint8

// OutBy is a port of the link, at most overlay.MaxOut.
func OutBy(port int) Out { return Out(port + 1) }

// Port is the port, and whether there is one.
func (o Out) Port() (port int, ok bool) { return int(o) - 1, o != 0 }

// Add appends a frame that begins with link's header, and reports whether more
// will fit. handle is the queue's own; time is in nanoseconds since 1970. Call
// it in Recv only, at most until it returns false.
func (b *Batch) Add(frame []byte, handle uint64, time int64, link LinkType) bool {
	b.packets[b.n].reset(frame, handle, time, link)
	b.n++
	return b.n < BatchSize
}

// SetPort says at which port of a link that has two the frame came in that was
// added last: 0, which it is without saying, or 1.
func (b *Batch) SetPort(port uint8) {
	if port != 0 {
		b.packets[b.n-1].flags |= flagPort
	}
}

// Len is the number of packets.
func (b *Batch) Len() int { return b.n }

// SetNow says at what time Recv returns, in nanoseconds since 1970. It moves the
// worker's clock on where no packet does. A queue whose time is that of the
// packets alone (a capture file) leaves it out.
func (b *Batch) SetNow(now int64) { b.now = now }

// Packet returns packet i, 0 <= i < Len.
func (b *Batch) Packet(i int) *Packet { return &b.packets[i] }

// Extras returns the frames to transmit beside those received, in the order of
// the packets that they follow.
func (b *Batch) Extras() []Extra { return b.extras }

// Reset empties the batch. Send calls it last.
func (b *Batch) Reset() {
	b.n, b.now = 0, 0
	b.extras = b.extras[:0]
}
