package scan

import (
	"bytes"
	"encoding/binary"
	"slices"

	"vxwall/rules/clamav"
)

// hashes finds files by size and hash.
type hashes struct {
	lists [3]hashList // by algorithm
}

// hashList is the hashes of one algorithm, sorted by their bytes.
type hashList struct {
	all   []clamav.Hash
	index []uint32 // where those that begin with two bytes begin
	sizes map[int64]struct{}
	any   bool // some are of files of any size
}

func (h *hashes) add(list []clamav.Hash) {
	for _, one := range list {
		l := &h.lists[one.Algorithm]
		l.all = append(l.all, one)
	}
	for i := range h.lists {
		h.lists[i].build()
	}
}

func (l *hashList) build() {
	if len(l.all) == 0 {
		return
	}
	slices.SortFunc(l.all, func(a, b clamav.Hash) int { return bytes.Compare(a.Sum[:], b.Sum[:]) })
	l.all = slices.Clip(l.all)
	l.sizes = map[int64]struct{}{}
	l.index = make([]uint32, 1<<16+1)
	for i := range l.all {
		l.index[int(binary.BigEndian.Uint16(l.all[i].Sum[:]))+1]++
		if l.all[i].Size == clamav.AnySize {
			l.any = true
		} else {
			l.sizes[l.all[i].Size] = struct{}{}
		}
	}
	for i := range 1 << 16 {
		l.index[i+1] += l.index[i]
	}
}

// wants says whether a file of a size may be known.
func (l *hashList) wants(size int64) bool {
	if l.any {
		return true
	}
	_, known := l.sizes[size]
	return known
}

// find returns the hash of a file, nil if it is not known.
func (l *hashList) find(sum []byte, size int64) *clamav.Hash {
	if len(l.all) == 0 {
		return nil
	}
	at := int(binary.BigEndian.Uint16(sum))
	list := l.all[l.index[at]:l.index[at+1]]
	for i := range list {
		one := &list[i]
		if (one.Size == size || one.Size == clamav.AnySize) && bytes.Equal(one.Sum[:len(sum)], sum) {
			return one
		}
	}
	return nil
}
