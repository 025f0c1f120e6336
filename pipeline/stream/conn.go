package stream

// state of a connection, as both ends would tell it.
type state uint8

const (
	stNone state = iota
	stSynSent
	stSynRecv
	stEstablished
	stFinWait1  // the responder closed
	stFinWait2  // and was acknowledged
	stCloseWait // the initiator closed
	stClosing   // both did, the responder first
	stLastAck   // both did, the initiator first
	stTimeWait
	stClosed
)

// Flags of a connection.
const (
	inList   uint8 = 1 << iota // of those that hold memory
	isLean                     // of the lean ones
	fourWay                    // both ends sent a SYN
	fastOpen                   // the SYN brought data and asked for fast open
	bypass                     // passes without being looked at
	again                      // syns[0] may begin a new connection
	filling                    // a gap is being filled
	waiting                    // what is to be kept waits behind a gap
)

// Flags of a half.
const (
	known     uint16 = 1 << iota // the beginning of the sequence is known
	acked                        // una is valid
	edged                        // edge is valid
	finSeen                      // fin is valid
	stamped                      // tsRecent is valid
	timed                        // the SYN had timestamps, or was not seen
	picked                       // joined in the middle, before una says that the receiver has the rest
	unscaled                     // the shift of its windows is not known
	stopped                      // is not put together any more
	finished                     // stopped, and nothing of it is needed
	lost                         // what waited behind a gap was given up
	forgot                       // what was not acknowledged was given up
	ended                        // End was told
	cutting                      // cut is valid
	lowered                      // low is valid
	resetSent                    // it ended with a reset
)

// half is what one end sends.
type half struct {
	offset uint64 // of next in the stream
	limit  uint64 // offset at which it is put together no more

	isn       uint32 // sequence number of the SYN
	next      uint32 // of the first byte that is not there yet
	una       uint32 // highest acknowledgement
	top       uint32 // after the highest byte that came
	edge      uint32 // how far the receiver's window ever reached
	maxWindow uint32 // largest window the receiver offered, bytes
	fin       uint32 // sequence number of the FIN
	tsRecent  uint32
	cut       uint32 // sequence number of the newest of the urgent bytes taken out
	low       uint32 // from where on places in buf are those of sequence numbers

	buf               block // what is in order, in [start:end]; end is next's place
	start, end, fresh uint32
	gap               uint32 // bytes that are missing before the fresh ones
	held, heldTail    uint32 // nodes, in order
	heldCount         uint16
	cuts              uint16 // urgent bytes taken out of the stream, or about to be
	order             uint8  // of buf
	scale             uint8  // of the windows this end offers
	flags             uint16
}

// conn is the state of one connection. No pointers: see Pool.conns.
type conn struct {
	half       [2]half
	grown      int64 // when it last grew
	waits      int64 // when it last grew with no gap open
	id         uint32
	next, prev uint32          // of the list of those with memory, or that of free ones
	memory     uint32          // bytes in blocks
	syns       [maxSyns]uint32 // sequence numbers of the opener's other SYNs
	answer     uint32          // that of the other SYN|ACK
	firstTS    uint32          // timestamp of the opener's first SYN
	attempts   uint8           // how many of syns there are
	answers    uint8           // different SYN|ACKs beside the newest
	opener     uint8           // direction of the first SYN
	retry      uint8           // that of the SYN in syns[0], with again
	state      state
	flags      uint8
}

// Conn is a TCP connection of a Pool. It is a handle, to be copied at will. The
// zero value is none.
type Conn struct {
	pool *Pool
	conn *conn
}

// ID is a number by which Pool.At finds the connection again; never 0.
func (c Conn) ID() uint32 { return c.conn.id }

// Valid says whether it is a connection at all.
func (c Conn) Valid() bool { return c.conn != nil }

// Established says whether the handshake was seen, or the connection was picked up.
func (c Conn) Established() bool { return c.conn.state >= stEstablished }

// Memory is how many bytes the connection's streams take.
func (c Conn) Memory() int { return int(c.conn.memory) }

// Pending says whether data wait behind a gap in a direction.
func (c Conn) Pending(dir uint8) bool { return c.conn.half[dir].held != none }

// Close ends the connection and gives back its memory.
func (c Conn) Close() {
	p, s := c.pool, c.conn
	p.unlist(s)
	p.empty(s, &s.half[0])
	p.empty(s, &s.half[1])
	s.next = p.free
	p.free = s.id
	p.used--
}

// Stop ends the reassembly of a direction at what was put together so far. What is not
// acknowledged yet is still protected from being replaced; what comes after passes and is
// counted as uninspected.
func (c Conn) Stop(dir uint8) {
	h := &c.conn.half[dir]
	h.limit = min(h.limit, h.offset)
	for at := h.held; at != none; at = c.pool.nodes[at].next {
		c.pool.stats.Unseen += uint64(c.pool.nodes[at].length)
	}
	c.pool.dropHeld(c.conn, h)
	h.flags |= stopped
}

// Stopped says whether a direction is put together no more.
func (c Conn) Stopped(dir uint8) bool { return c.conn.half[dir].flags&stopped != 0 }

// Window shows a direction's newest bytes: up to History bytes that were
// consumed before, and from data[fresh] on those that were not. Offset is the
// place of data[0] in the stream, counted from the first byte after the SYN, with
// gaps. Gap is how many bytes are missing right before the fresh ones; then there
// is no history. Data are borrowed until the next call for the pool.
func (c Conn) Window(dir uint8) (data []byte, offset uint64, fresh int, gap uint32) {
	h := &c.conn.half[dir]
	if h.buf == none {
		return nil, h.offset, 0, h.gap
	}
	from := h.start
	if first := h.end - h.fresh; first-from > uint32(c.pool.cfg.History) {
		from = first - uint32(c.pool.cfg.History)
	}
	data = c.pool.arena.bytes(h.buf, h.order)[from:h.end]
	return data, h.offset - uint64(h.end-from), int(h.end - h.fresh - from), h.gap
}

// Consumed notes that the fresh bytes of a direction were looked at. It reports whether
// there are more, behind another gap.
func (c Conn) Consumed(dir uint8) bool {
	h := &c.conn.half[dir]
	h.fresh, h.gap = 0, 0
	if h.flags&acked == 0 || int32(h.una-h.next) <= 0 {
		return false
	}
	var r Result
	c.skipTo(dir, h.una, &r)
	return r.Fresh != 0
}
