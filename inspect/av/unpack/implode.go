package unpack

import "io"

// explode decodes PKZIP's Implode, zip's method 6: Shannon-Fano trees, which are
// canonical from their longest codes down, and a window of 4 or 8 KiB.
type explode struct {
	bitsLow
	lit, length, dist huffman
	literals          bool // literals are coded too
	lowBits           uint // of a distance
	left              int64
	begun             bool
}

// newExplode: flags are those of the zip member.
func newExplode(in []byte, flags uint16, size int64) *explode {
	e := &explode{bitsLow: bitsLow{in: in}, literals: flags&4 != 0, lowBits: 6, left: size}
	if flags&2 != 0 {
		e.lowBits = 7
	}
	return e
}

// tree reads the lengths of a code: pairs of how many and how long.
func (e *explode) tree(h *huffman, n int) error {
	var lengths [256]uint8
	at := 0
	for pairs := e.take(8) + 1; pairs > 0; pairs-- {
		l, count := e.take(4)+1, e.take(4)+1
		if at+count > n {
			return errFormat
		}
		for ; count > 0; count-- {
			lengths[at] = uint8(l)
			at++
		}
	}
	if at != n {
		return errFormat
	}
	return h.init(lengths[:n])
}

// bit is inverted: Implode's trees have their ones where canonical ones have zeros.
func (e *explode) bit() int { return e.take(1) ^ 1 }

func (e *explode) begin() error {
	e.begun = true
	if e.literals {
		if err := e.tree(&e.lit, 256); err != nil {
			return err
		}
	}
	if err := e.tree(&e.length, 64); err != nil {
		return err
	}
	return e.tree(&e.dist, 64)
}

func (e *explode) fill(w *window) error {
	if !e.begun {
		if err := e.begin(); err != nil {
			return err
		}
	}
	for start := w.total; w.total-start < piece/2; {
		if e.left <= 0 {
			return io.EOF
		}
		if err := e.ended(); err != nil {
			return err
		}
		before := w.total
		if err := e.symbol(w); err != nil {
			return err
		}
		e.left -= w.total - before
	}
	return nil
}

// symbol decodes a byte or a copy. What lies before the first byte is zero.
func (e *explode) symbol(w *window) error {
	if e.take(1) == 1 {
		if !e.literals {
			w.put(byte(e.take(8)))
			return nil
		}
		s, err := e.lit.decode(e.bit)
		w.put(byte(s))
		return err
	}
	distance := e.take(e.lowBits)
	s, err := e.dist.decode(e.bit)
	if err != nil {
		return err
	}
	distance += s<<e.lowBits + 1
	n, err := e.length.decode(e.bit)
	if err != nil {
		return err
	}
	if n == 63 {
		n += e.take(8)
	}
	n += 2
	if e.literals {
		n++
	}
	for n = int(min(int64(n), e.left)); n > 0; n-- {
		w.put(w.back(distance))
	}
	return nil
}
