package scan

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// stride is the distance of the places that are looked at for long grams: a piece has as many
// in a row, so that one of them is met wherever it stands.
const stride = 3

// ones has a one in each byte.
const ones = 0x0101_0101_0101_0101

// lower makes the letters of eight bytes lower case, all at once. The high bit of each byte
// says what it is: a byte plus 0x80-c has it if it is at least c, and no carry leaves a byte.
func lower(w uint64) uint64 {
	low := w & (0x7f * ones)
	letters := (low + (0x80-'A')*ones) &^ (low + (0x80-'Z'-1)*ones) &^ w & (0x80 * ones)
	return w | letters>>2
}

// anchor is where a piece is recognised by: bytes in a row that are all known.
type anchor struct {
	at   int // from the beginning of the stretch of code that holds them
	q    int // how many grams it has: stride for a long piece, 1 for a short one, 0 for none
	cost int
}

// table finds pieces by grams.
type table struct {
	bitmap []uint64
	shift  uint
	slots  []uint32 // 1 + index into uses, open addressing
	mask   uint32
	uses   []use // sorted by gram
}

// hash returns a gram's place in the bitmap.
func (t *table) hash(gram uint32) uint32 { return gram * mul >> t.shift }

// use says that a piece has a gram, and how far from its anchor's first byte.
type use struct {
	gram  uint32
	piece uint32 // times four, plus the distance
}

const mul = 0x9e3779b1

func load4(b []byte) uint32 { return uint32(lower(uint64(binary.LittleEndian.Uint32(b)))) }

// build makes the table of uses. A bitmap has few of its bits set, and is no larger than
// a cache can hold.
func (t *table) build(uses []use) {
	slices.SortFunc(uses, func(a, b use) int {
		if a.gram != b.gram {
			return int(int64(a.gram) - int64(b.gram))
		}
		return int(int64(a.piece) - int64(b.piece))
	})
	t.uses = slices.Clip(slices.Compact(uses))
	width := min(23, max(12, bits.Len(uint(len(t.uses)))+6))
	t.bitmap, t.shift = make([]uint64, 1<<width/64), uint(32-width)
	t.slots = make([]uint32, 2<<bits.Len(uint(len(t.uses))))
	t.mask = uint32(len(t.slots) - 1)
	for i := range t.uses {
		gram := t.uses[i].gram
		if i > 0 && t.uses[i-1].gram == gram {
			continue
		}
		h := t.hash(gram)
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
func common(gram uint32) (cost int) {
	last := -1
	for i := range 4 {
		b := int(byte(gram >> (8 * i)))
		switch {
		case b == last:
			cost += 2000
		case b == 0 || b == 0xff:
			cost += 60
		case b == ' ':
			cost += 30
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
	best := anchor{cost: 1 << 30}
	if len(values) >= stride+3 {
		for at := 0; at+stride+3 <= len(values); at++ {
			cost := 0
			for i := range stride {
				gram := load4(values[at+i:])
				cost += 6*common(gram) + int(*r.at(gram))
			}
			if cost < best.cost {
				best = anchor{at, stride, cost}
			}
		}
		return best
	}
	for at := 0; at+4 <= len(values); at++ {
		cost := 1<<13 + 6*common(load4(values[at:]))
		if cost < best.cost {
			best = anchor{at, 1, cost}
		}
	}
	return best
}
