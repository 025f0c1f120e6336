package segment

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// prefixes finds the longest of some prefixes around an address. Where the
// answer changes, the address and the new answer stand in a sorted list, one
// for each family: at most two entries for each prefix, next to each other in
// memory, and nothing for the collector to walk.
type prefixes struct {
	four []step4
	six  []step6
}

// step4 and step6 say that from an address on, value is the answer; -1: no
// prefix.
type step4 struct {
	start uint32
	value int32
}

type step6 struct {
	start addr6
	value int32
}

// addr6 is an IPv6 address as two numbers.
type addr6 struct{ hi, lo uint64 }

// less reports whether a comes before b.
func (a addr6) less(b addr6) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

// find returns the value of the longest prefix around an address, -1 if there
// is none.
func (p *prefixes) find(a *address) int32 {
	if a.is4 {
		return find4(p.four, a.four)
	}
	return find6(p.six, a.six)
}

// find4 and find6 are one search twice: the compiler makes no branches of the
// comparison of numbers, which halves the time of the search.
func find4(steps []step4, a uint32) int32 {
	base, n := 0, len(steps)
	if n == 0 || a < steps[0].start {
		return -1
	}
	for n > 1 {
		half := n / 2
		if steps[base+half].start <= a {
			base += half
		}
		n -= half
	}
	return steps[base].value
}

func find6(steps []step6, a addr6) int32 {
	base, n := 0, len(steps)
	if n == 0 || a.less(steps[0].start) {
		return -1
	}
	for n > 1 {
		half := n / 2
		if !a.less(steps[base+half].start) {
			base += half
		}
		n -= half
	}
	return steps[base].value
}

// address is an address as find wants it.
type address struct {
	is4  bool
	four uint32
	six  addr6
}

// split takes 16 bytes apart, IPv4 as IPv4-mapped.
func split(b *[16]byte) address {
	a := addr6{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
	if a.hi == 0 && a.lo>>32 == 0xffff {
		return address{is4: true, four: uint32(a.lo)}
	}
	return address{six: a}
}

// prefixBuilder takes prefixes in the order of netip.Prefix.Compare: a prefix
// comes before those it covers.
type prefixBuilder struct {
	prefixes
	stack []openPrefix
}

// openPrefix is a prefix around the place that the builder has come to.
type openPrefix struct {
	netip.Prefix
	value int32
}

// around closes what ends before a prefix and returns the value of the longest
// prefix around it, -1 if there is none.
func (b *prefixBuilder) around(p netip.Prefix) int32 {
	for n := len(b.stack); n > 0 && !b.stack[n-1].Overlaps(p); n = len(b.stack) {
		b.closeLast()
	}
	return b.top()
}

// open adds a prefix, after around was called for it.
func (b *prefixBuilder) open(p netip.Prefix, value int32) {
	b.change(p.Addr(), value)
	b.stack = append(b.stack, openPrefix{p, value})
}

// done closes all prefixes.
func (b *prefixBuilder) done() prefixes {
	for len(b.stack) > 0 {
		b.closeLast()
	}
	return prefixes{slices.Clip(b.four), slices.Clip(b.six)}
}

func (b *prefixBuilder) closeLast() {
	after := last(b.stack[len(b.stack)-1].Prefix).Next()
	b.stack = b.stack[:len(b.stack)-1]
	if after.IsValid() {
		b.change(after, b.top())
	}
}

func (b *prefixBuilder) top() int32 {
	if len(b.stack) == 0 {
		return -1
	}
	return b.stack[len(b.stack)-1].value
}

// change notes that from an address on, value is the answer.
func (b *prefixBuilder) change(from netip.Addr, value int32) {
	bytes := from.As16()
	// Not by the bytes: a prefix of IPv6 may end just before the mapped addresses.
	if from.Is4() {
		step := step4{split(&bytes).four, value}
		if n := len(b.four); n > 0 && b.four[n-1].start == step.start {
			b.four = b.four[:n-1]
		}
		b.four = append(b.four, step)
		return
	}
	step := step6{addr6{binary.BigEndian.Uint64(bytes[:8]), binary.BigEndian.Uint64(bytes[8:])}, value}
	if n := len(b.six); n > 0 && b.six[n-1].start == step.start {
		b.six = b.six[:n-1]
	}
	b.six = append(b.six, step)
}

// last returns the last address of a masked prefix.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
