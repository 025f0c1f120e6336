package linktest

import (
	"bytes"
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// observed stands between a worker and a link, checks what the link does and
// notes what it must transmit.
type observed struct {
	pipeline.Queue
	t        testing.TB
	received [][]byte // copies, in order
	frames   [][]byte // to transmit, in order
	answers  [][]byte
	apart    bool // answers do not leave among the frames
}

func (o *observed) Recv(b *pipeline.Batch) error {
	o.t.Helper()
	err := o.Queue.Recv(b)
	if b.Len() > pipeline.BatchSize {
		o.t.Fatalf("batch of %d packets", b.Len())
	}
	if err == nil && b.Len() == 0 {
		o.t.Fatal("neither a packet nor an error")
	}
	for i := range b.Len() {
		o.received = append(o.received, bytes.Clone(b.Packet(i).Bytes()))
	}
	return err
}

func (o *observed) Send(b *pipeline.Batch) error {
	o.t.Helper()
	extras := b.Extras()
	for i := range b.Len() {
		if p := b.Packet(i); p.Forwarded() {
			o.frames = append(o.frames, bytes.Clone(p.Bytes()))
		}
		for len(extras) > 0 && extras[0].After <= i {
			o.extra(&extras[0])
			extras = extras[1:]
		}
	}
	for i := range extras {
		o.extra(&extras[i])
	}
	err := o.Queue.Send(b)
	checkEmpty(o.t, b)
	return err
}

func (o *observed) extra(e *pipeline.Extra) {
	list := &o.frames
	if e.Answer && o.apart {
		list = &o.answers
	}
	*list = append(*list, bytes.Clone(e.Bytes))
}

func checkEmpty(t testing.TB, b *pipeline.Batch) {
	t.Helper()
	if b.Len() != 0 || len(b.Extras()) != 0 {
		t.Errorf("after Send the batch has %d packets and %d extra frames", b.Len(), len(b.Extras()))
	}
}

// checkFrames compares frames in order.
func checkFrames(t testing.TB, what string, got, want [][]byte) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if !bytes.Equal(got[i], want[i]) {
			t.Fatalf("%s %d of %d:\n got %x\nwant %x", what, i, len(want), got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%s: got %d, want %d", what, len(got), len(want))
	}
}

// newWorker makes a worker of one stage, which does as the frames say.
func newWorker(q pipeline.Queue) *pipeline.Worker {
	cfg := pipeline.Default()
	cfg.Plain = true
	cfg.Flow.Capacity = 1 << 12
	cfg.AnswerRate = 1e6
	current := new(pipeline.Current)
	current.Publish(&pipeline.Program{Revision: 1, Stages: []pipeline.Stage{obedient{}}})
	return pipeline.NewWorker(cfg, q, current, silent{})
}

// silent is an observer that nothing is reported to.
type silent struct{}

func (silent) Dropped(*pipeline.Packet)                  {}
func (silent) FlowStart(*pipeline.Packet)                {}
func (silent) FlowEnd(*flow.Record, flow.End)            {}
func (silent) Found(*pipeline.Packet, *pipeline.Finding) {}
