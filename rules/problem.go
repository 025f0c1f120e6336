package rules

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Severity says whether a problem stops a load.
type Severity uint8

// An Error stops the load of the whole set: nothing changes. A Warning is
// shown by check, and does not stop a load: a rule that expired at night must
// not keep the firewall from starting.
const (
	Error Severity = iota
	Warning
)

// Problem is one thing that is wrong in a file, and where.
type Problem struct {
	Pos
	Severity Severity
	Message  string // what is wrong, then what would have been accepted
	Source   string // the source line, without its line ending; "" if unknown or empty

	cut int // characters that Source lacks at its front; not 0 only for a very long line
}

// maxSource is the longest source line shown whole, in characters.
const maxSource = 120

// Error returns the one-line form, file:line:column: message.
func (p Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", printable(p.File), p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", printable(p.File), p.Line, p.Column, p.Message)
}

// Detail returns the one-line form followed by the source line and a caret
// below the place.
func (p Problem) Detail() string {
	if p.Line == 0 || p.Source == "" {
		return p.Error() + "\n"
	}
	source, column := window(printable(p.Source), p.Column-p.cut)
	width := max(1, min(p.Width, utf8.RuneCountInString(source)-column+1))
	gutter := fmt.Sprintf("%5d | ", p.Line)
	return fmt.Sprintf("%s\n%s%s\n%s%s%s\n", p.Error(), gutter, source,
		strings.Repeat(" ", len(gutter)-2)+"| ", indent(source, column-1), strings.Repeat("^", width))
}

// printable replaces each character that could steer a terminal or hide text
// by one that cannot, one for one, so that columns stay what they are.
func printable(text string) string {
	clean := func(r rune) rune {
		switch {
		case r == '\t':
			return r
		case r < ' ':
			return '\u2400' + r // the picture of the control character
		case r == 0x7f:
			return '\u2421'
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co):
			return utf8.RuneError
		}
		return r
	}
	return strings.Map(clean, text)
}

// window cuts a long source line to maxSource characters around column and
// returns it with the column's place in it.
func window(source string, column int) (string, int) {
	runes := []rune(source)
	if len(runes) <= maxSource {
		return source, column
	}
	from := max(0, min(column-1-maxSource/2, len(runes)-maxSource))
	return string(runes[from : from+maxSource]), column - from
}

// indent returns n columns of white space that keep the tabs of source, so
// that the caret stands below its character whatever a tab's width.
func indent(source string, n int) string {
	var b strings.Builder
	for _, r := range source {
		if n <= 0 {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
		n--
	}
	b.WriteString(strings.Repeat(" ", max(0, n)))
	return b.String()
}
