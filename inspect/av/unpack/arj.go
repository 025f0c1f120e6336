package unpack

import (
	"bytes"
	"io"
)

// openARJ shows the members of an ARJ archive.
func openARJ(w *walker, b box) error {
	for in, first := b.data, true; ; first = false {
		head, rest, err := arjHead(in)
		if err != nil || head == nil {
			return err
		}
		if first { // the archive's own
			in = rest
			continue
		}
		packed, size := int64(le32(head[12:])), int64(le32(head[16:]))
		body := rest[:min(packed, int64(len(rest)))]
		in = rest[len(body):]
		if size == 0 || head[6] > 1 {
			continue
		}
		name, _, _ := bytes.Cut(head[min(int(head[0]), len(head)):], []byte{0})
		m := Member{Name: name, Packed: packed, Claimed: size, Encrypted: head[4]&1 != 0}
		if err := w.show(b, m, arjReader(w, head[5], body, size)); err != nil {
			return err
		}
	}
}

// arjHead reads a head; it is nil at the end of the archive.
func arjHead(in []byte) (head, rest []byte, err error) {
	if len(in) < 4 || in[0] != 0x60 || in[1] != 0xea {
		return nil, nil, errFormat
	}
	n := int(le16(in[2:]))
	if n == 0 {
		return nil, nil, nil
	}
	if n < 30 || n > 2600 || len(in) < 4+n+4 {
		return nil, nil, errFormat
	}
	head, rest = in[4:4+n], in[4+n+4:]
	for { // more heads, each with a check
		if len(rest) < 2 {
			return nil, nil, io.ErrUnexpectedEOF
		}
		more := int(le16(rest))
		rest = rest[2:]
		if more == 0 {
			return head, rest, nil
		}
		if len(rest) < more+4 {
			return nil, nil, io.ErrUnexpectedEOF
		}
		rest = rest[more+4:]
	}
}

func arjReader(w *walker, method byte, body []byte, size int64) io.Reader {
	switch method {
	case 0:
		return bytes.NewReader(body)
	case 1, 2, 3:
		return w.windowed(&arj{bitsHigh: bitsHigh{in: body}, left: size}, 1<<16)
	case 4:
		return w.windowed(&arj{bitsHigh: bitsHigh{in: body}, left: size, fastest: true}, 1<<16)
	}
	return failing{errMethod}
}

// arj decodes methods 1 to 3, which are LZH with other sizes, and 4, which has
// fixed codes.
type arj struct {
	bitsHigh
	left    int64
	fastest bool
	block   int // symbols left of it
	symbols huffman
	dist    huffman
}

func (d *arj) bit() int { return d.take(1) }

func (d *arj) fill(w *window) error {
	for start := w.total; w.total-start < piece/2; {
		if d.left <= 0 {
			return io.EOF
		}
		if err := d.ended(); err != nil {
			return err
		}
		before := w.total
		var err error
		if d.fastest {
			err = d.fixed(w)
		} else {
			err = d.symbol(w)
		}
		if err != nil {
			return err
		}
		d.left -= w.total - before
	}
	return nil
}

// fixed decodes with method 4.
func (d *arj) fixed(w *window) error {
	n := d.unary(0, 7)
	if n == 0 {
		w.put(byte(d.take(8)))
		return nil
	}
	return w.copy(d.unary(9, 13)+1, int(min(int64(n+2), d.left)))
}

// unary reads a width in ones, then as many bits.
func (d *arj) unary(from, to uint) int {
	plus, width := 0, from
	for ; width < to && d.take(1) == 1; width++ {
		plus += 1 << width
	}
	return plus + d.take(width)
}

func (d *arj) symbol(w *window) error {
	if d.block == 0 {
		if err := d.trees(); err != nil {
			return err
		}
	}
	d.block--
	s, err := d.symbols.decode(d.bit)
	if err != nil {
		return err
	}
	if s < 256 {
		w.put(byte(s))
		return nil
	}
	slot, err := d.dist.decode(d.bit)
	if err != nil {
		return err
	}
	if slot > 1 {
		slot = 1<<(slot-1) + d.take(uint(slot-1))
	}
	return w.copy(slot+1, int(min(int64(s-253), d.left)))
}

func (d *arj) trees() error {
	if d.block = d.take(16); d.block == 0 {
		return errFormat
	}
	var lengths huffman
	if err := d.lengths(&lengths, 19, 3); err != nil {
		return err
	}
	if err := d.symbolLengths(&lengths); err != nil {
		return err
	}
	return d.lengths(&d.dist, 17, -1)
}

// lengths reads a code: three bits a length, ones for more. After entry gap up to
// three lengths may be left out.
func (d *arj) lengths(h *huffman, most, gap int) error {
	n := d.take(5)
	if n == 0 {
		h.only(d.take(5))
		return nil
	}
	if n > most {
		return errFormat
	}
	var l [19]uint8
	for i := 0; i < n; {
		v := d.take(3)
		for v >= 7 && v < 17 && d.take(1) == 1 {
			v++
		}
		l[i] = uint8(v)
		if i++; i == gap {
			i += d.take(2)
		}
	}
	return h.init(l[:])
}

// symbolLengths reads the code of bytes and lengths.
func (d *arj) symbolLengths(code *huffman) error {
	n := d.take(9)
	if n == 0 {
		d.symbols.only(d.take(9))
		return nil
	}
	if n > 510 {
		return errFormat
	}
	var l [512]uint8
	for i := 0; i < n; {
		s, err := code.decode(d.bit)
		if err != nil {
			return err
		}
		switch s {
		case 0:
			i++
		case 1:
			i += d.take(4) + 3
		case 2:
			i += d.take(9) + 20
		default:
			l[i] = uint8(s - 2)
			i++
		}
	}
	return d.symbols.init(l[:510])
}
