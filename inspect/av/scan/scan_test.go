package scan

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vxwall/rules/clamav"
)

// database compiles databases: their text by kind.
func database(t testing.TB, texts map[string]string) *Database {
	t.Helper()
	var set clamav.Set
	var problems []clamav.Problem
	for kind, text := range texts {
		problems = append(problems, clamav.Add(&set, "test."+kind, []byte(text))...)
	}
	d, wrong := Compile(&set)
	if problems = append(problems, wrong...); len(problems) > 0 {
		t.Fatal(problems)
	}
	return d
}

// judge scans a file in pieces of a length and returns what is found.
func judge(s *Scanner, file []byte, piece int) string {
	s.Reset()
	for at := 0; at < len(file); at += piece {
		if s.Write(file[at:min(len(file), at+piece)]) {
			return strings.TrimSuffix(s.Found().Name, unofficial)
		}
	}
	if s.AtEnd() {
		return strings.TrimSuffix(s.Found().Name, unofficial)
	}
	return ""
}

func x(text string) string { return hex.EncodeToString([]byte(text)) }

func TestSignatures(t *testing.T) {
	far := strings.Repeat("-", 20_000)
	sum := md5.Sum([]byte("known file"))
	for name, test := range map[string]struct {
		kind, signature, file string
		found                 bool
	}{
		"anywhere":           {"ndb", "X:0:*:" + x("evil code"), far + "evil code" + far, true},
		"at the end":         {"ndb", "X:0:*:" + x("evil code"), far + "evil code", true},
		"not there":          {"ndb", "X:0:*:" + x("evil code"), far + "evil core", false},
		"at its offset":      {"ndb", "X:0:3:" + x("evil code"), "---evil code", true},
		"at another":         {"ndb", "X:0:3:" + x("evil code"), "--evil code", false},
		"within a shift":     {"ndb", "X:0:3,5:" + x("evil code"), "-------evil code", true},
		"beyond it":          {"ndb", "X:0:3,5:" + x("evil code"), "---------evil code", false},
		"from the end":       {"ndb", "X:0:EOF-9:" + x("evil code"), far + "evil code", true},
		"not quite":          {"ndb", "X:0:EOF-9:" + x("evil code"), far + "evil code.", false},
		"any bytes":          {"ndb", "X:0:*:" + x("evil") + "??{3}" + x("code"), "evil....code", true},
		"half bytes":         {"ndb", "X:0:*:" + x("evil") + "2?" + x("code"), "evil-code", true},
		"other half":         {"ndb", "X:0:*:" + x("evil") + "3?" + x("code"), "evil-code", false},
		"far apart":          {"ndb", "X:0:*:" + x("evil") + "*" + x("code"), "evil" + far + "code", true},
		"wrong order":        {"ndb", "X:0:*:" + x("evil") + "*" + x("code"), "code" + far + "evil", false},
		"within a gap":       {"ndb", "X:0:*:" + x("evil") + "{100-30000}" + x("code"), "evil" + far + "code", true},
		"too far":            {"ndb", "X:0:*:" + x("evil") + "{-100}" + x("code"), "evil" + far + "code", false},
		"the second of two":  {"ndb", "X:0:*:" + x("evil") + "{-100}" + x("code"), "evil" + far + "evil--code", true},
		"too near":           {"ndb", "X:0:*:" + x("evil") + "{100-}" + x("code"), "evil--code", false},
		"alternatives":       {"ndb", "X:0:*:" + x("evil") + "(" + x("good") + "|" + x("code") + ")", "evilcode", true},
		"none of them":       {"ndb", "X:0:*:" + x("evil") + "(" + x("good") + "|" + x("code") + ")", "evilbody", false},
		"not one":            {"ndb", "X:0:*:" + x("evil") + "!(" + x("good") + "|" + x("code") + ")", "evilbody", true},
		"long":               {"ndb", "X:0:*:" + x(strings.Repeat("0123456789", 100)), far + strings.Repeat("0123456789", 100) + far, true},
		"long, one wrong":    {"ndb", "X:0:*:" + x(strings.Repeat("0123456789", 100)), far + strings.Repeat("0123456789", 99) + "0123456780" + far, false},
		"other kind":         {"ndb", "X:6:*:" + x("evil code"), "evil code", false},
		"of its kind":        {"ndb", "X:6:*:" + x("evil code"), "\x7fELF----evil code", true},
		"text in upper case": {"ndb", "X:7:*:" + x("evil code"), "EVIL Code", true},
		"all of three":       {"ldb", "X;Target:0;0&1&2;" + x("evil") + ";" + x("code") + ";" + x("here"), "code" + far + "here" + far + "evil", true},
		"two of three":       {"ldb", "X;Target:0;0&1&2;" + x("evil") + ";" + x("code") + ";" + x("here"), "code" + far + "here", false},
		"one of two":         {"ldb", "X;Target:0;0|1;" + x("evil") + ";" + x("code"), "code", true},
		"twice":              {"ldb", "X;Target:0;0=2;" + x("evil"), "evil" + far + "evil", true},
		"three times":        {"ldb", "X;Target:0;0=2;" + x("evil"), "evil evil evil", false},
		"more than two":      {"ldb", "X;Target:0;0>2;" + x("evil"), "evil evil evil", true},
		"without":            {"ldb", "X;Target:0;0&(1=0);" + x("evil") + ";" + x("good"), "evil", true},
		"with":               {"ldb", "X;Target:0;0&(1=0);" + x("evil") + ";" + x("good"), "evil good", false},
		"of its size":        {"ldb", "X;Target:0,FileSize:4-10;0;" + x("evil"), "evil", true},
		"too long":           {"ldb", "X;Target:0,FileSize:4-10;0;" + x("evil"), "evil evil evil", false},
		"upper case":         {"ldb", "X;Target:0;0;" + x("evil code") + "::i", "EVIL code", true},
		"not for that":       {"ldb", "X;Target:0;0;" + x("evil code"), "EVIL code", false},
		"wide":               {"ldb", "X;Target:0;0;" + x("evil") + "::w", "e\x00v\x00i\x00l\x00", true},
		"only wide":          {"ldb", "X;Target:0;0;" + x("evil") + "::w", "evil", false},
		"wide or not":        {"ldb", "X;Target:0;0;" + x("evil") + "::wa", "evil", true},
		"a word":             {"ldb", "X;Target:0;0;" + x("evil") + "::f", far + " evil, " + far, true},
		"in a word":          {"ldb", "X;Target:0;0;" + x("evil") + "::f", far + "medieval evils" + far, false},
		"by hash":            {"hdb", fmt.Sprintf("%x:10:X", sum), "known file", true},
		"of another size":    {"hdb", fmt.Sprintf("%x:11:X", sum), "known file", false},
		"of any size":        {"hdb", fmt.Sprintf("%x:*:X:73", sum), "known file", true},
		"another file":       {"hdb", fmt.Sprintf("%x:10:X", sum), "known fil.", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := database(t, map[string]string{test.kind: test.signature}).NewScanner()
			for _, piece := range []int{1, 7, 1400, 4096, 1 << 20} {
				if got := judge(s, []byte(test.file), piece); (got == "X") != test.found {
					t.Errorf("in pieces of %d: found %q", piece, got)
				}
			}
		})
	}
}

func TestTrusted(t *testing.T) {
	file := []byte("evil code that is none")
	sum := md5.Sum(file)
	s := database(t, map[string]string{"ndb": "X:0:*:" + x("evil code"), "fp": fmt.Sprintf("%x:%d:Fine", sum, len(file))}).NewScanner()
	if got := judge(s, file, 5); got != "" {
		t.Errorf("found %q in a trusted file", got)
	}
	if got := judge(s, append(file, '.'), 5); got != "X" {
		t.Errorf("found %q in another", got)
	}
	s = database(t, map[string]string{"ndb": "X:0:*:" + x("evil code"), "ign2": "X"}).NewScanner()
	if got := judge(s, file, 5); got != "" {
		t.Errorf("found %q, which is ignored", got)
	}
}

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

func public(t testing.TB) *Database {
	t.Helper()
	began := time.Now()
	set, problems, err := clamav.Read(shared(t, "pubsig-2025-04"))
	if err != nil {
		t.Fatal(err)
	}
	read := time.Since(began)
	d, wrong := Compile(set)
	t.Logf("%d signatures: read in %v, compiled in %v; %d + %d cannot be used", d.Len(), read, time.Since(began)-read, len(problems), len(wrong))
	reasons := map[string]int{}
	for _, p := range wrong {
		reasons[p.Reason]++
	}
	t.Log(reasons)
	if d.Len() < 120_000 {
		t.Error("too few")
	}
	return d
}

// Programs of the machine are clean.
func TestClean(t *testing.T) {
	s := public(t).NewScanner()
	files, _ := filepath.Glob("/usr/bin/*")
	total, took, began := 0, time.Duration(0), time.Now()
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil || len(data) > 8<<20 {
			continue
		}
		total += len(data)
		start := time.Now()
		if got := judge(s, data, 1400); got != "" {
			t.Errorf("%s: found %q", path, got)
		}
		took += time.Since(start)
		if s.OverLimit() {
			t.Logf("%s: over the limit", path)
		}
		if time.Since(began) > 10*time.Second {
			break
		}
	}
	t.Logf("%d MB in %v: %.0f MB/s", total>>20, took, float64(total)/1e6/took.Seconds())
}

// BenchmarkScan scans what is clean in packets: noise, a program of Linux, and what says that
// it is one of Windows; with the hashes that signatures need, and without.
func BenchmarkScan(b *testing.B) {
	d := public(b)
	noise := make([]byte, 4<<20)
	r := rand.NewChaCha8([32]byte{})
	_, _ = r.Read(noise)
	program, err := os.ReadFile("/usr/bin/perl")
	if err != nil {
		b.Skip(err)
	}
	for _, c := range []struct {
		name string
		data []byte
	}{{"noise", noise}, {"linux", program}, {"windows", append(program1(), program...)}, {"windows-noise", append(program1(), noise...)}} {
		for _, hashed := range []bool{true, false} {
			b.Run(fmt.Sprintf("%s/hashed=%t", c.name, hashed), func(b *testing.B) {
				s := d.NewScanner()
				b.SetBytes(int64(len(c.data)))
				for b.Loop() {
					s.Reset()
					if !hashed {
						s.Expect(1 << 40)
					}
					for at := 0; at < len(c.data); at += 1400 {
						s.Write(c.data[at:min(len(c.data), at+1400)])
					}
					if s.AtEnd() {
						b.Fatal(s.Found())
					}
				}
			})
		}
	}
}

// However a file is cut, the same is found; and nothing reads outside of it.
func FuzzScan(f *testing.F) {
	d := database(f, map[string]string{
		"ndb": "A:0:*:" + x("evil") + "{-9}" + x("code") + "\nB:0:EOF-4:" + x("last") + "\nC:1:EP+0:" + x("entry"),
		"ldb": "D;Target:0;0=2;" + x("twice") + "\nE;Target:1,NumberOfSections:1;0;SE0:" + x("inside"),
		"hdb": fmt.Sprintf("%x:5:F", md5.Sum([]byte("known"))), "mdb": fmt.Sprintf("4:%x:G", md5.Sum([]byte("sect"))),
	})
	whole, cut := d.NewScanner(), d.NewScanner()
	for _, seed := range []string{"evil code", "known", "at last", "twice twice", string(program1())} {
		f.Add([]byte(seed), 3)
	}
	f.Fuzz(func(t *testing.T, file []byte, piece int) {
		if piece <= 0 || len(file)/piece > 10_000 {
			return
		}
		if a, b := judge(whole, file, len(file)+1), judge(cut, file, piece); (a == "") != (b == "") {
			t.Errorf("found %q in the whole, %q in pieces of %d", a, b, piece)
		}
	})
}

// program1 is a program of Windows with one section, "sect", of four bytes.
func program1() []byte {
	b := make([]byte, 0x200)
	copy(b, "MZ")
	b[60] = 0x40
	copy(b[0x40:], "PE\x00\x00")
	header := b[0x44:]
	header[2] = 1          // sections
	header[16] = 0xe0      // length of the optional header
	header[20+16+1] = 0x10 // entry point
	section := header[20+0xe0:]
	section[8], section[13] = 4, 0x10 // size in memory, address
	section[16], section[21] = 4, 2   // size and offset in the file: 0x200
	return append(b, "sect"...)
}

func TestProgram(t *testing.T) {
	file := program1()
	for name, signature := range map[string]map[string]string{
		"entry point":      {"ndb": "X:1:EP+0:" + x("sect")},
		"section":          {"ndb": "X:1:S0+0:" + x("sect")},
		"last section":     {"ndb": "X:1:SL+0:" + x("sect")},
		"in a section":     {"ndb": "X:1:SE0:" + x("sect")},
		"hash":             {"mdb": fmt.Sprintf("4:%x:X", md5.Sum([]byte("sect")))},
		"number":           {"ldb": "X;Target:1,NumberOfSections:1;0;" + x("sect")},
		"entry in a range": {"ldb": "X;Target:1,EntryPoint:500-600;0;" + x("sect")},
	} {
		s := database(t, signature).NewScanner()
		for _, piece := range []int{1, 100, 10_000} {
			for _, more := range []int{0, 10_000} { // behind it
				if got := judge(s, append(file[:len(file):len(file)], make([]byte, more)...), piece); got != "X" {
					t.Errorf("%s: not found in pieces of %d, %d bytes behind", name, piece, more)
				}
			}
		}
	}
	s := database(t, map[string]string{"ndb": "X:1:EP+1:" + x("sect")}).NewScanner()
	if got := judge(s, file, 100); got != "" {
		t.Errorf("found %q beside the entry point", got)
	}
}
