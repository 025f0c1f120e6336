package scan

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"vxwall/rules/clamav"
)

const (
	gramLen = 4
	// folded makes the letters of a gram lower case, and some other bytes others: good enough
	// to look for both.
	folded = 0x20202020
	// rareness weighs how often files have a gram against how many pieces do. These must not
	// become many, or who knows them makes files that take long.
	rareness = 6
)

// grams finds pieces by their gram.
type grams struct {
	bitmap []uint64 // of hashes
	shift  uint
	slots  []gramSlot // open addressing
	mask   uint32
	list   []use // by gram
}

// use is a piece that has a gram.
type use struct {
	raw   uint32 // the gram as the piece has it
	mask  uint32 // of its bits, those that must be so
	piece int32
	about clamav.Target
}

// gramSlot is a gram and its part of the list.
type gramSlot struct {
	gram        uint32
	first, size int32
}

func gramAt(b []byte) uint32 { return binary.LittleEndian.Uint32(b) | folded }

func hashOf(gram uint32) uint32 { return gram * 0x9e3779b1 }

// hasGram says whether a piece has a gram at all.
func hasGram(p *clamav.Piece) bool {
	for at := range p.Len() - gramLen + 1 {
		if fixed(p, at) {
			return true
		}
	}
	return false
}

// fixed says whether the bytes of a gram are all known.
func fixed(p *clamav.Piece, at int) bool {
	if p.Mask == nil {
		return true
	}
	for _, m := range p.Mask[at : at+gramLen] {
		if m != 0xff {
			return false
		}
	}
	return true
}

// build chooses the grams of pieces: those that few pieces have, of bytes that files
// seldom have in a row.
func (g *grams) build(pieces []piece, about func(*piece) clamav.Target) {
	uses := map[uint32]int32{}
	for i := range pieces {
		gram := choose(&pieces[i], uses)
		uses[gram]++
	}
	g.sizes(len(uses))
	order := make([]uint32, 0, len(uses))
	for gram := range uses {
		order = append(order, gram)
	}
	slices.Sort(order) // the same table each time
	at := int32(0)
	for _, gram := range order {
		*g.slot(gram) = gramSlot{gram: gram, first: at}
		at += uses[gram]
		h := hashOf(gram) >> g.shift
		g.bitmap[h/64] |= 1 << (h % 64)
	}
	g.list = make([]use, at)
	for i := range pieces {
		raw := pieces[i].Value[pieces[i].gram:]
		s := g.slot(gramAt(raw))
		one := use{raw: binary.LittleEndian.Uint32(raw), mask: ^uint32(0), piece: int32(i), about: about(&pieces[i])}
		if pieces[i].Fold {
			one.raw, one.mask = one.raw&^folded, ^uint32(folded)
		}
		g.list[s.first+s.size] = one
		s.size++
	}
}

// sizes makes room for n grams: a bitmap of which few bits are set, but that a cache has
// room for.
func (g *grams) sizes(n int) {
	wide := min(23, max(12, bits.Len(uint(n))+5))
	g.bitmap, g.shift = make([]uint64, 1<<wide/64), uint(32-wide)
	g.slots = make([]gramSlot, 2<<bits.Len(uint(n)))
	g.mask = uint32(len(g.slots) - 1)
}

// slot returns the place of a gram, or the one where it would stand.
func (g *grams) slot(gram uint32) *gramSlot {
	h := hashOf(gram)
	for i := h ^ h>>16; ; i++ {
		s := &g.slots[i&g.mask]
		if s.gram == gram || s.gram == 0 { // no gram is 0: it is folded
			return s
		}
	}
}

// choose finds the best gram of a piece.
func choose(p *piece, uses map[uint32]int32) uint32 {
	best, bestCost := uint32(0), int32(1<<30)
	for at := range min(p.Len(), 64) - gramLen + 1 {
		if !fixed(p.Piece, at) {
			continue
		}
		gram := gramAt(p.Value[at:])
		if cost := uses[gram] + rareness*common(gram); cost < bestCost {
			best, bestCost, p.gram = gram, cost, uint16(at)
		}
	}
	if bestCost == 1<<30 { // it stands further behind
		for at := range p.Len() - gramLen + 1 {
			if fixed(p.Piece, at) {
				p.gram = uint16(at)
				return gramAt(p.Value[at:])
			}
		}
	}
	return best
}

// common is how often a gram is in files, roughly: of bytes that are often there, and
// of the same byte again.
func common(gram uint32) (cost int32) {
	last := byte(0)
	for i := range gramLen {
		b := byte(gram >> (8 * i))
		switch {
		case i > 0 && b == last:
			cost += 40
		case b == 0x20 || b == 0xff: // zeros are folded to blanks
			cost += 20
		case 'a' <= b && b <= 'z':
			cost += 2
		}
		last = b
	}
	return cost
}
