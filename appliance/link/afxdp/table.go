package afxdp

import (
	"math/bits"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"vxwall/pipeline/flow"
)

// table is Go's side of the offload table (table.bpf.h): entries, and buckets that
// say where they are. An entry is written while no bucket names it, then shown by
// one store, and hidden by another one; it is put to another use only when no run of
// the program can still be at it. Any goroutine may use it. Those that change
// something take turns, for a fraction of a microsecond each; the program and peek
// wait for nobody.
type table struct {
	memory  [][]byte // mapped: buckets, entries, ways
	buckets []wireOffloadBucket
	entries []offloadEntry // the first is not used
	ways    []offloadWay   // of a VTEP: beside entries
	seed    hashSeed
	clock   *clock

	mu             sync.Mutex
	fresh          uint32 // entries from here on were never used
	oldest, newest uint32 // of those that were taken out: a list by time, 0 if empty
}

const (
	entryBits = 24 // of a slot of a bucket, ENTRY_BITS in shared.bpf.h
	// rest is how long an entry is not used after it was taken out. A run of the program
	// takes some 20 ns; its CPU may be taken away from it for longer, by a hypervisor.
	rest = int64(time.Second)
)

// tableSize returns the numbers of buckets, a power of two, and of entries for so many flows. With two
// buckets for each entry, one of 6,000 finds its bucket full once all entries are in use.
func tableSize(flows int) (buckets, entries uint32) {
	if flows == 0 {
		return 1, 1
	}
	const least, resting = 4096, 8 // at least so many buckets; one of so many entries may rest
	flows = min(flows, 1<<entryBits-1)
	for buckets = least; buckets < uint32(2*flows); {
		buckets *= 2
	}
	return buckets, 1 + uint32(min(flows+max(least, flows/resting), 1<<entryBits-1))
}

// hashSeed are the random numbers of the hash.
type hashSeed struct {
	addends [10]uint32
	factor  uint64
}

func newHashSeed() (s hashSeed) {
	for i := range s.addends {
		s.addends[i] = rand.Uint32()
	}
	s.factor = rand.Uint64() | 1
	return s
}

func (s *hashSeed) product(a, b uint32, i int) uint64 {
	return uint64(a+s.addends[i]) * uint64(b+s.addends[i+1])
}

// hash is that of the program, for packets with a VNI.
func (s *hashSeed) hash(e *offloadEntry, vni uint32) uint64 {
	sum := s.product(e.Ports, bits.ReverseBytes32(vni<<8), 2*len(e.Pieces))
	for i := range piecesOf(e) {
		p := e.Pieces[i].Hosts
		sum += s.product(uint32(p), uint32(p>>32), 2*i)
	}
	return (sum ^ sum>>32) * s.factor
}

// piecesOf is how many pieces the addresses of an entry have.
func piecesOf(e *offloadEntry) int {
	if e.Head[len(e.Head)-2] == 0x08 { // of 0x0800
		return 1
	}
	return len(e.Pieces)
}

// sameKey says whether two entries are about packets of one key.
func sameKey(a, b *offloadEntry) bool {
	if a.Ports != b.Ports || a.Proto != b.Proto || a.Network != b.Network {
		return false
	}
	for i := range a.Pieces {
		if a.Pieces[i].Hosts != b.Pieces[i].Hosts {
			return false
		}
	}
	return [2]byte(a.Head[len(a.Head)-2:]) == [2]byte(b.Head[len(b.Head)-2:])
}

// place is where an entry stands or could stand.
type place struct {
	slot *uint32 // nil if there is no room
	tag  uint32
	used uint32 // entry that is there, 0 if none
}

// bucket returns where entries of a hash stand, and their tag.
func (t *table) bucket(h uint64) (b *wireOffloadBucket, tag uint32) {
	return &t.buckets[uint32(h>>32)&uint32(len(t.buckets)-1)], uint32(h>>56) << entryBits
}

// find returns the place of a key, or one where it could stand.
func (t *table) find(e *offloadEntry) (p place) {
	b, tag := t.bucket(t.seed.hash(e, e.Network))
	p.tag = tag
	for i := range b.Slots {
		slot := atomic.LoadUint32(&b.Slots[i])
		if slot == 0 && p.slot == nil {
			p.slot = &b.Slots[i]
		}
		at := slot & (1<<entryBits - 1)
		if slot != 0 && slot&^(1<<entryBits-1) == tag && sameKey(&t.entries[at], e) {
			return place{&b.Slots[i], tag, at}
		}
	}
	return p
}

// put stores a copy of an entry, in place of that of the same key, and for a VTEP how its
// packets leave.
func (t *table) put(e *offloadEntry, w *offloadWay) (stored, replaced bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.find(e)
	if p.slot == nil {
		return false, false
	}
	at := t.take()
	if at == 0 {
		return false, false
	}
	t.entries[at] = *e
	if w != nil {
		t.ways[at] = *w
	}
	t.hideWire(p.used, p.slot)
	atomic.StoreUint32(p.slot, p.tag|at)
	t.give(p.used)
	if t.showWire(at, p.slot) {
		return true, p.used != 0
	}
	atomic.StoreUint32(p.slot, 0)
	t.give(at)
	return false, p.used != 0
}

// remove takes the entry of a key out, and says what it counted.
func (t *table) remove(key *offloadEntry, h *flow.Handled) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.find(key)
	if p.used == 0 {
		return false
	}
	t.hideWire(p.used, p.slot)
	atomic.StoreUint32(p.slot, 0)
	t.read(p.used, h)
	t.give(p.used)
	return true
}

// peek says what the entry of a key counted. It waits for nobody, and makes nobody
// wait: if the entry is taken out meanwhile, it rests.
func (t *table) peek(key *offloadEntry, h *flow.Handled) bool {
	p := t.find(key)
	if p.used != 0 {
		t.read(p.used, h)
	}
	return p.used != 0
}

// read says what an entry counted.
func (t *table) read(at uint32, h *flow.Handled) {
	e := &t.entries[at]
	h.Packets = atomic.LoadUint64(&e.Packets) + atomic.LoadUint64(&e.MorePackets)
	h.Bytes = atomic.LoadUint64(&e.Bytes) + atomic.LoadUint64(&e.MoreBytes)
	h.Next, h.Ack, h.Window = e.Next, e.Ack, e.Window
	if h.Packets > 0 {
		h.Last = t.clock.unixOfJiffy(atomic.LoadUint32(&e.Last))
	}
}

// take returns an entry to be written, 0 if there is none.
func (t *table) take() uint32 {
	if at := t.oldest; at != 0 && uint64(t.clock.now()) >= t.entries[at].Freed+uint64(rest) {
		t.oldest = t.entries[at].After
		return at
	}
	if int(t.fresh) == len(t.entries) {
		return 0
	}
	t.fresh++
	return t.fresh - 1
}

// give lets an entry rest, that nobody finds any more. 0 is none.
func (t *table) give(at uint32) {
	if at == 0 {
		return
	}
	e := &t.entries[at]
	e.Freed, e.After = uint64(t.clock.now()), 0
	if t.oldest == 0 {
		t.oldest = at
	} else {
		t.entries[t.newest].After = at
	}
	t.newest = at
}
