package unpack

import (
	"encoding/binary"
	"io"
)

// xzStream reads the blocks of .xz streams, one stream after the other. Checks
// of the content are not compared: what unpacks is scanned, right or wrong.
type xzStream struct {
	w     *walker
	in    []byte
	check int // bytes of the check after each block
	block io.Reader
	body  *lzma2
	start int // len(in) where the block's data began
	begun bool
}

var xzMagic = []byte("\xfd7zXZ\x00")

func (x *xzStream) Read(p []byte) (int, error) {
	for {
		if x.block == nil {
			if err := x.nextBlock(); err != nil {
				return 0, err
			}
			continue
		}
		n, err := x.block.Read(p)
		if err == io.EOF {
			err = x.endBlock()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// header reads the head of a stream.
func (x *xzStream) header() error {
	if len(x.in) < 12 || string(x.in[:6]) != string(xzMagic) {
		return errFormat
	}
	x.check = [16]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[x.in[7]&15]
	x.in, x.begun = x.in[12:], true
	return nil
}

// nextBlock reads the head of a block, or passes over the index to the next stream.
func (x *xzStream) nextBlock() error {
	if !x.begun {
		return x.header()
	}
	switch {
	case len(x.in) == 0:
		return io.ErrUnexpectedEOF
	case x.in[0] == 0:
		return x.endStream()
	}
	size := (int(x.in[0]) + 1) * 4
	if len(x.in) < size {
		return io.ErrUnexpectedEOF
	}
	filters, err := xzFilters(x.in[:size-4])
	if err != nil {
		return err
	}
	x.in = x.in[size:]
	x.start = len(x.in)
	last := filters[len(filters)-1]
	if last.id != 0x21 || len(last.props) != 1 || last.props[0] > 40 {
		return errMethod
	}
	x.body = &lzma2{in: x.in}
	x.block = x.w.windowed(x.body, lzma2Dict(last.props[0]))
	for i := len(filters) - 2; i >= 0; i-- {
		if x.block, err = branchReader(x.block, filters[i]); err != nil {
			return err
		}
	}
	return nil
}

// lzma2Dict is the size of the dictionary: powers of two and three halves of them.
func lzma2Dict(props byte) int64 {
	if props >= 40 {
		return 1<<32 - 1
	}
	return int64(2|props&1) << (props/2 + 11)
}

// endBlock passes over the padding and the check.
func (x *xzStream) endBlock() error {
	x.in = x.body.in
	used := x.start - len(x.in)
	skip := (4-used%4)%4 + x.check
	if len(x.in) < skip {
		return io.ErrUnexpectedEOF
	}
	x.in, x.block = x.in[skip:], nil
	return nil
}

// endStream passes over the index: a count, two numbers for each block, padding,
// a check, and the foot. Another stream may follow, after zeros.
func (x *xzStream) endStream() error {
	p := numbers{in: x.in[1:]}
	for count := p.vli() * 2; count > 0 && !p.bad; count-- {
		p.vli()
	}
	used := len(x.in) - len(p.in)
	used += (4-used%4)%4 + 4 + 12
	if p.bad || len(x.in) < used {
		return io.ErrUnexpectedEOF
	}
	x.in, x.begun = x.in[used:], false
	for len(x.in) >= 4 && binary.LittleEndian.Uint32(x.in) == 0 {
		x.in = x.in[4:]
	}
	if len(x.in) == 0 {
		return io.EOF
	}
	return nil
}

// numbers reads the variable-length integers of .xz.
type numbers struct {
	in  []byte
	bad bool
}

func (n *numbers) vli() (v uint64) {
	for shift := uint(0); shift < 63; shift += 7 {
		if len(n.in) == 0 {
			break
		}
		c := n.in[0]
		n.in = n.in[1:]
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	n.bad = true
	return 0
}

// filter is one of the filters of a block, as they stand in its head.
type filter struct {
	id    uint64
	props []byte
}

func xzFilters(head []byte) (list []filter, err error) {
	if len(head) < 2 {
		return nil, errFormat
	}
	flags := head[1]
	p := numbers{in: head[2:]}
	if flags&0x40 != 0 {
		p.vli()
	}
	if flags&0x80 != 0 {
		p.vli()
	}
	for range flags&3 + 1 {
		f := filter{id: p.vli()}
		size := p.vli()
		if p.bad || size > uint64(len(p.in)) {
			return nil, errFormat
		}
		f.props, p.in = p.in[:size], p.in[size:]
		list = append(list, f)
	}
	return list, nil
}
