package eve

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	. "vxwall/pipeline/pipelinetest"
	"vxwall/rules"
)

// gate is a file that does not take anything until it is opened.
type gate struct {
	entered, open chan struct{}
	bytes.Buffer
}

func newGate() *gate { return &gate{entered: make(chan struct{}, 100), open: make(chan struct{})} }

func (g *gate) Write(p []byte) (int, error) {
	g.entered <- struct{}{}
	<-g.open
	return g.Buffer.Write(p)
}

func lines(b []byte) int { return bytes.Count(b, []byte{'\n'}) }

func end(w *Writer, worker int) {
	w.Log(worker).FlowEnd(&flow.Record{Judgement: flow.Judgement{Log: uint8(rules.LogBoth)}}, flow.Expired)
}

// TestFullRing stops the file: the producer goes on, and what does not fit is
// counted.
func TestFullRing(t *testing.T) {
	file := newGate()
	w := NewWriter(Config{Out: file, Policies: names{}, Ring: 64}, 1)
	end(w, 0)
	<-file.entered
	const n = 1000
	start := time.Now()
	for range n {
		end(w, 0)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("the producer was kept for %v", took)
	}
	if got := w.Lost(); got != n-64 {
		t.Errorf("%d events lost, want %d", got, n-64)
	}
	close(file.open)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w.Written() != 65 || lines(file.Bytes()) != 65 || w.Lost() != n-64 {
		t.Errorf("written %d, in file %d, lost %d", w.Written(), lines(file.Bytes()), w.Lost())
	}
}

// TestWait writes more than fits, from several workers at once, and loses none.
func TestWait(t *testing.T) {
	const workers, each = 3, 5000
	var file bytes.Buffer
	w := NewWriter(Config{Out: &file, Policies: names{}, Wait: true, Ring: 64}, workers)
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for range each {
				end(w, worker)
			}
		})
	}
	all.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Error("closed twice:", err)
	}
	if w.Written() != workers*each || lines(file.Bytes()) != workers*each || w.Lost() != 0 {
		t.Errorf("written %d, in file %d, lost %d: want %d", w.Written(), lines(file.Bytes()), w.Lost(), workers*each)
	}
}

// broken takes some writes, then fails.
type broken struct {
	left int
	bytes.Buffer
}

var errBroken = errors.New("device is gone")

func (b *broken) Write(p []byte) (int, error) {
	if b.left--; b.left < 0 {
		return 0, errBroken
	}
	return b.Buffer.Write(p)
}

// TestFailingFile: a worker goes on, even one that would wait for the log, and
// Close reports the first error, once, with the path.
func TestFailingFile(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	const n = 5000
	for _, c := range []struct {
		name string
		out  io.Writer
		want string
	}{
		{"/dev/full", full, "write events to /dev/full: no space left on device"},
		{"log", &broken{}, "write events to log: device is gone"},
		{"log", &broken{left: 2}, "write events to log: device is gone"},
	} {
		w := NewWriter(Config{Out: c.out, Path: c.name, Policies: names{}, Wait: true, Ring: 64}, 1)
		for range n {
			end(w, 0)
		}
		err := w.Close()
		if err == nil || err.Error() != c.want {
			t.Errorf("error %q, want %q", err, c.want)
		}
		if w.Written()+w.Lost() != n || w.Lost() == 0 {
			t.Errorf("%s: written %d, lost %d: want %d together", c.name, w.Written(), w.Lost(), n)
		}
		if b, ok := c.out.(*broken); ok && uint64(lines(b.Bytes())) != w.Written() {
			t.Errorf("written %d, in file %d", w.Written(), lines(b.Bytes()))
		}
	}
}

// TestEventsComeByThemselves: a few events do not wait for more.
func TestEventsComeByThemselves(t *testing.T) {
	out, in := io.Pipe()
	w := NewWriter(Config{Out: in, Policies: names{}}, 1)
	end(w, 0)
	line := make([]byte, 4096)
	n, err := out.Read(line)
	if err != nil || !strings.Contains(string(line[:n]), `"event_type":"flow"`) {
		t.Errorf("read %q, %v", line[:n], err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// TestStatsAreCopied changes the counters after the event.
func TestStatsAreCopied(t *testing.T) {
	file := newGate()
	w := NewWriter(Config{Out: file, Policies: names{}}, 1)
	c := pipeline.Counters{Received: pipeline.Tally{Packets: 7}}
	w.Log(0).Stats(1, &c)
	c.Received.Packets = 8
	close(file.open)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := field(parse(t, file.String()), "stats.decoder.pkts"); got != 7.0 {
		t.Errorf("%v packets, want 7", got)
	}
}

// TestNoAllocation runs packets of every kind through a worker, its log and the
// writer.
func TestNoAllocation(t *testing.T) {
	set := parsePolicy(t, policyText)
	var current pipeline.Current
	current.Publish(program(set, 1))
	w := NewWriter(Config{Out: io.Discard, Policies: oneRevision{set}, Capture: true, Wait: true, Ring: 64}, 1)
	defer w.Close()
	var frames [][]byte
	for _, c := range goldenCases {
		if !strings.Contains(c.policy, "monitor") {
			frames = append(frames, c.frames...)
		}
	}
	worker := pipeline.NewWorker(testConfig(), NewLoop(frames...), &current, w.Log(0))
	if n := AllocsPerStep(worker); n != 0 {
		t.Errorf("%v allocations per batch", n)
	}
	if w.Written() == 0 {
		t.Error("nothing was written")
	}
}

// oneRevision is a Policies that does not make names as it goes.
type oneRevision struct{ set *rules.Set }

func (o oneRevision) Policy(uint32) (*rules.Set, string) { return o.set, "1-test" }
func (oneRevision) Latest() uint32                       { return 1 }
