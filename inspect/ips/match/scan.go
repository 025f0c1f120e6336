package match

import "encoding/binary"

// scanLong samples the text at every third place.
func (m *Matcher) scanLong(t *text) {
	l := &m.long
	data, bitmap, shift := t.data, l.bitmap, l.shift
	i := 0
	for ; i+8 <= len(data); i += 2 * stride { // one load has two grams
		w := binary.LittleEndian.Uint64(data[i:]) | fold<<32 | fold
		a, b := uint32(w), uint32(w>>(8*stride))
		if h := a * mulBits >> shift; bitmap[h>>6]>>(h&63)&1 != 0 {
			m.hit(l, t, a, i)
		}
		if h := b * mulBits >> shift; bitmap[h>>6]>>(h&63)&1 != 0 {
			m.hit(l, t, b, i+stride)
		}
	}
	for ; i+4 <= len(data); i += stride {
		a := load(data[i:], 4)
		if h := a * mulBits >> shift; bitmap[h>>6]>>(h&63)&1 != 0 {
			m.hit(l, t, a, i)
		}
	}
}

// scanMid samples the text at every place.
func (m *Matcher) scanMid(t *text) {
	l := &m.mid
	data, bitmap, shift := t.data, l.bitmap, l.shift
	for i := 0; i+4 <= len(data); i++ {
		a := binary.LittleEndian.Uint32(data[i:]) | fold
		if h := a * mulBits >> shift; bitmap[h>>6]>>(h&63)&1 != 0 {
			m.hit(l, t, a, i)
		}
	}
}

// scanShort samples pairs of bytes at every place.
func (m *Matcher) scanShort(t *text) {
	l := &m.short
	data, bitmap, shift := t.data, l.bitmap, l.shift
	for i := 0; i+2 <= len(data); i++ {
		a := uint32(binary.LittleEndian.Uint16(data[i:])) | fold&0xffff
		if h := a * mulBits >> shift; bitmap[h>>6]>>(h&63)&1 != 0 {
			m.hit(l, t, a, i)
		}
	}
}
