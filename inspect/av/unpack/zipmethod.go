package unpack

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"io"
)

// zipShow shows one member and says where its packed bytes end, if its method
// tells: a member written to a pipe has no sizes in its local header.
func zipShow(w *walker, b box, e zipEntry) (end int, err error) {
	in := b.data[e.data:max(e.data, e.end)]
	m := Member{Name: e.name, Packed: int64(len(in)), Claimed: e.size, Encrypted: e.flags&1 != 0 || e.method == 99}
	if e.flags&8 != 0 && e.size == 0 {
		m.Claimed = -1
	}
	if len(in) == 0 && e.size == 0 && bytes.HasSuffix(e.name, []byte("/")) {
		return e.end, nil // a directory
	}
	if e.method == 8 && !m.Encrypted {
		r := bytes.NewReader(in)
		err = w.show(b, m, w.inflate(r))
		return e.data + len(in) - r.Len(), err
	}
	r, err := zipReader(w, e, in)
	if err != nil && !m.Encrypted {
		r = failing{err}
	}
	if e.end == len(b.data) && e.flags&8 != 0 {
		// Its end is not known. What follows in the gap is looked at for itself.
		end = e.data
	} else {
		end = e.end
	}
	err = w.show(b, m, r)
	if z, ok := r.(io.Closer); ok {
		z.Close()
	}
	return end, err
}

// zipReader reads what is packed by one of the methods of APPNOTE.TXT, 4.4.5.
func zipReader(w *walker, e zipEntry, in []byte) (io.Reader, error) {
	switch e.method {
	case 0:
		return bytes.NewReader(in), nil
	case 6:
		return w.windowed(newExplode(in, e.flags, e.size), 1<<13), nil
	case 9:
		return w.windowed(&deflate64{bitsLow: bitsLow{in: in}}, 1<<16), nil
	case 12:
		return bzip2.NewReader(bytes.NewReader(in)), nil
	case 14:
		return zipLZMA(w, e, in)
	case 20, 93:
		r, err := w.zstd(in)
		if err != nil {
			return nil, err
		}
		return r.IOReadCloser(), nil
	case 95:
		return &xzStream{w: w, in: in}, nil
	}
	return nil, errMethod
}

// zipLZMA reads the properties in front: version, their length, themselves.
func zipLZMA(w *walker, e zipEntry, in []byte) (io.Reader, error) {
	if len(in) < 9 || le16(in[2:]) != 5 {
		return nil, errFormat
	}
	size := e.size
	if e.flags&2 != 0 || size == 1<<32-1 {
		size = -1 // the end is marked
	}
	d, err := newLZMA(in[9:], in[4], size)
	if err != nil {
		return nil, err
	}
	return w.windowed(d, int64(binary.LittleEndian.Uint32(in[5:]))), nil
}
