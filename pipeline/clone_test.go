package pipeline_test

import (
	"bytes"
	"testing"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// TestCloneOfCut: a copy that was cut in its headers has more of them than there was of
// the frame (passive.go); its clone has them too.
func TestCloneOfCut(t *testing.T) {
	cfg := copyConfig()
	cfg.Mirror = nil
	whole := v100(pt.IPv4{}, pt.TCP{Src: 40000, Dst: 80}, pt.Payload("data"))
	for n := len(whole) - 4 - 16; n < len(whole); n++ {
		var clone *pipeline.Packet
		var l4 []byte
		stage := pt.Func{Title: "clone", Decide: func(p *pipeline.Packet) pipeline.Verdict {
			clone, l4 = p.Clone(), bytes.Clone(p.L4())
			return p.Allow(-1)
		}}
		result := pt.Run(cfg, []pipeline.Stage{stage}, bytes.Clone(whole[:n]))
		if clone == nil {
			t.Fatalf("cut to %d bytes: %s", n, result.Outcomes[0])
		}
		if !bytes.Equal(clone.Bytes(), whole[:n]) || !bytes.Equal(clone.L4(), l4) || len(clone.Payload()) != max(0, n-len(whole)+4) {
			t.Errorf("cut to %d bytes: %x, transport %x, want %x", n, clone.Bytes(), clone.L4(), l4)
		}
	}
}
