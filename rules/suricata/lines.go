package suricata

import (
	"strings"
	"unicode/utf8"
)

// maxRule bounds the bytes of one rule with its continuation lines; the longest
// real ones (lists of addresses) have some thousands.
const maxRule = 256 << 10

// line is a rule as one line, and where its parts stand in the file.
type line struct {
	text  string
	parts []part // in order; the first at offset 0
}

// part is what one line of the file adds to a rule.
type part struct {
	offset int  // in line.text, where it begins
	number int  // of the line in the file, from 1
	skip   int  // characters of that line before it
	fixed  bool // all of it stands at that one place
}

// at returns the line of the file and the column there, in characters and from
// 1, of a byte of the text.
func (l *line) at(offset int) (number, column int) {
	p := l.parts[0]
	for _, next := range l.parts[1:] {
		if next.offset > offset {
			break
		}
		p = next
	}
	if p.fixed {
		return p.number, p.skip + 1
	}
	return p.number, p.skip + column1(l.text[p.offset:], offset-p.offset)
}

// column1 returns the column of a byte, from 1, in characters.
func column1(text string, offset int) int {
	return utf8.RuneCountInString(text[:min(offset, len(text))]) + 1
}

// splitter cuts a file into rules.
type splitter struct {
	rest   string
	number int // of the last line taken
}

// next returns the next rule. Comments and empty lines are none, also between
// the lines of one rule.
func (s *splitter) next() (line, bool) {
	var l line
	var texts []string
	length := 0
	for s.rest != "" {
		text := s.take()
		trimmed := strings.TrimLeft(text, " \t")
		if trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';' {
			continue
		}
		p := part{offset: length, number: s.number}
		if texts == nil {
			p.skip = len(text) - len(trimmed)
			text = trimmed
		}
		text, more := strings.CutSuffix(text, `\`)
		if length <= maxRule { // what is longer is refused anyway
			l.parts = append(l.parts, p)
			texts = append(texts, text)
			length += len(text)
		}
		if !more {
			break
		}
	}
	if len(texts) == 1 {
		l.text = texts[0]
	} else {
		l.text = strings.Join(texts, "")
	}
	return l, texts != nil
}

// take returns the next line of the file without white space at its end.
func (s *splitter) take() string {
	s.number++
	text, rest, _ := strings.Cut(s.rest, "\n")
	s.rest = rest
	return strings.TrimRight(text, " \t\r")
}
