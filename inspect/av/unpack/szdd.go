package unpack

import "io"

// szdd decodes what MS-DOS's COMPRESS wrote: LZSS in a window of 4 KiB that
// begins full of spaces.
type szdd struct {
	in []byte
}

func (s *szdd) fill(w *window) error {
	if len(s.in) == 0 {
		return io.EOF
	}
	flags := s.in[0]
	s.in = s.in[1:]
	for range 8 {
		if len(s.in) == 0 {
			return io.EOF
		}
		if flags&1 == 1 {
			w.put(s.in[0])
			s.in = s.in[1:]
		} else if len(s.in) >= 2 {
			s.copy(w, int(s.in[0])|int(s.in[1]&0xf0)<<4, int(s.in[1]&15)+3)
			s.in = s.in[2:]
		} else {
			return io.ErrUnexpectedEOF
		}
		flags >>= 1
	}
	return nil
}

// copy repeats n bytes from a place in the ring, the first byte of which went to 4096-16.
func (s *szdd) copy(w *window, place, n int) {
	at := int((w.total + 4096 - 16) & 4095)
	distance := (at - place) & 4095
	if distance == 0 {
		distance = 4096
	}
	for range n {
		if int64(distance) > w.total {
			w.put(' ')
		} else {
			w.put(w.back(distance))
		}
	}
}

func openSZDD(w *walker, b box) error {
	if len(b.data) < 14 {
		return io.ErrUnexpectedEOF
	}
	size := int64(le32(b.data[10:]))
	r := w.windowed(&szdd{in: b.data[14:]}, 4096)
	return w.show(b, Member{Packed: int64(len(b.data)), Claimed: size}, r)
}
