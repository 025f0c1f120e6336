package unpack

// huffman is a canonical prefix code: counts of codes by length and symbols in
// order of their codes. It decodes bit by bit, with no table to fill: the
// formats decoded with it are rare, and their trees cheap to make that way.
type huffman struct {
	count   [maxCode + 1]uint16
	symbols []uint16
}

const maxCode = 16

// init makes the code of the lengths. A code that is over-full is refused; one
// with gaps is not, for single codes are common.
func (h *huffman) init(lengths []uint8) error {
	h.count = [maxCode + 1]uint16{}
	for _, l := range lengths {
		if l > maxCode {
			return errFormat
		}
		h.count[l]++
	}
	var at [maxCode + 2]uint16
	left := 1
	for l := 1; l <= maxCode; l++ {
		if left = left<<1 - int(h.count[l]); left < 0 {
			return errFormat
		}
		at[l+1] = at[l] + h.count[l]
	}
	h.symbols = append(h.symbols[:0], make([]uint16, len(lengths))...)
	for s, l := range lengths {
		if l != 0 {
			h.symbols[at[l]] = uint16(s)
			at[l]++
		}
	}
	h.symbols = h.symbols[:at[maxCode+1]]
	return nil
}

// only makes a code of one symbol, which takes no bits.
func (h *huffman) only(symbol int) {
	h.count = [maxCode + 1]uint16{}
	h.symbols = append(h.symbols[:0], uint16(symbol))
}

// decode reads a symbol, taking one bit after the other.
func (h *huffman) decode(bit func() int) (int, error) {
	if len(h.symbols) == 1 && h.count == [maxCode + 1]uint16{} {
		return int(h.symbols[0]), nil
	}
	code, first, index := 0, 0, 0
	for l := 1; l <= maxCode; l++ {
		code |= bit()
		n := int(h.count[l])
		if code-first < n {
			return int(h.symbols[index+code-first]), nil
		}
		index += n
		first = (first + n) << 1
		code <<= 1
	}
	return 0, errFormat
}
