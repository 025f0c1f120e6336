package http

import "bytes"

// lexer finds the lines of a head. Ends of lines are CR LF or LF; in responses
// also LF CR and a lone CR, as browsers have it.
type lexer struct{ response bool }

// found is what a lexer finds.
type found uint8

const (
	partial found = iota // more bytes are needed to tell
	aLine
	theEnd // of the head: an empty line
)

// next finds the line that begins at. The search for its end begins at from. Final says
// that nothing follows b. It returns where the text of the line ends and the next
// line begins.
func (l lexer) next(b []byte, at int, final bool) (end, next int, what found) {
	if n, what := l.empty(b, at, final); what != aLine {
		return at, n, what
	}
	end = l.eol(b, at)
	if end < 0 {
		if final {
			return len(b), len(b), aLine
		}
		return 0, 0, partial
	}
	next, ok := l.ending(b, end, final)
	if !ok {
		return 0, 0, partial
	}
	if l.blank(b[at:end]) && next-end == 1 {
		return l.blankEnd(b, at, next, final)
	}
	return end, next, aLine
}

// empty says whether the head ends at, and where what follows begins. aLine: it
// does not.
func (l lexer) empty(b []byte, at int, final bool) (int, found) {
	switch {
	case at == len(b) && final:
		return at, theEnd
	case at == len(b):
		return 0, partial
	case b[at] == '\n':
		return at + 1, theEnd
	case b[at] != '\r':
		return 0, aLine
	case at+1 == len(b) && !final:
		return 0, partial
	case at+1 < len(b) && b[at+1] == '\n':
		return at + 2, theEnd
	case l.response:
		return at + 1, theEnd
	}
	return 0, aLine
}

// eol returns where the end of a line begins, or -1.
func (l lexer) eol(b []byte, from int) int {
	if l.response {
		return firstEnd(b, from)
	}
	lf := bytes.IndexByte(b[from:], '\n')
	switch {
	case lf < 0:
		return -1
	case lf > 0 && b[from+lf-1] == '\r':
		return from + lf - 1
	}
	return from + lf
}

// firstEnd returns the first CR or LF from a place on, or -1. It looks at short pieces, as one of
// the two may be far away, or nowhere, while the other is in each line.
func firstEnd(b []byte, from int) int {
	const piece = 128
	for ; from < len(b); from += piece {
		part := b[from:min(from+piece, len(b))]
		if lf := bytes.IndexByte(part, '\n'); lf >= 0 {
			part = part[:lf+1]
		}
		if i := bytes.IndexByte(part, '\r'); i >= 0 {
			return from + i
		}
		if n := len(part); part[n-1] == '\n' {
			return from + n - 1
		}
	}
	return -1
}

// ending returns where an end of a line that begins at i is over. False if more
// bytes are needed to tell.
func (l lexer) ending(b []byte, i int, final bool) (int, bool) {
	rest := b[i:]
	if rest[0] == '\n' {
		n, ok := l.afterLF(rest, final)
		return i + n, ok
	}
	switch {
	case len(rest) == 1:
		return i + 1, final
	case rest[1] != '\n':
		return i + 1, true
	case !l.response:
		return i + 2, true
	}
	n, ok := deformed(rest, final)
	return i + n, ok
}

// afterLF tells how long an end of a line is that begins with LF. LF CR is one, unless the CR
// belongs to a CR LF that ends the head.
func (l lexer) afterLF(rest []byte, final bool) (int, bool) {
	switch {
	case len(rest) == 1:
		return 1, final
	case rest[1] != '\r':
		return 1, true
	case len(rest) == 2:
		return 2, final
	case rest[2] != '\r':
		if rest[2] == '\n' || !l.response {
			return 1, true
		}
		return 2, true
	case len(rest) == 3:
		return 2, final
	case rest[3] != '\n':
		if l.response {
			return 2, true
		}
		return 1, true
	}
	// LF CR CR LF: one end if another one follows.
	more, ok := anotherEnd(rest[4:], final)
	if more {
		return 4, ok
	}
	return 2, ok
}

// anotherEnd says whether b begins with LF or CR LF.
func anotherEnd(b []byte, final bool) (yes, known bool) {
	switch {
	case len(b) == 0:
		return false, final
	case b[0] == '\n':
		return true, true
	case b[0] == '\r' && len(b) == 1:
		return false, final
	}
	return b[0] == '\r' && b[1] == '\n', true
}

// deformed tells how long an end of a line is that begins with CR LF. CR LF CR and
// more CR or white space is one long end to browsers.
func deformed(rest []byte, final bool) (int, bool) {
	if len(rest) < 3 {
		return 2, final
	}
	n := 2
	for n < len(rest) && (rest[n] == '\r' || n > 2 && (rest[n] == ' ' || rest[n] == '\t')) {
		n++
	}
	switch {
	case n == len(rest):
		return 2, final
	case n <= 3:
		return 2, true
	case rest[n] == '\n':
		return n + 1, true
	}
	return n, true
}

// folds says whether a line that begins with c goes on with the one before it.
func folds(c byte) bool { return c == ' ' || c == '\t' || c == 0 }

// blank says whether a line only folds.
func (l lexer) blank(line []byte) bool {
	return len(line) > 0 && folds(line[0]) && len(trim(bytes.Trim(line, "\x00"))) == 0
}

// blankEnd is the end of a head by a blank line that a single byte ends. An LF that
// follows belongs to it.
func (l lexer) blankEnd(b []byte, at, next int, final bool) (int, int, found) {
	switch {
	case next == len(b) && !final:
		return 0, 0, partial
	case next < len(b) && b[next] == '\n':
		return at, next + 1, theEnd
	}
	return at, next, theEnd
}
