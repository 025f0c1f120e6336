package guard

import (
	"encoding/binary"
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
)

const (
	ways  = 8
	locks = 64
	// always is when a binding was heard that does not age.
	always = math.MaxInt64
)

// table binds subjects to holders. look takes no lock; claim.go takes one to change
// something. Its memory is fixed. There are twice as many places as bindings, so
// that a set seldom has no place while there is room.
type table struct {
	seed    [2]uint64
	rules   rules
	sets    []set
	details []detail // ways for each set
	locks   [locks]sync.Mutex
	shift   uint
	shares  shares
	cursor  atomic.Uint32 // the next set that is swept

	seclusion *seclusion

	moved, refused atomic.Uint64 // moves that were believed; bindings without room
}

// rules say when a table changes its mind.
type rules struct {
	age, moveAfter, movesWithin, reportEvery int64 // ns
	moves                                    int
	secluded                                 bool
}

// refresh is how much later than a binding was last heard it is noted to be
// heard again: seldom, so that workers do not fight for the cache line.
func (r *rules) refresh() int64 { return r.moveAfter / 8 }

// set is what every packet looks at: a few bindings by their hashes. An id of 0 is
// a place without one.
type set struct {
	id    [ways]atomic.Uint64 // of network and subject
	place [ways]atomic.Uint64 // of these and the holder
	seen  [ways]atomic.Int64  // when it was heard, ns
}

// detail is the rest of a binding, under the lock of its set.
type detail struct {
	network         uint64
	subject, holder [16]byte
	since           int64 // when it began, or moved
	window          int64 // when moves were last counted anew
	reported        int64
	secluded        int64 // when nobody handled packets of the holder elsewhere; see seclusion.go
	moves           uint16
	static, asked   bool
	missed          uint32 // findings since reported
}

func newTable(bindings int, r rules, seed [2]uint64, s *seclusion) *table {
	n := 1
	for n*ways < 2*bindings {
		n *= 2
	}
	t := &table{seed: seed, rules: r, sets: make([]set, n), details: make([]detail, n*ways), shift: uint(64 - bits.Len(uint(n-1))), seclusion: s}
	t.shares.capacity = int64(bindings)
	return t
}

// key is a subject in its network, with its hash.
type key struct {
	network uint64
	subject [16]byte
	id      uint64
}

// networkOf joins VNI and inner VLAN tags: bindings are those of one broadcast
// domain.
func networkOf(vni, vlan uint32) uint64 { return uint64(vlan)<<24 | uint64(vni) }

func (t *table) key(network uint64, subject *[16]byte) key {
	h := fold(half(subject, 0)^t.seed[0], half(subject, 8)^t.seed[1])
	return key{network, *subject, fold(h^t.seed[1], network^t.seed[0]^0x9e3779b97f4a7c15) | 1}
}

// place is the hash of a key with a holder.
func (t *table) place(k *key, holder *[16]byte) uint64 {
	return fold(half(holder, 0)^k.id^t.seed[0], half(holder, 8)^bits.RotateLeft64(k.id, 32)^t.seed[1])
}

func half(a *[16]byte, at int) uint64 { return binary.LittleEndian.Uint64(a[at:]) }

// fold multiplies and folds, as wyhash does.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// answer is what a table says of a key and a holder.
type answer uint8

const (
	unbound   answer = iota // nobody is known to hold the subject
	bound                   // the holder is
	elsewhere               // another is, or it is not certain any more
)

func (t *table) set(k *key) uint64 { return k.id >> 1 >> (t.shift - 1) }

// look finds a binding, and notes that it was heard.
func (t *table) look(k *key, holder *[16]byte, now int64) answer {
	s := &t.sets[t.set(k)]
	for w := range ways {
		if s.id[w].Load() != k.id {
			continue
		}
		place, seen := s.place[w].Load(), s.seen[w].Load()
		if s.id[w].Load() != k.id { // another's by now
			break
		}
		if place != t.place(k, holder) || now-seen > t.rules.age {
			return elsewhere
		}
		if now-seen > t.rules.refresh() {
			s.seen[w].Store(now)
		}
		return bound
	}
	return unbound
}

func (t *table) lock(set uint64) *sync.Mutex { return &t.locks[set%locks] }

// count is the number of bindings, those to be swept included.
func (t *table) count() int { return int(t.shares.total.Load()) }
