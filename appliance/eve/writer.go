package eve

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"vxwall/rules"
	"vxwall/rules/suricata"
)

// Config of a Writer.
type Config struct {
	Out      io.Writer
	Path     string // of Out, for errors
	Policies Policies
	Capture  bool                      // packets have numbers in a capture file: write pcap_cnt
	Wait     bool                      // wait for the log instead of losing events (replay)
	Retry    bool                      // an error of writing loses what was to be written, no more
	LongIPv6 bool                      // IPv6 addresses as Suricata writes them, with all their digits
	Payload  bool                      // alerts quote what they are about
	Classes  map[string]suricata.Class // by classtype, for alerts
	Ring     int                       // events between a worker and the writer, a power of two; 0 = 8192
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
	// flushAt is how many bytes of events are written at once.
	flushAt = 1 << 17
)

// Writer encodes the events of all workers and writes them, in a goroutine of
// its own.
type Writer struct {
	cfg     Config
	logs    []*Log
	buf     []byte // encoded events, not written yet
	waiting uint64 // number of them
	wakeup  chan struct{}
	closing sync.Once
	stop    chan struct{}
	stopped chan struct{}
	written atomic.Uint64
	lost    atomic.Uint64 // could not be written
	failed  atomic.Bool
	wait    atomic.Bool           // as Config.Wait says, or Patient
	trouble atomic.Pointer[error] // of the newest attempt to write, nil if it was good
	err     error                 // the first; set before stopped is closed
}

// NewWriter starts a writer for a number of workers. Close ends it.
func NewWriter(cfg Config, workers int) *Writer {
	if cfg.Ring == 0 {
		cfg.Ring = defaultRing
	}
	w := &Writer{
		cfg: cfg, buf: make([]byte, 0, flushAt+1<<14),
		wakeup: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	w.wait.Store(cfg.Wait)
	for range workers {
		w.logs = append(w.logs, &Log{ring: newRing(cfg.Ring), writer: w})
	}
	go w.run()
	return w
}

// Log returns the observer of a worker.
func (w *Writer) Log(worker int) *Log { return w.logs[worker] }

// Written is the number of events that were written.
func (w *Writer) Written() uint64 { return w.written.Load() }

// Lost is the number of events that did not fit into a ring or could not be
// written.
func (w *Writer) Lost() uint64 {
	lost := w.lost.Load()
	for _, l := range w.logs {
		lost += l.ring.lost.Load()
	}
	return lost
}

// Patient makes workers wait for the log from now on, as Config.Wait does: for
// those that end, and have nothing else to do.
func (w *Writer) Patient() { w.wait.Store(true) }

// Trouble is why events cannot be written just now, nil if they can.
func (w *Writer) Trouble() error {
	if err := w.trouble.Load(); err != nil {
		return *err
	}
	return nil
}

// Close writes what is left and returns the first error of writing. No worker
// may use its log any more.
func (w *Writer) Close() error {
	w.closing.Do(func() { close(w.stop) })
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

// drain writes all events that wait, by turns: a busy worker does not keep the
// writer from the others.
func (w *Writer) drain() {
	for found := true; found; {
		found = false
		for _, l := range w.logs {
			found = w.take(l) || found
		}
	}
	w.flush()
}

// take encodes the events that wait in a ring, and says whether there were any.
// After an error of writing events are taken and lost, so that nobody waits for
// them.
func (w *Writer) take(l *Log) bool {
	n := l.ring.fill()
	for range n {
		if w.alive() {
			w.buf = w.append(w.buf, l.ring.next())
			w.waiting++
		} else {
			w.lost.Add(1)
		}
		l.ring.done()
		if len(w.buf) >= flushAt {
			w.flush()
		}
	}
	return n > 0
}

func (w *Writer) flush() {
	if w.waiting == 0 {
		return
	}
	if _, err := w.cfg.Out.Write(w.buf); err != nil {
		w.lost.Add(w.waiting)
		w.fail(err)
	} else {
		w.written.Add(w.waiting)
		w.trouble.Store(nil)
	}
	w.buf, w.waiting = w.buf[:0], 0
}

// fail notes an error of writing.
func (w *Writer) fail(err error) {
	if errors.Is(err, errWaiting) {
		return // the error that it waits after is known
	}
	err = fmt.Errorf("write events to %s: %w", w.cfg.Path, cause(err))
	w.trouble.Store(&err)
	if w.err == nil {
		w.err = err
	}
	w.failed.Store(!w.cfg.Retry)
}

// cause is an error of a file without the path, which is named already.
func cause(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}
