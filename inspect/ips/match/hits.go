package match

// Hits is a set of patterns that were found. The zero value is an empty set for
// no patterns; Grow makes room.
type Hits struct {
	seen []uint64
	list []uint32
	// Scratch of a scan: places of the text that may have a pattern, and a text too short for a block.
	places [maxPlaces]uint16
	blocks [maxBlocks]block
	end    [blockLen]byte
}

// Grow makes room for n patterns. It allocates.
func (h *Hits) Grow(n int) {
	if words := (n + 63) / 64; words > len(h.seen) {
		h.seen = append(h.seen, make([]uint64, words-len(h.seen))...)
	}
	if n > cap(h.list) {
		h.list = append(make([]uint32, 0, n), h.list...)
	}
}

// List is the patterns of the set in the order in which they were found.
// Borrowed until the set changes.
func (h *Hits) List() []uint32 { return h.list }

// Has says whether a pattern is in the set.
func (h *Hits) Has(n uint32) bool { return h.seen[n>>6]&(1<<(n&63)) != 0 }

// Reset empties the set.
func (h *Hits) Reset() {
	for _, n := range h.list {
		h.seen[n>>6] = 0
	}
	h.list = h.list[:0]
}

func (h *Hits) add(n uint32) {
	h.seen[n>>6] |= 1 << (n & 63)
	h.list = append(h.list, n)
}
