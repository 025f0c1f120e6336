package clamav

import (
	"fmt"
	"strings"
)

// readSub reads the subsignature of an index.
func readSub(s *Sub, index int, text string, subs int) error {
	field := fmt.Sprintf("subsignature %d", index)
	named := func(f *fault) error {
		if f == nil {
			return nil
		}
		f.field = strings.TrimSuffix(field+" "+f.field, " ")
		return f
	}
	switch {
	case strings.HasPrefix(text, "${"):
		return skip("with a macro")
	case strings.HasPrefix(text, "fuzzy_img#"):
		return skip("with a fuzzy hash of an image")
	case strings.Contains(text, "/"):
		return named(s.regexp(text, subs))
	case strings.Contains(text, "#"):
		return named(s.compareBytes(text, subs))
	}
	return named(s.body(text))
}

// body reads [offset:]pattern[::modifiers].
func (s *Sub) body(text string) (f *fault) {
	text, letters, modified := strings.Cut(text, "::")
	var m Modifiers
	for _, c := range letters {
		switch c {
		case 'i':
			m.NoCase = true
		case 'w':
			m.Wide = true
		case 'a':
			m.ASCII = true
		case 'f':
			m.FullWord = true
		default:
			return bad("modifiers", "%q: expected i, w, a or f", c)
		}
	}
	if modified && letters == "" {
		return bad("modifiers", "expected i, w, a or f")
	}
	if place, rest, ok := strings.Cut(text, ":"); ok {
		if s.Offset, f = offset(place); f != nil {
			return f
		}
		text = rest
	}
	p, f := pattern(text)
	p.Modifiers = m
	s.Pattern = &p
	return f
}

// regexp reads [offset:]trigger/expression/flags.
func (s *Sub) regexp(text string, subs int) (f *fault) {
	head, rest, _ := strings.Cut(text, "/")
	end := strings.LastIndexByte(rest, '/')
	if end < 0 {
		return bad("", "regular expression: expected trigger/expression/flags")
	}
	if place, trigger, ok := strings.Cut(head, ":"); ok {
		if s.Offset, f = offset(place); f != nil {
			return f
		}
		head = trigger
	}
	re := &Regexp{Text: strings.Clone(rest[:end]), Flags: strings.Clone(rest[end+1:])}
	if re.Text == "" {
		return bad("", "regular expression is empty")
	}
	for _, c := range re.Flags {
		if !strings.ContainsRune("ismxAEUgre", c) {
			return bad("flags", "%q: expected i s m x A E U g r or e", c)
		}
	}
	if re.Trigger, f = expression("trigger", head, subs); f != nil {
		return f
	}
	s.Regexp = re
	return nil
}
