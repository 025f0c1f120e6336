package rules

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

const (
	maxFile  = 64 << 20 // bytes of one file
	maxDepth = 64       // of brackets, and parts of a dotted key
)

// parse returns the values of a file and their places. If it is not TOML it
// reports the one place where the reader gave up.
func parse(src *source, r *report) (map[string]any, *index) {
	if src.tooLarge {
		r.file(src, fmt.Sprintf("file is too large: expected at most %d MiB", maxFile>>20))
		return nil, nil
	}
	at, message := checkText(src.text)
	if message == "" {
		at, message = checkNesting(src.text)
	}
	if message != "" {
		r.errorf(place{src, at}, "%s", message)
		return nil, nil
	}
	values, err := decodeTOML(src.text)
	if err != nil {
		at, message := explainSyntax(src.text, err)
		r.errorf(place{src, at}, "%s", message)
		return nil, nil
	}
	return values, scan(src.text)
}

// decodeTOML turns a panic of the library, which it raises for what it holds
// to be impossible, into an error: no text may stop the firewall.
func decodeTOML(text string) (values map[string]any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read TOML: %v", p)
		}
	}()
	_, err = toml.Decode(text, &values)
	return values, err
}

// checkText finds the first byte that no TOML file may hold.
func checkText(text string) (span, string) {
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		return span{0, 1}, "file is UTF-16: expected UTF-8"
	}
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 {
				return span{int32(i), int32(i + 1)}, fmt.Sprintf("invalid byte 0x%02x: expected UTF-8", c)
			}
			i += size
			continue
		}
		crlf := c == '\r' && i+1 < len(text) && text[i+1] == '\n'
		if c == 0x7f || c < ' ' && c != '\t' && c != '\n' && !crlf {
			return span{int32(i), int32(i + 1)}, fmt.Sprintf("control character 0x%02x: not allowed in TOML", c)
		}
		i++
	}
	return span{}, ""
}

// checkNesting refuses text that would send the library into deep recursion or
// quadratic work. It knows no more of TOML than strings and comments, which
// suffices up to the first error of syntax, and the library goes no further.
func checkNesting(text string) (span, string) {
	depth, dots := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '#':
			i = skipComment(text, i) - 1
		case '"', '\'':
			i = skipString(text, i) - 1
		case '[', '{':
			depth, dots = depth+1, 0
		case ']', '}':
			depth, dots = max(0, depth-1), 0
		case '.':
			dots++
		case '=', ',', '\n':
			dots = 0
		}
		at := span{int32(i), int32(i + 1)}
		if depth > maxDepth {
			return at, fmt.Sprintf("brackets nested deeper than %d", maxDepth)
		}
		if dots >= maxDepth {
			return at, fmt.Sprintf("key with more than %d parts", maxDepth)
		}
	}
	return span{}, ""
}

// explainSyntax returns where and why the library refused the text.
func explainSyntax(text string, err error) (span, string) {
	var failure toml.ParseError
	if !errors.As(err, &failure) {
		return span{0, 1}, err.Error()
	}
	start := max(0, min(failure.Position.Start, len(text)))
	end := max(start, min(start+failure.Position.Len, len(text)))
	for start < end && (text[start] == ' ' || text[start] == '\t') {
		start++
	}
	message := rephrase(failure.Message)
	switch {
	// The library's place runs from the begin of the token to what it stumbled
	// over; only the latter is of interest.
	case strings.Contains(failure.Message, "but got") && end > start:
		_, size := utf8.DecodeLastRuneInString(text[start:end])
		start = end - size
	case strings.HasPrefix(failure.Message, "invalid escape in string"):
		start = max(start, strings.LastIndexByte(text[:end], '\\'))
	}
	return span{int32(start), int32(end)}, message
}

// phrases turn the library's commonest messages into ours. %s stands for what
// the library put between prefix and suffix.
var phrases = []struct{ prefix, suffix, ours string }{
	{"Key '", "' has already been defined.", "%s is defined twice in this file: expected it once"},
	{"Key '", "' was already created and cannot be used as an array.", "%s is not a list of tables: expected all of them written [[%[1]s]]"},
	{"Key '", "' was already created as a hash.", "%s is not a table: a key below it cannot be defined"},
	{"strings cannot contain newlines", "", "string is not closed on its line: expected a closing quote"},
	{`unexpected EOF; expected '"'`, "", "string is not closed: expected a closing quote"},
	{"unexpected EOF; expected \"'\"", "", "string is not closed: expected a closing quote"},
	{`unexpected EOF; expected '"""'`, "", `string is not closed: expected """`},
	{"unexpected EOF; expected \"'''\"", "", "string is not closed: expected '''"},
	{"expected a top-level item to end with a newline, comment, or EOF, but got ", " instead", "unexpected %s: expected the end of the line"},
	{"expected '.' or '=', but got ", " instead", "unexpected %s in or after a key: expected ="},
	{"expected '.' or ']' to end table name, but got ", " instead", "unexpected %s in the name of a table: expected ]"},
	{"expected end of table array name delimiter ']', but got ", " instead", "unexpected %s: expected ]]"},
	{"expected a comma (',') or array terminator (']'), but got ", "", "unexpected %s in a list: expected , or ]"},
	{"expected a comma or an inline table terminator '}', but got ", " instead", "unexpected %s in a table: expected , or }"},
	{"expected value but found \"", "\" instead", `unexpected text %s: expected a value; text stands in quotes: "%[1]s"`},
	{"expected value but found ", " instead", "unexpected %s: expected a value"},
	{"unexpected EOF; expected ", "", "unexpected end of file: expected %s"},
	{"invalid escape in string '", "'", `bad escape %s in a string: expected \n, \t, \", \\, \uXXXX or single quotes around the string`},
}

func rephrase(message string) string {
	for _, p := range phrases {
		rest, ok := strings.CutPrefix(message, p.prefix)
		if !ok {
			continue
		}
		if rest, ok = strings.CutSuffix(rest, p.suffix); !ok {
			continue
		}
		if !strings.Contains(p.ours, "%") {
			return p.ours
		}
		return fmt.Sprintf(p.ours, strings.Replace(rest, `'\n'`, "end of line", 1))
	}
	if message == "" {
		return "file is not TOML"
	}
	return strings.ToLower(message[:1]) + strings.TrimSuffix(message[1:], ".")
}
