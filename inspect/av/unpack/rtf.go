package unpack

import (
	"bytes"
	"io"
)

// openRTF shows the objects embedded in rich text: hexadecimal digits of an OLE 1
// object, which may hold a compound file, or a file in a Package.
func openRTF(w *walker, b box) error {
	for in := b.data; ; {
		i := bytes.Index(in, []byte("\\objdata"))
		if i < 0 {
			return nil
		}
		in = in[i+len("\\objdata"):]
		digits, n := rtfDigits(in)
		in = in[n:]
		if len(digits) > w.room()/2 {
			w.settle(LimitMemory, b.kind)
			continue
		}
		body, err := io.ReadAll(hexReader(digits))
		if err != nil || len(body) == 0 {
			continue
		}
		if err := rtfObject(w, b, body); err != nil {
			return err
		}
	}
}

// rtfDigits is what stands up to the end of the group, without the control words
// that are put in between to hide it. It says how much it read.
func rtfDigits(in []byte) (digits []byte, n int) {
	level := 0
	for n < len(in) {
		c := in[n]
		n++
		switch {
		case c == '{':
			level++
		case c == '}':
			if level--; level < 0 {
				return digits, n
			}
		case c == '\\':
			for n < len(in) && (in[n]|0x20 >= 'a' && in[n]|0x20 <= 'z' || in[n] >= '0' && in[n] <= '9' || in[n] == '-') {
				n++
			}
		case level == 0 && hexDigit(c) < 16:
			digits = append(digits, c)
		}
	}
	return digits, n
}

// rtfObject shows an object: version, format, three strings, its bytes.
func rtfObject(w *walker, b box, in []byte) error {
	rest := in[min(8, len(in)):]
	var class []byte
	for i := range 3 {
		if len(rest) < 4 || int64(le32(rest)) > int64(len(rest)-4) {
			return w.show(b, Member{Packed: int64(len(in)), Claimed: -1}, bytes.NewReader(in))
		}
		n := int(le32(rest))
		if i == 0 {
			class = bytes.TrimRight(rest[4:4+n], "\x00")
		}
		rest = rest[4+n:]
	}
	rest = rest[min(4, len(rest)):]
	m := Member{Name: class, Packed: int64(len(rest)), Claimed: -1}
	if err := w.show(b, m, bytes.NewReader(rest)); err != nil {
		return err
	}
	if bytes.EqualFold(class, []byte("Package")) {
		return olePackage(w, b, rest)
	}
	return nil
}
