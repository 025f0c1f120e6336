package suricata

import (
	"strconv"
	"strings"
)

// languageVersion is the version of Suricata's language that is read, as
// requires compares it.
var languageVersion = [3]int{9, 0, 0}

func readRequires(b *builder, o *option, _ *keyword) error {
	for _, need := range splitArgs(o.value) {
		kind, value, _ := strings.Cut(need, " ")
		value = strings.TrimSpace(value)
		switch kind {
		case "version":
			if !meetsVersion(value) {
				return o.skip("the rule asks for version " + short(value) + ": expected one that 9.0.0 meets")
			}
		case "keyword":
			if k := keywords[value]; k == nil || k.why != "" {
				return o.skip("the rule asks for keyword " + short(value) + ", which is not supported")
			}
		default:
			return o.skip("the rule asks for " + short(need) + ": expected version or keyword")
		}
	}
	return nil
}

// unmetRequires returns why a rule is for others, nil if it is not: what else
// is wrong with it does not count then.
func unmetRequires(text string) error {
	h, f := readHeader(text)
	if f != nil {
		return nil
	}
	for at := h.options; at >= 0; {
		o, next, f := readOption(text, at)
		if f != nil {
			return nil
		}
		if o.keyword == "requires" {
			if err := readRequires(nil, &o, nil); err != nil {
				return err
			}
		}
		at = next
	}
	return nil
}

// skip is the fault of a rule that says itself that it is for others.
func (o *option) skip(reason string) error {
	return &fault{at: o.at, keyword: o.keyword, reason: reason, skipped: true}
}

// meetsVersion evaluates ">= 7.0.3 < 8 | >= 9.0".
func meetsVersion(text string) bool {
	for _, alternative := range strings.Split(text, "|") {
		fields := strings.Fields(alternative)
		ok := len(fields) > 0
		for i := 0; i < len(fields); i += 2 {
			if i+1 == len(fields) {
				return false
			}
			ok = ok && meets(fields[i], fields[i+1])
		}
		if ok {
			return true
		}
	}
	return false
}

func meets(op, version string) bool {
	order := 0
	for i, part := range strings.SplitN(version, ".", 3) {
		n, _ := strconv.Atoi(part)
		if order == 0 {
			order = languageVersion[i] - n
		}
	}
	switch op {
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	}
	return false
}
