package appliance

import (
	"net/netip"
	"testing"
	"time"

	"vxwall/appliance/link/afxdp"
	"vxwall/inspect/guard"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
)

// tellingLink is a link that handles one flow by itself.
type tellingLink struct {
	Link
	flow afxdp.Offloaded
}

func (l *tellingLink) EachOffloaded(f func(*afxdp.Offloaded)) { f(&l.flow) }

// TestTellSenders: a sender whose only flow is handled by the link keeps its addresses.
func TestTellSenders(t *testing.T) {
	cfg := guard.Default()
	cfg.Mode, cfg.Secluded = guard.Enforce, true
	hear := func(g *guard.Guard, after time.Duration, vtep string) pipeline.Reason {
		c := pipeline.Default()
		c.Guard = g
		frame := pt.Frame(pt.VXLAN{VNI: 100, From: vtep}, pt.Eth{Src: pt.MACa}, pt.IPv4{}, pt.UDP{Src: 1, Dst: 2})
		rig := pt.Rig{Config: c, Stages: []pipeline.Stage{pt.AllowAll()}}
		return rig.RunInputs(pt.Input{Bytes: frame, Time: pt.Start + int64(after)}).Outcomes[0].Reason
	}
	for _, told := range []bool{false, true} {
		r := &running{guard: guard.New(cfg), link: &tellingLink{flow: afxdp.Offloaded{
			Key: flow.Key{VNI: 100}, MAC: [6]byte{2, 0, 0, 0, 1, 10}, VTEP: netip.MustParseAddr("192.0.2.1").As16(), Last: pt.Start + int64(cfg.Age)/2,
		}}}
		if reason := hear(r.guard, 0, "192.0.2.1"); reason != pipeline.OK {
			t.Fatal(reason)
		}
		want := pipeline.OK
		if told {
			r.tellSenders()
			want = pipeline.MACMoved
		}
		if got := hear(r.guard, cfg.Age+time.Second, "192.0.2.9"); got != want {
			t.Errorf("told: %v: %s, want %s", told, got, want)
		}
	}
}
