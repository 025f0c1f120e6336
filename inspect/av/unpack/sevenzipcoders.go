package unpack

import (
	"bytes"
	"compress/bzip2"
	"io"

	"github.com/klauspost/compress/flate"
)

// reader reads what a folder unpacks to.
func (f *szFolder) reader(w *walker, file []byte) (io.Reader, error) {
	if len(f.outs) != len(f.coders) {
		return nil, errFormat
	}
	return f.out(w, file, f.last(), 0)
}

// out reads the out stream of a coder. Bindings that go in a circle end by level.
func (f *szFolder) out(w *walker, file []byte, coder, level int) (io.Reader, error) {
	if level > szMostCoders || coder < 0 || coder >= len(f.coders) {
		return nil, errFormat
	}
	c := f.coders[coder]
	if c.id == 0x06f10701 {
		return nil, errEncrypted
	}
	var raw []byte // of the first in stream, if it is a packed one
	var ins []io.Reader
	for i := c.firstIn; i < c.firstIn+c.ins; i++ {
		if from, ok := f.feeder(i); ok {
			r, err := f.out(w, file, from, level+1)
			if err != nil {
				return nil, err
			}
			ins = append(ins, r)
			continue
		}
		body, err := f.pack(file, i)
		if err != nil {
			return nil, err
		}
		if i == c.firstIn {
			raw = body
		}
		ins = append(ins, bytes.NewReader(body))
	}
	if len(ins) == 0 {
		return nil, errFormat
	}
	return c.reader(w, szInput{raw: raw, ins: ins, size: int64(f.outs[coder])})
}

// pack is the packed stream that feeds an in stream.
func (f *szFolder) pack(file []byte, in int) ([]byte, error) {
	for i, p := range f.packs {
		if p != in {
			continue
		}
		if at, n := f.at[i], f.packed[i]; at <= uint64(len(file)) {
			return file[at:][:min(n, uint64(len(file))-at)], nil
		}
		return nil, errUnreachable
	}
	return nil, errFormat
}

// szInput is what a coder works on.
type szInput struct {
	raw  []byte
	ins  []io.Reader
	size int64 // of the out stream
}

// szBranches are the filters by 7z's numbers.
var szBranches = map[uint64]uint64{
	0x03: filterDelta, 0x04: filterX86, 0x05: filterPPC, 0x07: filterARM, 0x08: filterARMT, 0x09: filterSPARC,
	0x03030103: filterX86, 0x03030205: filterPPC, 0x03030501: filterARM, 0x03030701: filterARMT, 0x03030805: filterSPARC,
}

func (c *szCoder) reader(w *walker, in szInput) (io.Reader, error) {
	if id, ok := szBranches[c.id]; ok {
		return branchReader(in.ins[0], filter{id: id, props: c.props})
	}
	switch c.id {
	case 0x00:
		return in.ins[0], nil
	case 0x040108:
		return flate.NewReader(in.ins[0]), nil
	case 0x040202:
		return bzip2.NewReader(in.ins[0]), nil
	case 0x0303011b:
		if len(in.ins) != 4 {
			return nil, errFormat
		}
		return &bcj2{main: in.ins[0], call: in.ins[1], jump: in.ins[2], coded: in.ins[3]}, nil
	}
	if in.raw == nil {
		return nil, errMethod
	}
	switch {
	case c.id == 0x030101 && len(c.props) == 5:
		d, err := newLZMA(in.raw, c.props[0], in.size)
		if err != nil {
			return nil, err
		}
		return w.windowed(d, int64(le32(c.props[1:]))), nil
	case c.id == 0x21 && len(c.props) == 1 && c.props[0] <= 40:
		return w.windowed(&lzma2{in: in.raw}, lzma2Dict(c.props[0])), nil
	case c.id == 0x040109:
		return w.windowed(&deflate64{bitsLow: bitsLow{in: in.raw}}, 1<<16), nil
	case c.id == 0x04f71101:
		r, err := w.zstd(in.raw)
		if err != nil {
			return nil, err
		}
		return r, nil
	}
	return nil, errMethod // PPMd, and what is rarer
}
