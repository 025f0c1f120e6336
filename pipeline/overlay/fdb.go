package overlay

import (
	"encoding/binary"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

// MaxAgeing is the longest Config.Ageing.
const MaxAgeing = 2 * time.Hour

const (
	fdbWays  = 4 // a set is one cache line
	fdbCells = 1 << 12

	ageBits  = 14 // of seconds
	ageMask  = 1<<ageBits - 1
	seqMask  = 1<<10 - 1
	ageShift = 10
	// notYet is an age that another worker's clock, a little ahead, would give.
	notYet = ageMask - 1<<11
)

// FDB remembers behind which peer a MAC address was last heard. Workers share it.
// Its memory is fixed: where there is no room the entry unused for longest goes,
// and one network has no more than its share.
//
// A slot is two words, read and refreshed without a lock:
//
//	key    MAC address (48) | sequence (16)
//	value  network (24) | name of the peer (16) | time of the last packet, s (14) | sequence (10)
//
// The two belong together iff their sequence numbers agree: a slot that is given to
// another address gets the next one. Only that takes the lock, and a worker that
// does not get it leaves it at that: there will be another packet.
type FDB struct {
	seed   [2]uint64
	sets   [][fdbWays]slot
	ageing uint64 // seconds
	limit  int32  // entries of one network

	mu     sync.Mutex
	shares [fdbCells]int32 // entries by hash of their network; under mu
	cursor int             // of sweep; under mu
	swept  atomic.Int64    // time of the last sweep

	used, moves, full, contradictions atomic.Uint64

	places places
}

type slot struct{ key, value atomic.Uint64 }

func newFDB(c *Config) *FDB {
	sets := 1
	for sets*fdbWays < c.Entries {
		sets *= 2
	}
	ageing := min(max(c.Ageing, time.Second), MaxAgeing)
	return &FDB{
		seed: c.Seed, sets: make([][fdbWays]slot, sets),
		ageing: uint64(ageing / time.Second), limit: int32(min(c.PerNetwork, sets*fdbWays)),
	}
}

// macNumber is a MAC address as a number.
func macNumber(mac []byte) uint64 {
	return uint64(binary.BigEndian.Uint32(mac))<<16 | uint64(binary.BigEndian.Uint16(mac[4:]))
}

func seconds(now int64) uint64 { return uint64(now/int64(time.Second)) & ageMask }

func nameOf(value uint64) uint16 { return uint16(value >> 24) }

func (f *FDB) set(id uint32, mac uint64) *[fdbWays]slot {
	hi, lo := bits.Mul64(mac^f.seed[0], uint64(id)^f.seed[1]|1<<32)
	hi, lo = bits.Mul64(hi^lo^f.seed[1], f.seed[0]|1)
	return &f.sets[(hi^lo)&uint64(len(f.sets)-1)]
}

// find returns the slot of an address and what it says.
func (f *FDB) find(set *[fdbWays]slot, id uint32, mac uint64) (*slot, uint64) {
	for way := range set {
		s := &set[way]
		key := s.key.Load()
		if key>>16 != mac {
			continue
		}
		if value := s.value.Load(); value>>40 == uint64(id) && value&seqMask == key&seqMask {
			return s, value
		}
	}
	return nil, 0
}

func (f *FDB) expired(value, second uint64) bool {
	age := (second - value>>ageShift) & ageMask
	return age > f.ageing && age < notYet
}

// lookup returns the name of the peer behind which an address is, 0 if that is
// not known.
func (f *FDB) lookup(id uint32, mac uint64, now int64) uint16 {
	s, value := f.find(f.set(id, mac), id, mac)
	if s == nil || f.expired(value, seconds(now)) {
		return 0
	}
	return nameOf(value)
}

// learn notes that an address is behind a peer. It returns the name of the peer
// where it was until now, 0 if it was not known or has not moved.
func (f *FDB) learn(id uint32, mac uint64, name uint16, now int64) (from uint16) {
	second := seconds(now)
	set := f.set(id, mac)
	s, value := f.find(set, id, mac)
	if s == nil {
		f.insert(set, id, mac, uint64(name)<<24|second<<ageShift)
		return 0
	}
	fresh := value&^(0xffff<<24|ageMask<<ageShift) | uint64(name)<<24 | second<<ageShift
	if fresh == value || !s.value.CompareAndSwap(value, fresh) {
		return 0
	}
	if nameOf(value) == name {
		return 0
	}
	f.places.changed(f.place(id, mac))
	if f.expired(value, second) {
		return 0
	}
	f.moves.Add(1)
	return nameOf(value)
}

// insert gives an address a slot of its set.
func (f *FDB) insert(set *[fdbWays]slot, id uint32, mac, rest uint64) {
	if !f.mu.TryLock() {
		return
	}
	defer f.mu.Unlock()
	if s, _ := f.find(set, id, mac); s != nil { // another worker was faster
		return
	}
	share := &f.shares[cell(id)]
	if *share >= f.limit {
		f.full.Add(1)
		return
	}
	victim := f.victim(set, rest>>ageShift)
	sequence := victim.value.Load() + 1
	f.clear(victim)
	*share++
	f.used.Add(1)
	victim.value.Store(uint64(id)<<40 | rest | sequence&seqMask)
	victim.key.Store(mac<<16 | sequence&seqMask)
}

// victim is the free slot of a set, or else the one unused for longest.
func (f *FDB) victim(set *[fdbWays]slot, second uint64) *slot {
	victim, oldest := &set[0], uint64(0)
	for way := range set {
		s := &set[way]
		if s.key.Load() == 0 {
			return s
		}
		age := (second - s.value.Load()>>ageShift) & ageMask
		if age < notYet && age > oldest {
			victim, oldest = s, age
		}
	}
	return victim
}

// clear empties a slot, under mu.
func (f *FDB) clear(s *slot) {
	key := s.key.Load()
	if key == 0 {
		return
	}
	s.key.Store(0)
	id := uint32(s.value.Load() >> 40)
	f.shares[cell(id)]--
	f.used.Add(^uint64(0))
	f.places.changed(f.place(id, key>>16))
}

// cell is the counter of a network. Networks that share one share its limit.
func cell(id uint32) uint32 { return id * 0x9e3779b1 >> 20 }
