package unpack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestClamAVScanFiles walks ClamAV's input of unit tests: what there is to open is opened.
func TestClamAVScanFiles(t *testing.T) {
	root := filepath.Join(testFiles, "../unit_tests_input/other_scanfiles")
	paths, _ := filepath.Glob(filepath.Join(root, "*", "*"))
	if len(paths) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatalf("no ClamAV unit test input at %s", root)
		}
		t.Skipf("no ClamAV unit test input at %s", root)
	}
	for _, path := range paths {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var s seen
		res := Walk(file, Limits{}, &s)
		t.Logf("%s: %s %+v", filepath.Base(path), Sniff(file), res)
		switch {
		case strings.HasSuffix(path, ".zst") && (res.Outcome != Clean || res.Members != 1),
			strings.HasSuffix(path, ".pdf") && Sniff(file) != PDF,
			strings.HasSuffix(path, ".html") && Sniff(file) != HTML:
			t.Errorf("%s: %s, %+v, %q", path, Sniff(file), res, s.bodies)
		}
	}
}
