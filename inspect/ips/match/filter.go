package match

import (
	"encoding/binary"
	"math/bits"
)

// fold makes letters of eight bytes lower case. It changes other bytes too, which
// only makes equal what is not.
const fold = 0x2020_2020_2020_2020

// Multipliers of the hashes: odd, and with bits well spread.
const (
	mulFilter = 0x9e37_79b1
	mulBitmap = 0x9e37_79b9_7f4a_7c15
	mulSlots  = 0xd6e8_feb8_6659_fd93
)

// stride is how far apart the places are that the filter looks at.
const stride = 3

// Bounds of the filter, as powers of two: 64 bytes, and 256 KiB, which fits a second cache. Of its bits one in sparse is
// set, if it may be as large as that, and one in four times as many, if it fits half of a first cache.
const (
	minFilter   = 6
	firstFilter = 14
	maxFilter   = 18
	sparse      = 16
)

// filter says of five folded bytes whether some pattern may have them where a place falls. Four of them
// choose a byte of the table, the fifth one its bit.
type filter struct {
	table []uint8
	shift uint32
}

// newFilter makes room for so many bits.
func newFilter(n int) filter {
	width := bits.Len(uint(n * sparse / 8))
	width = min(max(min(width+2, firstFilter), width, minFilter), maxFilter)
	return filter{table: make([]uint8, 1<<width), shift: uint32(32 - width)}
}

// slot chooses a byte of the table by a gram.
func (f *filter) slot(gram uint32) uint32 { return gram * mulFilter >> (f.shift & 31) }

// has says in its lowest bit whether the five bytes in the low end of w may be some pattern's.
func (f *filter) has(w uint64) uint8 { return f.table[f.slot(uint32(w))] >> (w >> 32 & 7) }

// Of one load of eight bytes two places are looked at: the loads are a step apart.
const step = 2 * stride

// places notes the places of a text that the filter has, of so many steps from its beginning: the last of them ends eight
// bytes behind where it begins. It returns how many they are. Whether one is noted is no branch, since nobody could foresee it.
func (f *filter) places(data []byte, steps int, out *[maxPlaces]uint16) int {
	table, shift, n := f.table, f.shift&31, 0
	for i := 0; i < steps; i++ {
		w := binary.LittleEndian.Uint64(data) | fold
		out[n%maxPlaces] = uint16(i * step)
		n += int(table[uint32(w)*mulFilter>>shift] >> (w >> 32 & 7) & 1)
		out[n%maxPlaces] = uint16(i*step + stride)
		n += int(table[uint32(w>>24)*mulFilter>>shift] >> (w >> 56 & 7) & 1)
		data = data[step:]
	}
	return n
}

// all stands for a fifth byte of any value.
const all = 0xff

// bit is the bit of a folded fifth byte.
func bit(b byte) uint8 { return 1 << ((b | fold&0xff) & 7) }

// add sets bits for a gram of four folded bytes.
func (f *filter) add(gram uint32, set uint8) { f.table[f.slot(gram)] |= set }

// addAny sets bits for a gram of which one byte, that at shift bits, may be any.
func (f *filter) addAny(gram uint32, shift int, set uint8) {
	gram &^= 0xff << shift
	for b := range uint32(256) {
		if b&(fold&0xff) != 0 {
			f.add(gram|b<<shift, set)
		}
	}
}

// addLong sets the bits of a pattern with a core at a place: one of its first three bytes is where a place of the text falls.
func (f *filter) addLong(b []byte, at int) {
	for i := at; i < at+stride; i++ {
		set := uint8(all)
		if i+4 < len(b) {
			set = bit(b[i+4])
		}
		f.add(uint32(load(b[i:], 4)), set)
	}
}

// addMid sets the bits of a pattern of four or five bytes: a place falls on its first or second byte, or on the one before.
func (f *filter) addMid(b []byte) {
	gram := uint32(load(b, 4))
	f.addAny(gram<<8, 0, bit(b[3]))
	if len(b) == 5 {
		f.add(gram, bit(b[4]))
		f.add(uint32(load(b[1:], 4)), all)
		return
	}
	f.add(gram, all)
	f.addAny(gram>>8, 24, all)
}

// Bits that addLong and addMid set at most, about.
const (
	longBits = stride
	midBits  = 128 + 8 + 128*8
)

// load reads n folded bytes, at most six.
func load(b []byte, n int) (v uint64) {
	for i := range n {
		v |= (uint64(b[i]) | fold&0xff) << (8 * i)
	}
	return v
}
