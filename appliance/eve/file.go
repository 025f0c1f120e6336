package eve

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// File is an event log that outlives its troubles: it is opened anew when it was
// moved away (Reopen), and some time after an error. Any goroutine may use it.
type File struct {
	path string
	now  func() time.Time

	mu    sync.Mutex
	file  *os.File // nil after an error
	torn  bool     // it ends within a line
	stale error    // why the file that was moved away is still in use
	wait  time.Duration
	retry time.Time // not before, after an error
}

// After an error the file is opened again, after a second first and then less
// and less often.
const (
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

var errWaiting = errors.New("not tried again yet")

// OpenFile opens an event log to append to, and makes its directory if need be.
func OpenFile(path string) (*File, error) {
	f := &File{path: path, now: time.Now}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("write events to %s: %w", path, cause(err))
	}
	return f, f.Reopen()
}

// Reopen opens the file at the path, and then closes the one that was open: what
// rotates logs has moved it. If that fails the old one goes on to be used.
func (f *File) Reopen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stale = f.reopen()
	return f.stale
}

// Stale is why Reopen failed, so that lines do not go to the file at the path; nil
// once they do.
func (f *File) Stale() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stale
}

func (f *File) reopen() error {
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return fmt.Errorf("write events to %s: %w", f.path, cause(err))
	}
	if f.file != nil {
		f.file.Close() // what could not be written was reported by Write
	}
	f.file, f.retry, f.torn, f.stale = file, time.Time{}, f.endsTorn(file), nil
	return nil
}

// endsTorn says whether a file ends within a line: the disk was full, or who wrote
// it was killed.
func (f *File) endsTorn(file *os.File) bool {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return false
	}
	again, err := os.Open(f.path)
	if err != nil {
		return false
	}
	defer again.Close()
	last := []byte{'\n'}
	_, err = again.ReadAt(last, info.Size()-1)
	return err == nil && last[0] != '\n'
}

// Write implements io.Writer for whole lines. After an error it loses what it is
// given until it is time to try again.
func (f *File) Write(lines []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		if f.now().Before(f.retry) {
			return 0, errWaiting
		}
		if err := f.reopen(); err != nil {
			return 0, f.failed(err)
		}
	}
	if f.torn {
		if _, err := f.file.Write([]byte{'\n'}); err != nil {
			return 0, f.failed(err)
		}
		f.torn = false
	}
	n, err := f.file.Write(lines)
	if err != nil {
		return n, f.failed(err) // and when it is opened again, it is seen whether it is torn
	}
	f.wait = 0
	return n, nil
}

// failed closes the file until it is time to try again.
func (f *File) failed(err error) error {
	if f.file != nil {
		f.file.Close() // the error to report is known
		f.file = nil
	}
	f.wait = min(max(2*f.wait, firstRetry), lastRetry)
	f.retry = f.now().Add(f.wait)
	return err
}

// Close closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}
