package regex

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func find(t *testing.T, pattern string, f Flags, text string) []string {
	t.Helper()
	r, err := Compile(pattern, f)
	if err != nil {
		t.Errorf("%s: %v", pattern, err)
		return nil
	}
	var m Machine
	if !r.Match([]byte(text), 0, &m) {
		return nil
	}
	out := []string{}
	for g := range r.Groups() + 1 {
		begin, end, ok := m.Group(g)
		if !ok {
			out = append(out, "-")
			continue
		}
		out = append(out, text[begin:end])
	}
	return out
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern string
		flags   Flags
		text    string
		want    string // groups joined by "|", "none" for no match
	}{
		{`abc`, Flags{}, "xxabcxx", "abc"},
		{`ABC`, Flags{NoCase: true}, "xxabcxx", "abc"},
		{`a.c`, Flags{}, "a\nc abc", "abc"},
		{`a.c`, Flags{DotAll: true}, "a\nc abc", "a\nc"},
		{`^b`, Flags{}, "a\nb", "none"},
		{`^b`, Flags{Multi: true}, "a\nb", "b"},
		{`a$`, Flags{}, "a\n", "a"},
		{`a$`, Flags{DollarEnd: true}, "a\n", "none"},
		{`a$`, Flags{Multi: true}, "a\nb", "a"},
		{`a b # comment`, Flags{Extended: true}, "ab", "ab"},
		{`a.*b`, Flags{Ungreedy: true}, "aabab", "aab"},
		{`a.*?b`, Flags{Ungreedy: true}, "aabab", "aabab"},
		{`b`, Flags{Anchored: true}, "ab", "none"},
		{`(a)|(b)`, Flags{}, "b", "b|-|b"},
		{`(\w+)=\1`, Flags{}, "x=y ab=ab", "ab=ab|ab"},
		{`(?P<n>\w)(?P=n)\k<n>`, Flags{}, "abbb", "bbb|b"},
		{`(a)\g{-1}\g1`, Flags{}, "aaa", "aaa|a"},
		{`(A)\1`, Flags{NoCase: true}, "aA", "aA|a"},
		{`a(?=b)`, Flags{}, "ac ab", "a"},
		{`a(?!b)`, Flags{}, "ab ac", "a"},
		{`(?<=x)a`, Flags{}, "a xa", "a"},
		{`(?<!x|yy)a`, Flags{}, "xa yya za", "a"},
		{`(?<=ab|c)d`, Flags{}, "d cd", "d"},
		{`(?>a+)ab`, Flags{}, "aaab", "none"},
		{`a++ab`, Flags{}, "aaab", "none"},
		{`a+ab`, Flags{}, "aaab", "aaab"},
		{`(?i)a(?-i)B`, Flags{}, "aB", "aB"},
		{`(?i:a)b`, Flags{}, "AB Ab", "Ab"},
		{`x{2,3}`, Flags{}, "x xxxx", "xxx"},
		{`x{2,3}?`, Flags{}, "xxxx", "xx"},
		{`(xy){2}`, Flags{}, "xyxyxy", "xyxy|xy"},
		{`a{,3}`, Flags{}, "a{,3}", "a{,3}"},
		{`\x41\x{42}\103\.`, Flags{}, "ABC.", "ABC."},
		{`\xff[\xf0-\xff]`, Flags{}, "\xff\xfe", "\xff\xfe"},
		{`^.{2}$`, Flags{}, "\xc3\xa9", "\xc3\xa9"},
		{`[^a]{2}`, Flags{}, "\xc3\xa9", "\xc3\xa9"},
		{`[]a]+`, Flags{}, "a]b", "a]"},
		{`[a\-z]+`, Flags{}, "-z", "-z"},
		{`[\d-x]+`, Flags{}, "1-x", "1-x"},
		{`[[:alpha:]_]+`, Flags{}, "1ab_", "ab_"},
		{`[^\d\s]+`, Flags{}, "1 ab", "ab"},
		{`\Qa.b\E.`, Flags{}, "a.bc", "a.bc"},
		{`\bfoo\b`, Flags{}, "afoo foo", "foo"},
		{`a\Rb`, Flags{}, "a\r\nb", "a\r\nb"},
		{`(a*)*b`, Flags{}, "aab", "aab|aa"},
		{`(?:a|ab)(?:c|bcd)(d*)`, Flags{}, "abcd", "abcd|"},
		{`(?#no)a`, Flags{}, "a", "a"},
		{`((?=a)|b)a`, Flags{}, "a", "a|"},
		{`(?!(a))b`, Flags{}, "b", "b|-"},
		{``, Flags{}, "a", ""},
	} {
		got := find(t, test.pattern, test.flags, test.text)
		joined := strings.Join(got, "|")
		if got == nil {
			joined = "none"
		}
		if joined != test.want {
			t.Errorf("%s in %q: %q, want %q", test.pattern, test.text, joined, test.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, pattern := range []string{
		`(`, `)`, `a)`, `[a`, `*a`, `a{3,2}`, `a{99999}`, `\1`, `(?P=x)`, `(?(1)a)`, `(*ACCEPT)`, `[z-a]`, `[[:no:]]`, `\q`, `\`, `(?<=a+)b`, `(?<n`,
		`((((a{1000}){1000}){1000}){1000})`, `\x{100}`, strings.Repeat("(", 200), `(?|a)`, `\K`, `(?z)`,
	} {
		if r, err := Compile(pattern, Flags{}); err == nil {
			t.Errorf("%s: %d instructions", pattern, len(r.insts))
		}
	}
}

// pattern draws an expression of which Go's own package is a judge.
func pattern(t *rapid.T, depth int) string {
	if depth == 0 {
		return rapid.SampledFrom([]string{"a", "b", "[ab]", "[^a]", ".", "c", `\w`, `\b`, "^", "$"}).Draw(t, "atom")
	}
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return pattern(t, depth-1) + pattern(t, depth-1)
	case 1:
		return "(?:" + pattern(t, depth-1) + "|" + pattern(t, depth-1) + ")"
	case 2:
		op := rapid.SampledFrom([]string{"*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,2}?"}).Draw(t, "op")
		return "(?:a" + pattern(t, depth-1) + ")" + op
	case 3:
		return "(" + pattern(t, depth-1) + ")"
	}
	return pattern(t, depth-1)
}

func TestAgainstRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("abc\n ")), 0, 20, -1).Draw(t, "text")
		p := pattern(t, rapid.IntRange(0, 5).Draw(t, "depth"))
		r, err := Compile(p, Flags{DollarEnd: true})
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		want := regexp.MustCompile(p).FindStringIndex(text)
		for _, memo := range []bool{false, true} {
			var m Machine
			got := r.Match([]byte(text), 0, &m)
			if memo {
				got = matchRemembering(r, text, &m)
			}
			begin, end := -1, -1
			if got {
				begin, end, _ = m.Group(0)
			}
			if got != (want != nil) || got && (begin != want[0] || end != want[1]) {
				t.Fatalf("%s in %q, remembering %v: %d to %d, want %v", p, text, memo, begin, end, want)
			}
		}
	})
}

// matchRemembering is Match as it goes on after many steps.
func matchRemembering(r *Regexp, text string, m *Machine) bool {
	m.r, m.text, m.stack, m.steps = r, []byte(text), nil, 1<<20
	m.caps = make([]int32, r.slots)
	return m.remember() && m.search(0)
}

// Expressions that take others for ever end.
func TestHostile(t *testing.T) {
	for _, p := range []string{`(a+)+$`, `(a|a)*b`, `(a*)*b`, `(?:a?){30}a{30}b`, `(\w+\s?)+\d\1`, `(?=(a+)+b)c|(a|aa)+$`} {
		r, err := Compile(p, Flags{})
		if err != nil {
			t.Fatal(err)
		}
		var m Machine
		begin := time.Now()
		r.Match([]byte(strings.Repeat("a", 3000)+"!"), 0, &m)
		if d := time.Since(begin); d > 2*time.Second {
			t.Errorf("%s took %v", p, d)
		}
	}
}

func TestFrom(t *testing.T) {
	r, err := Compile(`a`, Flags{})
	if err != nil {
		t.Fatal(err)
	}
	var m Machine
	if !r.Match([]byte("aba"), 1, &m) {
		t.Fatal("no match")
	}
	if begin, _, _ := m.Group(0); begin != 2 {
		t.Errorf("at %d", begin)
	}
}

func TestNothingAllocates(t *testing.T) {
	r, err := Compile(`(?i)id=(\d+)[^&]*&x=(a|b)+$`, Flags{})
	if err != nil {
		t.Fatal(err)
	}
	var m Machine
	text := []byte("GET /?id=12345&y=1&ID=4&x=abababab")
	r.Match(text, 0, &m)
	if n := testing.AllocsPerRun(100, func() { r.Match(text, 0, &m) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzRegex(f *testing.F) {
	f.Add(`(a|b)*?c{2,3}[^\d]`, "abcc1", uint8(0))
	f.Add(`(?<=a)(?!b)(\w)\1`, "accb", uint8(7))
	f.Fuzz(func(t *testing.T, pattern, text string, flags uint8) {
		if len(pattern) > 200 || len(text) > 2000 {
			return
		}
		r, err := Compile(pattern, Flags{NoCase: flags&1 != 0, DotAll: flags&2 != 0, Multi: flags&4 != 0, Extended: flags&8 != 0})
		if (err == nil) != (r != nil) {
			t.Fatal("error and result")
		}
		if err != nil {
			return
		}
		var m Machine
		if !r.Match([]byte(text), 0, &m) {
			return
		}
		for g := range r.Groups() + 1 {
			if begin, end, ok := m.Group(g); ok && (begin < 0 || end > len(text)) {
				t.Fatalf("group %d: %d to %d", g, begin, end)
			}
		}
	})
}
