package av_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"vxwall/inspect/av"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// live is a queue whose frames come when the test says so, and that can be woken.
type live struct {
	*pt.Queue
	now  atomic.Int64
	feed chan []byte
	wake chan struct{}
}

func newLive() *live {
	l := &live{Queue: pt.NewQueue(), feed: make(chan []byte), wake: make(chan struct{}, 1)}
	l.now.Store(pt.Start)
	return l
}

func (l *live) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *live) Recv(b *pipeline.Batch) error {
	now := l.now.Add(int64(time.Millisecond))
	select {
	case frame, more := <-l.feed:
		if !more {
			return pipeline.ErrClosed
		}
		l.Add(pt.Input{Bytes: frame, Time: now})
		return l.Queue.Recv(b)
	case <-l.wake:
	case <-time.After(time.Millisecond):
	}
	b.SetNow(now)
	return pipeline.ErrTimeout
}

// bench is a worker that runs while a test talks to it.
type bench struct {
	*live
	engine *engine
	heard  *listener
	ended  chan error
}

func start(t *testing.T, change func(*av.Profile)) *bench {
	t.Helper()
	b := &bench{live: newLive(), engine: &engine{whole: make(chan av.Finding)}, ended: make(chan error)}
	r, heard := rig(b.engine, change)
	b.heard = heard
	stage := r.Stages[0].(*av.Stage)
	stage.Judges = av.NewJudges(2)
	t.Cleanup(stage.Judges.Close)
	var current pipeline.Current
	current.Publish(&pipeline.Program{Revision: 1, Stages: r.Stages})
	w := pipeline.NewWorker(r.Config, b.live, &current, pt.Silent{})
	go func() { b.ended <- w.Run() }()
	return b
}

func (b *bench) say(frames ...[]byte) {
	for _, f := range frames {
		b.feed <- f
	}
}

// end ends the worker and returns the numbers of the frames that left.
func (b *bench) end(t *testing.T) map[uint64]bool {
	t.Helper()
	close(b.feed)
	if err := <-b.ended; err != nil && !errors.Is(err, pipeline.ErrClosed) {
		t.Fatal(err)
	}
	left := map[uint64]bool{}
	for i := range b.Sent {
		if !b.Sent[i].Answer {
			left[b.Sent[i].Handle] = true
		}
	}
	return left
}

// container is a download whose last two frames are the end of the file and what follows.
func container() *download {
	d := get(100, sized(8))
	d.server("PA", "PK")
	d.server("PA", "inside")
	d.server("PA", "HTTP/1.1 200 OK\r\n")
	return d
}

func TestEndIsHeld(t *testing.T) {
	for name, test := range map[string]struct {
		finding av.Finding
		passes  bool
	}{
		"clean":    {av.Finding{}, true},
		"infected": {av.Finding{Outcome: av.Infected, Name: "Late"}, false},
		"alert":    {av.Finding{Outcome: av.Encrypted}, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, nil)
			d := container()
			b.say(d.frames...)
			b.say(d.frames[6], d.frames[6]) // the sender has no answer
			b.engine.whole <- test.finding
			time.Sleep(20 * time.Millisecond)
			left := b.end(t)
			for frame := uint64(1); frame <= 6; frame++ {
				if !left[frame] {
					t.Errorf("frame %d did not leave", frame)
				}
			}
			for frame := uint64(7); frame <= 10; frame++ {
				if left[frame] != test.passes {
					t.Errorf("frame %d left: %v, want %v", frame, left[frame], test.passes)
				}
			}
			if len(b.heard.said) != 1 {
				t.Errorf("told %q", b.heard.said)
			}
		})
	}
}

// Who does not answer in time is not waited for.
func TestHoldEnds(t *testing.T) {
	for _, action := range []av.Action{av.Block, av.Allow} {
		b := start(t, func(p *av.Profile) { p.MaxHold, p.Actions[av.Error] = 50*time.Millisecond, action })
		d := container()
		b.say(d.frames...)
		time.Sleep(200 * time.Millisecond)
		if left := b.end(t); left[7] != (action == av.Allow) {
			t.Errorf("%s: the end of the file left: %v", action, left[7])
		}
		b.engine.whole <- av.Finding{} // too late
		if len(b.heard.said) != 1 {
			t.Errorf("told %q", b.heard.said)
		}
	}
}

// A flow that ends does not take what is found with it.
func TestFindingAfterTheFlow(t *testing.T) {
	b := start(t, func(p *av.Profile) { p.Monitor, p.MaxHold = true, 10*time.Hour })
	d := container()
	d.server("R", "")
	b.say(d.frames...)
	b.now.Add(int64(time.Hour))
	time.Sleep(20 * time.Millisecond)
	b.engine.whole <- av.Finding{Outcome: av.Infected, Name: "Late"}
	time.Sleep(20 * time.Millisecond)
	b.end(t)
	if len(b.heard.said) != 1 || b.heard.said[0] != "/file.bin infected Late block 8" {
		t.Errorf("told %q", b.heard.said)
	}
}

// A file without a known length: its newest bytes are held until more come, or its end.
func TestNewestBytesAreHeld(t *testing.T) {
	for _, finding := range []av.Finding{{}, {Outcome: av.Infected}} {
		b := start(t, nil)
		d := get(100, "")
		d.server("PA", "PK")
		d.server("PA", "inside")
		d.server("FA", "")
		b.say(d.frames...)
		b.engine.whole <- finding
		time.Sleep(20 * time.Millisecond)
		left := b.end(t)
		if clean := finding.Outcome == av.Clean; !left[6] || left[7] != clean || left[8] != clean {
			t.Errorf("%s: left %v", finding.Outcome, left)
		}
	}
}

// Who pauses in a file is not kept waiting for ever; but what came so far is judged first,
// for its end may only not be told.
func TestPauseInAFile(t *testing.T) {
	for _, finding := range []av.Finding{{}, {Outcome: av.Infected}} {
		b := start(t, func(p *av.Profile) { p.MaxHold = 50 * time.Millisecond })
		d := get(100, "")
		d.server("PA", "PK")
		b.say(d.frames...)
		b.engine.whole <- finding
		time.Sleep(30 * time.Millisecond)
		d.server("PA", "more")
		clean := finding.Outcome == av.Clean
		if clean {
			b.say(d.frames[6])
			b.engine.whole <- av.Finding{}
		}
		left := b.end(t)
		if clean {
			b.engine.whole <- av.Finding{} // of the end of the flow
		}
		if left[6] != clean {
			t.Errorf("%s: the beginning of the file left: %v", finding.Outcome, left[6])
		}
	}
}
