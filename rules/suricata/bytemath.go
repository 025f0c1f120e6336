package suricata

import (
	"fmt"
	"strings"
)

var mathOps = map[string]byte{"+": '+', "-": '-', "*": '*', "/": '/', "<<": '<', ">>": '>'}

// readByteMath reads "bytes 4, offset 0, oper +, rvalue 10, result name, ...".
func readByteMath(b *builder, o *option, k *keyword) error {
	m := &ByteMath{Multiplier: 1}
	for _, a := range splitArgs(o.value) {
		if err := b.mathWord(m, a); err != nil {
			return err
		}
	}
	switch {
	case !m.Bytes.Set, !m.Offset.Set, m.Oper == 0, !m.RValue.Set, m.Result == "":
		return fmt.Errorf("incomplete: expected bytes, offset, oper, rvalue and result")
	case m.Oper == '/' && m.RValue.Name == "" && m.RValue.N == 0:
		return fmt.Errorf("division by 0: expected another rvalue")
	}
	if err := b.name(m.Result); err != nil {
		return err
	}
	b.add(o, k).ByteMath = m
	return m.Encoding.check(m.Bytes, false)
}

func (b *builder) mathWord(m *ByteMath, text string) (err error) {
	word, value, _ := strings.Cut(text, " ")
	value = strings.TrimSpace(value)
	ok := true
	switch word {
	case "bytes":
		m.Bytes, err = b.value(value, limits{1, 10})
	case "offset":
		m.Offset, err = b.value(value, limits{-0xffff, 0xffff})
	case "oper":
		m.Oper, ok = mathOps[value]
	case "rvalue":
		m.RValue, err = b.value(value, limits{0, 1<<32 - 1})
	case "result":
		m.Result = value
	case "relative":
		m.Relative = true
	case "dce":
		m.Encoding.DCE = true
	case "endian":
		ok = (value == "big" || value == "little") && m.Encoding.word(value)
	case "string":
		ok = (value == "hex" || value == "dec" || value == "oct") && m.Encoding.word("string") && m.Encoding.word(value)
	case "bitmask":
		ok = bitmask(text, &m.Bitmask)
	default:
		return fmt.Errorf("unknown word %q: expected bytes, offset, oper, rvalue, result, relative, endian, string, dce or bitmask", short(word))
	}
	if !ok {
		return fmt.Errorf("bad %s %q", word, short(value))
	}
	return err
}
