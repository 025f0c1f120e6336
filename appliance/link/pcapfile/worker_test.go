package pcapfile

import (
	"testing"

	"vxwall/appliance/link/linktest"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// willing is a stage that lets everything pass.
type willing struct{}

func (willing) Name() string                              { return "willing" }
func (willing) Inspector() pipeline.Inspector             { return willing{} }
func (willing) Inspect(*pipeline.Packet) pipeline.Verdict { return pipeline.Accept }

type silent struct{}

func (silent) Dropped(*pipeline.Packet)                  {}
func (silent) FlowStart(*pipeline.Packet)                {}
func (silent) FlowEnd(*flow.Record, flow.End)            {}
func (silent) Found(*pipeline.Packet, *pipeline.Finding) {}

// newForwarder makes a worker that forwards everything, uninspected unless it
// is VXLAN.
func newForwarder(q pipeline.Queue) *pipeline.Worker {
	cfg := pipeline.Default()
	cfg.PassOuterFragment = true
	cfg.Flow.Capacity = 1 << 12
	current := new(pipeline.Current)
	current.Publish(&pipeline.Program{Revision: 1, Stages: []pipeline.Stage{willing{}}, Monitor: true})
	return pipeline.NewWorker(cfg, q, current, silent{})
}

func TestSuite(t *testing.T) {
	open := func(t *testing.T, frames [][]byte, opts Options) (*Queue, Options) {
		c := littleNano().pcap(1)
		for i, f := range frames {
			c.record(1700000000, uint32(i)*1000, uint32(len(f)), string(f))
		}
		opts.In = file(t, "in.pcap", c.b)
		q, err := Open(opts)
		if err != nil {
			t.Fatal(err)
		}
		return q, opts
	}
	sent := func(t *testing.T, path string) func() [][]byte {
		return func() [][]byte {
			q, err := inMemory(load(t, path))
			if err != nil {
				t.Fatal(err)
			}
			packets, _, err := receive(t, q)
			if err != nil {
				t.Fatal(err)
			}
			var frames [][]byte
			for _, p := range packets {
				frames = append(frames, []byte(p.bytes))
			}
			return frames
		}
	}
	linktest.Suite(t, func(t *testing.T, frames [][]byte) linktest.Link {
		dir := t.TempDir()
		q, opts := open(t, frames, Options{Out: dir + "/out.pcap", Answers: dir + "/answers.pcap"})
		return linktest.Link{Queue: q, Sent: sent(t, opts.Out), Answers: sent(t, opts.Answers)}
	})
}
