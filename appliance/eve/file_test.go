package eve

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func readText(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFileRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log", "eve.json")
	f, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprintln(f, "one")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, "two")
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, "three")
	if got := readText(t, path+".1") + readText(t, path); got != "one\ntwo\nthree\n" || readText(t, path) != "three\n" {
		t.Errorf("got %q", got)
	}
}

func TestOpenFileErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenFile(dir); err == nil || err.Error() != "write events to "+dir+": is a directory" {
		t.Error(err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(file + "/eve.json"); err == nil || err.Error() != "write events to "+file+"/eve.json: not a directory" {
		t.Error(err)
	}
}

// TestFullDisk limits the size of files instead of filling a disk: the end of the
// line is lost, the rest is tried again later, and begins a line of its own.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "eve.json")
	f, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	now := time.Unix(1000, 0)
	f.now = func() time.Time { return now }
	restore := limitFiles(t, 6)
	n, err := fmt.Fprintln(f, "one two three")
	restore()
	if n != 6 || err == nil {
		t.Fatalf("%d bytes written, error %v", n, err)
	}
	for range 3 {
		if _, err := fmt.Fprintln(f, "lost"); err != errWaiting {
			t.Fatal(err)
		}
		now = now.Add(firstRetry / 4)
	}
	now = now.Add(firstRetry)
	fmt.Fprintln(f, "four")
	if got := readText(t, path); got != "one tw\nfour\n" {
		t.Errorf("got %q", got)
	}
}

// TestTornByOthers: what a crash left of a line is not joined to ours, and is no
// business of the file that comes after a rotation.
func TestTornByOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "eve.json")
	if err := os.WriteFile(path, []byte("one\ntw"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprintln(f, "three")
	if got := readText(t, path); got != "one\ntw\nthree\n" {
		t.Errorf("got %q", got)
	}
	restore := limitFiles(t, 16)
	_, err = fmt.Fprintln(f, "four")
	restore()
	if err == nil {
		t.Fatal("no error")
	}
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, "five")
	if got := readText(t, path); got != "five\n" {
		t.Errorf("got %q", got)
	}
}

// limitFiles sets RLIMIT_FSIZE. Go ignores SIGXFSZ, so that a write gets EFBIG.
func limitFiles(t *testing.T, bytes uint64) func() {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
	}
}

// moody is a file that fails while err is set.
type moody struct{ err atomic.Bool }

func (m *moody) Write(p []byte) (int, error) {
	if m.err.Load() {
		return 0, syscall.ENOSPC
	}
	return len(p), nil
}

// TestRetry writes to a file that fails for a while: what comes meanwhile is
// lost and counted, what comes after is not.
func TestRetry(t *testing.T) {
	out := &moody{}
	w := NewWriter(Config{Out: out, Path: "eve.json", Policies: names{}, Retry: true}, 1)
	write := func(written, lost uint64) {
		t.Helper()
		end(w, 0)
		for deadline := time.Now().Add(10 * time.Second); w.Written() != written || w.Lost() != lost; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d written, %d lost, want %d and %d", w.Written(), w.Lost(), written, lost)
			}
		}
	}
	write(1, 0)
	out.err.Store(true)
	write(1, 1)
	write(1, 2)
	if err := w.Trouble(); err == nil || !strings.Contains(err.Error(), "write events to eve.json: no space left on device") {
		t.Error(err)
	}
	out.err.Store(false)
	write(2, 2)
	if err := w.Trouble(); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err == nil {
		t.Error("the first error is forgotten")
	}
}
