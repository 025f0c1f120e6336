package suricata

import (
	"fmt"
	"strings"
)

// other writes the conditions that are neither content nor pcre.
func (p *printer) other(m *Match) {
	value := strings.Join(m.Args, ",")
	switch {
	case m.ByteTest != nil:
		value = byteTestText(m.ByteTest)
	case m.ByteJump != nil:
		value = byteJumpText(m.ByteJump)
	case m.ByteMath != nil && m.Keyword == "byte_math":
		value = byteMathText(m.ByteMath)
	case m.ByteMath != nil:
		value = byteExtractText(m.ByteMath)
	case m.DataAt != nil:
		value = flagged(map[bool]string{true: "!"}[m.DataAt.Negated]+valueText(m.DataAt.At),
			[]string{"relative", "rawbytes"}, []bool{m.DataAt.Relative, m.DataAt.RawBytes})
	case m.Number != nil && len(m.Args) == 1:
		value = numberText(m.Number)
	case m.Flow != nil:
		value = flowText(m.Flow)
	case m.Bits != nil:
		value = bitsText(m)
	case m.Int != nil:
		value = m.Int.Name + "," + m.Int.Op
		if m.Int.Value.Set {
			value += "," + valueText(m.Int.Value)
		}
	case m.Flags != nil:
		value = bitText(m.Flags.Op, m.Flags.Flags, "FSRPAUEC")
		if m.Flags.Ignore != 0 {
			value += "," + bitText(0, m.Flags.Ignore, "FSRPAUEC")
		}
	case m.FragBits != nil:
		value = bitText(m.FragBits.Op, m.FragBits.Bits, "MDR")
	case m.Filter != nil:
		value = filterText(m.Filter)
	}
	switch {
	case m.Number == nil && m.Negated:
		fmt.Fprintf(p, `%s:!"%s"; `, m.Keyword, value)
	case value == "":
		p.WriteString(m.Keyword + "; ")
	default:
		p.option(m.Keyword, value)
	}
}

func flagged(text string, words []string, on []bool) string {
	for i, w := range words {
		if on[i] {
			text += "," + w
		}
	}
	return text
}

func encodingText(text string, e Encoding, mask uint64) string {
	text = flagged(text, []string{"little", "string", "dce"}, []bool{e.Little, e.String, e.DCE})
	if e.Base != 0 {
		text += "," + map[int]string{8: "oct", 10: "dec", 16: "hex"}[e.Base]
	}
	if mask != 0 {
		text += fmt.Sprintf(",bitmask 0x%x", mask)
	}
	return text
}

func byteTestText(t *ByteTest) string {
	not := map[bool]string{true: "!"}[t.Negated]
	text := fmt.Sprintf("%s,%s%s,%s,%s", valueText(t.Bytes), not, wordOf(byteOps, t.Op), valueText(t.Value), valueText(t.Offset))
	return encodingText(flagged(text, []string{"relative"}, []bool{t.Relative}), t.Encoding, t.Bitmask)
}

func byteJumpText(j *ByteJump) string {
	text := fmt.Sprintf("%s,%s,multiplier %d", valueText(j.Bytes), valueText(j.Offset), j.Multiplier)
	text = flagged(text, []string{"relative", "align", "from_beginning", "from_end"}, []bool{j.Relative, j.Align, j.FromBegin, j.FromEnd})
	if j.PostOffset.Set {
		text += ",post_offset " + valueText(j.PostOffset)
	}
	return encodingText(text, j.Encoding, j.Bitmask)
}

func byteExtractText(m *ByteMath) string {
	text := fmt.Sprintf("%s,%s,%s,multiplier %d", valueText(m.Bytes), valueText(m.Offset), m.Result, m.Multiplier)
	if m.Align != 0 {
		text += fmt.Sprintf(",align %d", m.Align)
	}
	return encodingText(flagged(text, []string{"relative"}, []bool{m.Relative}), m.Encoding, m.Bitmask)
}

func byteMathText(m *ByteMath) string {
	text := fmt.Sprintf("bytes %s,offset %s,oper %s,rvalue %s,result %s", valueText(m.Bytes), valueText(m.Offset),
		wordOf(mathOps, m.Oper), valueText(m.RValue), m.Result)
	e := m.Encoding
	text = flagged(text, []string{"relative", "dce", "endian little"}, []bool{m.Relative, e.DCE, e.Little})
	if e.String {
		text += ",string " + map[int]string{8: "oct", 10: "dec", 16: "hex"}[e.Base]
	}
	return encodingText(text, Encoding{}, m.Bitmask)
}

func numberText(n *Number) string {
	switch n.Op {
	case Between:
		return fmt.Sprintf("%d<>%d", n.A-1, n.B+1)
	case NotBetween:
		return fmt.Sprintf("!%d<>%d", n.A-1, n.B+1)
	case AllBits:
		return fmt.Sprintf("&%d=%d", n.A, n.B)
	case NotAllBits:
		return fmt.Sprintf("&%d!=%d", n.A, n.B)
	}
	sign := map[Compare]string{Equal: "=", NotEqual: "!=", Less: "<", Greater: ">", LessEqual: "<=", GreaterEqual: ">=",
		BitAnd: "&", NotBitAnd: "!&"}[n.Op]
	return fmt.Sprintf("%s%d", sign, n.A)
}

func flowText(f *Flow) string {
	words := []string{"to_server", "to_client", "established", "not_established", "stateless",
		"only_stream", "no_stream", "only_frag", "no_frag"}
	text := ""
	for _, w := range words {
		if *f.part(w) {
			text += "," + w
		}
	}
	return text[1:]
}

func bitsText(m *Match) string {
	b := m.Bits
	text := wordOf(bitsOps, b.Op) + "," + strings.Join(b.Names, "|")
	switch m.Keyword {
	case "hostbits":
		return text + "," + b.Track
	case "xbits":
		text += ",track " + b.Track
	}
	if b.Expire != 0 {
		text += fmt.Sprintf(",expire %d", b.Expire)
	}
	return text
}

func bitText(op byte, bits uint8, names string) string {
	text := ""
	if op != 0 {
		text = string(op)
	}
	for i := range len(names) {
		if bits&(1<<i) != 0 {
			text += names[i : i+1]
		}
	}
	if bits == 0 {
		text += "0"
	}
	return text
}

func filterText(t *Threshold) string {
	text := fmt.Sprintf("track %s,count %d", t.Track, t.Count)
	if t.Kind != DetectionFilter {
		text = "type " + wordOf(filterKinds, t.Kind) + "," + text
	}
	if t.Seconds != 0 {
		text += fmt.Sprintf(",seconds %d", t.Seconds)
	}
	if t.Multiplier != 0 {
		text += fmt.Sprintf(",multiplier %d", t.Multiplier)
	}
	if t.Unique != "" {
		text += ",unique_on " + t.Unique
	}
	return text
}
