package rules

import (
	"os"
	"testing"
)

// FuzzParse holds that no text makes a load panic, that there is a set unless
// there is an error, that problems lie within their file, and that whatever
// the TOML library accepts is found by the index.
func FuzzParse(f *testing.F) {
	for _, path := range append(mistakePaths(f), "testdata/sample.toml") {
		for _, src := range mistakeFiles(f, path) {
			f.Add(src.Text)
		}
	}
	sample, err := os.ReadFile("testdata/sample.toml")
	if err != nil {
		f.Fatal(err)
	}
	opts, _ := optionsOf(nil)
	f.Fuzz(func(t *testing.T, text []byte) {
		set, problems := Parse(opts, Source{"p.toml", text}, Source{"sample.toml", sample})
		failed := false
		for i := range problems {
			failed = failed || problems[i].Severity == Error
			if problems[i].File == "p.toml" {
				checkInside(t, newSource("p.toml", text, 0), &problems[i])
			}
			_ = problems[i].Detail()
		}
		if failed != (set == nil) {
			t.Errorf("set %v with problems %v", set, problems)
		}
		src := newSource("p.toml", text, 0)
		if values, index := parse(src, new(report)); index != nil {
			checkNode(t, value{src: src, index: index, data: values})
		}
	})
}

func checkInside(t *testing.T, src *source, p *Problem) {
	t.Helper()
	if p.Line == 0 {
		return
	}
	if p.Line < 1 || p.Line > len(src.lines) || p.Column < 1 || p.Width < 1 {
		t.Fatalf("outside of the file: %+v", p)
	}
	first, last := src.bounds(p.Line)
	length := src.runesBefore(last) - src.runesBefore(first)
	if p.Column > length+1 || p.Column > 1 && p.Column+p.Width > length+2 {
		t.Fatalf("outside of a line of %d characters: %+v", length, p)
	}
}
