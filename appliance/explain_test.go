package appliance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"vxwall/inspect/segment"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/rules"
)

// logged is what the event log says of a packet.
type logged struct {
	PcapCnt   uint64 `json:"pcap_cnt"`
	EventType string `json:"event_type"`
	Stage     string
	Reason    string
	Verdict   struct {
		Action  string
		Reject  []string
		Monitor bool
	}
}

// replayed returns what the log of a replay says of each packet that was
// dropped, or passed for a reason, and checks that the others were forwarded.
func replayed(t *testing.T, r Replay) (map[uint64]VerdictReport, uint64) {
	t.Helper()
	dir := t.TempDir()
	r.EVE, r.Out = dir+"/eve.json", dir+"/out.pcap"
	result := mustRun(t, &r)
	said := map[uint64]VerdictReport{}
	for line := range bytes.Lines(readFile(t, r.EVE)) {
		var e logged
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		if e.EventType != "drop" && e.EventType != "anomaly" {
			continue
		}
		v := VerdictReport{Action: e.Verdict.Action, Reason: e.Reason, Stage: e.Stage, Monitored: e.Verdict.Monitor}
		if v.Action == "pass" {
			v.Action = "forward"
		} else if len(e.Verdict.Reject) > 0 {
			v.Action = "reject"
		}
		said[e.PcapCnt] = v
	}
	var dropped uint64
	for _, v := range said {
		if v.Action != "forward" {
			dropped++
		}
	}
	if dropped != result.Counters.TotalDropped().Packets {
		t.Errorf("the log names %d dropped packets, counted are %d", dropped, result.Counters.TotalDropped().Packets)
	}
	return said, result.Counters.Received.Packets
}

// notLogged are packets that pass uninspected without an event.
const notLogged = "not-vxlan"

// sameVerdicts explains every packet of a replay and compares with its log.
func sameVerdicts(t *testing.T, r *Replay) {
	t.Helper()
	said, n := replayed(t, *r)
	for number := uint64(1); number <= n; number++ {
		x, err := ExplainPacket(r, number)
		if err != nil {
			t.Fatal(err)
		}
		got := x.Verdict
		held := got.Held
		got.Held = false
		want, dropped := said[number]
		if !dropped {
			want = VerdictReport{Action: "forward", Reason: "ok"}
			if got.Reason == notLogged {
				want.Reason = notLogged
			}
			got.Stage = ""
		}
		if got != want {
			t.Errorf("packet %d: explain says %+v, replay %+v", number, got, want)
		}
		x.Verdict.Held = held
		policyAgrees(t, x)
	}
	if _, err := ExplainPacket(r, n+1); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("has %d packets", n)) {
		t.Errorf("packet %d: %v", n+1, err)
	}
}

// policyAgrees checks that what the explanation says of the policy is what
// became of the packet.
func policyAgrees(t *testing.T, x *Explanation) {
	t.Helper()
	number, v := x.Packet.Number, x.Verdict
	if len(x.Steps) == 0 || x.Revision == "" {
		t.Errorf("packet %d: no steps or revision", number)
	}
	if len(x.Policy) > 0 {
		last := x.Policy[len(x.Policy)-1].Decision.Action
		denied := v.Reason == pipeline.SegmentDenied.String() || v.Reason == pipeline.SegmentRejected.String()
		if (last != rules.Allow) != denied || (last == rules.Reject) != (v.Reason == pipeline.SegmentRejected.String()) {
			t.Errorf("packet %d: the policy says %v, the verdict is %+v", number, last, v)
		}
	}
	var text, data bytes.Buffer
	if err := x.WriteText(&text); err != nil || !strings.Contains(text.String(), "verdict: ") {
		t.Errorf("packet %d: %v: %s", number, err, &text)
	}
	if err := json.NewEncoder(&data).Encode(x); err != nil {
		t.Errorf("packet %d: %v", number, err)
	}
	if v.Action != "forward" && !strings.Contains(text.String(), v.Reason) {
		t.Errorf("packet %d: the text does not say %s:\n%s", number, v.Reason, &text)
	}
}

// small is a replay with little memory: many of them are quick.
func small(r *Replay) *Replay {
	r.Config.Flows.Capacity = 1024
	r.Config.Fragments.Memory = 1 << 18
	return r
}

func TestExplainIsReplay(t *testing.T) {
	monitor := rules.Monitor
	t.Run("demo", func(t *testing.T) { sameVerdicts(t, small(demo(t))) })
	t.Run("monitor", func(t *testing.T) {
		r := small(demo(t))
		r.Policy = r.Policy.withMode(monitor)
		sameVerdicts(t, r)
	})
	t.Run("strict", func(t *testing.T) {
		r := small(demo(t))
		d := &r.Config.Decap
		d.NotVXLAN, d.OuterFragments, d.ReservedBits, d.InnerVLAN = "drop", "pass", "strict", "drop"
		r.Config.Flows.Midstream = "drop"
		sameVerdicts(t, r)
	})
	t.Run("samples", func(t *testing.T) {
		r := small(demo(t))
		r.In = writeCapture(t, pt.Samples()...)
		r.Policy = checkText(t, allowAll)
		r.Config.Decap.Nested = "pass"
		sameVerdicts(t, r)
	})
	t.Run("samples denied", func(t *testing.T) {
		r := small(demo(t))
		r.In = writeCapture(t, pt.Samples()...)
		sameVerdicts(t, r)
	})
}

// TestExplainFlowIsLookup asks about every flow of the demo as a user would,
// with the group its packets have: the answer is the data plane's.
func TestExplainFlowIsLookup(t *testing.T) {
	r := small(demo(t))
	n := 0
	for number := uint64(1); number <= 209; number++ {
		f, stage, _, err := trace(r, number)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range f.levels {
			if l.record == nil || l.kind != segment.ByACL || l.related || l.direction != flow.ToResponder {
				continue
			}
			n++
			var s segment.Scratch
			want := stage.Policy.Lookup(&l.query, &s)
			x := ExplainFlow(r.Policy, l.query)
			if x.Policy[0].Decision.Action != want.Action || x.Policy[0].Decision.Rule != want.Rule {
				t.Errorf("packet %d: explain says %+v, lookup %+v", number, x.Policy[0].Decision, want)
			}
			if action := (map[rules.Action]string{rules.Allow: "forward", rules.Deny: "drop", rules.Reject: "reject"})[want.Action]; action != x.Verdict.Action {
				t.Errorf("packet %d: explain says %s, lookup %v", number, x.Verdict.Action, want.Action)
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d packets had a flow to ask about", n)
	}
}

func TestExplainErrors(t *testing.T) {
	dir := t.TempDir()
	whole := readFile(t, demoCapture)
	cut := filepath.Join(dir, "cut.pcap")
	writeFile(t, cut, string(whole[:len(whole)-5]))
	for _, c := range []struct {
		in     string
		number uint64
		want   string
	}{
		{dir + "/none.pcap", 1, "no such file or directory"},
		{demoCapture, 0, "numbered from 1"},
		{demoCapture, 210, "has 209 packets, numbered from 1"},
		{cut, 209, "packet 209 at offset"},
	} {
		r := small(demo(t))
		r.In = c.in
		if _, err := ExplainPacket(r, c.number); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("packet %d of %s: %v, want %s", c.number, c.in, err, c.want)
		}
	}
	r := small(demo(t))
	r.In = cut
	if x, err := ExplainPacket(r, 63); err != nil || x.Verdict.Action != "drop" {
		t.Errorf("a packet before the damage: %v", err)
	}
}

func TestExplainFlowMonitor(t *testing.T) {
	policy := mustCheck(t, demoRules).withMode(rules.Monitor)
	service, err := rules.ServicePoint("tcp/22", false)
	if err != nil {
		t.Fatal(err)
	}
	q := segment.Query{VNI: 100, Service: service}
	q.From.Addr, q.To.Addr = [16]byte{10: 0xff, 11: 0xff, 12: 10, 13: 1, 15: 5}, [16]byte{10: 0xff, 11: 0xff, 12: 10, 13: 2, 15: 9}
	x := ExplainFlow(policy, q)
	var text bytes.Buffer
	if err := x.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	want := "verdict: FORWARDED only because the mode is monitor; else dropped for segment-denied by stage segment\n"
	if x.Verdict.Action != "forward" || !x.Verdict.Monitored || !strings.Contains(text.String(), want) {
		t.Errorf("%+v\n%s", x.Verdict, &text)
	}
}
