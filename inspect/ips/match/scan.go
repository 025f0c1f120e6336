package match

import "encoding/binary"

// fold8 is fold for eight bytes.
const fold8 = fold<<32 | fold

// has says in its lowest bit whether a gram may be one of the lane's.
func (l *lane) has(gram uint32) uint64 {
	h := gram * mulBits >> l.shift
	return l.bitmap[h>>6] >> (h & 63)
}

// scanLong samples the text at every third place: one load of eight bytes has two grams, and
// most loads have none that any pattern has.
func (m *Matcher) scanLong(t *text) {
	l, data := &m.long, t.data
	i := 0
	for ; i+8 <= len(data); i += 2 * stride {
		w := binary.LittleEndian.Uint64(data[i:]) | fold8
		a, b := uint32(w), uint32(w>>(8*stride))
		if (l.has(a)|l.has(b))&1 != 0 {
			m.check(l, t, a, i)
			m.check(l, t, b, i+stride)
		}
	}
	for ; i+4 <= len(data); i += stride {
		m.check(l, t, load(data[i:], 4), i)
	}
}

// scanMid samples the text at every second place: three grams of three bytes from one load.
func (m *Matcher) scanMid(t *text) {
	l, data := &m.mid, t.data
	i := 0
	for ; i+8 <= len(data); i += 6 {
		w := binary.LittleEndian.Uint64(data[i:]) | fold8
		a, b, c := uint32(w)&mask3, uint32(w>>16)&mask3, uint32(w>>32)&mask3
		if (l.has(a)|l.has(b)|l.has(c))&1 != 0 {
			m.check(l, t, a, i)
			m.check(l, t, b, i+2)
			m.check(l, t, c, i+4)
		}
	}
	for ; i+3 <= len(data); i += 2 {
		m.check(l, t, load(data[i:], 3), i)
	}
}

// scanShort samples pairs of bytes at every place: six from one load.
func (m *Matcher) scanShort(t *text) {
	l, data := &m.short, t.data
	i := 0
	for ; i+8 <= len(data); i += 6 {
		w := binary.LittleEndian.Uint64(data[i:]) | fold8
		some := l.has(uint32(w)&mask2) | l.has(uint32(w>>8)&mask2) | l.has(uint32(w>>16)&mask2)
		some |= l.has(uint32(w>>24)&mask2) | l.has(uint32(w>>32)&mask2) | l.has(uint32(w>>40)&mask2)
		if some&1 == 0 {
			continue
		}
		for j := range 6 {
			m.check(l, t, uint32(w>>(8*j))&mask2, i+j)
		}
	}
	for ; i+2 <= len(data); i++ {
		m.check(l, t, load(data[i:], 2), i)
	}
}

// check looks a gram up that was found at a place of the text.
func (m *Matcher) check(l *lane, t *text, gram uint32, i int) {
	if l.has(gram)&1 != 0 {
		m.hit(l, t, gram, i)
	}
}
