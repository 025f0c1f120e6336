package doctor

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// plainWord is a word that no shell takes for anything else.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// quote writes a word for a POSIX shell. Interfaces, processes and services get their
// names from others, such as root of a container, and what is printed here root of the
// machine runs.
func quote(word string) string {
	switch {
	case plainWord.MatchString(word):
		return word
	case printable(word) == word:
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	var octal strings.Builder
	for _, c := range []byte(word) {
		fmt.Fprintf(&octal, `\%03o`, c)
	}
	return `"$(printf '` + octal.String() + `')"`
}

// shell is fmt.Sprintf for commands: each text among the arguments is one word.
func shell(format string, args ...any) string {
	for i, arg := range args {
		if word, ok := arg.(string); ok {
			args[i] = quote(word)
		}
	}
	return fmt.Sprintf(format, args...)
}

// printable writes what a terminal would obey, and what is not UTF-8, as escapes.
func printable(text string) string {
	var b strings.Builder
	for i, r := range text {
		if r == unicode.ReplacementChar && !strings.HasPrefix(text[i:], string(r)) {
			fmt.Fprintf(&b, `\x%02x`, text[i])
		} else if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}
