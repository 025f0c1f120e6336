package clamav

import (
	"strconv"
	"strings"
)

// compareBytes reads sub(offset#options#comparison[,comparison]).
func (s *Sub) compareBytes(text string, subs int) *fault {
	head, rest, ok := strings.Cut(text, "(")
	body, closed := strings.CutSuffix(rest, ")")
	f := strings.Split(body, "#")
	if !ok || !closed || len(f) != 3 {
		return bad("", "byte comparison: expected sub(offset#options#comparisons)")
	}
	sub, fault := number("", head, 16)
	if fault != nil {
		return fault
	}
	if sub >= uint64(subs) {
		return bad("", "subsignature %d: there are %d", sub, subs)
	}
	b := &ByteCompare{Sub: int(sub)}
	if fault := b.place(f[0]); fault != nil {
		return fault
	}
	if fault := b.options(f[1]); fault != nil {
		return fault
	}
	for one := range strings.SplitSeq(f[2], ",") {
		if len(one) < 2 || strings.IndexByte("=<>", one[0]) < 0 || len(b.Comparisons) == 2 {
			return bad("comparison", "%.40q: expected one or two of =n, <n or >n", f[2])
		}
		n, err := strconv.ParseUint(one[1:], 0, 64)
		if err != nil {
			return bad("comparison", "%.40q is not a number", one[1:])
		}
		b.Comparisons = append(b.Comparisons, Comparison{one[0], n})
	}
	s.Bytes = b
	return nil
}

func (b *ByteCompare) place(text string) *fault {
	sign := int64(1)
	switch rest, ok := strings.CutPrefix(text, "<<"); {
	case ok:
		sign, text = -1, rest
	case strings.HasPrefix(text, ">>"):
		text = text[2:]
	default:
		return bad("offset", "%.40q: expected >>n or <<n", text)
	}
	n, err := strconv.ParseUint(text, 0, 31)
	if err != nil {
		return bad("offset", "%.40q is not a number", text)
	}
	b.Offset = sign * int64(n)
	return nil
}

// options reads base, byte order, exactness and width, such as "il4".
func (b *ByteCompare) options(text string) *fault {
	rest := strings.TrimLeft(text, "hdiableBLE")
	for _, c := range text[:len(text)-len(rest)] {
		switch c {
		case 'h', 'd', 'i', 'a':
			b.Base = byte(c)
		case 'l':
			b.Little = true
		case 'b':
			b.Little = false
		case 'e':
			b.Exact = true
		default:
			return bad("options", "%q: expected h, d, i, a, l, b, e and a width", c)
		}
	}
	n, err := strconv.ParseUint(rest, 0, 8)
	if err != nil || n == 0 || b.Base == 0 || b.Base == 'i' && n != 1 && n != 2 && n != 4 && n != 8 || n > 20 {
		return bad("options", "%.40q: expected a base (h d i a) and a width: 1, 2, 4 or 8 for i, else up to 20", text)
	}
	b.Width = int(n)
	return nil
}
