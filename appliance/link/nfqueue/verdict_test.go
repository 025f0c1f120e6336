package nfqueue

import (
	"bytes"
	"testing"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// deciding is a queue without a kernel: it has one packet, and writes the verdict on it.
type deciding struct {
	Queue
	frame []byte
	given bool
}

func (d *deciding) Recv(b *pipeline.Batch) error {
	if d.given {
		return pipeline.ErrClosed
	}
	d.given = true
	b.Add(d.frame, 9, pt.Start, pipeline.LinkRaw)
	return nil
}

func (d *deciding) Send(b *pipeline.Batch) error {
	defer b.Reset()
	for i := range b.Len() {
		if err := d.decide(b.Packet(i), len(d.frame)); err != nil {
			return err
		}
	}
	d.endRun()
	return nil
}

// TestRewrittenPayload: a packet into which a stage wrote passes with what it wrote, though
// it is as long as it was.
func TestRewrittenPayload(t *testing.T) {
	packet := func(text string) []byte {
		return pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{}, pt.TCP{Src: 9, Dst: 80, Flags: "S"}, pt.Payload(text))[14:]
	}
	for _, text := range []string{"bytes", "BYTES"} {
		stage := pt.Func{Title: "writer", Decide: func(p *pipeline.Packet) pipeline.Verdict {
			if copy(p.Payload(), text); text != "bytes" && !p.Repair() {
				return pipeline.Drop
			}
			return pipeline.Continue
		}}
		var current pipeline.Current
		current.Publish(&pipeline.Program{Revision: 1, Stages: []pipeline.Stage{stage}})
		d := &deciding{Queue: Queue{socket: &socket{queue: 7}, out: make([]byte, 0, maxSend)}, frame: packet("bytes")}
		if err := pipeline.NewWorker(pipeline.Default(), d, &current, pt.Silent{}).Run(); err != nil {
			t.Fatal(err)
		}
		want := appendVerdict(nil, msgVerdict, 7, accept, 9, nil)
		if text != "bytes" {
			want = appendVerdict(nil, msgVerdict, 7, accept, 9, packet(text))
		}
		if !bytes.Equal(d.out, want) {
			t.Errorf("%s: told the kernel\n%x, want\n%x", text, d.out, want)
		}
	}
}
