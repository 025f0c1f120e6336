package scan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"

	"vxwall/rules/clamav"
)

// hashes finds wholes by size and hash.
type hashes struct {
	lists [3]hashList // by algorithm
}

// hashList is the hashes of one algorithm: their bytes in one row, found by their first eight.
type hashList struct {
	width  int
	sums   []byte
	sizes  []uint32 // anySize for any; index into sums
	names  []uint32 // signatures
	slots  []uint32 // 1 + index, open addressing
	mask   uint32
	known  []uint32 // all sizes, sorted
	any    bool     // some are of any size
	filter []uint64 // of sizes, a quick look
}

const anySize = 1<<32 - 1

// add adds hashes; sig makes a signature of each.
func (h *hashes) add(list []clamav.Hash, sig func(*clamav.Hash) uint32) {
	for i := range list {
		one := &list[i]
		l := &h.lists[one.Algorithm]
		l.width = one.Algorithm.Size()
		size := uint32(anySize)
		if one.Size != clamav.AnySize {
			size = uint32(one.Size)
			l.known = append(l.known, size)
		}
		l.any = l.any || size == anySize
		l.sums = append(l.sums, one.Digest[:l.width]...)
		l.sizes, l.names = append(l.sizes, size), append(l.names, sig(one))
	}
	for i := range h.lists {
		h.lists[i].build()
	}
}

func (l *hashList) build() {
	if len(l.sizes) == 0 {
		return
	}
	slices.Sort(l.known)
	l.known = slices.Clip(slices.Compact(l.known))
	l.sums, l.sizes, l.names = slices.Clip(l.sums), slices.Clip(l.sizes), slices.Clip(l.names)
	l.slots = make([]uint32, 1<<bits.Len(uint(len(l.sizes)+len(l.sizes)/2)))
	l.mask = uint32(len(l.slots) - 1)
	for i := range l.sizes {
		h := l.hash(l.sums[i*l.width:])
		for l.slots[h&l.mask] != 0 {
			h++
		}
		l.slots[h&l.mask] = uint32(i) + 1
	}
	l.filter = make([]uint64, 1<<10)
	for _, size := range l.known {
		l.filter[size>>6&1023] |= 1 << (size & 63)
	}
}

func (l *hashList) hash(sum []byte) uint32 {
	return uint32(binary.LittleEndian.Uint64(sum) * 0x9e3779b97f4a7c15 >> 32)
}

// wants says whether a whole of a size may be known.
func (l *hashList) wants(size int64) bool {
	if l.any || len(l.known) == 0 || size >= anySize {
		return l.any
	}
	if l.filter[size>>6&1023]>>(size&63)&1 == 0 {
		return false
	}
	_, found := slices.BinarySearch(l.known, uint32(size))
	return found
}

// beyond says whether a whole that has at least a size may be known.
func (l *hashList) beyond(size int64) bool {
	return l.any || len(l.known) > 0 && size <= int64(l.known[len(l.known)-1])
}

// find returns the signature of a hash and size. Which of several comes first is no matter.
func (l *hashList) find(sum []byte, size int64) (sig uint32, ok bool) {
	if len(l.slots) == 0 {
		return 0, false
	}
	for h := l.hash(sum); ; h++ {
		i := l.slots[h&l.mask]
		if i == 0 {
			return 0, false
		}
		n := int(i - 1)
		if (l.sizes[n] == anySize || int64(l.sizes[n]) == size) && bytes.Equal(l.sums[n*l.width:(n+1)*l.width], sum) {
			return l.names[n], true
		}
	}
}

// has says whether there are hashes at all.
func (h *hashes) has() bool {
	return len(h.lists[0].sizes)+len(h.lists[1].sizes)+len(h.lists[2].sizes) > 0
}
