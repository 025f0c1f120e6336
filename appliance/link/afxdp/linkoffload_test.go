package afxdp

import (
	"sync/atomic"
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

// ends is an observer that sums what ended with the flows.
type ends struct {
	silent
	packets, flows atomic.Uint64
}

func (e *ends) FlowEnd(r *flow.Record, _ flow.End) {
	time.Sleep(50 * time.Microsecond) // as a log does that loses nothing
	e.flows.Add(1)
	e.packets.Add(r.Packets[0] + r.Packets[1])
}

// TestLinkClosesOffloaded: what the kernel did counts for the flows that end with
// the link.
func TestLinkClosesOffloaded(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	w.Ends[1].EnableNAPI(t)
	e := new(ends)
	r := startObserved(t, w, testConfig(w), judging(1), e)
	const flows, each = 400, 12
	var frames [][]byte
	for i := range flows {
		frames = append(frames, pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: uint16(i), Dst: 514}))
	}
	for range each {
		w.Ends[0].Send(frames...)
		sameFrames(t, w.Ends[1].Received(flows, patience), frames)
	}
	if s := r.rest(t); s.Kernel.Forwarded[0].Packets < flows {
		t.Errorf("%d packets in the kernel", s.Kernel.Forwarded[0].Packets)
	}
	r.stop(t)
	if n := e.packets.Load(); e.flows.Load() != flows || n != flows*each {
		t.Errorf("%d flows ended with %d packets, want %d with %d", e.flows.Load(), n, flows, flows*each)
	}
}

// TestLinkBlindReset: who guesses nothing of a connection but its addresses and
// ports cannot have it closed, whatever he has offloaded in its name.
func TestLinkBlindReset(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	w.Ends[0].EnableNAPI(t)
	w.Ends[1].EnableNAPI(t)
	start(t, w, testConfig(w), judging(1))
	pass := func(from int, frame []byte) bool {
		w.Ends[from].Send(frame)
		return len(w.Ends[1-from].Received(1, time.Second)) == 1
	}
	client := func(eth pt.Eth, s pt.TCP) []byte {
		s.Src, s.Dst = 40000, 80
		return pt.Frame(v100, eth, pt.IPv4{}, s, data)
	}
	pass(0, pt.Frame(v100, pt.Eth{}, pt.IPv4{}, pt.TCP{Src: 40000, Dst: 80, Seq: 99, Flags: "S"}))
	pass(1, pt.Frame(pt.VXLAN{VNI: 100, Back: true}, pt.Eth{}, pt.IPv4{Src: "10.2.0.9", Dst: "10.1.0.5"},
		pt.TCP{Src: 80, Dst: 40000, Seq: 499, Ack: 100, Flags: "SA", Window: 1000}))
	for range 12 {
		if !pass(0, client(pt.Eth{}, pt.TCP{Seq: 100, Ack: 500, Window: 1000})) {
			t.Fatal("the connection is not open")
		}
	}
	const guess = 1 << 30
	false0 := pt.Eth{Src: "02:00:00:00:66:66"} // so that no packet of his is one of the offloaded flow
	for range 20 {
		if !pass(0, client(false0, pt.TCP{Seq: guess, Ack: guess, Window: 0xffff})) {
			t.Fatal("a segment far off does not pass")
		}
	}
	for _, seq := range []uint32{guess, guess + uint32(len(data))} {
		if pass(0, client(false0, pt.TCP{Seq: seq, Ack: guess, Flags: "RA"})) {
			t.Error("a blind reset passes")
		}
	}
	if !pass(0, client(pt.Eth{}, pt.TCP{Seq: 100, Ack: 500, Window: 1000})) {
		t.Error("the connection is closed")
	}
}
