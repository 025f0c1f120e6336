package unpack

import (
	"bytes"
	"io"
)

// oleMacros shows the source of the macros in a stream. Where it begins is told
// by another stream, which can lie; but all source of Office begins with
// "Attribute", the first letters of which are never packed.
func oleMacros(w *walker, b box, body []byte) error {
	for at := 0; ; {
		i := bytes.Index(body[at:], []byte("\x00Attribut"))
		if i < 0 {
			return nil
		}
		at += i
		if at >= 3 && body[at-3] == 1 && body[at-1]&0x70 == 0x30 {
			v := &vba{in: body[at-2:]}
			m := Member{Name: []byte("VBA"), Packed: int64(len(v.in)), Claimed: -1}
			return w.show(b, m, w.windowed(v, 4096))
		}
		at++
	}
}

// vba unpacks the compression of [MS-OVBA] 2.4.1: chunks of up to 4096 bytes, each
// with its own history.
type vba struct{ in []byte }

// fill decodes a chunk.
func (v *vba) fill(w *window) error {
	if len(v.in) < 2 {
		return io.EOF
	}
	head := le16(v.in)
	if head&0x7000 != 0x3000 {
		return io.EOF // what follows is no chunk
	}
	n := min(int(head&0xfff)+3, len(v.in))
	chunk := v.in[2:n]
	v.in = v.in[n:]
	if head&0x8000 == 0 {
		w.write(chunk)
		return nil
	}
	start := w.total
	for len(chunk) > 0 && w.total-start < 4096 {
		flags := chunk[0]
		chunk = chunk[1:]
		for range 8 {
			if len(chunk) == 0 {
				break
			}
			if flags&1 == 0 {
				w.put(chunk[0])
				chunk = chunk[1:]
			} else {
				if len(chunk) < 2 {
					return io.ErrUnexpectedEOF
				}
				if err := vbaCopy(w, le16(chunk), int(w.total-start)); err != nil {
					return err
				}
				chunk = chunk[2:]
			}
			flags >>= 1
		}
	}
	return nil
}

// vbaCopy: the further into the chunk, the more bits are for the distance.
func vbaCopy(w *window, token uint16, done int) error {
	bits := uint(4)
	for 1<<bits < done {
		bits++
	}
	distance := int(token>>(16-bits)) + 1
	if distance > done {
		return errFormat
	}
	return w.copy(distance, int(token&(1<<(16-bits)-1))+3)
}
