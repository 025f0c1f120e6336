package pcapfile

import (
	"math"
	"math/bits"
)

const (
	second = int64(1e9)
	// latest is the last point in time that packets may have.
	latest = int64(1)<<62 - 1
)

// clock turns an interface's time stamps into nanoseconds since 1970:
// ticks * mul / div >> shift, then offset.
type clock struct {
	mul, div uint64
	shift    uint
	offset   int64 // nanoseconds
}

// newClock reads the options if_tsresol and if_tsoffset: the resolution is a
// negative power of 10 or, with the top bit, of 2; the offset is in seconds.
func newClock(resolution uint8, offset int64) clock {
	c := clock{mul: 1, div: 1, offset: min(max(offset, -latest/second), latest/second) * second}
	switch exponent := resolution & 0x7f; {
	case resolution&0x80 != 0:
		c.mul, c.shift = uint64(second), uint(exponent)
	case exponent <= 9:
		c.mul = power10(9 - exponent)
	case exponent <= 28:
		c.div = power10(exponent - 9)
	default: // 2^64 ticks are less than a nanosecond
		c.mul = 0
	}
	return c
}

func power10(n uint8) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// nanos returns the time of a time stamp, within [0, latest].
func (c *clock) nanos(ticks uint64) int64 {
	hi, lo := bits.Mul64(ticks, c.mul)
	hi, lo = shiftRight(hi, lo, c.shift)
	if c.div > 1 { // then mul is 1, and hi 0
		lo /= c.div
	}
	if hi > 0 || lo > uint64(latest) {
		lo = uint64(latest)
	}
	return min(max(int64(lo)+c.offset, 0), latest)
}

// ticks returns the time stamp of a time within [0, latest].
func (c *clock) ticks(time int64) uint64 {
	if c.mul == 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(max(time-c.offset, 0)), c.div)
	for range c.shift {
		if hi>>63 != 0 {
			return math.MaxUint64
		}
		hi, lo = hi<<1|lo>>63, lo<<1
	}
	if hi >= c.mul {
		return math.MaxUint64
	}
	quotient, _ := bits.Div64(hi, lo, c.mul)
	return quotient
}

func shiftRight(hi, lo uint64, n uint) (uint64, uint64) {
	if n >= 64 {
		return 0, hi >> (n - 64)
	}
	return hi >> n, lo>>n | hi<<(64-n)
}
