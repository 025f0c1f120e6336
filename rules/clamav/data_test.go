package clamav

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sharedData holds databases beside the repository.
const sharedData = "../../../shared/data/clamav"

// extracts returns the files of the public database by name.
func extracts(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(sharedData, "pubsig-2025-04", "*.gz"))
	if err != nil || len(paths) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatalf("no databases at %s", sharedData)
		}
		t.Skipf("no databases at %s", sharedData)
	}
	texts := map[string][]byte{}
	for _, path := range paths {
		packed, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		if texts[strings.TrimSuffix(filepath.Base(path), ".gz")], err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

// refused are the lines of the public extracts that say what has no meaning: "8==9", "0=2,&1",
// and a modifier amid a pattern.
var refused = map[string]bool{"main.ldb:655": true, "main.ldb:19477": true, "main.ldb:21292": true}

// TestPublicDatabase: each line of the public extracts is read, or is left out for a reason.
func TestPublicDatabase(t *testing.T) {
	want := map[string]int{"main.hdb": 82211, "main.ldb": 38889, "daily.ndb": 258, "daily.fp": 483}
	for name, text := range extracts(t) {
		s := LoadText(Options{PUA: true}, name, text)
		got := len(s.Hashes) + len(s.Bodies) + len(s.Logical) + len(s.Trusted)
		for _, skipped := range s.Skipped {
			t.Logf("%s: %d: %s", name, skipped.Count, skipped.Reason)
			got += skipped.Count
		}
		for _, p := range s.Problems {
			got++
			if !refused[fmt.Sprintf("%s:%d", name, p.Line)] {
				t.Error(p)
			}
		}
		if got != want[name] {
			t.Errorf("%s: %d signatures are accounted for, want %d", name, got, want[name])
		}
	}
}

// TestDirectory reads a directory with a file for each format.
func TestDirectory(t *testing.T) {
	dir := filepath.Join(sharedData, "unit_tests_input", "pe_allmatch", "alert-sigs")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no databases: %v", err)
		}
		t.Skipf("no databases: %v", err)
	}
	s, _, err := Load(Options{}, dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Problems) > 0 {
		t.Error(s.Problems)
	}
	if len(s.Hashes) != 6 || len(s.Imports) != 6 || len(s.Sections) != 42 || len(s.Bodies) != 20 || len(s.Logical) != 2 {
		t.Errorf("%d hashes, %d imports, %d sections, %d bodies, %d logical",
			len(s.Hashes), len(s.Imports), len(s.Sections), len(s.Bodies), len(s.Logical))
	}
}
