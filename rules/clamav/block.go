package clamav

import "strings"

// block reads the target description block: name:value, with commas between.
func (b *Block) read(text string) error {
	b.FileSize, b.EntryPoint, b.Sections = Unlimited, Unlimited, Unlimited
	hasTarget := false
	var engine string
	for attribute := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(attribute, ":")
		if !ok {
			return bad("block", "%.40q: expected name:value", attribute)
		}
		switch name {
		case "Engine":
			engine = value
		case "Target":
			hasTarget = true
		}
		if f := b.attribute(name, value); f != nil {
			return f
		}
	}
	if !hasTarget {
		return bad("block", "Target is missing")
	}
	if engine == "" {
		return nil
	}
	lowest, highest, _ := strings.Cut(engine, "-")
	return levels(lowest, highest)
}

func (b *Block) attribute(name, value string) (f *fault) {
	switch name {
	case "Engine":
	case "Target":
		n, f := number("Target", value, 8)
		if f != nil || n >= uint64(Targets) {
			return bad("Target", "%.20q: expected 0 to %d", value, Targets-1)
		}
		b.Target = Target(n)
	case "FileSize":
		b.FileSize, f = numberRange(name, value)
	case "EntryPoint":
		b.EntryPoint, f = numberRange(name, value)
	case "NumberOfSections":
		b.Sections, f = numberRange(name, value)
	case "Container":
		b.Container = strings.Clone(value)
	case "Intermediates":
		b.Intermediates = strings.Split(strings.Clone(value), ">")
	case "IconGroup1", "IconGroup2":
		b.Icon = true
	case "HandlerType":
		b.Handler = strings.Clone(value)
	default:
		return bad("block", "unknown attribute %.40q", name)
	}
	return f
}

// numberRange reads n or n-m.
func numberRange(field, text string) (r Range, f *fault) {
	low, high, isRange := strings.Cut(text, "-")
	if r.Min, f = number(field, low, 64); f != nil {
		return r, f
	}
	if r.Max = r.Min; isRange {
		if r.Max, f = number(field, high, 64); f != nil {
			return r, f
		}
	}
	if r.Max < r.Min {
		return r, bad(field, "%.40q is empty", text)
	}
	return r, nil
}
