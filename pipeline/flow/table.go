package flow

import "math/bits"

// IP protocol numbers that have a life cycle of their own.
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
)

// none ends a list of record numbers. Record 0 is never used.
const none = 0

// End says why a flow ended.
type End uint8

// The ways to end.
const (
	Expired  End = iota // silent for longer than its timeout
	Evicted             // made room for a newer flow
	Reused              // a new connection took the same addresses and ports
	Shutdown            // the worker stopped
)

var endNames = [...]string{"timeout", "evicted", "reused", "shutdown"}

// String is the reason's name in events.
func (e End) String() string { return endNames[e] }

// Refusal says why a packet was not admitted to a flow. The zero value admits.
type Refusal uint8

// The refusals.
const (
	Admitted     Refusal = iota
	Full                 // no room, and no unanswered flow to evict
	BadFlags             // TCP flags that no sender combines
	NoConnection         // TCP packet that belongs to no connection
	BadReset             // TCP reset outside the window
)

// Stats are counts since the table was made.
type Stats struct {
	Created, Expired, Evicted, Reused uint64
	PickedUp                          uint64
	Live                              int
}

// Table holds the flows of one worker. Make one with NewTable.
type Table struct {
	cfg     Config
	records []Record // [0] is not used
	buckets []uint32 // heads of hash chains
	mask    uint32
	free    uint32 // head of the free list, linked by next
	fresh   uint32 // records from here on were never used
	young   list   // unanswered flows, oldest first
	wheel   wheel
	lastID  uint64
	stats   Stats
	onEnd   func(*Record, End)
	recall  func(*Record) // see Delegate
}

// NewTable reserves the memory of a table. onEnd is told of each flow that
// ends and borrows the record for the time of the call; nil tells nobody.
func NewTable(cfg Config, onEnd func(*Record, End)) *Table {
	capacity := max(1, min(cfg.Capacity, MaxCapacity))
	n := uint32(1) << bits.Len32(uint32(capacity-1))
	if onEnd == nil {
		onEnd = func(*Record, End) {}
	}
	return &Table{
		cfg:     cfg,
		records: make([]Record, capacity+1),
		buckets: make([]uint32, n),
		mask:    n - 1,
		fresh:   1,
		wheel:   newWheel(),
		lastID:  cfg.Seed[0] >> 54 << 42, // two runs seldom meet; below 2^53, exact in JSON
		onEnd:   onEnd,
		recall:  func(*Record) {},
	}
}

// due says whether the flow was silent for longer than its timeout, so that it ends.
func (t *Table) due(r *Record, now int64) bool {
	if t.deadline(r) <= now && r.AnyOffloaded() {
		t.recall(r)
	}
	return t.deadline(r) <= now
}

// Snapshot copies live flows with numbers of at least from into dst, and returns
// how many, and from where to go on; 0 if there are no more. It may be called
// between packets, which wait meanwhile: so it looks at no more than 16 places for
// each record of dst, and n may be 0 with more to come.
func (t *Table) Snapshot(from int, dst []Record) (n, next int) {
	from = max(from, 1)
	for i := from; i < int(t.fresh); i++ {
		if n == len(dst) || i-from == 16*len(dst) {
			return n, i
		}
		if t.records[i].ID == 0 {
			continue
		}
		dst[n] = t.records[i]
		n++
	}
	return n, 0
}

// Stats returns the counts.
func (t *Table) Stats() Stats { return t.stats }

// Find returns the live flow of a packet and the packet's direction, or nil.
func (t *Table) Find(k *Key, now int64) (*Record, Direction) {
	return t.find(k, uint32(k.Hash(t.cfg.Seed)), now)
}

func (t *Table) find(k *Key, hash uint32, now int64) (*Record, Direction) {
	for i := t.buckets[hash&t.mask]; i != none; i = t.records[i].next {
		r := &t.records[i]
		if r.hash != hash {
			continue
		}
		dir := ToResponder
		if r.Key != *k {
			if !r.Key.reverseOf(k) {
				continue
			}
			dir = ToInitiator
		}
		if t.due(r, now) {
			t.end(i, Expired)
			return nil, 0
		}
		return r, dir
	}
	return nil, 0
}

// create adds a flow and returns its record, or nil if there is no room.
func (t *Table) create(k *Key, hash uint32, now int64) *Record {
	i := t.allocate()
	if i == none {
		return nil
	}
	r := &t.records[i]
	t.lastID++
	*r = Record{Key: *k, hash: hash, First: now, Last: now, ID: t.lastID}
	head := &t.buckets[hash&t.mask]
	r.next, *head = *head, i
	t.young.push(t.records, i)
	t.wheel.put(t.records, i, t.deadline(r))
	t.stats.Created++
	t.stats.Live++
	return r
}

func (t *Table) allocate() uint32 {
	if t.free == none && int(t.fresh) == len(t.records) {
		if t.young.head == none {
			return none
		}
		t.end(t.young.head, Evicted)
	}
	if i := t.free; i != none {
		t.free = t.records[i].next
		return i
	}
	t.fresh++
	return t.fresh - 1
}

// end takes a flow out of the table and tells onEnd.
func (t *Table) end(i uint32, why End) {
	r := &t.records[i]
	if r.AnyOffloaded() {
		t.recall(r)
	}
	t.onEnd(r, why) // while it still has its number
	for link := &t.buckets[r.hash&t.mask]; ; link = &t.records[*link].next {
		if *link == i {
			*link = r.next
			break
		}
	}
	t.young.remove(t.records, i)
	t.wheel.remove(t.records, i)
	t.count(why)
	*r = Record{next: t.free}
	t.free = i
	t.stats.Live--
}

func (t *Table) count(why End) {
	switch why {
	case Expired:
		t.stats.Expired++
	case Evicted:
		t.stats.Evicted++
	case Reused:
		t.stats.Reused++
	}
}

func (t *Table) deadline(r *Record) int64 {
	return r.Last + int64(t.cfg.Timeouts.timeout(r))
}

// SetDenied notes whether the flow is to be dropped: a denied flow is soon
// forgotten and makes room for others, even if both ends send.
func (t *Table) SetDenied(r *Record, denied bool) {
	if denied == (r.Flags&Denied != 0) {
		return
	}
	i := t.number(r)
	r.Flags ^= Denied
	if denied {
		t.young.push(t.records, i)
	} else if r.State >= Established {
		t.young.remove(t.records, i)
	}
	t.wheel.move(t.records, i, t.deadline(r))
}

// Number is the number of a live flow's record: that of no other live flow, from 1
// to Capacity.
func (t *Table) Number(r *Record) uint32 { return t.number(r) }

// Capacity is the number of flows that there is room for.
func (t *Table) Capacity() int { return len(t.records) - 1 }

// number returns a record's number: the wheel or the hash chain has it.
func (t *Table) number(r *Record) uint32 {
	i := t.buckets[r.hash&t.mask]
	for &t.records[i] != r {
		i = t.records[i].next
	}
	return i
}

// Expire ends flows whose time is up, at most limit of them, and returns how
// many it ended. The rest follows with the next calls, or when a packet of
// theirs arrives.
func (t *Table) Expire(now int64, limit int) int {
	ended := 0
	for looked := 0; looked < limit; looked++ {
		i := t.wheel.due(t.records, now)
		if i == none {
			break
		}
		r := &t.records[i]
		if r.AnyOffloaded() {
			t.recall(r)
		}
		if t.deadline(r) > now {
			t.wheel.put(t.records, i, t.deadline(r))
			continue
		}
		t.end(i, Expired)
		ended++
	}
	return ended
}

// Close ends every flow.
func (t *Table) Close() {
	for i := uint32(1); i < t.fresh; i++ {
		if t.records[i].ID != 0 {
			t.end(i, Shutdown)
		}
	}
}
