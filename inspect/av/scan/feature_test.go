package scan

import (
	"fmt"
	"strings"
	"testing"

	"vxwall/rules/clamav"
)

func wide(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteByte(text[i])
		b.WriteByte(0)
	}
	return b.String()
}

// TestPatterns holds what patterns mean beyond bytes and gaps.
func TestPatterns(t *testing.T) {
	far := strings.Repeat("-", 9_000)
	for name, test := range map[string]struct {
		line, file string
		found      bool
	}{
		"alternatives of two lengths": {"0;" + x("evil") + "(61|626262)" + x("code"), "evilbbbcode", true},
		"half a byte of one":          {"0;" + x("evil") + "(6?|30)" + x("code"), "evilzcode", false},
		"a word's beginning":          {"0;(W)" + x("evil"), "an evil", true},
		"amid a word":                 {"0;(W)" + x("evil"), "devil", false},
		"a file's end":                {"0;" + x("evil") + "(W)", far + "evil", true},
		"a word's end":                {"0;" + x("evil") + "(W)", "evils", false},
		"not a word's end":            {"0;" + x("evil") + "!(W)", "evils", true},
		"a line's end":                {"0;" + x("evil") + "(L)", "evil\r\n", true},
		"not a line's end":            {"0;" + x("evil") + "(L)", "evil ", false},
		"a full word":                 {"0;" + x("evil") + "::f", "an evil one", true},
		"no full word":                {"0;" + x("evil") + "::f", "evil1", false},
		"wide":                        {"0;" + x("evil") + "::w", wide("an evil"), true},
		"wide, not as it is":          {"0;" + x("evil") + "::w", "an evil", false},
		"wide or not":                 {"0;" + x("evil") + "::wa", "an evil", true},
		"wide, either case":           {"0;" + x("evil") + "::wi", wide("an EviL"), true},
		"wide, full word":             {"0;" + x("evil") + "::wf", wide("evils"), false},
		"four bytes only":             {"0;7a3f7a3f", far + "z?z?" + far, true},
		"bytes that must follow":      {"0;" + x("evil") + "{3}", "evil12", false},
		"and they do":                 {"0;" + x("evil") + "{3}", "evil123", true},
		"how many":                    {"0>2;" + x("evil"), "evil evil evil", true},
		"too few":                     {"0>2;" + x("evil"), "evil evil", false},
		"exactly":                     {"0=2;" + x("evil"), "evil evil" + far, true},
		"more than exactly":           {"0=2;" + x("evil"), "evil evil" + far + "evil", false},
		"different ones":              {"(0|1)>1,2;" + x("evil") + ";" + x("code"), "evil" + far + "code", true},
		"of one kind only":            {"(0|1)>1,2;" + x("evil") + ";" + x("code"), "evil evil", false},
		"without another":             {"0&1=0;" + x("evil") + ";" + x("code"), "evil", true},
		"with it":                     {"0&1=0;" + x("evil") + ";" + x("code"), "evil" + far + "code", false},
		"expression":                  {"1;" + x("evil") + ";0/c[o0]de\\d+/", "evil c0de77", true},
		"expression without trigger":  {"1;" + x("evil") + ";0/c[o0]de\\d+/", "c0de77", false},
		"expression, either case":     {"0&1;" + x("evil") + ";0/code/i", "evil CODE", true},
		"number":                      {"1;" + x("evil") + ";0(>>4#il2#=0x3231)", "evil12", true},
		"number, big end first":       {"1;" + x("evil") + ";0(>>4#ib2#=0x3132)", "evil12", true},
		"number in digits":            {"1;" + x("evil") + ";0(>>4#de2#>11,<13)", "evil12", true},
		"other number":                {"1;" + x("evil") + ";0(>>4#de2#=13)", "evil12", false},
		"number before":               {"1;" + x("evil") + ";0(<<2#de2#=12)", "12evil", true},
	} {
		s := database(t, map[string]string{"ldb": "X;Target:0;" + test.line}).NewScanner()
		for _, piece := range []int{1, 13, 1400, 1 << 20} {
			for _, around := range []string{"", far} {
				file := test.file + around
				if around != "" && strings.Contains(name, "file's end") || strings.Contains(name, "must follow") {
					continue
				}
				if got := judge(s, []byte(file), piece); (got == "X") != test.found {
					t.Errorf("%s: found %q in pieces of %d of %d", name, got, piece, len(file))
				}
			}
		}
	}
}

// TestBlock holds what a signature says of the file as a whole.
func TestBlock(t *testing.T) {
	d := database(t, map[string]string{"ldb": "A;Target:0,Container:CL_TYPE_ZIP;0;" + x("evil") + "\nB;Target:0,FileSize:10-12;0;" + x("code")})
	s := d.NewScanner()
	if got := judge(s, []byte("evil"), 4); got != "" {
		t.Errorf("found %q outside of a container", got)
	}
	s.Reset()
	s.Inside([]string{"CL_TYPE_MAIL", "CL_TYPE_ZIP"})
	if s.Write([]byte("evil")); !s.Finish() {
		t.Error("not found in a container")
	}
	for n := range 20 {
		file := append([]byte("code"), make([]byte, n)...)
		if got := judge(s, file, 3); (got == "B") != (len(file) >= 10 && len(file) <= 12) {
			t.Errorf("found %q in %d bytes", got, len(file))
		}
	}
}

// TestAtEndChangesNothing: what were found if a file ended is not found if it goes on.
func TestAtEndChangesNothing(t *testing.T) {
	s := database(t, map[string]string{"ndb": "X:0:EOF-4:" + x("evil")}).NewScanner()
	for _, n := range []int{3, 6000} {
		s.Reset()
		s.Write([]byte(strings.Repeat("-", n) + "evil"))
		for range 2 {
			if !s.AtEnd() {
				t.Error("not found at the end")
			}
		}
		if s.Write([]byte("-")) || s.AtEnd() {
			t.Error("found, but it is not at the end")
		}
		if s.Write([]byte("evil")); !s.AtEnd() {
			t.Error("not found at the second end")
		}
	}
}

// TestBoundsAreTold: a file that has more than is remembered is over the limit.
func TestBoundsAreTold(t *testing.T) {
	var lines, file strings.Builder
	for i := range maxFacts + 100 {
		fmt.Fprintf(&lines, "S%d;Target:0;0&1;%s;%s\n", i, x(fmt.Sprintf("<%04d>--", i)), x("never there"))
		fmt.Fprintf(&file, "<%04d>--", i)
	}
	s := database(t, map[string]string{"ldb": lines.String()}).NewScanner()
	if judge(s, []byte(file.String()), 1400); !s.OverLimit() {
		t.Error("not over the limit")
	}
	s.Reset()
	if s.OverLimit() {
		t.Error("over the limit from the beginning")
	}
}

// TestRefused: what cannot be looked for is said.
func TestRefused(t *testing.T) {
	for line, want := range map[string]string{
		"X;Target:0;0=0;" + x("evil"):                   "though nothing is found",
		"X;Target:1,IconGroup1:A;0;" + x("evil"):        "icons",
		"X;Target:0,HandlerType:B;0;" + x("evil"):       "HandlerType",
		"X;Target:0;0;41*4242":                          "four known bytes",
		"X;Target:0;0&1;" + x("evil") + ";0/(unclosed/": "regular expression",
	} {
		d, problems := Compile(clamav.LoadText(clamav.Options{}, "a.ldb", []byte(line)))
		if len(problems) != 1 || !strings.Contains(problems[0].String(), want) || d.Len() != 0 {
			t.Errorf("%s: %v", line, problems)
		}
	}
}
