package unpack

import "io"

// bitsLow reads bits from the lowest of each byte on (DEFLATE, Implode).
type bitsLow struct {
	in   []byte
	acc  uint64
	have uint
	over int // zero bytes given beyond the end
}

// need makes at least n bits ready, n <= 32.
func (b *bitsLow) need(n uint) {
	for b.have < n {
		var c byte
		if len(b.in) > 0 {
			c, b.in = b.in[0], b.in[1:]
		} else {
			b.over++
		}
		b.acc |= uint64(c) << b.have
		b.have += 8
	}
}

func (b *bitsLow) take(n uint) int {
	b.need(n)
	v := b.acc & (1<<n - 1)
	b.acc >>= n
	b.have -= n
	return int(v)
}

// ended is an error as soon as bits beyond the end were used: a code may be
// looked up with more bits than it has, hence the grace of some bytes.
func (b *bitsLow) ended() error {
	if uint(b.over)*8 > b.have {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// bitsHigh reads bits from the highest of each byte on (ARJ).
type bitsHigh struct {
	in   []byte
	acc  uint64
	have uint
	over int
}

// peek shows n bits, n <= 32, without using them.
func (b *bitsHigh) peek(n uint) int {
	for b.have < n {
		var c byte
		if len(b.in) > 0 {
			c, b.in = b.in[0], b.in[1:]
		} else {
			b.over++
		}
		b.acc = b.acc<<8 | uint64(c)
		b.have += 8
	}
	return int(b.acc >> (b.have - n) & (1<<n - 1))
}

func (b *bitsHigh) take(n uint) int {
	v := b.peek(n)
	b.have -= n
	return v
}

func (b *bitsHigh) ended() error {
	if uint(b.over)*8 > b.have {
		return io.ErrUnexpectedEOF
	}
	return nil
}
