package unpack

import (
	"bytes"
	"compress/bzip2"
	"compress/zlib"
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// inflate reads raw DEFLATE with the walk's one decoder: what it read before must
// be done with. That is so for members that are read to their end one after the
// other, and it spares tables for each of thousands.
func (w *walker) inflate(in *bytes.Reader) io.Reader {
	if w.inflater == nil {
		w.inflater = flate.NewReader(in)
	} else {
		w.inflater.(flate.Resetter).Reset(in, nil)
	}
	return w.inflater
}

// inflater reads raw DEFLATE.
func inflater(in []byte) io.Reader { return flate.NewReader(bytes.NewReader(in)) }

// openGzip shows each member of a gzip file: they are one file to gunzip, but a
// scanner that looks at each sees what others join, and what they do not.
func openGzip(w *walker, b box) error {
	for in := b.data; len(in) > 0; {
		name, head, err := gzipHead(in)
		if err != nil {
			if len(in) == len(b.data) {
				return err
			}
			return nil // what follows the last member is padding
		}
		r := bytes.NewReader(in[head:])
		if err := w.show(b, Member{Name: name, Packed: int64(r.Len()), Claimed: -1}, w.inflate(r)); err != nil {
			return err
		}
		rest := in[len(in)-r.Len():]
		in = rest[min(8, len(rest)):]
	}
	return nil
}

// gzipHead reads the head of a member (RFC 1952, 2.3): its name, and how long it is.
func gzipHead(in []byte) (name []byte, n int, err error) {
	if len(in) < 10 || in[0] != 0x1f || in[1] != 0x8b || in[2] != 8 {
		return nil, 0, errFormat
	}
	flags, at := in[3], 10
	if flags&4 != 0 {
		if len(in) < 12 {
			return nil, 0, io.ErrUnexpectedEOF
		}
		at += 2 + int(binary.LittleEndian.Uint16(in[10:]))
	}
	for _, flag := range []byte{8, 16} { // name, comment
		if flags&flag == 0 || at > len(in) {
			continue
		}
		end := bytes.IndexByte(in[at:], 0)
		if end < 0 {
			return nil, 0, io.ErrUnexpectedEOF
		}
		if flag == 8 {
			name = in[at : at+end]
		}
		at += end + 1
	}
	if flags&2 != 0 {
		at += 2
	}
	if at > len(in) {
		return nil, 0, io.ErrUnexpectedEOF
	}
	return name, at, nil
}

func openBzip2(w *walker, b box) error {
	return w.show(b, Member{Packed: int64(len(b.data)), Claimed: -1}, bzip2.NewReader(bytes.NewReader(b.data)))
}

func openXZ(w *walker, b box) error {
	return w.show(b, Member{Packed: int64(len(b.data)), Claimed: -1}, &xzStream{w: w, in: b.data})
}

// openLZMA reads the head of lzma-alone: properties, dictionary, size.
func openLZMA(w *walker, b box) error {
	if len(b.data) < 14 {
		return io.ErrUnexpectedEOF
	}
	size := int64(binary.LittleEndian.Uint64(b.data[5:]))
	d, err := newLZMA(b.data[13:], b.data[0], size)
	if err != nil {
		return err
	}
	r := w.windowed(d, int64(binary.LittleEndian.Uint32(b.data[1:])))
	return w.show(b, Member{Packed: int64(len(b.data)), Claimed: size}, r)
}

func openZstd(w *walker, b box) error {
	r, err := w.zstd(b.data)
	if err != nil {
		return err
	}
	defer r.Close()
	return w.show(b, Member{Packed: int64(len(b.data)), Claimed: -1}, r)
}

// zstd decodes in the calling goroutine, with a window that fits what memory
// there is.
func (w *walker) zstd(in []byte) (*zstd.Decoder, error) {
	most := uint64(max(1<<16, w.room()/2))
	return zstd.NewReader(bytes.NewReader(in), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(min(most, 1<<29)), zstd.WithDecoderMaxMemory(most))
}

// zlibReader reads zlib (RFC 1950); its error is that of the first Read.
func zlibReader(in []byte) io.Reader {
	r, err := zlib.NewReader(bytes.NewReader(in))
	if err != nil {
		return failing{err}
	}
	return r
}

// failing is a reader that has failed.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
