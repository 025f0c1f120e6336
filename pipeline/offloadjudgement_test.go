package pipeline_test

import (
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
)

// byGroup judges a flow by the group of its initiator, as the ACL does: the
// newest one that was heard holds for both directions.
func byGroup(p *pipeline.Packet) pipeline.Verdict {
	j := &p.State().Judgement
	if p.Direction() == flow.ToResponder {
		group, _ := p.Group()
		*j = flow.Judgement{Revision: 1, SrcGroup: group}
	}
	if j.SrcGroup == 66 {
		return p.DenyFlow(pipeline.SegmentDenied, -1, false)
	}
	return p.Allow(-1)
}

// TestOffloadEndsWithItsJudgement: where a packet changes what was decided of its
// flow, under the same policy, the other direction is not handled by what was
// decided before.
func TestOffloadEndsWithItsJudgement(t *testing.T) {
	k := newKernel(t, smallConfig(), final{pt.Func{Title: "by group", Decide: byGroup}, true})
	ping := v100(pt.IPv4{}, pt.UDP{Src: 1, Dst: 2}, pt.Payload("x"))
	pong := v100back(back, pt.UDP{Src: 2, Dst: 1}, pt.Payload("xyz"))
	k.frames(20, ping)
	k.frames(20, pong)
	if len(k.entries) != 2 {
		t.Fatalf("%d directions offloaded", len(k.entries))
	}
	k.frame(pt.Frame(pt.VXLAN{VNI: 100, Group: 66}, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 1, Dst: 2}, pt.Payload("x")))
	if !k.frame(pong) || len(k.recorder.Drops) != 2 {
		t.Errorf("%d drops: the answer still passes", len(k.recorder.Drops))
	}
}

// TestFinishTakesAllBack: what ends with the worker is counted in full.
func TestFinishTakesAllBack(t *testing.T) {
	k := newKernel(t, smallConfig(), judging(1, pt.AllowAll()))
	k.frames(100, datagram(1))
	if err := k.worker.Finish(); err != nil {
		t.Fatal(err)
	}
	if !k.released || len(k.entries) != 0 || k.recorder.Ends[0].Record.Packets[0] != 100 {
		t.Errorf("released %v, %d entries, %+v", k.released, len(k.entries), k.recorder.Ends)
	}
}
