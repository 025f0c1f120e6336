package unpack

import "io"

// deflate64 decodes DEFLATE of 64 KiB windows, which zip knows as method 9: the
// last length code and two more distance codes differ from RFC 1951.
type deflate64 struct {
	bitsLow
	lit, dist huffman
	coded     bool // within a block of codes
	stored    int  // left of a stored block
	last      bool
}

var (
	d64Lengths = [29]int{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 3}
	d64Extra   = [29]uint{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 16}
	d64Order   = [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
)

func (d *deflate64) bit() int { return d.take(1) }

func (d *deflate64) fill(w *window) error {
	for start := w.total; w.total-start < piece/2; {
		if err := d.ended(); err != nil {
			return err
		}
		var err error
		switch {
		case d.coded:
			err = d.symbol(w)
		case d.stored > 0:
			w.put(byte(d.take(8)))
			d.stored--
		case d.last:
			return io.EOF
		default:
			err = d.header()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// header begins a block.
func (d *deflate64) header() error {
	d.last = d.take(1) == 1
	switch d.take(2) {
	case 0:
		d.take(d.have % 8)
		d.stored = d.take(16)
		if d.take(16) != d.stored^0xffff {
			return errFormat
		}
		return nil
	case 1:
		return d.fixed()
	case 2:
		return d.dynamic()
	}
	return errFormat
}

func (d *deflate64) fixed() error {
	var l [288]uint8
	for i := range l {
		switch {
		case i < 144, i >= 280:
			l[i] = 8
		case i < 256:
			l[i] = 9
		default:
			l[i] = 7
		}
	}
	d.coded = true
	if err := d.lit.init(l[:]); err != nil {
		return err
	}
	for i := range 32 {
		l[i] = 5
	}
	return d.dist.init(l[:32])
}

func (d *deflate64) dynamic() error {
	lits, dists, codes := d.take(5)+257, d.take(5)+1, d.take(4)+4
	var l [288 + 32]uint8
	for _, at := range d64Order[:codes] {
		l[at] = uint8(d.take(3))
	}
	if err := d.lit.init(l[:19]); err != nil {
		return err
	}
	clear(l[:])
	for i := 0; i < lits+dists; {
		s, err := d.lit.decode(d.bit)
		if err != nil {
			return err
		}
		n, v := 1, uint8(s)
		switch s {
		case 16:
			if i == 0 {
				return errFormat
			}
			n, v = 3+d.take(2), l[i-1]
		case 17:
			n, v = 3+d.take(3), 0
		case 18:
			n, v = 11+d.take(7), 0
		}
		if i+n > lits+dists {
			return errFormat
		}
		for ; n > 0; n-- {
			l[i] = v
			i++
		}
	}
	d.coded = true
	if err := d.lit.init(l[:lits]); err != nil {
		return err
	}
	return d.dist.init(l[lits : lits+dists])
}

// symbol decodes a byte, a copy or the end of the block.
func (d *deflate64) symbol(w *window) error {
	s, err := d.lit.decode(d.bit)
	switch {
	case err != nil:
		return err
	case s < 256:
		w.put(byte(s))
		return nil
	case s == 256:
		d.coded = false
		return nil
	case s-257 >= len(d64Lengths):
		return errFormat
	}
	n := d64Lengths[s-257] + d.take(d64Extra[s-257])
	s, err = d.dist.decode(d.bit)
	if err != nil {
		return err
	}
	distance := s + 1
	if s >= 4 {
		extra := uint(s/2 - 1)
		distance = (2+s&1)<<extra + d.take(extra) + 1
	}
	return w.copy(distance, n)
}
