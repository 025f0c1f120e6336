package pcapfile

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// pollInterval is how long a wait for a pipe goes on after a Stop.
const pollInterval = 100 * time.Millisecond

// errStopped ends a source whose link was stopped.
var errStopped = errors.New("stopped")

// source is the bytes of a capture as they are stored. Read belongs to one
// goroutine, all else to any.
type source struct {
	name    string
	raw     io.Reader
	file    *os.File // nil if raw is not a file
	size    int64    // 0 if unknown
	live    bool     // reading may wait for ever
	read    atomic.Int64
	stopped atomic.Bool
}

// openSource opens a file, or standard input for "-".
func openSource(path string) (*source, error) {
	name, file := path, os.Stdin
	if path == "-" {
		name = "standard input"
	} else {
		var err error
		if file, err = os.Open(path); err != nil {
			return nil, err
		}
	}
	s := &source{name: name, raw: file, file: file, live: true}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		s.size, s.live = info.Size(), false
	}
	return s, nil
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if err := s.await(); err != nil {
		return 0, err
	}
	n, err := s.raw.Read(p)
	s.read.Add(int64(n))
	return n, err
}

// await waits until there is something to read. Reading itself cannot be
// interrupted if the file is a pipe or a terminal.
func (s *source) await() error {
	for !s.stopped.Load() {
		if !s.live || s.readable() {
			return nil
		}
	}
	return errStopped
}

// readable waits a while. On an error it leaves the word to Read.
func (s *source) readable() bool {
	conn, err := s.file.SyscallConn()
	if err != nil {
		return true
	}
	ready := 0
	// Control keeps the file from being closed, and its number from being
	// reused, in the meantime.
	closed := conn.Control(func(fd uintptr) {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		ready, err = unix.Poll(poll, int(pollInterval.Milliseconds()))
	})
	return closed != nil || ready > 0 || err != nil && !errors.Is(err, unix.EINTR)
}

// decompressed returns the capture's bytes, and whether they are compressed.
func (s *source) decompressed() (io.Reader, bool, error) {
	buffered := bufio.NewReaderSize(s, 1<<16)
	magic, _ := buffered.Peek(2)
	if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return buffered, false, nil
	}
	unzipped, err := gzip.NewReader(buffered)
	return unzipped, true, err
}

func (s *source) close() error {
	s.stopped.Store(true)
	if s.file == nil || s.file == os.Stdin {
		return nil
	}
	return s.file.Close()
}
