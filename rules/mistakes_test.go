package rules

import (
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

// now is the time of all tests.
var now = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

// mark is a place where a mistake file says that a problem must be. A line
// of carets in a comment marks the line above it; "want line:column" serves
// where carets cannot stand, and leaves the width open (0).
type mark struct {
	file                string
	line, column, width int
}

var (
	caretLine = regexp.MustCompile(`^#\s*(\^+)$`)
	wantLine  = regexp.MustCompile(`^# want (\d+):(\d+)$`)
)

func marks(src Source) []mark {
	var list []mark
	line := 0 // that carets speak of
	for i, text := range strings.Split(string(src.Text), "\n") {
		text = strings.TrimSuffix(text, "\r")
		if m := caretLine.FindStringSubmatchIndex(text); m != nil {
			list = append(list, mark{src.Name, line, m[2] + 1, m[3] - m[2]})
			continue
		}
		line = i + 1
		if m := wantLine.FindStringSubmatch(text); m != nil {
			line, _ := strconv.Atoi(m[1])
			column, _ := strconv.Atoi(m[2])
			list = append(list, mark{src.Name, line, column, 0})
		}
	}
	return list
}

// mistakeFiles returns the files of one case: a .toml or the parts of a .txtar.
func mistakeFiles(t testing.TB, path string) []Source {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(path) == ".toml" {
		return []Source{{filepath.Base(path), text}}
	}
	var files []Source
	for _, f := range txtar.Parse(text).Files {
		files = append(files, Source{f.Name, f.Data})
	}
	return files
}

// optionsOf returns options with which the files that are no policies can be
// named by [[ips]], and the policies.
func optionsOf(files []Source) (Options, []Source) {
	opts := Options{Now: now, Inspect: true, Apps: []string{"http", "dns", "tls", "ssh"}}
	var policies, others []Source
	for _, f := range files {
		if filepath.Ext(f.Name) == ".toml" {
			policies = append(policies, f)
		} else {
			others = append(others, f)
		}
	}
	opts.Files = func(_, pattern string) (found []Source, err error) {
		for _, f := range others {
			if ok, err := path.Match(pattern, f.Name); err != nil || ok {
				found = append(found, f)
			}
		}
		return found, err
	}
	return opts, policies
}

func mistakePaths(t testing.TB) []string {
	t.Helper()
	var paths []string
	for _, pattern := range []string{"*.toml", "*.txtar"} {
		found, err := filepath.Glob(filepath.Join("testdata/mistakes", pattern))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	return paths
}

func TestMistakes(t *testing.T) {
	paths := mistakePaths(t)
	if len(paths) < 40 {
		t.Fatalf("found %d files of mistakes, expected at least 40", len(paths))
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			files := mistakeFiles(t, path)
			opts, policies := optionsOf(files)
			_, problems := Parse(opts, policies...)
			compareMarks(t, files, problems)
			var b strings.Builder
			for _, p := range problems {
				fmt.Fprintf(&b, "%s: %s", [...]string{"error", "warning"}[p.Severity], p.Detail())
			}
			compareGolden(t, strings.TrimSuffix(path, filepath.Ext(path))+".golden", b.String())
		})
	}
}

// compareMarks checks that problems stand where the files are marked and
// nowhere else.
func compareMarks(t *testing.T, files []Source, problems []Problem) {
	t.Helper()
	var want []mark
	for _, f := range files {
		want = append(want, marks(f)...)
	}
	if len(want) == 0 {
		t.Error("nothing is marked")
	}
	for _, p := range problems {
		i := slices.IndexFunc(want, func(m mark) bool {
			return m.file == p.File && m.line == p.Line && m.column == p.Column && (m.width == 0 || m.width == p.Width)
		})
		if i < 0 {
			t.Errorf("not marked, width %d:\n%s", p.Width, p.Detail())
			continue
		}
		want = slices.Delete(want, i, i+1)
	}
	for _, m := range want {
		t.Errorf("marked but not found: %+v", m)
	}
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if !utf8.ValidString(got) {
		t.Error("output is not UTF-8")
	}
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
