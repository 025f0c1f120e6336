package match

import (
	"encoding/binary"
	"math/bits"
)

// fewPatterns is how many patterns nibbles are used for: with more they have too many places.
const fewPatterns = 72

// nibbles is a filter for few patterns, that vectors of 32 bytes are put through: every place of the text is looked at.
// It says of four bytes whether some pattern may have them in its core. Each of them chooses by its low four bits one
// of 16 bytes, and the one behind it (the first one, behind the last) by its low three bits a bit there: all
// four bits are set for what a pattern has. Case is in none of these bits.
type nibbles [4][16]uint8

// cell returns which byte and bit the gram of four bytes has in a row.
func cell(b []byte, row int) (at, set uint8) { return b[row] & 15, 1 << (b[(row+1)%4] & 7) }

func (f *nibbles) add(b []byte) {
	for row := range f {
		at, set := cell(b, row)
		f[row][at] |= set
	}
}

// clear is how many bits that four bytes need are not set yet.
func (f *nibbles) clear(b []byte) (n uint32) {
	for row := range f {
		if at, set := cell(b, row); f[row][at]&set == 0 {
			n++
		}
	}
	return n
}

func (f *nibbles) has(b []byte) bool { return f.clear(b) == 0 }

// A text is put through in blocks: each looks at three bytes behind it.
const (
	blockSize = 32
	blockLen  = blockSize + 3
	maxBlocks = 128
)

// block is places of the text that were found: bits of mask, from the beginning of a block on.
type block struct {
	mask uint32
	from uint32
}

// blocks notes the blocks of a text that have places which the filter has, of so many from its beginning.
// It returns how many they are.
func (f *nibbles) blocks(data []byte, count int, out *[maxBlocks]block) (n int) {
	for i := range count {
		b := block{from: uint32(i * blockSize)}
		for j := range blockSize {
			if f.has(data[i*blockSize+j:]) {
				b.mask |= 1 << j
			}
		}
		out[n] = b
		if b.mask != 0 {
			n++
		}
	}
	return n
}

// scanFew looks at every place of the text by nibbles.
func (m *Matcher) scanFew(t *text) {
	if len(t.data) < blockLen {
		if len(t.data) >= midCore {
			end := &t.hits.end
			clear(end[copy(end[:], t.data):])
			m.followBlocks(t, 0, m.few.find(end[:], 1, &t.hits.blocks))
		}
		return
	}
	at := 0
	for at+blockLen <= len(t.data) {
		count := min((len(t.data)-at-blockLen)/blockSize+1, maxBlocks)
		m.followBlocks(t, at, m.few.find(t.data[at:], count, &t.hits.blocks))
		at += count * blockSize
	}
	if at+midCore <= len(t.data) { // the last block begins in the one before
		at = len(t.data) - blockLen
		m.followBlocks(t, at, m.few.find(t.data[at:], 1, &t.hits.blocks))
	}
}

// followBlocks checks the places of blocks.
func (m *Matcher) followBlocks(t *text, from, n int) {
	for _, b := range t.hits.blocks[:n] {
		for ; b.mask != 0; b.mask &= b.mask - 1 {
			m.checkFew(t, from+int(b.from)+bits.TrailingZeros32(b.mask))
		}
	}
}

// checkFew verifies the patterns that may have their core at a place.
func (m *Matcher) checkFew(t *text, at int) {
	if at+8 <= len(t.data) {
		w := binary.LittleEndian.Uint64(t.data[at:]) | fold
		long := len(m.long.entries) > 0 && m.long.has(w&longMask)&1 != 0
		if mid := len(m.mid.entries) > 0 && m.mid.has(w&midMask)&1 != 0; !long && !mid {
			return
		}
	}
	m.checkCore(&m.long, t, at)
	m.checkCore(&m.mid, t, at)
}
