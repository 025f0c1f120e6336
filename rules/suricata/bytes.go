package suricata

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

var byteKeywords = []keyword{
	{name: "byte_test", buffered: true, read: readByteTest},
	{name: "byte_jump", buffered: true, read: readByteJump},
	{name: "byte_extract", buffered: true, read: readByteExtract},
	{name: "byte_math", buffered: true, read: readByteMath},
	{name: "isdataat", buffered: true, read: readDataAt},
	{name: "base64_decode", args: anyArgs, buffered: true, read: readWords},
}

// word reads one that says how bytes become a number.
func (e *Encoding) word(text string) bool {
	switch text {
	case "big":
		e.Little = false
	case "little":
		e.Little = true
	case "string":
		e.String = true
		if e.Base == 0 {
			e.Base = 10
		}
	case "hex":
		e.Base = 16
	case "dec":
		e.Base = 10
	case "oct":
		e.Base = 8
	case "dce":
		e.DCE = true
	default:
		return false
	}
	return true
}

// check holds that a number of bytes can be read so. No bytes are as many as
// there are digits, or nothing at all where zero says so.
func (e *Encoding) check(n Value, zero bool) error {
	if e.Base != 0 && !e.String {
		return fmt.Errorf("hex, dec or oct without string: expected string before it")
	}
	most := int64(8)
	if e.String {
		most = 23
	}
	if n.Name == "" && (n.N < 0 || n.N > most || n.N == 0 && !e.String && !zero) {
		return fmt.Errorf("bad number of bytes %d: expected 1 to %d", n.N, most)
	}
	return nil
}

var byteOps = map[string]Compare{
	"<": Less, ">": Greater, "=": Equal, "<=": LessEqual, ">=": GreaterEqual, "&": BitAnd, "^": BitOr,
}

func readByteTest(b *builder, o *option, k *keyword) error {
	args := splitArgs(o.value)
	if len(args) < 4 {
		return fmt.Errorf("bad value %q: expected bytes,operator,value,offset", short(o.value))
	}
	t := &ByteTest{}
	op := strings.TrimSpace(strings.TrimPrefix(args[1], "!"))
	t.Negated = op != args[1]
	if op == "" { // "!" alone is "!="
		op = "="
	}
	var ok bool
	if t.Op, ok = byteOps[op]; !ok {
		return fmt.Errorf("bad operator %q: expected one of < > = <= >= & or ^ with or without ! before it", short(args[1]))
	}
	var err error
	if t.Bytes, err = b.value(args[0], limits{0, 23}); err != nil {
		return err
	}
	if t.Value, err = b.value(args[2], limits{0, 1<<32 - 1}); err != nil {
		if t.Value, err = b.value(args[2], limits{0, 1<<63 - 1}); err != nil {
			return err
		}
	}
	if t.Offset, err = b.value(args[3], limits{math.MinInt32, math.MaxInt32}); err != nil {
		return err
	}
	for _, a := range args[4:] {
		if !t.word(a) {
			return fmt.Errorf("unknown word %q: expected relative, big, little, string, hex, dec, oct, dce or bitmask", short(a))
		}
	}
	b.add(o, k).ByteTest = t
	return t.Encoding.check(t.Bytes, false)
}

func (t *ByteTest) word(text string) bool {
	if text == "relative" {
		t.Relative = true
		return true
	}
	return t.Encoding.word(text) || bitmask(text, &t.Bitmask)
}

// bitmask reads "bitmask 0xff00".
func bitmask(text string, to *uint64) bool {
	rest, ok := strings.CutPrefix(text, "bitmask ")
	if !ok {
		return false
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.TrimSpace(rest), "0x"), 16, 32)
	*to = n
	return err == nil && n != 0
}

func readByteJump(b *builder, o *option, k *keyword) error {
	args := splitArgs(o.value)
	if len(args) < 2 {
		return fmt.Errorf("bad value %q: expected bytes,offset", short(o.value))
	}
	j := &ByteJump{Multiplier: 1}
	var err error
	if j.Bytes, err = b.value(args[0], limits{0, 23}); err != nil {
		return err
	}
	if j.Offset, err = b.value(args[1], limits{math.MinInt32, math.MaxInt32}); err != nil {
		return err
	}
	for _, a := range args[2:] {
		if err := b.jumpWord(j, a); err != nil {
			return err
		}
	}
	b.add(o, k).ByteJump = j
	return j.Encoding.check(j.Bytes, true)
}

func (b *builder) jumpWord(j *ByteJump, text string) (err error) {
	word, value, _ := strings.Cut(text, " ")
	value = strings.TrimSpace(value)
	switch word {
	case "relative":
		j.Relative = true
	case "align":
		j.Align = true
	case "from_beginning":
		j.FromBegin = true
	case "from_end":
		j.FromEnd = true
	case "multiplier":
		j.Multiplier, err = integer(value, limits{1, 0xffff})
	case "post_offset":
		j.PostOffset, err = b.value(value, limits{math.MinInt32, math.MaxInt32})
	default:
		if !j.Encoding.word(text) && !bitmask(text, &j.Bitmask) {
			err = fmt.Errorf("unknown word %q: expected relative, multiplier, big, little, string, hex, dec, oct, dce, align, "+
				"from_beginning, from_end, post_offset or bitmask", short(text))
		}
	}
	return err
}

func readByteExtract(b *builder, o *option, k *keyword) error {
	args := splitArgs(o.value)
	if len(args) < 3 {
		return fmt.Errorf("bad value %q: expected bytes,offset,name", short(o.value))
	}
	m := &ByteMath{Multiplier: 1, Result: args[2]}
	var err error
	if m.Bytes, err = b.value(args[0], limits{0, 23}); err != nil {
		return err
	}
	if m.Offset, err = b.value(args[1], limits{math.MinInt32, math.MaxInt32}); err != nil {
		return err
	}
	for _, a := range args[3:] {
		if err := b.extractWord(m, a); err != nil {
			return err
		}
	}
	if err := b.name(m.Result); err != nil {
		return err
	}
	b.add(o, k).ByteMath = m
	return m.Encoding.check(m.Bytes, false)
}

func (b *builder) extractWord(m *ByteMath, text string) (err error) {
	word, value, _ := strings.Cut(text, " ")
	switch word {
	case "relative":
		m.Relative = true
	case "multiplier":
		m.Multiplier, err = integer(strings.TrimSpace(value), limits{1, 0xffff})
	case "align":
		m.Align = map[string]int{"2": 2, "4": 4}[strings.TrimSpace(value)]
		if m.Align == 0 {
			err = fmt.Errorf("bad align %q: expected 2 or 4", short(value))
		}
	default:
		if !m.Encoding.word(text) && !bitmask(text, &m.Bitmask) {
			err = fmt.Errorf("unknown word %q: expected relative, multiplier, big, little, string, hex, dec, oct, dce, align or bitmask", short(text))
		}
	}
	return err
}

// name enters a variable.
func (b *builder) name(name string) error {
	if name == "" || name[0] >= '0' && name[0] <= '9' || name[0] == '-' {
		return fmt.Errorf("bad name %q: expected one that begins with a letter", short(name))
	}
	if !slices.Contains(b.names, name) {
		b.names = append(b.names, name)
	}
	return nil
}

func readDataAt(b *builder, o *option, k *keyword) error {
	args := splitArgs(strings.TrimPrefix(o.value, "!"))
	d := &DataAt{Negated: o.negated || strings.HasPrefix(o.value, "!")}
	for _, a := range args[min(1, len(args)):] {
		switch a {
		case "relative":
			d.Relative = true
		case "rawbytes":
			d.RawBytes = true
		default:
			return fmt.Errorf("unknown word %q: expected relative or rawbytes", short(a))
		}
	}
	if len(args) == 0 {
		return fmt.Errorf("missing number: expected isdataat:10 or isdataat:!10,relative")
	}
	var err error
	if d.At, err = b.value(args[0], limits{0, 0xffff}); err != nil {
		return err
	}
	b.add(o, k).DataAt = d
	return nil
}
