package rules

import (
	"strconv"
	"strings"
)

// skipComment returns the offset of the end of the line.
func skipComment(text string, at int) int {
	if n := strings.IndexByte(text[at:], '\n'); n >= 0 {
		return at + n
	}
	return len(text)
}

// skipPlain returns the end of a number, boolean or date-time, which may hold
// a space.
func skipPlain(text string, at int) int {
	n := strings.IndexAny(text[at:], ",]}#\r\n")
	if n < 0 {
		n = len(text) - at
	}
	return at + len(strings.TrimRight(text[at:at+n], " \t"))
}

// skipString returns the offset behind a string of any of the four forms; one
// that is not closed ends with its line, or with the file.
func skipString(text string, at int) int {
	quote := text[at]
	long := `"""`
	if quote == '\'' {
		long = "'''"
	}
	if strings.HasPrefix(text[at:], long) {
		return skipLong(text, at+3, long)
	}
	for i := at + 1; i < len(text); i++ {
		switch {
		case text[i] == quote:
			return i + 1
		case text[i] == '\n':
			return i
		case text[i] == '\\' && quote == '"':
			i++
		}
	}
	return len(text)
}

// skipLong returns the end of a string in triple quotes: up to two more quotes
// before the closing three belong to the string.
func skipLong(text string, at int, long string) int {
	for i := at; i < len(text); i++ {
		switch {
		case text[i] == '\\' && long[0] == '"':
			i++
		case strings.HasPrefix(text[i:], long):
			i += 3
			for i < len(text) && text[i] == long[0] {
				i++
			}
			return i
		}
	}
	return len(text)
}

// unescape resolves the escapes of a basic string that has been accepted.
func unescape(text string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[text[i]]
		if digits > 0 && i+digits < len(text) {
			code, _ := strconv.ParseUint(text[i+1:i+1+digits], 16, 32)
			b.WriteRune(rune(code))
			i += digits
			continue
		}
		b.WriteByte(plainEscape(text[i]))
	}
	return b.String()
}

func plainEscape(c byte) byte {
	if i := strings.IndexByte("btnfre", c); i >= 0 {
		return "\b\t\n\f\r\x1b"[i]
	}
	return c
}
