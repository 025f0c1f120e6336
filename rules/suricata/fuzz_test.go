package suricata

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// bare is a signature without what depends on how it was written.
func bare(s Signature) Signature {
	s.File, s.Line, s.Text, s.parts = "", 0, "", nil
	matches := make([]Match, len(s.Matches))
	for i, m := range s.Matches {
		m.Column = 0
		if m.Number != nil || m.Flow != nil || m.Bits != nil || m.Int != nil || m.Filter != nil {
			m.Args = nil
		}
		matches[i] = m
	}
	s.Matches = matches
	return s
}

// sameEnv is what every test without variables of its own refers to.
var sameEnv = DefaultEnv()

// checkAgain holds that a signature that is printed and read again is the same.
func checkAgain(t *testing.T, s *Signature) {
	t.Helper()
	text := printSignature(s)
	again, problems := Parse("again.rules", []byte(text), sameEnv)
	if len(problems) > 0 || len(again) != 1 {
		t.Fatalf("printed anew it is not read: %v\n%s\n%s", problems, s.Text, text)
	}
	if a, b := bare(*s), bare(again[0]); !reflect.DeepEqual(a, b) {
		t.Fatalf("printed anew it differs:\n%s\n%s\n%+v\n%+v", s.Text, text, a, b)
	}
}

// checkProblem holds that a problem lies within the file.
func checkProblem(t *testing.T, lines []string, p *Problem) {
	t.Helper()
	if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > utf8.RuneCountInString(lines[p.Line-1])+1 {
		t.Fatalf("outside of the file of %d lines: %+v", len(lines), *p)
	}
	if p.Reason == "" {
		t.Fatalf("no reason: %+v", *p)
	}
}

// FuzzParse holds that no text makes the reader panic, that each problem lies
// within the file, that each place of a condition lies within its rule, and
// that signatures survive being printed and read again.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/mistakes/*.rules", "testdata/*.rules"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			for _, l := range strings.SplitAfter(string(text), "\n") {
				f.Add([]byte(l))
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		signatures, problems := Parse("f.rules", text, nil)
		lines := strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n")
		for i := range problems {
			checkProblem(t, lines, &problems[i])
		}
		for i := range signatures {
			s := &signatures[i]
			for _, m := range s.Matches {
				if m.Column < 1 || m.Column > utf8.RuneCountInString(s.Text) {
					t.Fatalf("column %d of %s", m.Column, s.Text)
				}
				p := s.Problem(m.Column, "k", "r")
				checkProblem(t, lines, &p)
			}
			checkAgain(t, s)
		}
	})
}

// TestRealRulesAgain prints all real rules anew and reads them again.
func TestRealRulesAgain(t *testing.T) {
	n := 0
	for _, files := range ruleSets(t) {
		for _, f := range files {
			signatures, _ := Parse(f.name, commented.ReplaceAll(f.text, []byte("$1")), nil)
			for i := range signatures {
				checkAgain(t, &signatures[i])
				n++
			}
		}
	}
	t.Logf("%d rules", n)
}
