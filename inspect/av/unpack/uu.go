package unpack

import (
	"bytes"
	"io"
)

// uuHead says that a line is "begin MODE NAME".
func uuHead(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("begin "))
	if !ok {
		return false
	}
	mode, name, ok := bytes.Cut(rest, []byte(" "))
	if !ok || len(mode) < 3 || len(mode) > 4 || len(bytes.TrimSpace(name)) == 0 {
		return false
	}
	for _, c := range mode {
		if c < '0' || c > '7' {
			return false
		}
	}
	return true
}

// openUU shows what is uuencoded anywhere in a text.
func openUU(w *walker, b box) error {
	for in := b.data; len(in) > 0; {
		i := bytes.Index(in, []byte("begin "))
		if i < 0 {
			return nil
		}
		fresh := i == 0 || in[i-1] == '\n'
		in = in[i:]
		line := firstLine(in)
		if !fresh || !uuHead(line) {
			in = in[len("begin "):]
			continue
		}
		name := bytes.TrimSpace(bytes.SplitN(line, []byte(" "), 3)[2])
		body := in[len(line):]
		r := &uuReader{in: body}
		if err := w.show(b, Member{Name: name, Packed: int64(len(body)), Claimed: -1}, r); err != nil {
			return err
		}
		in = in[len(line)+len(body)-len(r.in):]
	}
	return nil
}

// uuReader reads lines, each led by how many bytes it stands for.
type uuReader struct{ in, out []byte }

func (r *uuReader) Read(p []byte) (int, error) {
	for len(r.out) == 0 {
		line := firstLine(r.in)
		r.in = r.in[len(line):]
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 && len(r.in) > 0 {
			continue
		}
		if len(line) == 0 || line[0] == '`' || line[0] == ' ' || bytes.Equal(line, []byte("end")) {
			return 0, io.EOF
		}
		r.line(line)
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

func (r *uuReader) line(line []byte) {
	want := int(line[0]-' ') & 63
	out := make([]byte, 0, 64)
	acc, have := uint32(0), uint(0)
	for _, c := range line[1:] {
		acc = acc<<6 | uint32(c-' ')&63
		if have += 6; have >= 8 {
			have -= 8
			out = append(out, byte(acc>>have))
		}
	}
	for len(out) < want {
		out = append(out, 0) // spaces at the end of a line may have been cut
	}
	r.out = out[:want]
}
