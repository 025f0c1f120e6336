package pcapfile

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vxwall/pipeline"
)

// pipe opens a queue on a pipe that the test writes to.
func pipe(t *testing.T, first []byte) (*Queue, *os.File) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	// For reading and writing: opening does not wait for the other end.
	w, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	if _, err := w.Write(first); err != nil {
		t.Fatal(err)
	}
	q, err := Open(Options{In: path})
	if err != nil {
		t.Fatal(err)
	}
	return q, w
}

// TestPipe holds that packets of a capture that is being written are delivered
// as they come, and that nobody waits for more after Stop or Close.
func TestPipe(t *testing.T) {
	ends := map[string]func(*Queue) error{
		"stop":  func(q *Queue) error { q.Stop(); return nil },
		"close": (*Queue).Close,
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			c := little().pcap(1).record(1, 2, 13, frameB)
			q, w := pipe(t, c.b)
			b := new(pipeline.Batch)
			for i := range 3 {
				if err := q.Recv(b); err != nil || b.Len() != 1 || b.Packet(0).Handle() != uint64(i+1) {
					t.Fatalf("%d packets, error %v", b.Len(), err)
				}
				b.Reset()
				if _, err := w.Write(little().record(1, 2, 21, frameA).b); err != nil {
					t.Fatal(err)
				}
			}
			if err := q.Recv(b); err != nil {
				t.Fatal(err)
			}
			b.Reset()
			if read, total := q.Progress(); read != int64(len(c.b))+3*37 || total != 0 {
				t.Errorf("read %d of %d bytes", read, total)
			}
			ended := make(chan error)
			go func() {
				time.Sleep(10 * time.Millisecond)
				ended <- end(q)
			}()
			if err := q.Recv(b); !errors.Is(err, pipeline.ErrClosed) {
				t.Errorf("got %v, want ErrClosed", err)
			}
			if err := errors.Join(<-ended, q.Close()); err != nil {
				t.Error(err)
			}
			goleak.VerifyNone(t, before)
		})
	}
}

func TestStandardStreams(t *testing.T) {
	in, err := os.Open(file(t, "in", small()))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path := filepath.Join(t.TempDir(), "out")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	stdin, stdout := os.Stdin, os.Stdout
	defer func() { os.Stdin, os.Stdout = stdin, stdout }()
	os.Stdin, os.Stdout = in, out
	forward(t, Options{In: "-", Out: "-"})
	if _, err := out.Stat(); err != nil {
		t.Errorf("standard output was closed: %v", err)
	}
	if got := load(t, path); string(got) != string(small()) {
		t.Errorf("wrote %x", got)
	}
}

func TestProgress(t *testing.T) {
	for name, capture := range map[string][]byte{"plain": small(), "compressed": compress(t, small())} {
		t.Run(name, func(t *testing.T) {
			q, err := Open(Options{In: file(t, "in", capture)})
			if err != nil {
				t.Fatal(err)
			}
			if _, total := q.Progress(); total != int64(len(capture)) || q.Packets() != 0 {
				t.Errorf("at first %d bytes in all, %d packets read", total, q.Packets())
			}
			if _, _, err := receive(t, q); err != nil {
				t.Fatal(err)
			}
			if read, total := q.Progress(); read != total || q.Packets() != 2 {
				t.Errorf("in the end %d of %d bytes, %d packets", read, total, q.Packets())
			}
			if err := q.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
