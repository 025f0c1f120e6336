package http

import "bytes"

// span is a piece of a buffer that may move.
type span struct{ from, to int32 }

func at(from, to int) span { return span{int32(from), int32(to)} }

// of returns the piece of b.
func (s span) of(b []byte) []byte { return b[s.from:s.to] }

func (s span) empty() bool { return s.from == s.to }

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// isSpace is white space as servers see it.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// trim takes white space off both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// equalFold compares in any case of ASCII letters.
func equalFold(b []byte, text string) bool {
	if len(b) != len(text) {
		return false
	}
	for i, c := range b {
		if lower(c) != lower(text[i]) {
			return false
		}
	}
	return true
}

// isName is equalFold for a lower-case text, but NUL bytes in b do not count: browsers
// leave them out.
func isName(b []byte, text string) bool {
	i := 0
	for _, c := range b {
		if c == 0 {
			continue
		}
		if i == len(text) || lower(c) != text[i] {
			return false
		}
		i++
	}
	return i == len(text)
}

// contains looks for a lower-case text as isName compares.
func contains(b []byte, text string) bool {
	for i := range b {
		if lower(b[i]) == text[0] && startsWith(b[i:], text) {
			return true
		}
	}
	return false
}

// startsWith says whether b begins with a lower-case text, as isName compares.
func startsWith(b []byte, text string) bool {
	i := 0
	for _, c := range b {
		if c == 0 {
			continue
		}
		if lower(c) != text[i] {
			return false
		}
		if i++; i == len(text) {
			return true
		}
	}
	return false
}

// isToken says whether all bytes may be in the name of a header (RFC 9110, 5.6.2,
// less strictly).
func isToken(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 127 || bytes.IndexByte([]byte(`()<>@,;:\"/[]?={}`), c) >= 0 {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// hex is the value of a hexadecimal digit, or -1.
func hex(c byte) int {
	switch c = lower(c); {
	case isDigit(c):
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// number reads the first decimal number in b, as browsers read a length: what stands
// around it does not matter. False if there is none, or it is too large.
func number(b []byte) (uint64, bool) {
	i := bytes.IndexFunc(b, func(r rune) bool { return r >= '0' && r <= '9' })
	if i < 0 {
		return 0, false
	}
	n := uint64(0)
	for ; i < len(b) && isDigit(b[i]); i++ {
		if n > (1<<62)/10 {
			return 0, false
		}
		n = n*10 + uint64(b[i]-'0')
	}
	return n, true
}

// hasHTTP says whether a line is enough of a status line for a browser.
func hasHTTP(line []byte) bool {
	for len(line) > 0 && (isSpace(line[0]) || line[0] == 0) {
		line = line[1:]
	}
	return len(line) >= 4 && equalFold(line[:4], "http")
}
