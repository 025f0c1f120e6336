package scan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vxwall/rules/clamav"
)

// expected returns what ClamAV found, by the name of a list: signature's names.
func expected(t *testing.T, list string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(shared(t, list))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if _, rest, ok := strings.Cut(line, ": "); ok {
			if name, found := strings.CutSuffix(strings.TrimSpace(rest), " FOUND"); found {
				names[name] = true
			}
		}
	}
	return names
}

// TestEachFormat: what ClamAV finds in its own test program by a signature of each format is
// found here, each alone.
func TestEachFormat(t *testing.T) {
	want := expected(t, "expected-pe_allmatch.txt")
	program, err := os.ReadFile(shared(t, "unit_tests_input/pe_allmatch/test.exe"))
	if err != nil {
		t.Fatal(err)
	}
	paths, _ := filepath.Glob(shared(t, "unit_tests_input/pe_allmatch/alert-sigs") + "/*")
	found := 0
	for _, path := range paths {
		ext := filepath.Ext(path)
		name := strings.TrimSuffix(filepath.Base(path), ext)
		if ext == ".yar" || strings.Contains(name, "ICON") { // not supported
			continue
		}
		set, problems, err := clamav.Read(path)
		if err != nil || len(problems) > 0 {
			t.Fatal(err, problems)
		}
		d, _ := Compile(set)
		s := d.NewScanner()
		for _, piece := range []int{1 << 20, 1400, 77} {
			judge(s, program, piece)
			if got := s.Found().Name; got != name || !want[name] {
				t.Errorf("%s: found %q in pieces of %d", name, got, piece)
			}
		}
		found++
	}
	if found < 70 {
		t.Errorf("%d signatures were tried", found)
	}
}

// TestOwnFiles: ClamAV's test program is found, by its hash.
func TestOwnFiles(t *testing.T) {
	set, _, err := clamav.Read(shared(t, "testfiles.hsb"))
	if err != nil {
		t.Fatal(err)
	}
	d, _ := Compile(set)
	data, err := os.ReadFile(shared(t, "testfiles/clam.exe"))
	if err != nil {
		t.Fatal(err)
	}
	s := d.NewScanner()
	judge(s, data, 100)
	if s.Found().Name != "ClamAV-Test-File.UNOFFICIAL" {
		t.Errorf("found %q", s.Found().Name)
	}
}
