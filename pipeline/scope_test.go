package pipeline_test

import (
	"bytes"
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
)

// keeper is a stage that counts packets in the worker's scope.
type keeper struct{ seen *[]string }

type keptCount struct{ packets int }

func (k keeper) Name() string                       { return "keeper" }
func (k keeper) Inspector() pipeline.Inspector      { panic("a scoped stage was asked without its scope") }
func (k keeper) note(what string)                   { *k.seen = append(*k.seen, what) }
func (k keeper) ended(r *flow.Record, end flow.End) { k.note("end " + end.String()) }
func (k keeper) judged(p *pipeline.Packet)          { k.note("judged " + p.Verdict().String()) }
func (k keeper) InspectorIn(s *pipeline.Scope) pipeline.Inspector {
	count := s.Part(keeper{}, func() any {
		s.OnFlowEnd(k.ended)
		s.OnJudged(k.judged)
		return &keptCount{}
	}).(*keptCount)
	return pt.Func{Title: "keeper", Decide: func(p *pipeline.Packet) pipeline.Verdict {
		if n := s.Number(p.State()); n == 0 || int(n) > s.Capacity() {
			k.note("number out of range")
		}
		if count.packets++; count.packets == 2 {
			return p.Deny(pipeline.Signature, 0)
		}
		return pipeline.Continue
	}}
}

func TestScopeOutlivesInspectors(t *testing.T) {
	var seen []string
	stage := keeper{&seen}
	frame := v100(pt.IPv4{}, pt.UDP{Src: 1, Dst: 2})
	result := pt.Rig{Config: pipeline.Default(), Stages: []pipeline.Stage{stage}}.Run(frame, frame)
	if got := result.Outcomes[1]; got.Reason != pipeline.Signature || got.Stage != "keeper" {
		t.Errorf("second packet: %s", got)
	}
	want := []string{"judged continue", "judged drop", "end shutdown"}
	if len(seen) != len(want) {
		t.Fatalf("seen %q, want %q", seen, want)
	}
	for i := range want {
		if seen[i] != want[i] {
			t.Errorf("seen %q, want %q", seen, want)
		}
	}
}

// A stage that writes into a payload has the checksums repaired on both sides of the
// tunnel's header.
func TestRepair(t *testing.T) {
	overwrite := pt.Func{Title: "writer", Decide: func(p *pipeline.Packet) pipeline.Verdict {
		copy(p.Payload(), "BYTES")
		if !p.Repair() {
			return p.Deny(pipeline.StreamRewrite, -1)
		}
		return pipeline.Continue
	}}
	for name, test := range map[string]struct {
		tunnel pt.VXLAN
		ip     pt.Layer
	}{
		"no outer checksum": {pt.VXLAN{VNI: 100, NoChecksum: true}, pt.IPv4{}},
		"outer checksum":    {pt.VXLAN{VNI: 100}, pt.IPv4{}},
		"IPv6 in IPv6":      {pt.VXLAN{VNI: 100, V6: true}, pt.IPv6{}},
	} {
		t.Run(name, func(t *testing.T) {
			frame := func(text string) []byte {
				return pt.Frame(test.tunnel, pt.Eth{}, test.ip, pt.TCP{Src: 9, Dst: 80, Flags: "PA"}, pt.Payload(text))
			}
			cfg := pipeline.Default()
			cfg.Flow.Midstream = true
			result := pt.Run(cfg, []pipeline.Stage{overwrite}, frame("bytes"))
			if len(result.Sent) != 1 || !bytes.Equal(result.Sent[0].Bytes, frame("BYTES")) {
				t.Errorf("sent %v, want the bytes and checksums of %x", result.Sent, frame("BYTES"))
			}
		})
	}
	udp := pt.Run(pipeline.Default(), []pipeline.Stage{overwrite}, v100(pt.IPv4{}, pt.UDP{}, pt.Payload("bytes")))
	if got := udp.Outcomes[0].Reason; got != pipeline.StreamRewrite {
		t.Errorf("UDP rewritten: %s", got)
	}
}
