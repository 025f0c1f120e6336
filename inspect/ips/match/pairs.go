package match

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

// pairs finds patterns of two and three bytes by their first two.
type pairs struct {
	bitmap   []uint64 // by folded pair
	list     []pair   // sorted by value
	from, to uint64   // where all of them have to be; to 0: anywhere
}

type pair struct {
	value   uint16
	pattern uint32
}

func (m *Matcher) newPairs(patterns []uint32) (p pairs) {
	if len(patterns) == 0 {
		return p
	}
	p.bitmap = make([]uint64, 1<<10)
	p.from = math.MaxUint64
	bounded := true
	for _, n := range patterns {
		from, to := uint64(m.pats[n].from), uint64(m.pats[n].to)
		p.from, p.to, bounded = min(p.from, from), max(p.to, to), bounded && to != 0
		value := uint16(load(m.bytesOf(n), 2))
		p.bitmap[value>>6] |= 1 << (value & 63)
		p.list = append(p.list, pair{value, n})
	}
	if !bounded {
		p.to = 0
	}
	slices.SortStableFunc(p.list, func(a, b pair) int { return cmp.Compare(a.value, b.value) })
	return p
}

// has says in its lowest bit whether a pair is some pattern's.
func (p *pairs) has(value uint16) uint64 { return p.bitmap[value>>6] >> (value & 63) }

// scanPairs looks at every place of the text where some of the patterns may be: six pairs from one load.
func (m *Matcher) scanPairs(t *text) {
	p, data, i := &m.short, t.data, 0
	if p.from > t.base {
		i = int(min(p.from-t.base, uint64(len(data))))
	}
	if p.to != 0 {
		data = data[:min(p.to-min(p.to, t.base), uint64(len(data)))]
	}
	for ; i+8 <= len(data); i += 6 {
		w := binary.LittleEndian.Uint64(data[i:]) | fold
		some := p.has(uint16(w)) | p.has(uint16(w>>8)) | p.has(uint16(w>>16))
		some |= p.has(uint16(w>>24)) | p.has(uint16(w>>32)) | p.has(uint16(w>>40))
		if some&1 == 0 {
			continue
		}
		for j := range 6 {
			m.checkPair(t, uint16(w>>(8*j)), i+j)
		}
	}
	for ; i+2 <= len(data); i++ {
		m.checkPair(t, uint16(load(data[i:], 2)), i)
	}
}

// checkPair verifies the patterns that begin with a pair that was found at a place.
func (m *Matcher) checkPair(t *text, value uint16, i int) {
	p := &m.short
	if p.has(value)&1 == 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(p.list, value, func(a pair, v uint16) int { return cmp.Compare(a.value, v) })
	for ; at < len(p.list) && p.list[at].value == value; at++ {
		m.verify(t, p.list[at].pattern, i)
	}
}
