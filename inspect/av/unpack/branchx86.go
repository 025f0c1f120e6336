package unpack

import "encoding/binary"

// x86 undoes the filter of calls and jumps (E8, E9). An opcode within the
// address of another is hardly one; mask tells which of the three bytes before
// looked like opcodes.
func (b *branch) x86(p []byte) int {
	i, last := 0, -1
	for ; i+5 <= len(p); i++ {
		if p[i]&0xfe != 0xe8 {
			continue
		}
		inside := b.inside(p[i:], i-last)
		last = i
		if inside || !far(p[i+4]) {
			b.mask = b.mask<<1 | 1
			continue
		}
		b.relative(p[i+1:i+5], b.pos+uint32(i)+5)
		i += 4
	}
	b.shift(i - last)
	return i
}

// shift moves the mask on by n bytes.
func (b *branch) shift(n int) {
	if n > 3 {
		b.mask = 0
		return
	}
	b.mask <<= n - 1
}

// inside says whether the opcode at p belongs to an address, n bytes after the last one.
func (b *branch) inside(p []byte, n int) bool {
	b.shift(n)
	b.mask &= 7
	if b.mask == 0 {
		return false
	}
	return b.mask == 3 || b.mask > 4 || far(p[4-maskByte[b.mask]])
}

func far(c byte) bool { return c == 0 || c == 0xff }

// relative makes the address relative to after.
func (b *branch) relative(address []byte, after uint32) {
	v := binary.LittleEndian.Uint32(address) - after
	shift := maskByte[b.mask&7] * 8
	// A second round may be needed; more than some come of broken data only.
	for n := 0; b.mask != 0 && far(byte(v>>(24-shift))) && n < 4; n++ {
		v = (v ^ (1<<(32-shift) - 1)) - after
	}
	v &= 0x1ffffff
	v |= -(v & 0x1000000)
	binary.LittleEndian.PutUint32(address, v)
}

// maskByte is which byte of the address a mask speaks of.
var maskByte = [8]uint32{0, 1, 2, 2, 3, 3, 3, 3}
