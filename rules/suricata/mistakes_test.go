package suricata

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	caretLine = regexp.MustCompile(`^# *(\^+)$`)
	wantLine  = regexp.MustCompile(`^# want (\d+):(\d+)$`)
)

// marked returns the places where a file says that a problem must be: carets
// mark the line above, "want line:column" serves where carets cannot stand.
func marked(text string) []string {
	var list []string
	line := 0
	for i, l := range strings.Split(text, "\n") {
		if m := caretLine.FindStringSubmatchIndex(l); m != nil {
			list = append(list, fmt.Sprintf("%d:%d", line, m[2]+1))
			continue
		}
		line = i + 1
		if m := wantLine.FindStringSubmatch(l); m != nil {
			list = append(list, m[1]+":"+m[2])
		}
	}
	return list
}

// TestMistakes holds that each mistake is found at its place, with the words of
// the golden file, and that nothing else is.
func TestMistakes(t *testing.T) {
	paths, err := filepath.Glob("testdata/mistakes/*.rules")
	if err != nil || len(paths) < 4 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, problems := Parse(filepath.Base(path), text, nil)
			want := marked(string(text))
			var got strings.Builder
			for _, p := range problems {
				fmt.Fprintln(&got, p.Error())
				at := strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
				i := slices.Index(want, at)
				if i < 0 {
					t.Errorf("not marked: %v", p)
					continue
				}
				want = slices.Delete(want, i, i+1)
			}
			if len(want) > 0 {
				t.Errorf("marked but not found: %v", want)
			}
			compareGolden(t, strings.TrimSuffix(path, ".rules")+".golden", got.String())
		})
	}
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
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
