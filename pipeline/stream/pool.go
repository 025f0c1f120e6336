package stream

// Action is what to do with a segment that cannot be handled as it should.
type Action uint8

// The actions. ActPass lets it through, and the rest of its direction too,
// without putting it together: it is counted as uninspected.
const (
	ActDrop Action = iota
	ActPass
	ActReject
)

// Urgent says what becomes of urgent data (RFC 6093), which some receivers take out of
// the stream and some leave in it.
type Urgent uint8

// The policies, named as in Suricata 8. UrgentInline inspects the bytes as part of the
// stream, and has the mark taken off, so that every receiver reads them so.
// UrgentOOB takes the byte out of what is inspected. UrgentGap shows a gap in its
// place. UrgentDrop drops the segment.
const (
	UrgentInline Urgent = iota
	UrgentDrop
	UrgentOOB
	UrgentGap
)

// PoolConfig bounds a Pool. A zero value of a number stands for its default.
type PoolConfig struct {
	// Depth is how many bytes of a direction are put together, 0 for all.
	Depth uint64
	// Memory is the bound of all bytes held, PerFlow that of one connection, at most
	// 4 MiB. The bytes that fill a gap may exceed PerFlow.
	Memory, PerFlow int
	// Segments is how many pieces may wait behind gaps in one direction.
	Segments int
	// History is how many bytes before the new ones a Window shows, and what a
	// direction keeps once all of it was acknowledged.
	History int
	// Idle is after how many nanoseconds without growth a connection keeps no more than
	// that. Hold is how long data behind a gap, or without acknowledgement, are safe when memory is scarce.
	Idle, Hold int64
	// Inline: segments are judged before their receiver has them; they can be
	// dropped and rewritten. Otherwise they are copies (tap), or pass whatever is said of
	// them (monitor): nothing is changed, losses are skipped
	// once the other end acknowledged what came after them.
	Inline bool
	// Midstream picks up connections whose beginning was not seen; else they meet
	// Policy[CauseMidstream].
	Midstream bool
	// Policy is what to do for each Cause. For CauseNone it means nothing.
	Policy [causes]Action
	// Urgent data. UrgentOOBLimit is how many bytes of a direction may be taken
	// out, after which Policy[CauseUrgent] applies.
	Urgent         Urgent
	UrgentOOBLimit int
	// Slab makes memory for streams, zeroed, when more is needed, mostly 4 MiB at a time; nil:
	// on the heap, as it comes.
	Slab func(size int) []byte
}

// The defaults.
const (
	defaultMemory   = 256 << 20
	defaultPerFlow  = 4 << 20
	defaultSegments = 2048
	defaultHistory  = 1024
	defaultIdle     = 1e9
	defaultHold     = 10e9
	defaultOOBLimit = 128
)

// PoolStats counts what a Pool did and holds.
type PoolStats struct {
	Conns      int // open
	Memory     int // bytes held for streams, in blocks
	Pieces     int // that wait behind gaps
	Rewritten  uint64
	Zeroed     uint64 // among them: the bytes were acknowledged long ago, and are zeros now
	Dropped    [causes]uint64
	Passed     [causes]uint64 // let through by policy
	Gaps       uint64
	GapBytes   uint64
	Unseen     uint64 // bytes that passed without having been put together
	Squeezed   uint64 // connections whose history was taken, for want of memory
	Abandoned  uint64 // connections whose memory was taken while it was needed
	Restarted  uint64
	Cut        uint64 // urgent bytes taken out of streams
	Overlapped uint64 // segments that differed from what came first
}

// Pool is the memory of one worker's TCP connections. It belongs to one goroutine.
type Pool struct {
	cfg   PoolConfig
	arena arena
	conns [][]conn // slabs of connections; without pointers
	free  uint32   // list of closed connections
	used  int
	nodes []node // pieces behind gaps; 0 is none
	spare uint32 // list of free nodes
	held  int
	// Connections with memory.
	fat, lean list
	stats     PoolStats
}

const connSlab = 1024

// NewPool returns a pool without connections.
func NewPool(cfg PoolConfig) *Pool {
	setDefault(&cfg.Memory, defaultMemory)
	setDefault(&cfg.PerFlow, defaultPerFlow)
	setDefault(&cfg.Segments, defaultSegments)
	setDefault(&cfg.History, defaultHistory)
	setDefault(&cfg.UrgentOOBLimit, defaultOOBLimit)
	if cfg.Idle == 0 {
		cfg.Idle = defaultIdle
	}
	if cfg.Hold == 0 {
		cfg.Hold = defaultHold
	}
	cfg.PerFlow = min(cfg.PerFlow, defaultPerFlow)
	cfg.Segments = min(cfg.Segments, 1<<16-1)
	if cfg.Depth == 0 {
		cfg.Depth = 1 << 62
	}
	return &Pool{cfg: cfg, arena: newArena(cfg.Memory, cfg.Slab), nodes: make([]node, 1)}
}

func setDefault(n *int, v int) {
	if *n == 0 {
		*n = v
	}
}

// Stats returns the counters.
func (p *Pool) Stats() PoolStats {
	s := p.stats
	s.Conns, s.Memory, s.Pieces = p.used, p.arena.used, p.held
	return s
}

// Open returns a new connection. It takes no memory of streams until data come.
func (p *Pool) Open() Conn {
	if p.free == none {
		p.addConns()
	}
	id := p.free
	s := p.state(id)
	p.free = s.next
	*s = conn{id: id}
	s.half[0].limit, s.half[1].limit = p.cfg.Depth, p.cfg.Depth
	p.used++
	return Conn{pool: p, conn: s}
}

func (p *Pool) addConns() {
	p.conns = append(p.conns, make([]conn, connSlab))
	base := uint32(len(p.conns)-1) * connSlab
	for i := uint32(connSlab); i > 0; i-- {
		p.state(base + i).next = p.free
		p.free = base + i
	}
}

// At returns the connection of a number that ID returned, and that is not closed.
func (p *Pool) At(id uint32) Conn { return Conn{pool: p, conn: p.state(id)} }

func (p *Pool) state(id uint32) *conn { return &p.conns[(id-1)/connSlab][(id-1)%connSlab] }

// get takes a block for a connection, making room if it must. It reports why
// there is none.
func (p *Pool) get(c *conn, order uint8, now int64) (block, Cause) {
	switch {
	case int(c.memory)+sizeOf(order) > p.cfg.PerFlow && c.flags&filling == 0, order > maxOrder:
		return none, CauseFlow
	case order > p.arena.top:
		return none, CauseMemory
	}
	if c.flags&waiting != 0 || c.state < stEstablished {
		// Streams that go on have a fourth of the memory for themselves.
		for p.arena.used+sizeOf(order) > p.cfg.Memory-p.cfg.Memory/4 {
			if !p.makeRoom(c, now) {
				return none, CauseMemory
			}
		}
	}
	b := p.arena.get(order)
	for b == none && p.makeRoom(c, now) {
		b = p.arena.get(order)
	}
	if b == none {
		return none, CauseMemory
	}
	c.memory += uint32(sizeOf(order))
	p.growing(c, now)
	return b, CauseNone
}

func (p *Pool) put(c *conn, b block, order uint8) {
	p.arena.release(b, order)
	c.memory -= uint32(sizeOf(order))
}
