package unpack

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"
)

// program is the SHA-256 of the program that is in all of ClamAV's test files.
const program = "71e7b604d18aefd839e51a39c88df8383bb4c071dc31f87f00a2b5df580d4495"

// closed are the test files that are not opened: see doc.go.
var closed = []string{
	"clam-aspack.exe", "clam-fsg.exe", "clam-mew.exe", "clam-nsis.exe", "clam-pespin.exe", "clam-petite.exe", "clam-upack.exe", "clam-upx.exe",
	"clam-wwpack.exe", "clam-yc.exe", "clam.arj", "clam.cab", "clam.chm", "clam.d64.zip", "clam.ea05.exe", "clam.ea06.exe", "clam.exe.binhex",
	"clam.exe.szdd", "clam.impl.zip", "clam.ppt", "clam.sis", "clam.tnef", "clam_IScab_ext.exe", "clam_IScab_int.exe", "clam_ISmsi_ext.exe", "clam_ISmsi_int.exe",
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

func TestClamAVFiles(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared(t, "testfiles"), "clam*"))
	if len(files) != 44 {
		t.Fatalf("%d files", len(files))
	}
	opened := 0
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		found := sum(data) == program
		result := Walk(data, DefaultLimits, func(m *Member) bool {
			names = append(names, fmt.Sprintf("%s %d", m.Name, len(m.Data)))
			found = found || sum(m.Data) == program
			return false
		})
		want := !slices.Contains(closed, filepath.Base(path))
		if found != want {
			t.Errorf("%s: found %v, want %v; %v %s; members %q", filepath.Base(path), found, want, result.Outcome, result.Detail, names)
		}
		if found {
			opened++
		}
	}
	t.Logf("%d of %d", opened, len(files))
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// zipped returns a zip archive of members.
func zipped(members map[string][]byte) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, data := range members {
		f, _ := w.Create(name)
		_, _ = f.Write(data)
	}
	_ = w.Close()
	return b.Bytes()
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

// endless is a gzip file of so many zeros.
func endless(n int64) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	_, _ = io.CopyN(w, zeros{}, n)
	_ = w.Close()
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// Bombs end at a limit, within bounds of time and memory.
func TestBombs(t *testing.T) {
	nested := []byte("bottom")
	for range 30 {
		nested = zipped(map[string][]byte{"a.zip": nested})
	}
	many := map[string][]byte{}
	for i := range 20_000 {
		many[fmt.Sprint(i)] = []byte("x")
	}
	layer := zipped(map[string][]byte{"zeros": make([]byte, 16<<20)})
	for range 2 { // as in 42.zip: each layer has sixteen of the next
		members := map[string][]byte{}
		for i := range 16 {
			members[fmt.Sprint(i, ".zip")] = layer
		}
		layer = zipped(members)
	}
	for name, file := range map[string][]byte{
		"deep": nested, "many members": zipped(many), "ratio": endless(64 << 20), "42": layer, "long": endless(600 << 20),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			began := time.Now()
			limits := DefaultLimits
			limits.Size, limits.Time = 64<<20, 10*time.Second
			result := Walk(file, limits, func(*Member) bool { return false })
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			t.Logf("%d bytes: %s, %v, %d MiB allocated in all", len(file), result.Detail, took, (after.TotalAlloc-before.TotalAlloc)>>20)
			if result.Outcome != OverLimit {
				t.Errorf("outcome %d", result.Outcome)
			}
			if took > 15*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// A member is found whatever of an archive is hidden from other readers.
func TestHiddenMembers(t *testing.T) {
	plain := zipped(map[string][]byte{"a": []byte("evil code")})
	directory := bytes.Index(plain, []byte("PK\x01\x02"))
	for name, file := range map[string][]byte{
		"plain":           plain,
		"behind a prefix": append([]byte("MZ..............."), plain...),
		"no directory":    plain[:directory],
		"in gzip":         gzipped(plain),
		"cut gzip":        gzipped(append([]byte("evil code"), make([]byte, 1000)...))[:40],
	} {
		found := false
		Walk(file, DefaultLimits, func(m *Member) bool {
			found = found || bytes.Contains(m.Data, []byte("evil code"))
			return found
		})
		if !found {
			t.Errorf("%s: not found", name)
		}
	}
	encrypted := bytes.Clone(plain)
	encrypted[6] |= 1
	encrypted[directory+8] |= 1
	if r := Walk(encrypted, DefaultLimits, func(*Member) bool { return false }); r.Outcome != Encrypted {
		t.Errorf("encrypted: %+v", r)
	}
}

func TestIsContainer(t *testing.T) {
	for head, want := range map[string]bool{"": true, "P": true, "PK\x03": true, "PK\x03\x04abc": true, "PX": false, "hello": false, "MZ..": true, "From: a": true, "%PDF-1.7": true} {
		if got := IsContainer([]byte(head)); got != want {
			t.Errorf("%q: %v", head, got)
		}
	}
}

// Whatever the bytes, a walk ends within its limits.
func FuzzWalk(f *testing.F) {
	f.Add(zipped(map[string][]byte{"a": []byte("b"), "c.gz": gzipped([]byte("d"))}))
	f.Add([]byte("From: a\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\nYWJj\n--b--\n"))
	f.Add([]byte("%PDF-1.4\n<</Filter/FlateDecode>>stream\nxyz\nendstream"))
	f.Add([]byte("{\\rtf{\\objdata 0102}}"))
	if files, err := filepath.Glob("../../../../shared/data/clamav/testfiles/clam*"); err == nil {
		for _, path := range files {
			if data, err := os.ReadFile(path); err == nil && len(data) < 64<<10 {
				f.Add(data)
			}
		}
	}
	limits := Limits{Depth: 4, Members: 100, Size: 4 << 20, Ratio: 100, Time: 2 * time.Second}
	f.Fuzz(func(t *testing.T, file []byte) {
		total, members := 0, 0
		began := time.Now()
		Walk(file, limits, func(m *Member) bool {
			total, members = total+len(m.Data), members+1
			if m.Depth > limits.Depth {
				t.Errorf("depth %d", m.Depth)
			}
			return false
		})
		if members > limits.Members || time.Since(began) > 10*time.Second {
			t.Errorf("%d members, %d bytes, %v", members, total, time.Since(began))
		}
	})
}
