package pipeline_test

import (
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

// icmpView is how a packet stands to its flow.
type icmpView struct {
	flow    uint64 // ID
	dir     flow.Direction
	related bool
}

// flowsOf returns how each frame that reaches the stages stands to its flow.
// Flows are numbered from 1.
func flowsOf(frames ...[]byte) (seen []icmpView, result *pt.Result) {
	first := uint64(0)
	stage := pt.Seen(func(p *pipeline.Packet) {
		if len(seen) == 0 {
			first = p.State().ID
		}
		seen = append(seen, icmpView{p.State().ID - first + 1, p.Direction(), p.Related()})
	})
	result = pt.Run(smallConfig(), []pipeline.Stage{stage}, frames...)
	return seen, result
}

func wantFlows(t *testing.T, got []icmpView, result *pt.Result, want ...icmpView) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("stage saw %v, want %v; %v", got, want, result.Outcomes)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("packet %d: %+v, want %+v", i+1, got[i], want[i])
		}
	}
}

func echo(id uint16) []byte { return v100(pt.IPv4{}, pt.ICMP{Type: wire.ICMPEcho, ID: id}) }

func TestQueryAndReplyAreOneFlow(t *testing.T) {
	seen, result := flowsOf(echo(7), v100back(back, pt.ICMP{Type: wire.ICMPEchoReply, ID: 7}), echo(7), echo(8))
	wantFlows(t, seen, result, icmpView{flow: 1}, icmpView{1, flow.ToInitiator, false}, icmpView{flow: 1}, icmpView{flow: 2})

	six := func(kind uint8, src, dst string) []byte {
		return v100(pt.IPv6{Src: src, Dst: dst}, pt.ICMP6{Type: kind, ID: 7})
	}
	seen, result = flowsOf(six(wire.ICMPv6Echo, "fd00::1", "fd00::2"), six(wire.ICMPv6EchoReply, "fd00::2", "fd00::1"))
	wantFlows(t, seen, result, icmpView{flow: 1}, icmpView{1, flow.ToInitiator, false})

	for _, query := range []uint8{wire.ICMPTimestamp, wire.ICMPInfo, wire.ICMPMask} {
		seen, result = flowsOf(v100(pt.IPv4{}, pt.ICMP{Type: query, ID: 7}), v100back(back, pt.ICMP{Type: query + 1, ID: 7}))
		wantFlows(t, seen, result, icmpView{flow: 1}, icmpView{1, flow.ToInitiator, false})
	}
}

// No query from the other end passes for a reply, whatever identifier it has.
func TestQueriesFromBothEndsAreTwoFlows(t *testing.T) {
	for _, other := range []uint16{7, 8, 6, ^uint16(7), 0, 0xffff} {
		seen, result := flowsOf(echo(7), v100back(back, pt.ICMP{Type: wire.ICMPEcho, ID: other}))
		wantFlows(t, seen, result, icmpView{flow: 1}, icmpView{flow: 2})
	}
}

func TestReplyNeedsItsQuery(t *testing.T) {
	for name, reply := range map[string][]byte{
		"another identifier": v100back(back, pt.ICMP{Type: wire.ICMPEchoReply, ID: 8}),
		"another kind":       v100back(back, pt.ICMP{Type: wire.ICMPTimestampReply, ID: 7}),
		"from the same end":  v100(pt.IPv4{}, pt.ICMP{Type: wire.ICMPEchoReply, ID: 7}),
		"another VNI": pt.Frame(pt.VXLAN{VNI: 200, Back: true}, pt.Eth{}, back,
			pt.ICMP{Type: wire.ICMPEchoReply, ID: 7}),
	} {
		_, result := flowsOf(echo(7), reply)
		if got := result.Outcomes[1]; got != (pt.Outcome{Stage: "flow", Reason: pipeline.NoConnection}) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// icmpError is an error from a router to 10.1.0.5, about a packet.
func icmpError(kind uint8, quoted ...pt.Layer) []byte {
	return v100back(pt.IPv4{Src: "10.99.0.1", Dst: "10.1.0.5"}, pt.ICMP{Type: kind, Code: 1}, pt.Quote(28, quoted...))
}

func TestErrorsBelongToTheirFlow(t *testing.T) {
	query := pt.UDP{Src: 5000, Dst: 53}
	open := v100(pt.IPv4{}, query)
	related := icmpView{1, flow.ToInitiator, true}
	for _, kind := range []uint8{wire.ICMPUnreachable, wire.ICMPQuench, wire.ICMPTimeExceeded, wire.ICMPParameterProblem} {
		seen, result := flowsOf(open, icmpError(kind, pt.IPv4{}, query))
		wantFlows(t, seen, result, icmpView{flow: 1}, related)
	}
	seen, result := flowsOf(open, v100(pt.IPv4{Src: "10.99.0.1", Dst: "10.2.0.9"}, pt.ICMP{Type: 3},
		pt.Quote(28, back, pt.UDP{Src: 53, Dst: 5000})))
	wantFlows(t, seen, result, icmpView{flow: 1}, icmpView{1, flow.ToResponder, true})

	seen, result = flowsOf(echo(7), icmpError(wire.ICMPTimeExceeded, pt.IPv4{}, pt.ICMP{Type: 8, ID: 7}))
	wantFlows(t, seen, result, icmpView{flow: 1}, related)

	open6 := v100(pt.IPv6{}, pt.Ext{Proto: 60}, query)
	for kind := uint8(wire.ICMPv6Unreachable); kind <= wire.ICMPv6ParameterProblem; kind++ {
		seen, result = flowsOf(open6, v100(pt.IPv6{Src: "fd00::99", Dst: "2001:db8:1::5"}, pt.ICMP6{Type: kind},
			pt.Quote(100, pt.IPv6{}, pt.Ext{Proto: 60}, query)))
		wantFlows(t, seen, result, icmpView{flow: 1}, related)
	}
	if end := result.Ends[0].Record; end.Packets != [2]uint64{1, 1} {
		t.Errorf("flow of one packet and one error has %v packets", end.Packets)
	}
}

// What is no error about a known flow goes to the stages in its own name.
func TestErrorsAboutNothing(t *testing.T) {
	query := pt.UDP{Src: 5000, Dst: 53}
	open := v100(pt.IPv4{}, query)
	own := icmpView{flow: 2}
	for name, frame := range map[string][]byte{
		"unknown flow":       icmpError(3, pt.IPv4{}, pt.UDP{Src: 1, Dst: 2}),
		"redirect":           icmpError(wire.ICMPRedirect, pt.IPv4{}, query),
		"to somebody else":   v100(pt.IPv4{Dst: "10.1.0.6"}, pt.ICMP{Type: 3}, pt.Quote(28, pt.IPv4{}, query)),
		"other VNI":          pt.Frame(pt.VXLAN{VNI: 200}, pt.Eth{}, back, pt.ICMP{Type: 3}, pt.Quote(28, pt.IPv4{}, query)),
		"other VLAN":         v100(pt.VLAN{ID: 4}, back, pt.ICMP{Type: 3}, pt.Quote(28, pt.IPv4{}, query)),
		"quote too short":    v100back(back, pt.ICMP{Type: 3}, pt.Quote(27, pt.IPv4{}, query)),
		"no quote":           v100back(back, pt.ICMP{Type: 3}),
		"later fragment":     icmpError(3, pt.IPv4{Offset: 8}, query),
		"malformed quote":    icmpError(3, pt.IPv4{HeaderWords: 2}, query),
		"quotes the reverse": icmpError(3, back, pt.UDP{Src: 53, Dst: 5000}),
	} {
		t.Run(name, func(t *testing.T) {
			seen, result := flowsOf(open, frame)
			wantFlows(t, seen, result, icmpView{flow: 1}, own)
		})
	}
}

func TestErrorAboutDeniedFlow(t *testing.T) {
	stage := pt.DenyIf(func(p *pipeline.Packet) bool { return p.State().Key.Proto == wire.ProtoUDP })
	result := pt.Run(smallConfig(), []pipeline.Stage{stage},
		v100(pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}), icmpError(3, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}))
	want := pt.Outcome{Stage: "deny-if", Reason: pipeline.SegmentDenied}
	for i, got := range result.Outcomes {
		if got != want {
			t.Errorf("packet %d: %s", i+1, got)
		}
	}
	if len(result.Starts) != 1 {
		t.Errorf("%d flows began", len(result.Starts))
	}
}
