package pcapfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vxwall/pipeline"
)

func small() []byte { return little().pcap(1).record(1, 2, 13, frameB).record(1, 3, 21, frameA).b }

func TestOutputRefused(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.pcap")
	link := filepath.Join(dir, "link.pcap")
	if err := errors.Join(os.WriteFile(in, small(), 0o600), os.Symlink(in, link)); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		opts Options
		want string
	}{
		{"no input", Options{In: dir + "/none"}, "open " + dir + "/none: no such file or directory"},
		{"input is a directory", Options{In: dir}, "open " + dir + ": read " + dir + ": is a directory"},
		{"output is the input", Options{In: in, Out: in}, "write " + in + ": it is the capture that is read (expected another file)"},
		{"output leads to the input", Options{In: in, Out: link}, "write " + link + ": it is the capture that is read (expected another file)"},
		{"answers are the input", Options{In: link, Out: dir + "/out", Answers: in}, "write " + in + ": it is the capture that is read (expected another file)"},
		{"one file for both", Options{In: in, Out: dir + "/out", Answers: dir + "/./out"}, "write " + dir + "/out: it is named for answers, too (expected two files)"},
		{"output in no directory", Options{In: in, Out: dir + "/none/out"}, "write " + dir + "/none/out: no such file or directory"},
		{"output is a directory", Options{In: in, Out: dir}, "write " + dir + ": is a directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Open(tt.opts); err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
	checkNames(t, dir, "in.pcap", "link.pcap")
}

func checkNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != strings.Join(want, " ") {
		t.Errorf("directory holds %q, want %q", got, want)
	}
}

// TestOutputReplaced holds that what was there stays until Close, keeps its
// mode, and that a symbolic link is followed.
func TestOutputReplaced(t *testing.T) {
	dir := t.TempDir()
	out, link := filepath.Join(dir, "out"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(out, []byte("old"), 0o604), os.Symlink(out, link)); err != nil {
		t.Fatal(err)
	}
	q, err := Open(Options{In: file(t, "in", small()), Out: link})
	if err != nil {
		t.Fatal(err)
	}
	if err := newForwarder(q).Run(); err != nil {
		t.Fatal(err)
	}
	if got := string(load(t, out)); got != "old" {
		t.Errorf("before Close: %q", got)
	}
	for range 2 {
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := load(t, out); string(got) != string(small()) {
		t.Errorf("after Close: %x", got)
	}
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o604 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	checkNames(t, dir, "link", "out")
}

// TestOutputFails holds that an output that cannot be written is an error, and
// leaves nothing behind.
func TestOutputFails(t *testing.T) {
	full := "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Fatal(err)
	}
	q, err := Open(Options{In: file(t, "in", small()), Out: full})
	if err != nil {
		t.Fatal(err)
	}
	if err := newForwarder(q).Run(); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err == nil || err.Error() != "write /dev/full: no space left on device" {
		t.Errorf("got %v", err)
	}
	if info, err := os.Stat(full); err != nil || info.Mode().IsRegular() {
		t.Errorf("the device was replaced")
	}
}

func TestSendAfterClose(t *testing.T) {
	dir := t.TempDir()
	q, err := Open(Options{In: file(t, "in", small()), Out: dir + "/out"})
	if err != nil {
		t.Fatal(err)
	}
	w := newForwarder(closing{q})
	if err := w.Step(); err == nil || err.Error() != "write "+dir+"/out: file already closed" {
		t.Errorf("got %v", err)
	}
	checkNames(t, dir, "out")
}

// closing closes a queue between Recv and Send.
type closing struct{ *Queue }

func (c closing) Send(b *pipeline.Batch) error {
	return errors.Join(c.Close(), c.Queue.Send(b))
}

// TestStop holds that after Stop what is pending can still be written.
func TestStop(t *testing.T) {
	out := t.TempDir() + "/out"
	capture := little().pcap(1).record(1, 2, 13, frameB).record(9, 3, 21, frameA).b
	q, err := Open(Options{In: file(t, "in", capture), Out: out})
	if err != nil {
		t.Fatal(err)
	}
	w := newForwarder(q)
	if err := w.Step(); err != nil {
		t.Fatal(err)
	}
	q.Stop()
	if err := w.Step(); !errors.Is(err, pipeline.ErrClosed) {
		t.Errorf("after Stop: %v", err)
	}
	if err := errors.Join(w.Finish(), q.Close()); err != nil {
		t.Fatal(err)
	}
	if got := load(t, out); string(got) != string(little().pcap(1).record(1, 2, 13, frameB).b) {
		t.Errorf("wrote %x", got)
	}
}
