package unpack

import (
	"encoding/binary"
	"io"
)

// lzma2 decodes the chunks of LZMA2: stored ones and coded ones, which may keep
// the state of those before.
type lzma2 struct {
	in    []byte
	coder lzma
	ready bool // properties and state have been set
	dict  bool // the dictionary has been begun
}

func (d *lzma2) fill(w *window) error {
	if len(d.in) == 0 {
		return io.ErrUnexpectedEOF
	}
	control := d.in[0]
	switch {
	case control == 0:
		d.in = d.in[1:]
		return io.EOF
	case control == 1 || control >= 0xe0:
		// What came before is forgotten: no copy may reach it.
		w.out, w.read = w.out[:0], 0
		d.dict = true
	case !d.dict:
		return errFormat
	}
	if control < 0x80 {
		return d.stored(w, control)
	}
	return d.coded(w, control)
}

func (d *lzma2) stored(w *window, control byte) error {
	if control > 2 || len(d.in) < 3 {
		return errFormat
	}
	n := int(binary.BigEndian.Uint16(d.in[1:])) + 1
	if len(d.in) < 3+n {
		return io.ErrUnexpectedEOF
	}
	w.write(d.in[3 : 3+n])
	d.in = d.in[3+n:]
	return nil
}

func (d *lzma2) coded(w *window, control byte) error {
	if len(d.in) < 6 {
		return io.ErrUnexpectedEOF
	}
	size := int64(control&0x1f)<<16 + int64(binary.BigEndian.Uint16(d.in[1:])) + 1
	packed := int(binary.BigEndian.Uint16(d.in[3:])) + 1
	d.in = d.in[5:]
	if control >= 0xc0 {
		if err := d.coder.setProps(d.in[0]); err != nil {
			return err
		}
		d.ready = true
		d.in = d.in[1:]
	}
	if !d.ready || d.coder.lc+d.coder.lp > 4 {
		return errFormat
	}
	if len(d.in) < packed {
		return io.ErrUnexpectedEOF
	}
	if control >= 0xa0 {
		d.coder.reset(w.total)
	}
	d.coder.in, d.coder.left, d.coder.marks = d.in[:packed], size, false
	d.coder.begin()
	d.in = d.in[packed:]
	if err := d.coder.run(w, w.total+size); err != nil {
		return err
	}
	if d.coder.debt > 0 || d.coder.over > 0 {
		return errFormat
	}
	return nil
}
