package segment

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"
)

const (
	bindingSets = 1 << 14
	bindingWays = 4
)

// Bindings remembers which Group Policy ID a workload last spoke as: VXLAN
// names the group of a packet's sender only, so that of its receiver has to be
// learned. Workers and reloads share it. Its memory is fixed (512 KiB, 65,536
// workloads): a flood of addresses can push a binding out, and then rules that
// ask for that group do not match, which denies.
//
// An entry is one word: 40 bits of a seeded hash of VNI and address, the
// group, and a bit that says it is used.
type Bindings struct {
	seed [2]uint64
	sets [bindingSets][bindingWays]atomic.Uint64
}

// NewBindings returns an empty table. The seed must be random.
func NewBindings(seed [2]uint64) *Bindings { return &Bindings{seed: seed} }

// Learn notes that an address speaks as a group.
func (b *Bindings) Learn(vni uint32, addr *[16]byte, group uint16) {
	set, tag := b.place(vni, addr)
	entry := tag | uint64(group)<<8 | 1
	victim := &b.sets[set][tag>>24%bindingWays]
	for way := range b.sets[set] {
		slot := &b.sets[set][way]
		old := slot.Load()
		if old == entry {
			return
		}
		if old == 0 || sameTag(old, tag) {
			victim = slot
			break
		}
	}
	victim.Store(entry)
}

// Group returns the group that an address last spoke as.
func (b *Bindings) Group(vni uint32, addr *[16]byte) (group uint16, known bool) {
	set, tag := b.place(vni, addr)
	for way := range b.sets[set] {
		if entry := b.sets[set][way].Load(); entry != 0 && sameTag(entry, tag) {
			return uint16(entry >> 8), true
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
