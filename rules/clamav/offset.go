package clamav

import (
	"strconv"
	"strings"
)

// offset reads where a pattern may begin.
func offset(text string) (o Offset, f *fault) {
	base, shift, shifted := strings.Cut(text, ",")
	if shifted {
		if o.Shift, f = number("offset", shift, 32); f != nil {
			return o, f
		}
	}
	switch {
	case base == "*":
		o.Base = Anywhere
	case base == "VI":
		o.Base = VersionInfo
	case strings.HasPrefix(base, "EOF-"):
		o.Base = End
		o.Delta, f = delta(base[4:])
	case strings.HasPrefix(base, "EP+") || strings.HasPrefix(base, "EP-"):
		o.Base = EntryPoint
		o.Delta, f = delta(base[3:])
		if base[2] == '-' {
			o.Delta = -o.Delta
		}
	case strings.HasPrefix(base, "SL+"):
		o.Base = LastSection
		o.Delta, f = delta(base[3:])
	case strings.HasPrefix(base, "SE"):
		return o, o.section(InSection, base[2:], "0")
	case strings.HasPrefix(base, "S"):
		index, d, _ := strings.Cut(base[1:], "+")
		return o, o.section(Section, index, d)
	default:
		o.Base = Start
		o.Delta, f = delta(base)
	}
	return o, f
}

func delta(text string) (int64, *fault) {
	n, f := number("offset", text, 32)
	return int64(n), f
}

func (o *Offset) section(base Base, index, d string) (f *fault) {
	o.Base = base
	n, err := strconv.ParseUint(index, 10, 16)
	if err != nil {
		return bad("offset", "%.40q: expected *, n, EOF-n, EP+n, EP-n, Sx+n, SL+n, SEx or VI", index)
	}
	o.Section = uint32(n)
	o.Delta, f = delta(d)
	return f
}
