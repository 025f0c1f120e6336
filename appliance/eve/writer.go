package eve

import (
	"bufio"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"vxwall/rules"
)

// Config of a Writer.
type Config struct {
	Out      io.Writer
	Path     string // of Out, for errors
	Policies Policies
	Capture  bool // packets have numbers in a capture file: write pcap_cnt
	Wait     bool // wait for the log instead of losing events (replay)
	Ring     int  // events between a worker and the writer, a power of two; 0 = 8192
}

// Policies knows the rule sets that events refer to.
type Policies interface {
	// Policy returns the rule set of a revision and its name in events, nil if
	// it is too old to be known.
	Policy(revision uint32) (*rules.Set, string)
	// Latest is the revision in force.
	Latest() uint32
}

const (
	defaultRing = 8192
	// pollEvery bounds how long an event waits in a ring that does not fill up.
	pollEvery = 20 * time.Millisecond
)

// Writer encodes the events of all workers and writes them, in a goroutine of
// its own.
type Writer struct {
	cfg     Config
	logs    []*Log
	out     *bufio.Writer
	buf     []byte
	wakeup  chan struct{}
	stop    chan struct{}
	stopped chan struct{}
	written atomic.Uint64
	failed  atomic.Bool
	err     error
}

// NewWriter starts a writer for a number of workers. Close ends it.
func NewWriter(cfg Config, workers int) *Writer {
	if cfg.Ring == 0 {
		cfg.Ring = defaultRing
	}
	w := &Writer{
		cfg: cfg, out: bufio.NewWriterSize(cfg.Out, 1<<18),
		wakeup: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	for range workers {
		w.logs = append(w.logs, &Log{ring: newRing(cfg.Ring), writer: w})
	}
	go w.run()
	return w
}

// Log returns the observer of a worker.
func (w *Writer) Log(worker int) *Log { return w.logs[worker] }

// Written is the number of events written, Lost that of events that did not
// fit into a ring or could not be written.
func (w *Writer) Written() uint64 { return w.written.Load() }

// Lost is the number of events that were lost.
func (w *Writer) Lost() uint64 {
	var lost uint64
	for _, l := range w.logs {
		lost += l.ring.lost.Load()
	}
	return lost
}

// Close writes what is left and returns the first error of writing. No worker
// may use its log any more.
func (w *Writer) Close() error {
	close(w.stop)
	<-w.stopped
	return w.err
}

func (w *Writer) wake() {
	select {
	case w.wakeup <- struct{}{}:
	default:
	}
}

// alive says whether events still reach the file.
func (w *Writer) alive() bool { return !w.failed.Load() }

func (w *Writer) run() {
	defer close(w.stopped)
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		w.drain()
		select {
		case <-w.wakeup:
		case <-poll.C:
		case <-w.stop:
			w.drain()
			return
		}
	}
}

// drain writes all events that wait. After an error of writing events are
// taken and lost, so that nobody waits for them.
func (w *Writer) drain() {
	for _, l := range w.logs {
		for e := l.ring.next(); e != nil; e = l.ring.next() {
			w.write(l, e)
			l.ring.done()
		}
	}
	if err := w.out.Flush(); err != nil {
		w.fail(err)
	}
}

func (w *Writer) write(l *Log, e *Event) {
	if w.failed.Load() {
		l.ring.lost.Add(1)
		return
	}
	w.buf = w.append(w.buf[:0], e)
	if _, err := w.out.Write(w.buf); err != nil {
		w.fail(err)
		return
	}
	w.written.Add(1)
}

func (w *Writer) fail(err error) {
	if !w.failed.Swap(true) {
		w.err = fmt.Errorf("write events to %s: %w", w.cfg.Path, err)
	}
}
