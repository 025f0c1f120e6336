package unpack

import (
	"bufio"
	"encoding/binary"
	"io"
)

// bcj2 undoes 7z's filter of four streams for x86: the program without the
// addresses of calls and jumps, the two lists of addresses, and range coded bits
// that say which of the opcodes had theirs taken out.
type bcj2 struct {
	main, call, jump, coded io.Reader

	in        *bufio.Reader
	bits      *bufio.Reader
	code, rng uint32
	probs     [2 + 256]prob
	prev      byte
	pos       uint32
	rest      []byte // of an address
}

func (d *bcj2) Read(p []byte) (n int, err error) {
	if d.in == nil {
		if err := d.begin(); err != nil {
			return 0, err
		}
	}
	for n < len(p) {
		c, err := d.next()
		if err != nil {
			return n, err
		}
		p[n] = c
		n++
	}
	return n, nil
}

func (d *bcj2) begin() error {
	d.in, d.bits = bufio.NewReader(d.main), bufio.NewReader(d.coded)
	even(d.probs[:])
	var first [5]byte
	if _, err := io.ReadFull(d.bits, first[:]); err != nil {
		return err
	}
	d.code, d.rng = binary.BigEndian.Uint32(first[1:]), 1<<32-1
	return nil
}

// next is one byte of the program.
func (d *bcj2) next() (byte, error) {
	if len(d.rest) > 0 {
		c := d.rest[0]
		d.rest = d.rest[1:]
		d.prev = c
		return c, nil
	}
	c, err := d.in.ReadByte()
	if err != nil {
		return 0, err
	}
	prev := d.prev
	d.prev = c
	d.pos++
	var p *prob
	switch {
	case c == 0xe8:
		p = &d.probs[2+int(prev)]
	case c == 0xe9:
		p = &d.probs[1]
	case prev == 0x0f && c&0xf0 == 0x80:
		p = &d.probs[0]
	default:
		return c, nil
	}
	taken, err := d.bit(p)
	if err != nil || !taken {
		return c, err
	}
	return c, d.address(c)
}

// address puts back what was taken out after an opcode.
func (d *bcj2) address(opcode byte) error {
	from := d.jump
	if opcode == 0xe8 {
		from = d.call
	}
	var a [4]byte
	if _, err := io.ReadFull(from, a[:]); err != nil {
		return err
	}
	d.pos += 4
	d.rest = binary.LittleEndian.AppendUint32(nil, binary.BigEndian.Uint32(a[:])-d.pos)
	return nil
}

func (d *bcj2) bit(p *prob) (bool, error) {
	bound := d.rng >> 11 * uint32(*p)
	one := d.code >= bound
	if one {
		d.rng -= bound
		d.code -= bound
		*p -= *p >> 5
	} else {
		d.rng = bound
		*p += (2048 - *p) >> 5
	}
	if d.rng < 1<<24 {
		c, err := d.bits.ReadByte()
		if err != nil {
			return false, err
		}
		d.rng <<= 8
		d.code = d.code<<8 | uint32(c)
	}
	return one, nil
}
