package match

import (
	"cmp"
	"math/bits"
	"slices"
)

// Sizes of cores, in bytes: of long patterns, and of those of four and five bytes.
const (
	longCore = 6
	midCore  = 4
)

// cores finds patterns by their cores: a bitmap that says of nearly all other bytes that they are none, and a hash table.
type cores struct {
	size    int // of each core, in bytes
	bitmap  []uint64
	slots   []uint32 // index of the first entry with a value, plus one
	shift   uint32   // of the bitmap's hash
	slot    uint32   // of the slots' hash
	entries []entry  // sorted by value
}

// entry says that a pattern has a core at some place.
type entry struct {
	value   uint64 // folded
	pattern uint32
	at      uint32
}

// index sorts the entries, and fills bitmap and slots from them.
func (c *cores) index() {
	slices.SortFunc(c.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.pattern, b.pattern))
	})
	width := max(bits.Len(uint(len(c.entries)*sparse)), 6)
	c.bitmap, c.shift = make([]uint64, 1<<(width-6)), uint32(64-width)
	width = bits.Len(uint(len(c.entries) * 2))
	c.slots, c.slot = make([]uint32, 1<<width), uint32(64-width)
	for i := range c.entries {
		value := c.entries[i].value
		if i > 0 && value == c.entries[i-1].value {
			continue
		}
		h := value * mulBitmap >> (c.shift & 63)
		c.bitmap[h>>6] |= 1 << (h & 63)
		s := value * mulSlots >> (c.slot & 63)
		for c.slots[s] != 0 {
			s = (s + 1) & uint64(len(c.slots)-1)
		}
		c.slots[s] = uint32(i) + 1
	}
}

// has says in its lowest bit whether a value may be that of a core.
func (c *cores) has(value uint64) uint64 {
	h := value * mulBitmap >> (c.shift & 63)
	return c.bitmap[h>>6] >> (h & 63)
}

// first returns the index of the first entry with a value, len(entries) for none.
func (c *cores) first(value uint64) int {
	s := value * mulSlots >> (c.slot & 63)
	for c.slots[s] != 0 {
		if i := c.slots[s] - 1; c.entries[i].value == value {
			return int(i)
		}
		s = (s + 1) & uint64(len(c.slots)-1)
	}
	return len(c.entries)
}

// checkCore verifies all patterns whose core stands at a place of the text.
func (m *Matcher) checkCore(c *cores, t *text, at int) {
	if at < 0 || at+c.size > len(t.data) {
		return
	}
	value := t.load(at) & (1<<(8*c.size) - 1)
	if c.has(value)&1 == 0 {
		return
	}
	for i := c.first(value); i < len(c.entries) && c.entries[i].value == value; i++ {
		m.verify(t, c.entries[i].pattern, at-int(c.entries[i].at))
	}
}
