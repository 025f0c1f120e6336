package segment

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"
	"time"
)

const (
	bindingSets = 1 << 14
	bindingWays = 4
)

// settleTime is how long an address must not contradict itself before its group
// is believed again, in minutes.
const settleTime = 10

// Bindings remembers which Group Policy ID a workload last spoke as: VXLAN
// names the group of a packet's sender only, so that of its receiver has to be
// learned. Workers and reloads share it. Its memory is fixed (512 KiB, 65,536
// workloads): a flood of addresses can push a binding out, and then the group
// is not known.
//
// An address that speaks as two groups (a false sender, or a workload that
// changed) counts as not known, until only one was heard for settleTime.
//
// An entry is one word: 40 bits of a seeded hash of VNI and address, 16 of the
// group, 6 of the minute it last changed, a conflict bit, a bit that says it is
// used.
type Bindings struct {
	seed [2]uint64
	sets [bindingSets][bindingWays]atomic.Uint64
}

const (
	bindingUsed     = 1
	bindingConflict = 2
)

// NewBindings returns an empty table. The seed must be random.
func NewBindings(seed [2]uint64) *Bindings { return &Bindings{seed: seed} }

// Learn notes that an address speaks as a group. now is in nanoseconds.
func (b *Bindings) Learn(vni uint32, addr *[16]byte, group uint16, now int64) {
	set, tag := b.place(vni, addr)
	minute := uint64(now/int64(time.Minute)) & 63
	fresh := tag | uint64(group)<<8 | minute<<2 | bindingUsed
	victim := &b.sets[set][tag>>24%bindingWays]
	for way := range b.sets[set] {
		slot := &b.sets[set][way]
		old := slot.Load()
		switch {
		case old == 0:
			victim = slot
		case !sameTag(old, tag):
			continue
		case uint16(old>>8) != group:
			fresh |= bindingConflict
			victim = slot
		case old&bindingConflict == 0 || (minute-old>>2)&63 < settleTime:
			return
		default:
			victim = slot
		}
		break
	}
	victim.Store(fresh)
}

// Group returns the group that an address speaks as.
func (b *Bindings) Group(vni uint32, addr *[16]byte) (group uint16, known bool) {
	set, tag := b.place(vni, addr)
	for way := range b.sets[set] {
		if entry := b.sets[set][way].Load(); entry != 0 && sameTag(entry, tag) {
			return uint16(entry >> 8), entry&bindingConflict == 0
		}
	}
	return 0, false
}

func sameTag(entry, tag uint64) bool { return entry>>24 == tag>>24 }

// place returns the set of an address and its tag, in the upper 40 bits.
func (b *Bindings) place(vni uint32, addr *[16]byte) (set int, tag uint64) {
	high, low := bits.Mul64(binary.LittleEndian.Uint64(addr[:8])^b.seed[0]^uint64(vni)<<32, binary.LittleEndian.Uint64(addr[8:])^b.seed[1])
	high, low = bits.Mul64(high^low^b.seed[1], uint64(vni)^b.seed[0]^0x9e3779b97f4a7c15)
	hash := high ^ low
	return int(hash % bindingSets), hash >> 24 << 24
}
