package unpack

import (
	"encoding/binary"
	"io"
)

// Filters that make programs pack better, by xz's numbers.
const (
	filterDelta = 3
	filterX86   = 4
	filterPPC   = 5
	filterARM   = 7
	filterARMT  = 8
	filterSPARC = 9
)

// branch undoes a filter over what r gives. Addresses in calls and jumps had
// been made absolute; they become relative again.
type branch struct {
	r      io.Reader
	buf    []byte
	ready  int // of buf, done
	err    error
	pos    uint32
	decode func(b *branch, p []byte) int // says how much is done

	mask uint32 // x86: which of the bytes before were opcodes

	history [256]byte // delta
	step    int
}

// branchReader is nil and an error for filters not known.
func branchReader(r io.Reader, f filter) (io.Reader, error) {
	b := &branch{r: r}
	switch f.id {
	case filterX86:
		b.decode = (*branch).x86
	case filterARM:
		b.decode = (*branch).arm
	case filterPPC:
		b.decode = (*branch).ppc
	case filterARMT:
		b.decode = (*branch).thumb
	case filterSPARC:
		b.decode = (*branch).sparc
	case filterDelta:
		b.decode, b.step = (*branch).delta, 1
		if len(f.props) > 0 {
			b.step = int(f.props[0]) + 1
		}
	default:
		return nil, errMethod
	}
	return b, nil
}

func (b *branch) Read(p []byte) (int, error) {
	for b.ready == 0 {
		if b.err != nil {
			// What is too short for an instruction stays as it is.
			b.ready = len(b.buf)
			if b.ready == 0 {
				return 0, b.err
			}
			break
		}
		b.more()
	}
	n := copy(p, b.buf[:b.ready])
	b.buf = b.buf[n:]
	b.ready -= n
	return n, nil
}

func (b *branch) more() {
	fresh := make([]byte, 4096+len(b.buf))
	n := copy(fresh, b.buf)
	var got int
	got, b.err = b.r.Read(fresh[n:])
	b.buf = fresh[:n+got]
	b.ready = b.decode(b, b.buf)
	b.pos += uint32(b.ready)
}

func (b *branch) delta(p []byte) int {
	for i := range p {
		at := int(b.pos+uint32(i)) % b.step
		b.history[at] += p[i]
		p[i] = b.history[at]
	}
	return len(p)
}

func (b *branch) arm(p []byte) int {
	i := 0
	for ; i+4 <= len(p); i += 4 {
		if p[i+3] == 0xeb {
			v := uint32(p[i]) | uint32(p[i+1])<<8 | uint32(p[i+2])<<16
			v = (v<<2 - (b.pos + uint32(i) + 8)) >> 2
			p[i], p[i+1], p[i+2] = byte(v), byte(v>>8), byte(v>>16)
		}
	}
	return i
}

func (b *branch) ppc(p []byte) int {
	i := 0
	for ; i+4 <= len(p); i += 4 {
		if v := binary.BigEndian.Uint32(p[i:]); v&0xfc000003 == 0x48000001 {
			v = (v&0x03fffffc - (b.pos + uint32(i))) & 0x03fffffc
			binary.BigEndian.PutUint32(p[i:], 0x48000001|v)
		}
	}
	return i
}

func (b *branch) thumb(p []byte) int {
	i := 0
	for ; i+4 <= len(p); i += 2 {
		if p[i+1]&0xf8 != 0xf0 || p[i+3]&0xf8 != 0xf8 {
			continue
		}
		v := uint32(p[i+1]&7)<<19 | uint32(p[i])<<11 | uint32(p[i+3]&7)<<8 | uint32(p[i+2])
		v = (v<<1 - (b.pos + uint32(i) + 4)) >> 1
		p[i+1], p[i] = 0xf0|byte(v>>19)&7, byte(v>>11)
		p[i+3], p[i+2] = 0xf8|byte(v>>8)&7, byte(v)
		i += 2
	}
	return i
}

func (b *branch) sparc(p []byte) int {
	i := 0
	for ; i+4 <= len(p); i += 4 {
		if !(p[i] == 0x40 && p[i+1]&0xc0 == 0) && !(p[i] == 0x7f && p[i+1]&0xc0 == 0xc0) {
			continue
		}
		v := (binary.BigEndian.Uint32(p[i:])<<2 - (b.pos + uint32(i))) >> 2
		v = (0-(v>>22&1))<<22&0x3fffffff | v&0x3fffff | 0x40000000
		binary.BigEndian.PutUint32(p[i:], v)
	}
	return i
}
