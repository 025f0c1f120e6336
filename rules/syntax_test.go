package rules

import (
	"strings"
	"testing"
)

func TestSyntaxMessages(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a", "1:1: unexpected end of file: expected"},
		{"a =", "1:3: unexpected end of file: expected value"},
		{"a = [1", "1:6: unexpected end of file in a list: expected , or ]"},
		{"a = {b = 1", "1:10: unexpected end of file in a table: expected , or }"},
		{"a = 'x", "1:6: string is not closed: expected a closing quote"},
		{"a = \"x", "1:6: string is not closed: expected a closing quote"},
		{"a = '''x", "1:8: string is not closed: expected '''"},
		{"a = \"\"\"x", "1:8: string is not closed: expected \"\"\""},
		{"a = 'x\n", "1:7: string is not closed on its line: expected a closing quote"},
		{"a = 1 b = 2", "1:7: unexpected 'b': expected the end of the line"},
		{"[a] b = 2", "1:5: unexpected 'b': expected the end of the line"},
		{"[a b]", "1:4: unexpected 'b' in the name of a table: expected ]"},
		{"é = 1", "1:1: unexpected 'é' in or after a key: expected ="},
		{"a = ;", "1:5: unexpected ';': expected a value"},
		{"a = yes", `1:5: unexpected text yes: expected a value; text stands in quotes: "yes"`},
		{"a = {b 1}", "1:8: unexpected '1' in or after a key: expected ="},
		{"a = 2027-13-01", "1:5: invalid datetime: \"2027-13-01\""},
		{"a = 1__0", "1:5: invalid integer \"1__0\": underscores must be surrounded by digits"},
		{"a = 99999999999999999999", "1:5: 99999999999999999999 is out of range for int64"},
		{"a = 1\na = 2", "2:1: a is defined twice in this file: expected it once"},
		{"[a]\n[[a]]", "2:3: a is not a list of tables: expected all of them written [[a]]"},
		{"a = 1\n[a.b]", "2:2: a is not a table: a key below it cannot be defined"},
		{"# \x00", "1:3: control character 0x00: not allowed in TOML"},
		{"a = 1\rb = 2", "1:6: control character 0x0d: not allowed in TOML"},
		{"a = '\xc3'", "1:6: invalid byte 0xc3: expected UTF-8"},
		{"\xfe\xff\x00a", "1:1: file is UTF-16: expected UTF-8"},
		{"\ufeffa = ;", "1:5: unexpected ';': expected a value"},
	} {
		t.Run(c.text, func(t *testing.T) {
			_, problems := Parse(Options{}, Source{"p.toml", []byte(c.text)})
			if len(problems) != 1 {
				t.Fatalf("got %v", problems)
			}
			if got := strings.TrimPrefix(problems[0].Error(), "p.toml:"); !strings.HasPrefix(got, c.want) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestSkipString(t *testing.T) {
	for text, want := range map[string]string{
		`"" x`:          `""`,
		`"a\"b" x`:      `"a\"b"`,
		`"a\\" x`:       `"a\\"`,
		`'a\' x`:        `'a\'`,
		`'' x`:          `''`,
		`"""a"b""" x`:   `"""a"b"""`,
		`"""a""""" x`:   `"""a"""""`,
		`"""a\"""" x`:   `"""a\""""`,
		`'''a'\''' x`:   `'''a'\'''`,
		"\"a\nb":        `"a`,
		"\"\"\"a\nb":    "\"\"\"a\nb",
		"'a":            "'a",
		`"a\`:           `"a\`,
		"'''a\n'' ''' ": "'''a\n'' '''",
	} {
		if got := text[:min(len(text), skipString(text, 0))]; got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestUnescape(t *testing.T) {
	for text, want := range map[string]string{
		`plain`:                "plain",
		`\b\t\n\f\r\e\"\\`:     "\b\t\n\f\r\x1b\"\\",
		`\u00e9\U0001F600\x41`: "é😀A",
		`a\`:                   `a\`,
		`\u00`:                 "u00",
	} {
		if got := unescape(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// TestScanNeverStops gives the scanner what no TOML library accepts: it is to
// come to an end all the same.
func TestScanNeverStops(t *testing.T) {
	for _, text := range []string{
		"=", "]", "}", "[", "[[", "[]", "[[]]", "a", "a.", ".a", "a = ", "a = [", "a = {", "a = [}", "a = {]",
		"a = {=", "a = [,,", "a = [[,]", "\"", "'", "a = '''", "a = {b = [", "[a = 1]", "[a\nb]", "[a].b = 1", "\x00", "a = 1 2",
	} {
		scan(text)
		scan(text + "\n[t]\nb = 1\n")
	}
}

func TestTypeNames(t *testing.T) {
	for text, want := range map[string]string{
		"1": "an integer", "1.5": "a number with a fraction", "true": "a boolean", "'x'": "a string",
		"[]": "a list", "{}": "a table", "2027-01-01": "a date", "07:30:00": "a time",
		"2027-01-01T00:00:00": "a date-time without offset", "2027-01-01T00:00:00Z": "a date-time",
		"2027-01-01T00:00:00+02:00": "a date-time",
	} {
		values, err := decodeTOML("x = " + text)
		if err != nil {
			t.Fatal(err)
		}
		if got := typeName(values["x"]); got != want {
			t.Errorf("%s: got %s", text, got)
		}
	}
}
