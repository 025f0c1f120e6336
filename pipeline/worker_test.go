package pipeline_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
)

// datagram is a packet of a flow of its own.
func datagram(port uint16) []byte {
	return v100(pt.IPv4{}, pt.UDP{Src: port, Dst: 9999}, pt.Payload("x"))
}

func program(revision uint32, stages ...pipeline.Stage) *pipeline.Program {
	return &pipeline.Program{Revision: revision, Stages: stages}
}

func TestReloadTakesEffectWithTheNextBatch(t *testing.T) {
	var current pipeline.Current
	var recorder pt.Recorder
	q := pt.NewQueue(datagram(1), datagram(1), datagram(1), datagram(1), datagram(1))
	q.Batch = 1
	programs := []*pipeline.Program{nil, program(1, pt.AllowAll()), program(2, pt.DropAll()), program(3, pt.AllowAll(), pt.RejectAll()), nil, nil}
	q.BeforeRecv = func(next int) { current.Publish(programs[next]) }
	w := pipeline.NewWorker(smallConfig(), q, &current, &recorder)
	if err := w.Run(); err != nil {
		t.Fatal(err)
	}
	want := []pt.Drop{
		{Handle: 1, Stage: pipeline.StageDecap, Reason: pipeline.NoPolicy},
		{Handle: 3, Stage: pipeline.StageInspector, Reason: pipeline.SegmentDenied},
		{Handle: 4, Stage: pipeline.StageInspector + 1, Reason: pipeline.SegmentRejected},
		{Handle: 5, Stage: pipeline.StageDecap, Reason: pipeline.NoPolicy},
	}
	if len(recorder.Drops) != len(want) {
		t.Fatalf("dropped %+v", recorder.Drops)
	}
	for i, d := range recorder.Drops {
		if w := want[i]; d.Handle != w.Handle || d.Stage != w.Stage || d.Reason != w.Reason {
			t.Errorf("drop %d: %+v, want %+v", i, d, w)
		}
	}
	if len(recorder.Starts) != 1 || len(recorder.Ends) != 1 {
		t.Errorf("%d flows began, %d ended: a reload loses none", len(recorder.Starts), len(recorder.Ends))
	}
}

// counted is a stage that counts its inspectors.
type counted struct {
	pt.Func
	made *int
}

func (c counted) Inspector() pipeline.Inspector { *c.made++; return c.Func }

func TestInspectorsAreMadeOncePerProgram(t *testing.T) {
	made := 0
	var current pipeline.Current
	stage := counted{pt.Seen(func(*pipeline.Packet) {}).(pt.Func), &made}
	current.Publish(program(1, stage))
	q := pt.NewQueue(datagram(1), datagram(2), datagram(3))
	q.Batch = 1
	q.BeforeRecv = func(next int) {
		if next == 2 {
			current.Publish(program(2, stage))
		}
	}
	if err := pipeline.NewWorker(smallConfig(), q, &current, pt.Silent{}).Run(); err != nil {
		t.Fatal(err)
	}
	if made != 2 {
		t.Errorf("%d inspectors for two programs", made)
	}
}

func TestFinishSettlesWhatIsHeld(t *testing.T) {
	for _, monitor := range []bool{false, true} {
		frames := pt.Split(datagram4(1), 48, 96)[:2]
		rig := pt.Rig{Config: smallConfig(), Stages: []pipeline.Stage{pt.AllowAll()}, Monitor: monitor}
		result := rig.Run(frames...)
		for i, got := range result.Outcomes {
			if got != (pt.Outcome{Forwarded: monitor, Stage: "decap", Reason: pipeline.FragmentTimeout}) {
				t.Errorf("monitor %v, fragment %d: %s", monitor, i+1, got)
			}
		}
		if result.Counters.Held != 0 {
			t.Errorf("%d frames still held", result.Counters.Held)
		}
	}
}

func TestHeldFramesAreCounted(t *testing.T) {
	var current pipeline.Current
	current.Publish(program(1, pt.AllowAll()))
	q := pt.NewQueue(pt.Split(datagram4(1), 48, 96)[:2]...)
	w := pipeline.NewWorker(smallConfig(), q, &current, pt.Silent{})
	if err := w.Step(); err != nil {
		t.Fatal(err)
	}
	c := w.Counters()
	if c.Held != 2 || c.Received.Packets != 2 {
		t.Errorf("held %d of %d", c.Held, c.Received.Packets)
	}
	if err := pt.CheckCounters(&c); err != nil {
		t.Error(err)
	}
}

func TestStagesInOrder(t *testing.T) {
	var order []string
	stage := func(name string, v pipeline.Verdict) pipeline.Stage {
		return pt.Func{Title: name, Decide: func(*pipeline.Packet) pipeline.Verdict { order = append(order, name); return v }}
	}
	stages := []pipeline.Stage{stage("a", pipeline.Continue), stage("b", pipeline.Accept), stage("c", pipeline.Drop)}
	result := pt.Run(smallConfig(), stages, datagram(1))
	if len(order) != 2 || order[1] != "b" || !result.Outcomes[0].Forwarded {
		t.Errorf("asked %v, %s", order, result.Outcomes[0])
	}
	names := (&pipeline.Program{Stages: stages}).StageNames()
	if len(names) != 7 || names[pipeline.StageGuard] != "guard" || names[pipeline.StageDecap] != "decap" || names[pipeline.StageFlow] != "flow" || names[pipeline.StageEncap] != "encap" || names[pipeline.StageInspector] != "a" {
		t.Errorf("stages are named %v", names)
	}
}

// Accept ends the inspection: what a tunnel carries is not looked at.
func TestAcceptSkipsNested(t *testing.T) {
	asked := 0
	stage := pt.Func{Title: "accept", Decide: func(*pipeline.Packet) pipeline.Verdict { asked++; return pipeline.Accept }}
	result := pt.Run(smallConfig(), []pipeline.Stage{stage}, nest(nil, 5))
	if asked != 1 || !result.Outcomes[0].Forwarded {
		t.Errorf("asked %d times, %s", asked, result.Outcomes[0])
	}
}

// A denied flow is forgotten early, but not where nothing is enforced.
func TestDeniedFlows(t *testing.T) {
	for _, monitor := range []bool{false, true} {
		rig := pt.Rig{Config: smallConfig(), Stages: []pipeline.Stage{pt.DropAll()}, Monitor: monitor}
		result := rig.Run(datagram(1))
		if denied := result.Ends[0].Record.Flags&flow.Denied != 0; denied == monitor {
			t.Errorf("monitor %v: flow denied %v", monitor, denied)
		}
	}
}

// idle is a queue that has nothing for a while, then fails.
type idle struct {
	*pt.Queue
	errs []error
}

func (q *idle) Recv(b *pipeline.Batch) error {
	if len(q.errs) == 0 {
		return q.Queue.Recv(b)
	}
	err := q.errs[0]
	q.errs = q.errs[1:]
	if err == nil {
		return q.Queue.Recv(b)
	}
	return err
}

func TestQueueErrors(t *testing.T) {
	broken := errors.New("receive frames: link is gone")
	for _, test := range []struct{ errs, want error }{{nil, nil}, {broken, broken}} {
		var current pipeline.Current
		current.Publish(program(1, pt.AllowAll()))
		q := &idle{pt.NewQueue(datagram(1)), []error{pipeline.ErrTimeout, nil, pipeline.ErrTimeout, test.errs}}
		err := pipeline.NewWorker(smallConfig(), q, &current, pt.Silent{}).Run()
		if !errors.Is(err, test.want) || len(q.Sent) != 1 {
			t.Errorf("error %v, want %v; %d frames sent", err, test.want, len(q.Sent))
		}
	}
}

// Counters are up to date soon after traffic has stopped: without packets the
// worker's clock stands still.
func TestCountersAfterSilence(t *testing.T) {
	var current pipeline.Current
	current.Publish(program(1, pt.AllowAll()))
	q := &idle{pt.NewQueue(datagram(1), datagram(2)), []error{nil, nil, pipeline.ErrTimeout}}
	q.Batch = 1
	w := pipeline.NewWorker(smallConfig(), q, &current, pt.Silent{})
	for range 3 {
		if err := w.Step(); err != nil && !errors.Is(err, pipeline.ErrTimeout) {
			t.Fatal(err)
		}
	}
	if c := w.Counters(); c.Received.Packets != 2 {
		t.Errorf("%d packets counted, want 2", c.Received.Packets)
	}
}

// Any goroutine may read the counters, and publish programs, while the worker
// runs.
func TestCountersWhileRunning(t *testing.T) {
	var current pipeline.Current
	current.Publish(program(1, pt.AllowAll()))
	w := pipeline.NewWorker(smallConfig(), pt.NewLoop(pt.Samples()...), &current, pt.Silent{})
	var readers sync.WaitGroup
	done := make(chan struct{})
	readers.Go(func() {
		for revision := uint32(2); ; revision++ {
			select {
			case <-done:
				return
			default:
			}
			c := w.Counters()
			if err := pt.CheckCounters(&c); err != nil {
				t.Error(err)
				return
			}
			current.Publish(program(revision, pt.DropAll()))
			time.Sleep(100 * time.Microsecond)
		}
	})
	for range 300 {
		if err := w.Step(); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	readers.Wait()
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	if c := w.Counters(); c.Received.Packets != 300*pipeline.BatchSize || pt.CheckCounters(&c) != nil {
		t.Errorf("%+v, %v", c.Received, pt.CheckCounters(&c))
	}
}

func TestVerdictNames(t *testing.T) {
	for v, want := range map[pipeline.Verdict]string{pipeline.Drop: "drop", pipeline.Continue: "continue", pipeline.Accept: "accept", pipeline.Detour: "detour"} {
		if v.String() != want {
			t.Errorf("verdict %d is named %s, want %s", v, v, want)
		}
	}
	if (pipeline.Verdict)(0) != pipeline.Drop {
		t.Error("the zero verdict does not drop")
	}
}
