package unpack

import "io"

// lzx decodes Microsoft's LZX of cabinets and of compiled help. Frames of 32 KiB
// begin at whole 16-bit words; help begins anew every some frames.
type lzx struct {
	lzxBits
	slots int
	every int64 // bytes of output after which all begins anew; 0 for never

	begun      bool
	translate  int64 // size of the program whose calls are made relative
	kind, left int   // of the block
	odd        bool  // a stored block of odd size has a byte of padding
	rep        [3]int
	main       [256 + 8*50]uint8 // lengths
	length     [249]uint8
	mainCode   huffman
	lengthCode huffman
	alignCode  huffman
}

const lzxFrame = 1 << 15

// lzxSlots is the number of position slots by bits of the window, from 15 on.
var lzxSlots = [7]int{30, 32, 34, 36, 38, 42, 50}

func newLZX(in []byte, windowBits int) (*lzx, error) {
	if windowBits < 15 || windowBits > 21 {
		return nil, errFormat
	}
	return &lzx{lzxBits: lzxBits{in: in}, slots: lzxSlots[windowBits-15]}, nil
}

// fill decodes one frame.
func (d *lzx) fill(w *window) error {
	if d.every > 0 && w.total%d.every == 0 {
		*d = lzx{lzxBits: d.lzxBits, slots: d.slots, every: d.every, translate: d.translate}
	}
	if len(d.in) == 0 && d.have == 0 {
		return io.EOF
	}
	if !d.begun {
		d.begun, d.rep = true, [3]int{1, 1, 1}
		if d.take(1) == 1 {
			d.translate = int64(d.take(16))<<16 | int64(d.take(16))
		}
	}
	for end := w.total - w.total%lzxFrame + lzxFrame; w.total < end; {
		if d.over > 2 {
			return io.ErrUnexpectedEOF
		}
		if d.left == 0 {
			if err := d.block(); err != nil {
				return err
			}
			continue
		}
		before := w.total
		if err := d.step(w, int(end-w.total)); err != nil {
			return err
		}
		d.left -= int(w.total - before)
		if d.left < 0 {
			return errFormat
		}
	}
	if d.kind != 3 {
		d.have -= d.have % 16
	}
	return nil
}

// block reads the head of a block.
func (d *lzx) block() error {
	if d.kind == 3 && d.odd {
		d.byte()
	}
	d.kind = d.take(3)
	d.left = d.take(16)<<8 | d.take(8)
	d.odd = d.left%2 == 1
	switch d.kind {
	case 1:
		return d.trees()
	case 2:
		var align [8]uint8
		for i := range align {
			align[i] = uint8(d.take(3))
		}
		if err := d.alignCode.init(align[:]); err != nil {
			return err
		}
		return d.trees()
	case 3:
		if d.have%16 == 0 {
			d.take(16)
		}
		d.have -= d.have % 16
		for i := range d.rep {
			d.rep[i] = d.byte() | d.byte()<<8 | d.byte()<<16 | d.byte()<<24
		}
		return nil
	}
	return errFormat
}

func (d *lzx) trees() error {
	n := 256 + 8*d.slots
	for _, part := range [][]uint8{d.main[:256], d.main[256:n], d.length[:]} {
		if err := d.lengths(part); err != nil {
			return err
		}
	}
	if err := d.mainCode.init(d.main[:n]); err != nil {
		return err
	}
	return d.lengthCode.init(d.length[:])
}

// lengths reads the lengths of codes as differences from those before.
func (d *lzx) lengths(l []uint8) error {
	var pre [20]uint8
	for i := range pre {
		pre[i] = uint8(d.take(4))
	}
	var code huffman
	if err := code.init(pre[:]); err != nil {
		return err
	}
	for i := 0; i < len(l); {
		s, err := code.decode(d.bit)
		if err != nil {
			return err
		}
		n, zero := 1, false
		switch s {
		case 17:
			n, zero = 4+d.take(4), true
		case 18:
			n, zero = 20+d.take(5), true
		case 19:
			n = 4 + d.take(1)
			if s, err = code.decode(d.bit); err != nil || s > 16 {
				return errFormat
			}
		}
		v := uint8((int(l[i]) - s + 17) % 17)
		if zero {
			v = 0
		}
		for ; n > 0 && i < len(l); n-- {
			l[i] = v
			i++
		}
	}
	return nil
}
