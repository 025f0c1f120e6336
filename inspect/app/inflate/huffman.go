package inflate

import "math/bits"

// fastBits is how many bits a symbol may have to be found with one lookup.
const fastBits = 9

const (
	maxCode    = 15  // bits of the longest code (RFC 1951, 3.2.7)
	maxSymbols = 288 // of the literal and length code
)

// huffman is one canonical code (RFC 1951, 3.2.2).
type huffman struct {
	fast   [1 << fastBits]uint16 // symbol<<4 | bits; 0 if longer or invalid
	count  [maxCode + 1]uint16   // codes of each length
	symbol [maxSymbols]uint16    // by code
}

// init makes the tables for code lengths by symbol. It says whether the code is
// one that a decoder has to take: complete, or with a single code of one bit, or
// empty.
func (h *huffman) init(lengths []uint8) bool {
	h.count = [maxCode + 1]uint16{}
	for _, n := range lengths {
		h.count[n]++
	}
	h.count[0] = 0
	var next, first [maxCode + 2]uint16
	left, used := 1, 0
	for n := 1; n <= maxCode; n++ {
		left = left<<1 - int(h.count[n])
		if left < 0 {
			return false
		}
		used += int(h.count[n])
		next[n+1] = next[n] + h.count[n]
		first[n+1] = (first[n] + h.count[n]) << 1
	}
	if left > 0 && used > 1 || used == 1 && h.count[1] != 1 {
		return false
	}
	clear(h.fast[:])
	for s, n := range lengths {
		if n == 0 {
			continue
		}
		h.symbol[next[n]] = uint16(s)
		next[n]++
		h.enter(uint16(s), first[n], n)
		first[n]++
	}
	return true
}

// enter puts a code of n bits into the table for one lookup.
func (h *huffman) enter(symbol, code uint16, n uint8) {
	if n > fastBits {
		return
	}
	low := bits.Reverse16(code) >> (16 - n)
	for i := int(low); i < len(h.fast); i += 1 << n {
		h.fast[i] = symbol<<4 | uint16(n)
	}
}

// find returns the symbol whose code begins at the lowest bit of acc, and its
// length. Length 0 means that the have bits are too few, -1 that no code is like that.
func (h *huffman) find(acc uint64, have uint) (symbol, length int) {
	if f := h.fast[acc&(1<<fastBits-1)]; f != 0 && uint(f&15) <= have {
		return int(f >> 4), int(f & 15)
	}
	code, first, index := 0, 0, 0
	for n := 1; n <= maxCode; n++ {
		if uint(n) > have {
			return 0, 0
		}
		code |= int(acc & 1)
		acc >>= 1
		count := int(h.count[n])
		if code-count < first {
			return int(h.symbol[index+code-first]), n
		}
		index += count
		first = (first + count) << 1
		code <<= 1
	}
	return 0, -1
}
