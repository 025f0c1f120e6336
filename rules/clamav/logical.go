package clamav

import (
	"fmt"
	"strings"
)

// parseLogical reads a line of .ldb: "name;description;expression;pattern;…". It reports
// false for signatures of other levels.
func parseLogical(line string) (l Logical, used bool, err error) {
	fields := strings.Split(line, ";")
	if len(fields) < 4 || fields[0] == "" {
		return l, false, fmt.Errorf("expected name, description, expression and patterns, with a semicolon between them")
	}
	if len(fields)-3 > maxSubs {
		return l, false, fmt.Errorf("%d patterns: expected at most %d", len(fields)-3, maxSubs)
	}
	l.Name = fields[0]
	if used, err = l.describe(fields[1]); err != nil || !used {
		return l, used, err
	}
	if l.Expression, err = parseExpression(fields[2], len(fields)-3); err != nil {
		return l, true, err
	}
	for i, text := range fields[3:] {
		sub, err := parseSub(text, l.Target)
		if err != nil {
			return l, true, fmt.Errorf("pattern %d: %w", i, err)
		}
		l.Subs = append(l.Subs, sub)
	}
	return l, true, nil
}

// describe reads "Engine:51-255,Target:1,FileSize:10-20".
func (l *Logical) describe(text string) (used bool, err error) {
	for item := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(item, ":")
		switch key {
		case "Engine":
			r, err := parseRange(value)
			if err != nil {
				return false, fmt.Errorf("bad Engine: %w", err)
			}
			if !r.Holds(level) {
				return false, nil
			}
		case "Target":
			l.Target, err = parseTarget(value)
		case "FileSize":
			l.Sizes, err = parseRange(value)
		case "EntryPoint":
			l.EntryPoint, err = parseRange(value)
		case "NumberOfSections":
			l.Sections, err = parseRange(value)
		case "Container":
			l.Container = value
		default:
			err = fmt.Errorf("%q is not supported", cut(key))
		}
		if err != nil {
			return true, err
		}
	}
	return true, nil
}

// parseSub reads one pattern: "offset:pattern::modifiers".
func parseSub(text string, target Target) (s Sub, err error) {
	text, modifiers, _ := strings.Cut(text, "::")
	switch {
	case strings.Contains(text, "/"):
		return s, fmt.Errorf("regular expressions are not supported")
	case strings.Contains(text, "#"):
		return s, fmt.Errorf("byte comparisons and fuzzy hashes are not supported")
	case strings.Contains(text, "${"):
		return s, fmt.Errorf("macros are not supported")
	}
	if offset, pattern, found := strings.Cut(text, ":"); found {
		if s.Offset, err = parseOffset(offset); err != nil {
			return s, err
		}
		text = pattern
	}
	fold, wide, narrow := target == HTML || target == Text, false, false
	for _, c := range modifiers {
		switch c {
		case 'i':
			fold = true
		case 'w':
			wide = true
		case 'a':
			narrow = true
		case 'f':
			s.FullWord = true
		default:
			return s, fmt.Errorf("modifier %q is not supported", c)
		}
	}
	p, err := parsePattern(text, fold)
	if err != nil {
		return s, err
	}
	if narrow || !wide {
		s.Variants = append(s.Variants, p)
	}
	if wide {
		s.Variants = append(s.Variants, p.wide())
	}
	return s, nil
}

// wide is the pattern in UTF-16, as ClamAV makes it: a zero byte after each.
func (p Pattern) wide() Pattern {
	w := make(Pattern, len(p))
	for i := range p {
		from := &p[i]
		to := Piece{Min: from.Min, Max: from.Max, Fold: from.Fold}
		for n, b := range from.Value {
			to.Value = append(to.Value, b, 0)
			if from.Mask != nil {
				to.Mask = append(to.Mask, from.Mask[n], 0xff)
			}
		}
		for _, c := range from.Choices {
			to.Choices = append(to.Choices, Choice{At: 2 * c.At, Any: wideAll(c.Any), Not: c.Not})
		}
		w[i] = to
	}
	return w
}

func wideAll(list []string) []string {
	w := make([]string, len(list))
	for i, text := range list {
		var b strings.Builder
		for j := range len(text) {
			b.WriteByte(text[j])
			b.WriteByte(0)
		}
		w[i] = b.String()
	}
	return w
}
