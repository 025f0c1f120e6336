package pcapfile

import "io"

const (
	// windowSize has room for many batches of ordinary packets.
	windowSize = 1 << 20
	// maxFrame is the longest packet that libpcap and Wireshark take, too.
	maxFrame = 1 << 18
	// maxRecord is the most that one packet may take with all around it.
	maxRecord = windowSize / 2
	// maxIdleReads ends the wait for a reader that returns nothing.
	maxIdleReads = 100
)

// window is the part of a capture that is in memory. It belongs to one
// goroutine.
type window struct {
	src        io.Reader
	buf        []byte
	start, end int
	offset     int64 // of buf[start] in the capture
	err        error // that ended src, io.EOF at its end
}

func newWindow(src io.Reader) *window {
	return &window{src: src, buf: make([]byte, windowSize)}
}

// bytes returns what is there and not taken.
func (w *window) bytes() []byte { return w.buf[w.start:w.end:w.end] }

// take passes over n bytes that are there.
func (w *window) take(n int) {
	w.start += n
	w.offset += int64(n)
}

// fill moves the window until n bytes are there, n <= windowSize. Slices taken
// before become invalid. An error is that of src.
func (w *window) fill(n int) error {
	if w.start > 0 {
		w.end = copy(w.buf, w.bytes())
		w.start = 0
	}
	for idle := 0; w.end < n; {
		if w.err != nil {
			return w.err
		}
		got, err := w.src.Read(w.buf[w.end:])
		w.end += got
		w.err = err
		if idle++; got > 0 {
			idle = 0
		}
		if idle > maxIdleReads {
			w.err = io.ErrNoProgress
		}
	}
	return nil
}

// skip passes over n bytes, however many. It returns how many are missing if
// src ends before, and why.
func (w *window) skip(n int64) (missing int64, err error) {
	for n > 0 {
		if w.start == w.end {
			if err := w.fill(1); err != nil {
				return n, err
			}
		}
		here := min(n, int64(w.end-w.start))
		w.take(int(here))
		n -= here
	}
	return 0, nil
}
