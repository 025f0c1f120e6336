package match

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Masks of grams of two and three bytes.
const (
	mask2 = 0xffff
	mask3 = 0xff_ffff
)

// fold makes letters of four bytes lower case. It changes other bytes too, which
// only makes grams equal that are not.
const fold = 0x2020_2020

// Multipliers of the two hashes: odd, and with bits well spread.
const (
	mulBits  = 0x9e37_79b1
	mulSlots = 0x85eb_ca6b
)

// Bounds of a lane's bitmap, as powers of two: 512 bytes, and 256 KiB, which
// fit the first and second cache.
const (
	minBits = 12
	maxBits = 21
)

// lane finds the patterns of some lengths by grams of q bytes.
type lane struct {
	bitmap []uint64
	shift  uint32 // of the bitmap's hash
	slots  []uint32
	slot   uint32 // shift of the slots' hash
	grams  []gram // sorted by value
}

// gram says that a pattern has a gram at some place.
type gram struct {
	value   uint32
	pattern uint32
	at      uint32
}

// newLane makes the lane for patterns, which all have at least step+q-1 bytes.
func (m *Matcher) newLane(patterns []uint32, step, q int) lane {
	if len(patterns) == 0 {
		return lane{}
	}
	c := m.newChoice(patterns, step, q)
	var l lane
	l.grams = make([]gram, 0, len(patterns)*step)
	for _, n := range patterns {
		at := c.rarest(m.bytesOf(n))
		for i := range step {
			l.grams = append(l.grams, gram{value: load(m.bytesOf(n)[at+i:], q), pattern: n, at: uint32(at + i)})
		}
	}
	slices.SortFunc(l.grams, func(a, b gram) int {
		if a.value != b.value {
			return int(int64(a.value) - int64(b.value))
		}
		return int(int64(a.pattern) - int64(b.pattern))
	})
	l.index()
	return l
}

// index fills bitmap and slots from the grams.
func (l *lane) index() {
	width := min(max(bits.Len(uint(len(l.grams)*16-1)), minBits), maxBits)
	l.bitmap, l.shift = make([]uint64, 1<<(width-6)), uint32(32-width)
	width = bits.Len(uint(len(l.grams) * 2))
	l.slots, l.slot = make([]uint32, 1<<width), uint32(32-width)
	for i := range l.grams {
		value := l.grams[i].value
		if i > 0 && value == l.grams[i-1].value {
			continue
		}
		h := value * mulBits >> l.shift
		l.bitmap[h>>6] |= 1 << (h & 63)
		s := value * mulSlots >> l.slot
		for l.slots[s] != 0 {
			s = (s + 1) & uint32(len(l.slots)-1)
		}
		l.slots[s] = uint32(i) + 1
	}
}

// first returns the index of the first gram with a value, len(grams) for none.
func (l *lane) first(value uint32) int {
	s := value * mulSlots >> l.slot
	for l.slots[s] != 0 {
		if i := l.slots[s] - 1; l.grams[i].value == value {
			return int(i)
		}
		s = (s + 1) & uint32(len(l.slots)-1)
	}
	return len(l.grams)
}

// hit verifies all patterns that have a gram which was found in the text at i.
func (m *Matcher) hit(l *lane, t *text, value uint32, i int) {
	for g := l.first(value); g < len(l.grams) && l.grams[g].value == value; g++ {
		m.verify(t, l.grams[g].pattern, i-int(l.grams[g].at))
	}
}

func (m *Matcher) bytesOf(n uint32) []byte {
	p := &m.pats[n]
	return m.data[p.at : p.at+p.size]
}

// load reads a folded gram of q bytes, 2 to 4.
func load(b []byte, q int) uint32 {
	gram := uint32(binary.LittleEndian.Uint16(b)) | fold&0xffff
	for i := 2; i < q; i++ {
		gram |= (uint32(b[i]) | fold&0xff) << (8 * i)
	}
	return gram
}
