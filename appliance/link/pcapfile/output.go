package pcapfile

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
)

// output is a capture being written. It takes the name of its file when it is
// complete: until then a file that was there before is left as it is.
type output struct {
	name   string // in errors
	final  string // to rename to, "" if file is written in place
	file   *os.File
	w      *bufio.Writer
	err    error // the first one
	closed bool
}

// createOutput creates an output that will be at path, "-" is standard output.
// avoid are files that it must not be.
func createOutput(path string, avoid ...os.FileInfo) (*output, error) {
	if path == "-" {
		return newOutput("standard output", "", os.Stdout), nil
	}
	final := resolve(path)
	info, err := os.Stat(final)
	if errors.Is(err, fs.ErrNotExist) {
		return createFile(path, final, 0o666)
	}
	if err != nil {
		return nil, writeError(path, err)
	}
	if info.IsDir() {
		return nil, writeError(path, syscall.EISDIR)
	}
	for _, a := range avoid {
		if os.SameFile(info, a) {
			return nil, fmt.Errorf("write %s: it is the capture that is read (expected another file)", path)
		}
	}
	if info.Mode().IsRegular() {
		return createFile(path, final, info.Mode().Perm())
	}
	// A device or a pipe is there to be written to, not to be replaced.
	file, err := os.OpenFile(final, os.O_WRONLY, 0)
	if err != nil {
		return nil, writeError(path, err)
	}
	return newOutput(path, "", file), nil
}

// createFile creates the file that will be renamed to final.
func createFile(path, final string, mode fs.FileMode) (*output, error) {
	temporary := fmt.Sprintf("%s.%08x.part", final, rand.Uint32())
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, writeError(path, err)
	}
	return newOutput(path, final, file), nil
}

// writeError names the file that the user asked for, not the temporary one.
func writeError(name string, err error) error {
	var cause syscall.Errno
	if errors.As(err, &cause) {
		err = cause
	}
	return fmt.Errorf("write %s: %w", name, err)
}

// resolve follows symbolic links, so that what they lead to is replaced and
// not they.
func resolve(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path))
	}
	return path
}

func newOutput(name, final string, file *os.File) *output {
	return &output{name: name, final: final, file: file, w: bufio.NewWriterSize(file, 1<<18)}
}

// write appends bytes. It does nothing after an error; what comes after close
// is one.
func (o *output) write(b []byte) {
	if o.err != nil {
		return
	}
	if o.closed {
		o.fail(os.ErrClosed)
	} else if _, err := o.w.Write(b); err != nil {
		o.fail(err)
	}
}

func (o *output) fail(err error) { o.err = writeError(o.name, err) }

// close completes the file, or removes it if it cannot be complete.
func (o *output) close() error {
	if o.err == nil {
		if err := o.w.Flush(); err != nil {
			o.fail(err)
		}
	}
	if o.file != os.Stdout {
		if err := o.file.Close(); err != nil && o.err == nil {
			o.fail(err)
		}
	}
	if o.final != "" && o.err == nil {
		if err := os.Rename(o.file.Name(), o.final); err != nil {
			o.fail(err)
		}
	}
	err := o.err
	if err != nil {
		o.discard()
	}
	o.err, o.closed = nil, true
	return err
}

// discard gives the file up, without a trace if it has no name yet.
func (o *output) discard() {
	if o.file != os.Stdout {
		o.file.Close()
	}
	if o.final != "" {
		os.Remove(o.file.Name())
	}
}
