package scan

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

const (
	// stride is the distance of the places that are looked at for long grams: a piece has as
	// many in a row, so that one of them is met wherever it stands.
	stride = 3
	// folded makes the letters of a gram lower case, and some other bytes others: good enough
	// to look for both.
	folded = 0x20202020
)

// anchor is where a piece is recognised by: bytes in a row that are all known.
type anchor struct {
	at   int // from the beginning of the stretch of code that holds them
	q    int // length of the grams: 4 at stride places, 3 or 2 at one
	cost int
}

// table finds pieces by grams of one length.
type table struct {
	bitmap []uint64
	shift  uint
	slots  []uint32 // 1 + index into uses, open addressing
	mask   uint32
	uses   []use // sorted by gram
}

// use says that a piece has a gram, and how far from its anchor's first byte.
type use struct {
	gram  uint32
	piece uint32 // times four, plus the distance
}

const mul = 0x9e3779b1

func load4(b []byte) uint32 { return binary.LittleEndian.Uint32(b) | folded }

// loadGram reads a gram of 2 to 4 bytes.
func loadGram(b []byte, q int) uint32 {
	var raw [4]byte
	copy(raw[:], b[:q])
	return (binary.LittleEndian.Uint32(raw[:]) | folded) & (1<<(8*q) - 1)
}

// build makes the table of uses. A bitmap has few of its bits set, and is no larger than
// a cache can hold.
func (t *table) build(uses []use) {
	if len(uses) == 0 {
		return
	}
	slices.SortFunc(uses, func(a, b use) int {
		if a.gram != b.gram {
			return int(int64(a.gram) - int64(b.gram))
		}
		return int(int64(a.piece) - int64(b.piece))
	})
	t.uses = slices.Clip(slices.Compact(uses))
	width := min(23, max(12, bits.Len(uint(len(t.uses)))+4))
	t.bitmap, t.shift = make([]uint64, 1<<width/64), uint(32-width)
	t.slots = make([]uint32, 2<<bits.Len(uint(len(t.uses))))
	t.mask = uint32(len(t.slots) - 1)
	for i := range t.uses {
		gram := t.uses[i].gram
		if i > 0 && t.uses[i-1].gram == gram {
			continue
		}
		h := gram * mul >> t.shift
		t.bitmap[h/64] |= 1 << (h % 64)
		h = slotHash(gram)
		for t.slots[h&t.mask] != 0 {
			h++
		}
		t.slots[h&t.mask] = uint32(i) + 1
	}
}

func slotHash(gram uint32) uint32 {
	h := gram * 0x85ebca6b
	return h ^ h>>15
}

// find returns the uses of a gram.
func (t *table) find(gram uint32) []use {
	for h := slotHash(gram); ; h++ {
		i := t.slots[h&t.mask]
		if i == 0 {
			return nil
		}
		if t.uses[i-1].gram != gram {
			continue
		}
		end := i
		for int(end) < len(t.uses) && t.uses[end].gram == gram {
			end++
		}
		return t.uses[i-1 : end]
	}
}

// common is how often a gram is in files, roughly: of bytes that are often there, and of the
// same byte again.
func common(gram uint32, q int) (cost int) {
	last := -1
	for i := range q {
		b := int(byte(gram >> (8 * i)))
		switch {
		case b == last:
			cost += 200
		case b == 0x20 || b == 0xff: // zeros are folded to blanks
			cost += 60
		case 'a' <= b && b <= 'z', b == 0xe8, b == 0x6a, b == 0x68, b == 0xab:
			cost += 8
		}
		last = b
	}
	return cost
}

// rarity counts how many pieces have a gram.
type rarity []uint16

func newRarity() rarity { return make(rarity, 1<<20) }

func (r rarity) at(gram uint32) *uint16 { return &r[gram*mul>>12] }

func (r rarity) add(values []byte) {
	for i := 0; i+4 <= len(values); i++ {
		if n := r.at(load4(values[i:])); *n < 1<<15 {
			*n++
		}
	}
}

// best returns the best anchor in bytes in a row; of the lowest cost.
func (r rarity) best(values []byte) anchor {
	best := anchor{q: 0, cost: 1 << 30}
	if len(values) >= stride+3 {
		for at := 0; at+stride+3 <= len(values); at++ {
			cost := 0
			for i := range stride {
				gram := load4(values[at+i:])
				cost += 6*common(gram, 4) + int(*r.at(gram))
			}
			if cost < best.cost {
				best = anchor{at, 4, cost}
			}
		}
		return best
	}
	q := min(len(values), 3)
	if q < 2 {
		return best
	}
	for at := 0; at+q <= len(values); at++ {
		cost := 1<<(28-4*q) + common(loadGram(values[at:], q), q)
		if cost < best.cost {
			best = anchor{at, q, cost}
		}
	}
	return best
}
