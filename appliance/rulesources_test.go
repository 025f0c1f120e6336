package appliance

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// archiveOf makes a tar archive of files without content of their own.
func archiveOf(t testing.TB, headers ...*tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, h := range headers {
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size <= 1<<10 {
			if _, err := w.Write(make([]byte, h.Size)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out.Bytes()
}

// TestArchiveTakesRuleFilesAlone: links, directories and other files are passed over.
func TestArchiveTakesRuleFilesAlone(t *testing.T) {
	text := archiveOf(t,
		&tar.Header{Name: "rules/", Typeflag: tar.TypeDir},
		&tar.Header{Name: "rules/link.rules", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		&tar.Header{Name: "rules/LICENSE", Typeflag: tar.TypeReg, Size: 3},
		&tar.Header{Name: "../rules/a.rules", Typeflag: tar.TypeReg, Size: 5})
	list, err := tarSources("x.tar.gz", bytes.NewReader(text))
	if err != nil || len(list) != 1 || list[0].Name != "x.tar.gz:../rules/a.rules" || len(list[0].Text) != 5 {
		t.Errorf("got %v, %v", list, err)
	}
}

// TestArchiveRefusesLargeFile before a byte of it is read.
func TestArchiveRefusesLargeFile(t *testing.T) {
	text := archiveOf(t, &tar.Header{Name: "a.rules", Typeflag: tar.TypeReg, Size: maxRuleFile + 1})
	if _, err := tarSources("x", bytes.NewReader(text)); err == nil {
		t.Error("taken")
	}
}

// FuzzTarSources: what an archive gives is bounded by its size, and nothing comes with an error.
func FuzzTarSources(f *testing.F) {
	f.Add(archiveOf(f, &tar.Header{Name: "a.rules", Typeflag: tar.TypeReg, Size: 9}))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := tarSources("x", bytes.NewReader(text))
		if err != nil && list != nil {
			t.Fatalf("both %v and %v", list, err)
		}
	})
}

// TestWrittenRulesStayInTheDirectory, whatever an archive calls its files.
func TestWrittenRulesStayInTheDirectory(t *testing.T) {
	dir := t.TempDir()
	rule := filepath.Join(dir, "a.rules")
	if err := os.WriteFile(rule, []byte("alert tcp any any -> any any (sid:1;)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := ReadCatalog(nil, rule)
	if err != nil || len(c.Entries) != 1 {
		t.Fatalf("%v, %v", c, err)
	}
	c.Entries[0].File = "x.tar.gz:../../b.rules"
	if n, err := c.WriteRules(filepath.Join(dir, "out"), false); n != 1 || err != nil {
		t.Fatalf("%d files, %v", n, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", "b.rules")); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
