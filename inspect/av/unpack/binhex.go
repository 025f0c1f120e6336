package unpack

import (
	"bytes"
	"encoding/binary"
	"io"
)

var binhexDigits = digits("!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr")

// openBinHex shows the data fork and the resource fork of a BinHex 4 file.
func openBinHex(w *walker, b box) error {
	start := bytes.IndexByte(b.data, ':')
	if start < 0 {
		return errFormat
	}
	in := b.data[start+1:]
	if end := bytes.IndexByte(in, ':'); end >= 0 {
		in = in[:end]
	}
	raw := &runs{r: &textDecoder{in: in, step: sextets(&binhexDigits)}}
	var name [64]byte
	if _, err := io.ReadFull(raw, name[:1]); err != nil {
		return err
	}
	n := int(name[0] & 63)
	var head [1 + 4 + 4 + 2 + 4 + 4 + 2]byte // version, type, creator, flags, two lengths, check
	if _, err := io.ReadFull(raw, name[:n]); err != nil {
		return err
	}
	if _, err := io.ReadFull(raw, head[:]); err != nil {
		return err
	}
	for _, size := range []uint32{binary.BigEndian.Uint32(head[11:]), binary.BigEndian.Uint32(head[15:])} {
		if size > 0 {
			m := Member{Name: name[:n], Packed: int64(len(in)), Claimed: int64(size)}
			if err := w.show(b, m, io.LimitReader(raw, int64(size))); err != nil {
				return err
			}
		}
		var check [2]byte
		if _, err := io.ReadFull(raw, check[:]); err != nil {
			return err
		}
	}
	return nil
}

// runs undoes BinHex's runs: 0x90 and a count repeat the byte before, 0x90 0x00
// is 0x90 itself.
type runs struct {
	r     io.Reader
	last  byte
	again int
}

func (r *runs) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if r.again > 0 {
			p[n] = r.last
			n++
			r.again--
			continue
		}
		var c [1]byte
		if _, err := io.ReadFull(r.r, c[:]); err != nil {
			return n, err
		}
		if c[0] == 0x90 {
			if _, err := io.ReadFull(r.r, c[:]); err != nil {
				return n, err
			}
			if c[0] != 0 {
				r.again = int(c[0]) - 1
				continue
			}
			c[0] = 0x90
		}
		r.last = c[0]
		p[n] = r.last
		n++
	}
	return n, nil
}
