package pipeline_test

import (
	"bytes"
	"testing"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// holder is a stage that holds what says "hold", until something says "go" or "stop".
type holder struct{}

func (holder) Name() string                  { return "holder" }
func (holder) Inspector() pipeline.Inspector { panic("a scoped stage was asked without its scope") }
func (holder) InspectorIn(s *pipeline.Scope) pipeline.Inspector {
	released, denied := false, false
	return pt.Func{Title: "holder", Decide: func(p *pipeline.Packet) pipeline.Verdict {
		switch said := string(p.Payload()); {
		case said == "go" || said == "stop":
			released, denied = true, said == "stop"
			s.Release(s.Number(p.State()))
			return pipeline.Continue
		case denied:
			return p.DenyFlow(pipeline.FileInfected, -1, false)
		case released:
			return pipeline.Continue
		}
		return s.Hold(p)
	}}
}

func TestHold(t *testing.T) {
	say := func(text string) []byte { return v100(pt.IPv4{}, pt.UDP{Src: 7, Dst: 8}, pt.Payload(text)) }
	passes := pt.Outcome{Forwarded: true}
	held := func(r pipeline.Reason) pt.Outcome { return pt.Outcome{Stage: "holder", Reason: r} }
	for name, test := range map[string]struct {
		say    []string
		config func(*pipeline.Config)
		want   []pt.Outcome
	}{
		"released": {say: []string{"hold 1", "hold 2", "go"}, want: []pt.Outcome{passes, passes, passes}},
		"denied":   {say: []string{"hold 1", "stop"}, want: []pt.Outcome{held(pipeline.FileInfected), passes}},
		"never": {say: []string{"hold 1"},
			want: []pt.Outcome{{Stage: "flow", Reason: pipeline.HoldTimeout}}},
		"no room for frames": {say: []string{"hold 1", "hold 2", "go"}, config: func(c *pipeline.Config) { c.Hold.Frames = 1 },
			want: []pt.Outcome{passes, held(pipeline.HoldLimit), passes}},
		"no room for bytes": {say: []string{"hold 1", "hold 2", "go"}, config: func(c *pipeline.Config) { c.Hold.Memory = 2048 },
			want: []pt.Outcome{passes, held(pipeline.HoldLimit), passes}},
	} {
		for _, batch := range []int{1, 64} {
			t.Run(name, func(t *testing.T) {
				cfg := smallConfig()
				if test.config != nil {
					test.config(&cfg)
				}
				var frames [][]byte
				for _, text := range test.say {
					frames = append(frames, say(text))
				}
				result := pt.Rig{Config: cfg, Stages: []pipeline.Stage{holder{}}, Batch: batch}.Run(frames...)
				for i, want := range test.want {
					if got := result.Outcomes[i]; got != want {
						t.Errorf("%q: %s, want %s", test.say[i], got, want)
					}
				}
				for handle, frame := range result.Forwarded() {
					if !bytes.Equal(frame, frames[handle-1]) {
						t.Errorf("%q left as %x", test.say[handle-1], frame)
					}
				}
			})
		}
	}
}

// What is held leaves in the order in which it came.
func TestHoldKeepsOrder(t *testing.T) {
	var frames [][]byte
	for i := range 200 {
		frames = append(frames, v100(pt.IPv4{}, pt.UDP{Src: 7, Dst: 8}, pt.Bytes{'h', byte(i)}))
	}
	frames = append(frames, v100(pt.IPv4{}, pt.UDP{Src: 7, Dst: 8}, pt.Payload("go")))
	result := pt.Rig{Config: smallConfig(), Stages: []pipeline.Stage{holder{}}, Batch: 10}.Run(frames...)
	last := uint64(0)
	for i := range result.Sent {
		s := &result.Sent[i]
		if !s.Extra {
			continue
		}
		if s.Handle <= last {
			t.Fatalf("frame %d left after frame %d", s.Handle, last)
		}
		last = s.Handle
	}
	if last == 0 || result.Counters.Held != 0 {
		t.Errorf("the last that was held was frame %d, %d still are", last, result.Counters.Held)
	}
}
