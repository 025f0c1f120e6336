package rules

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// span is a range of byte offsets into a source's text.
type span struct{ start, end int32 }

// place is a span of a file; it becomes a Pos only when one is needed.
type place struct {
	src *source
	span
}

func (p place) pos() Pos { return p.src.pos(p.span) }

// label returns the place as messages about another place name it.
func (p place) label() string { return p.pos().label() }

func (p Pos) label() string { return p.File + ":" + itoa(p.Line) }

// source is the text of one file with what it takes to turn offsets into
// lines and columns in constant time, however long a line is.
type source struct {
	name     string
	text     string // without a byte order mark
	order    int    // place in the load order
	tooLarge bool   // the text is left out

	lines []int32 // offset of each line's first byte
	runes []int32 // characters before each block of runeBlock bytes; nil if the text is ASCII

	kept, dropped [2]int // problems by severity, see report
}

const runeBlock = 1024

func newSource(name string, text []byte, order int) *source {
	s := &source{name: name, order: order, tooLarge: len(text) > maxFile}
	if s.tooLarge {
		text = nil
	}
	s.text = strings.TrimPrefix(string(text), "\ufeff")
	s.lines = make([]int32, 1, 1+strings.Count(s.text, "\n"))
	for i := strings.IndexByte(s.text, '\n'); i >= 0; {
		s.lines = append(s.lines, int32(i+1))
		next := strings.IndexByte(s.text[i+1:], '\n')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	if !isASCII(s.text) {
		s.countRunes()
	}
	return s
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// countRunes fills runes. A character belongs to the block it begins in; a
// stray continuation byte of broken UTF-8 counts for nothing, which only
// shifts columns behind the place where such a file is refused.
func (s *source) countRunes() {
	n := int32(0)
	for i := range len(s.text) {
		if i%runeBlock == 0 {
			s.runes = append(s.runes, n)
		}
		if utf8.RuneStart(s.text[i]) {
			n++
		}
	}
	s.runes = append(s.runes, n)
}

// runesBefore returns the number of characters that begin before offset.
func (s *source) runesBefore(offset int32) int {
	if s.runes == nil {
		return int(offset)
	}
	block := min(int(offset)/runeBlock, len(s.runes)-1)
	n := int(s.runes[block])
	for i := block * runeBlock; i < int(offset); i++ {
		if utf8.RuneStart(s.text[i]) {
			n++
		}
	}
	return n
}

// pos returns line, column and width of a span; the width ends with the line.
func (s *source) pos(at span) Pos {
	start := max(0, min(at.start, int32(len(s.text))))
	line := sort.Search(len(s.lines), func(i int) bool { return s.lines[i] > start })
	first, last := s.bounds(line)
	start = min(start, last)
	end := max(start, min(at.end, last))
	before := s.runesBefore(start)
	return Pos{
		File:   s.name,
		Line:   line,
		Column: before - s.runesBefore(first) + 1,
		Width:  max(1, s.runesBefore(end)-before),
	}
}

// bounds returns the offsets of a line (from 1) without its line ending.
func (s *source) bounds(line int) (first, last int32) {
	first, last = s.lines[line-1], int32(len(s.text))
	if line < len(s.lines) {
		last = s.lines[line] - 1
	}
	if last > first && s.text[last-1] == '\r' {
		last--
	}
	return first, last
}

// excerptBytes bounds what a Problem keeps of its line: a file may be one line.
const excerptBytes = 1024

// excerpt returns the line of a place and the number of characters cut off its
// front; only a very long line is cut.
func (s *source) excerpt(at span, line int) (text string, cut int) {
	first, last := s.bounds(line)
	if last-first <= excerptBytes {
		return s.text[first:last], 0
	}
	from := max(first, at.start-excerptBytes/2)
	to := min(last, at.start+excerptBytes/2)
	for from > first && !utf8.RuneStart(s.text[from]) {
		from--
	}
	for to < last && !utf8.RuneStart(s.text[to]) {
		to++
	}
	return s.text[from:to], s.runesBefore(from) - s.runesBefore(first)
}
