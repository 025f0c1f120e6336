package chain

import (
	"encoding/base64"
	"math"

	"vxwall/inspect/regex"
	"vxwall/rules/suricata"
)

// expression is pcre.
type expression struct {
	re       *regex.Regexp
	negated  bool
	relative bool
}

func (e *expression) try(x *Exam, rest []link, at place) result {
	from := 0
	if e.relative {
		if from = at.last; from < 0 || from > len(x.Data) {
			return fail(true)
		}
	}
	data := x.Data[from:]
	for begin := 0; begin <= len(data); {
		if !e.re.Match(data, begin, &x.Machine) {
			break
		}
		if e.negated {
			return fail(e.relative)
		}
		first, end, _ := x.Machine.Group(0)
		if r := x.walk(rest, at.to(from+end)); r != again {
			return r
		}
		if x.steps--; x.steps <= 0 {
			return miss
		}
		begin = first + 1
	}
	if e.negated {
		return x.walk(rest, at)
	}
	return fail(e.relative)
}

// dataAt is isdataat.
type dataAt struct {
	at       amount
	negated  bool
	relative bool
	rel      bool
}

func (d *dataAt) try(x *Exam, rest []link, at place) result {
	n := d.at.of(x)
	end := int(min(x.Base, 1<<40)) + len(x.Data)
	there := n < end
	if d.relative {
		there = at.last+n <= len(x.Data)
	}
	if there == d.negated {
		return fail(d.rel)
	}
	if d.relative && there {
		at.reach = max(at.reach, at.last+n)
	}
	return x.walk(rest, at)
}

// size is bsize: how long the whole is.
type size struct{ number suricata.Number }

func (s *size) try(x *Exam, rest []link, at place) result {
	n := int64(min(x.Base, math.MaxInt64>>1)) + int64(len(x.Data))
	if x.Open && s.number.Op != suricata.Greater && s.number.Op != suricata.GreaterEqual {
		return miss
	}
	if !Holds(&s.number, n) {
		return miss
	}
	at.reach = max(at.reach, len(x.Data))
	return x.walk(rest, at)
}

// base64Decode decodes what follows, and evaluates a chain of its own on it.
type base64Decode struct {
	bytes    int // 0: all
	offset   int
	relative bool
	inner    []link
}

func (b *base64Decode) try(x *Exam, rest []link, at place) result {
	from := b.offset
	if b.relative {
		from += at.last
	}
	if from < 0 || from >= len(x.Data) {
		return fail(b.relative)
	}
	data := x.Data[from:]
	if b.bytes > 0 && b.bytes < len(data) {
		data = data[:b.bytes]
	}
	x.decoded = DecodeBase64(x.decoded[:0], data)
	if len(x.decoded) == 0 {
		return fail(b.relative)
	}
	outer := x.View
	x.View = View{Data: x.decoded}
	r := x.walk(b.inner, place{})
	x.View = outer
	if r != hit {
		return fail(b.relative)
	}
	at.reach = max(at.reach, from+len(data))
	return x.walk(rest, at)
}

// DecodeBase64 appends to dst what the leading characters of src mean that are
// base64 (RFC 4648). White space is left out; anything else ends it.
func DecodeBase64(dst, src []byte) []byte {
	var group [4]byte
	n := 0
	for _, c := range src {
		if c == ' ' || c == '\r' || c == '\n' || c == '\t' {
			continue
		}
		if !isBase64(c) {
			break
		}
		group[n] = c
		if n++; n == 4 {
			dst = appendGroup(dst, group[:])
			n = 0
		}
	}
	if n > 1 {
		dst = appendGroup(dst, group[:n])
	}
	return dst
}

func isBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

func appendGroup(dst, group []byte) []byte {
	var out [3]byte
	n, err := base64.RawStdEncoding.Decode(out[:], group)
	if err != nil && n == 0 {
		return dst
	}
	return append(dst, out[:n]...)
}

// Asker evaluates conditions that need more than the bytes: datasets.
type Asker interface {
	Ask(data []byte) bool
}

// asked is a condition of another package.
type asked struct{ asker Asker }

func (a *asked) try(x *Exam, rest []link, at place) result {
	if x.Open || !a.asker.Ask(x.Data) {
		return miss
	}
	at.reach = max(at.reach, len(x.Data))
	return x.walk(rest, at)
}

// entropy compares how much the bytes vary, in bits per byte.
type entropy struct {
	offset, bytes int
	op            suricata.Compare
	value         float64
}

func (e *entropy) try(x *Exam, rest []link, at place) result {
	data := x.Data[min(e.offset, len(x.Data)):]
	if e.bytes > 0 {
		data = data[:min(e.bytes, len(data))]
	}
	if len(data) == 0 || !compareFloat(Entropy(data), e.op, e.value) {
		return miss
	}
	at.reach = max(at.reach, len(x.Data))
	return x.walk(rest, at)
}

// Entropy is that of Shannon, of the bytes of a text, 0 to 8.
func Entropy(data []byte) (sum float64) {
	var counts [256]int
	for _, b := range data {
		counts[b]++
	}
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(data))
			sum -= p * math.Log2(p)
		}
	}
	return sum
}

func compareFloat(a float64, op suricata.Compare, b float64) bool {
	switch op {
	case suricata.Less:
		return a < b
	case suricata.Greater:
		return a > b
	case suricata.LessEqual:
		return a <= b
	case suricata.GreaterEqual:
		return a >= b
	case suricata.NotEqual:
		return a != b
	}
	return a == b
}
