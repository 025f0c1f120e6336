package unpack

import "io"

// textDecoder makes bytes of text that stands for them, as tolerantly as the
// most tolerant of readers: what does not belong is passed over. step takes one
// character and appends what has become whole.
type textDecoder struct {
	in   []byte
	out  []byte
	step func(out []byte, c byte) []byte
	done func(out []byte) []byte // what remains at the end; may be nil
}

func (d *textDecoder) Read(p []byte) (int, error) {
	if len(d.out) == 0 {
		if len(d.in) == 0 && d.done == nil {
			return 0, io.EOF
		}
		d.more()
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

func (d *textDecoder) more() {
	n := min(len(d.in), 4096)
	out := make([]byte, 0, n+8)
	for _, c := range d.in[:n] {
		out = d.step(out, c)
	}
	if d.in = d.in[n:]; len(d.in) == 0 && d.done != nil {
		out = d.done(out)
		d.done = nil
	}
	d.out = out
}

// base64Digits is the value of each character; 0xff for what is none.
var base64Digits = digits("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

func digits(alphabet string) (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range len(alphabet) {
		t[alphabet[i]] = byte(i)
	}
	return t
}

// sextets joins groups of six bits to bytes. A '=' drops the rest of a group.
func sextets(table *[256]byte) func(out []byte, c byte) []byte {
	acc, have := uint32(0), uint(0)
	return func(out []byte, c byte) []byte {
		if c == '=' {
			have = 0
		}
		v := table[c]
		if v == 0xff {
			return out
		}
		acc = acc<<6 | uint32(v)
		if have += 6; have >= 8 {
			have -= 8
			out = append(out, byte(acc>>have))
		}
		return out
	}
}

func base64Reader(in []byte) io.Reader {
	return &textDecoder{in: in, step: sextets(&base64Digits)}
}

// hexReader reads pairs of hexadecimal digits; a last single one counts with a
// zero (PDF has it so).
func hexReader(in []byte) io.Reader {
	high, have := byte(0), false
	return &textDecoder{in: in, step: func(out []byte, c byte) []byte {
		v := hexDigit(c)
		switch {
		case v > 15:
		case have:
			out, have = append(out, high<<4|v), false
		default:
			high, have = v, true
		}
		return out
	}, done: func(out []byte) []byte {
		if have {
			out = append(out, high<<4)
		}
		return out
	}}
}

func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

// quotedReader reads quoted-printable (RFC 2045, 6.7): "=XX" and soft ends of lines.
func quotedReader(in []byte) io.Reader {
	var held []byte
	return &textDecoder{in: in, step: func(out []byte, c byte) []byte {
		if len(held) == 0 {
			if c != '=' {
				return append(out, c)
			}
			held = append(held, c)
			return out
		}
		held = append(held, c)
		soft := c == '\n'
		switch {
		case soft:
			held = held[:0]
		case len(held) == 2 && (c == '\r' || c == ' ' || hexDigit(c) < 16):
		case len(held) == 3 && hexDigit(held[1]) < 16 && hexDigit(c) < 16:
			out, held = append(out, hexDigit(held[1])<<4|hexDigit(c)), held[:0]
		default:
			out, held = append(out, held...), held[:0]
		}
		return out
	}, done: func(out []byte) []byte { return append(out, held...) }}
}

// ascii85Reader reads PDF's ASCII85: groups of five characters, z for four zeros, ~ at the end.
func ascii85Reader(in []byte) io.Reader {
	v, n, over := uint32(0), 0, false
	group := func(out []byte, bytes int) []byte {
		for i := range bytes {
			out = append(out, byte(v>>(24-8*i)))
		}
		v, n = 0, 0
		return out
	}
	return &textDecoder{in: in, step: func(out []byte, c byte) []byte {
		switch {
		case over:
		case c == '~':
			over = true
		case c == 'z' && n == 0:
			out = append(out, 0, 0, 0, 0)
		case c >= '!' && c <= 'u':
			v = v*85 + uint32(c-'!')
			if n++; n == 5 {
				out = group(out, 4)
			}
		}
		return out
	}, done: func(out []byte) []byte {
		if n < 2 {
			return out
		}
		whole := n - 1
		for ; n < 5; n++ {
			v = v*85 + 84
		}
		return group(out, whole)
	}}
}
