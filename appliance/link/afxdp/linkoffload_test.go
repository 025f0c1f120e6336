package afxdp

import (
	"testing"
	"time"

	"vxwall/appliance/link/afxdp/vethtest"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
)

// judging is a stage that allows all, has said all of a flow with its first packet,
// and notes its revision in the flow's record, as the ACL does.
type judging uint32

func (judging) Name() string                    { return "judging" }
func (j judging) Inspector() pipeline.Inspector { return j }
func (judging) Final(*pipeline.Packet) bool     { return true }

func (j judging) Inspect(p *pipeline.Packet) pipeline.Verdict {
	p.State().Judgement.Revision = uint32(j)
	return p.Allow(-1)
}

// TestLinkOffload: the kernel forwards a flow that needs no more looks, until the
// policy changes; nothing is lost or changed on either road.
func TestLinkOffload(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	w.Ends[1].EnableNAPI(t)
	r := start(t, w, testConfig(w), judging(1))
	frames := packets(32, 1, false)
	for i := range frames {
		frames[i] = pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 7, Dst: 514}, pt.Zeros(i))
	}
	send := func() {
		t.Helper()
		for _, f := range frames { // one by one: on two roads they may overtake each other
			w.Ends[0].Send(f)
			equalFrames(t, "through", w.Ends[1].Received(1, patience), [][]byte{f})
		}
	}
	send()
	s := r.rest(t)
	inKernel := s.Kernel.Forwarded[0].Packets
	if inKernel < uint64(len(frames)/2) || s.Kernel.Offloaded != 1 || inKernel+s.Kernel.ToSocket[0].Packets != 32 {
		t.Fatalf("%d in the kernel, %d to the socket, %d offloaded", inKernel, s.Kernel.ToSocket[0].Packets, s.Kernel.Offloaded)
	}
	var handled flow.Handled
	key := parse(t, frames[0]).Flow
	if !r.Peek(&key, &handled) || handled.Packets != inKernel || time.Since(time.Unix(0, handled.Last)) > time.Minute {
		t.Errorf("peek: %+v", handled)
	}
	r.current.Publish(&pipeline.Program{Revision: 2, Stages: []pipeline.Stage{pt.AllowAll()}})
	r.SetRevision(2)
	send()
	if s := r.rest(t); s.Kernel.Forwarded[0].Packets != inKernel {
		t.Errorf("%d in the kernel after the policy changed, %d before", s.Kernel.Forwarded[0].Packets, inKernel)
	}
}
