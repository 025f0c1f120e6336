package embedded

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"vxwall/inspect/av"
	"vxwall/inspect/av/unpack"
	"vxwall/rules/clamav"
)

func shared(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("../../../../shared/data/clamav", name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("../shared is not there")
	}
	return path
}

func engine(t testing.TB, databases ...string) *Engine {
	t.Helper()
	set, problems, err := clamav.Read(databases...)
	if err != nil {
		t.Fatal(err)
	}
	e, wrong := New(set, unpack.Default)
	for _, p := range append(problems, wrong...) {
		t.Log(p)
	}
	return e
}

// ClamAV finds the one hash in all 44 files.
func TestClamAVFiles(t *testing.T) {
	e := engine(t, shared(t, "testfiles.hsb"))
	files, _ := filepath.Glob(filepath.Join(shared(t, "testfiles"), "clam*"))
	found, rest := 0, []string{}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f := e.File(data, path)
		if f.Outcome == av.Infected && f.Name == "ClamAV-Test-File.UNOFFICIAL" {
			found++
		} else {
			rest = append(rest, filepath.Base(path))
		}
	}
	t.Logf("%d of %d; not in %q", found, len(files), rest)
	if found < 28 {
		t.Errorf("found in %d", found)
	}
}

// The signatures of ClamAV's own tests, one of each format, find the program that they are
// about.
func TestFormats(t *testing.T) {
	file, err := os.ReadFile(filepath.Join(shared(t, "unit_tests_input/pe_allmatch"), "test.exe"))
	if err != nil {
		t.Fatal(err)
	}
	databases, _ := filepath.Glob(filepath.Join(shared(t, "unit_tests_input/pe_allmatch/alert-sigs"), "*"))
	var missed []string
	found := 0
	for _, path := range databases {
		e := engine(t, path)
		if e.Signatures() == 0 {
			continue
		}
		if f := e.File(file, "test.exe"); f.Outcome == av.Infected {
			found++
		} else {
			missed = append(missed, filepath.Base(path))
		}
	}
	t.Logf("found by %d databases, missed by %q", found, missed)
	if len(missed) > 0 {
		t.Errorf("missed by %q", missed)
	}
}

func TestEngine(t *testing.T) {
	var set clamav.Set
	if problems := clamav.Add(&set, "a.ndb", []byte("Evil:0:*:"+"6576696c20636f6465")); len(problems) > 0 {
		t.Fatal(problems)
	}
	e, _ := New(&set, unpack.Default)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, _ := w.Create("inner.txt")
	_, _ = f.Write([]byte("some evil code"))
	_ = w.Close()
	if got := e.Whole(b.Bytes(), "a.zip"); got.Outcome != av.Infected || got.Name != "Evil.UNOFFICIAL" || got.Member != "inner.txt" || got.Source != "a.ndb:1" {
		t.Errorf("zip: %+v", got)
	}
	s := e.Scanner()
	s.Reset()
	if found := s.Write([]byte("some evil ")); found || !s.Whole() {
		t.Error("found too early, or known too early to be no container")
	}
	if !s.Write([]byte("code and more")) && !s.AtEnd() || s.Found().Name != "Evil.UNOFFICIAL" {
		t.Error("not found as it passed")
	}
	s.Reset()
	if s.Write(bytes.Repeat([]byte("harmless "), 200)); s.Whole() || s.AtEnd() {
		t.Error("a text is a container, or infected")
	}
}

// Both engines are asked, the second about what the first finds clean.
func TestBoth(t *testing.T) {
	var asked []string
	first, second := &said{"first", av.Finding{}, &asked}, &said{"second", av.Finding{Outcome: av.Infected}, &asked}
	both := av.Both{First: first, Second: second}
	if got := both.Whole(nil, ""); got.Outcome != av.Infected || !slices.Equal(asked, []string{"first", "second"}) || !both.Scanner().Whole() {
		t.Errorf("%+v, asked %v", got, asked)
	}
	asked, first.finding = nil, av.Finding{Outcome: av.Infected}
	if both.Whole(nil, ""); len(asked) != 1 {
		t.Errorf("asked %v", asked)
	}
}

type said struct {
	name    string
	finding av.Finding
	asked   *[]string
}

func (s *said) Name() string        { return s.name }
func (s *said) Version() uint64     { return 0 }
func (s *said) Scanner() av.Scanner { return &scanner{} }
func (s *said) Whole([]byte, string) av.Finding {
	*s.asked = append(*s.asked, s.name)
	return s.finding
}
