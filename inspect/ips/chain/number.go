package chain

import (
	"math/bits"

	"vxwall/rules/suricata"
)

// field is where and how a number stands in the bytes.
type field struct {
	bytes    amount
	offset   amount
	relative bool
	rel      bool // that, or a variable
	little   bool
	text     bool
	digits   bool // as many as there are
	base     uint64
}

// maxDigits is how many digits a number may have: 64 bits, octal, and a sign.
const maxDigits = 23

// read returns the number, and where it begins and ends.
func (f *field) read(x *Exam, at place) (n uint64, begin, end int, ok bool) {
	begin = f.offset.of(x)
	if f.relative {
		begin += at.last
	} else {
		begin -= int(min(x.Base, 1<<40))
	}
	size := f.bytes.of(x)
	if f.digits {
		size = min(maxDigits, len(x.Data)-begin)
	}
	end = begin + size
	if begin < 0 || size < 0 || begin > len(x.Data) || end > len(x.Data) {
		return 0, 0, 0, false
	}
	if f.text {
		n, size, ok = digits(x.Data[begin:end], f.base)
		return n, begin, begin + size, ok
	}
	if size > 8 {
		return 0, 0, 0, false
	}
	for i := range size {
		if f.little {
			n |= uint64(x.Data[begin+i]) << (8 * i)
		} else {
			n = n<<8 | uint64(x.Data[begin+i])
		}
	}
	return n, begin, end, true
}

// digits reads a number as strtoull does, and says how many bytes it took.
func digits(b []byte, base uint64) (n uint64, size int, ok bool) {
	i := 0
	for i < len(b) && (b[i] == ' ' || b[i] >= '\t' && b[i] <= '\r') {
		i++
	}
	negative := false
	if i < len(b) && (b[i] == '+' || b[i] == '-') {
		negative = b[i] == '-'
		i++
	}
	if base == 16 && i+2 < len(b) && b[i] == '0' && b[i+1]|0x20 == 'x' && digit(b[i+2]) < 16 {
		i += 2
	}
	for ; i < len(b) && digit(b[i]) < base; i++ {
		high, low := bits.Mul64(n, base)
		sum, carry := bits.Add64(low, digit(b[i]), 0)
		if high != 0 || carry != 0 {
			return 0, 0, false
		}
		n, ok = sum, true
	}
	if negative {
		n = -n
	}
	return n, i, ok
}

func digit(b byte) uint64 {
	switch {
	case b >= '0' && b <= '9':
		return uint64(b - '0')
	case b|0x20 >= 'a' && b|0x20 <= 'f':
		return uint64(b|0x20-'a') + 10
	}
	return 255
}

// masked applies a bitmask and moves what is left to the right.
func masked(n, mask uint64) uint64 {
	if mask == 0 {
		return n
	}
	return n & mask >> bits.TrailingZeros64(mask)
}

// byteTest compares a number.
type byteTest struct {
	field
	op      suricata.Compare
	negated bool
	value   amount
	mask    uint64
}

func (t *byteTest) try(x *Exam, rest []link, at place) result {
	n, _, end, ok := t.read(x, at)
	if !ok {
		return fail(t.rel)
	}
	value := uint64(t.value.n)
	if t.value.v >= 0 {
		value = x.Vars[t.value.v]
	}
	if compareBytes(masked(n, t.mask), t.op, value) == t.negated {
		return fail(t.rel)
	}
	at.reach = max(at.reach, end)
	return x.walk(rest, at)
}

// compareBytes compares as byte_test does: ^ is an exclusive or.
func compareBytes(n uint64, op suricata.Compare, v uint64) bool {
	switch op {
	case suricata.Equal:
		return n == v
	case suricata.NotEqual:
		return n != v
	case suricata.Less:
		return n < v
	case suricata.Greater:
		return n > v
	case suricata.LessEqual:
		return n <= v
	case suricata.GreaterEqual:
		return n >= v
	case suricata.BitAnd:
		return n&v != 0
	case suricata.NotBitAnd:
		return n&v == 0
	case suricata.BitOr:
		return n^v != 0
	case suricata.NotBitOr:
		return n^v == 0
	}
	return false
}

// byteJump moves on to where a number says.
type byteJump struct {
	field
	multiplier uint64
	align      bool
	fromBegin  bool
	fromEnd    bool
	post       amount
	mask       uint64
}

func (j *byteJump) try(x *Exam, rest []link, at place) result {
	n, _, end, ok := j.read(x, at)
	if !ok {
		return fail(j.rel)
	}
	n = masked(n, j.mask) * j.multiplier
	if j.align {
		n = (n + 3) &^ 3
	}
	if n > 1<<32 {
		return fail(j.rel)
	}
	to := int(n) + j.post.of(x)
	switch {
	case j.fromBegin:
		to -= int(min(x.Base, 1<<40))
	case j.fromEnd:
		to += len(x.Data)
	default:
		to += end
	}
	if j.post.n < 0 {
		to = max(to, 0) // before the beginning is the beginning
	}
	if to < 0 || to > len(x.Data) {
		return fail(j.rel)
	}
	at.reach = max(at.reach, end)
	return x.walk(rest, place{to, max(at.reach, to)})
}

// byteMath reads a number, computes, and keeps the result. It is byte_extract, too.
type byteMath struct {
	field
	oper       byte
	value      amount
	multiplier uint64
	align      uint64
	mask       uint64
	result     int8
}

func (m *byteMath) try(x *Exam, rest []link, at place) result {
	n, _, end, ok := m.read(x, at)
	if !ok {
		return fail(m.rel)
	}
	if m.oper == 0 {
		n = masked(n, m.mask) * m.multiplier
		if m.align > 1 {
			n = (n + m.align - 1) / m.align * m.align
		}
	} else if n, ok = m.compute(x, n); !ok {
		return fail(m.rel)
	}
	x.Vars[m.result] = n
	return x.walk(rest, at.to(end))
}

func (m *byteMath) compute(x *Exam, n uint64) (uint64, bool) {
	v := uint64(m.value.n)
	if m.value.v >= 0 {
		v = x.Vars[m.value.v]
	}
	switch m.oper {
	case '+':
		n += v
	case '-':
		n -= v
	case '*':
		n *= v
	case '/':
		if v == 0 {
			return 0, false
		}
		n /= v
	case '<':
		n <<= v
	case '>':
		n >>= v
	}
	return masked(n, m.mask), true
}
