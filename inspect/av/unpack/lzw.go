package unpack

import "io"

// lzw decodes PDF's LZW: codes of 9 to 12 bits, which grow one code early.
type lzw struct {
	in     bitsHigh
	prefix [4096]uint16
	suffix [4096]byte
	next   int // code that will be defined
	width  uint
	last   int // code before; -1 after a clear
	out    []byte
	stack  [4097]byte
}

const (
	lzwClear = 256
	lzwEnd   = 257
)

func (d *lzw) Read(p []byte) (int, error) {
	if d.width == 0 {
		d.clear()
	}
	for len(d.out) == 0 {
		code := d.in.take(d.width)
		if err := d.in.ended(); err != nil || code == lzwEnd {
			return 0, io.EOF
		}
		if code == lzwClear {
			d.clear()
			continue
		}
		if err := d.code(code); err != nil {
			return 0, err
		}
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

func (d *lzw) clear() { d.next, d.width, d.last = 258, 9, -1 }

// code puts out what a code stands for, and defines the next one.
func (d *lzw) code(code int) error {
	if code > d.next || code == d.next && d.last < 0 {
		return errFormat
	}
	i := len(d.stack)
	c := code
	if code == d.next {
		i-- // its last byte is its first, known when the rest is
		c = d.last
	}
	for c > lzwEnd {
		i--
		d.stack[i] = d.suffix[c]
		c = int(d.prefix[c])
	}
	i--
	d.stack[i] = byte(c)
	if code == d.next {
		d.stack[len(d.stack)-1] = byte(c)
	}
	d.out = d.stack[i:]
	if d.last >= 0 && d.next < 4096 {
		d.prefix[d.next], d.suffix[d.next] = uint16(d.last), byte(c)
		d.next++
	}
	for d.width < 12 && d.next+1 >= 1<<d.width {
		d.width++
	}
	d.last = code
	return nil
}
