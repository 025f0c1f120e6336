package pipeline_test

import (
	"cmp"
	"maps"
	"regexp"
	"testing"
	"time"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

func fragmentRefusals() map[string]refusal {
	layers := []pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{ID: 1}, pt.UDP{Src: 1, Dst: 2}, pt.Zeros(56)}
	pieces := pt.Split(layers, 32)
	other := pt.Piece(layers, append([]byte{1}, make([]byte, 31)...), 32, false)
	few := func(c *pipeline.Config) { c.Fragments.PerPacket = 1 }
	inside := pt.Frame(pt.IPv4{Src: "172.16.0.1", Dst: "172.16.0.2", More: true}, pt.UDP{}, pt.Zeros(24))
	return map[string]refusal{
		"odd length":        {reason: pipeline.FragmentBad, frames: one(pt.Piece(layers, make([]byte, 7), 0, true))},
		"empty":             {reason: pipeline.FragmentBad, frames: one(pt.Piece(layers, nil, 8, false))},
		"beyond 64 KiB":     {reason: pipeline.FragmentBad, frames: one(pt.Piece(layers, make([]byte, 16), 65528, false))},
		"other bytes":       {reason: pipeline.FragmentOverlap, frames: [][]byte{pieces[1], other}},
		"overlap":           {reason: pipeline.FragmentOverlap, frames: [][]byte{pieces[0], pt.Piece(layers, make([]byte, 40), 24, false)}},
		"rest of it":        {reason: pipeline.FragmentOverlap, frames: [][]byte{pieces[1], other, pieces[0]}},
		"again":             {reason: pipeline.FragmentDuplicate, frames: [][]byte{pieces[0], pieces[0]}},
		"alone":             {reason: pipeline.FragmentTimeout, frames: pieces[:1]},
		"too many pieces":   {reason: pipeline.FragmentLimit, config: few, frames: pieces},
		"larger than room":  {reason: pipeline.FragmentLimit, config: func(c *pipeline.Config) { c.Fragments.Memory = 2000 }, frames: pieces[:1]},
		"pieces in a piece": {reason: pipeline.FragmentLimit, frames: pt.Split([]pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{ID: 2, Proto: 4}, pt.Bytes(inside)}, 16)},
	}
}

func flowRefusals() map[string]refusal {
	syn := pt.TCP{Src: 40000, Dst: 5432, Seq: 100, Flags: "S"}
	open := pt.Handshake(pt.VXLAN{VNI: 100}, pt.IPv4{}, pt.IPv4{})
	answered := [][]byte{
		v100(pt.IPv4{}, pt.UDP{Src: 5, Dst: 53}), v100back(back, pt.UDP{Src: 53, Dst: 5}), v100(pt.IPv4{}, pt.UDP{Src: 6, Dst: 53}),
	}
	tiny := func(c *pipeline.Config) { c.Flow.Capacity = 1 }
	with := func(s pipeline.Stage) []pipeline.Stage { return []pipeline.Stage{pt.AllowAll(), s} }
	return map[string]refusal{
		"no policy":    {reason: pipeline.NoPolicy, stage: "decap", missing: true, frames: one(v100(pt.IPv4{}, pt.UDP{}))},
		"table full":   {reason: pipeline.FlowTableFull, stage: "flow", config: tiny, frames: answered},
		"SYN and FIN":  {reason: pipeline.TCPFlags, stage: "flow", frames: one(v100(pt.IPv4{}, pt.TCP{Flags: "SF"}))},
		"no flags":     {reason: pipeline.TCPFlags, stage: "flow", frames: one(v100(pt.IPv4{}, pt.TCP{Flags: "."}))},
		"in its midst": {reason: pipeline.NoConnection, stage: "flow", frames: open[3:]},
		"lone SYN-ACK": {reason: pipeline.NoConnection, stage: "flow", frames: open[1:2]},
		"data too soon": {reason: pipeline.NoConnection, stage: "flow",
			frames: [][]byte{v100(pt.IPv4{}, syn), v100(pt.IPv4{}, pt.TCP{Src: 40000, Dst: 5432, Flags: "PA"}, pt.Payload("x"))}},
		"echo reply":    {reason: pipeline.NoConnection, stage: "flow", frames: one(v100(pt.IPv4{}, pt.ICMP{Type: 0, ID: 7}))},
		"echo reply, 6": {reason: pipeline.NoConnection, stage: "flow", frames: one(v100(pt.IPv6{}, pt.ICMP6{Type: 129, ID: 7}))},
		"blind reset": {reason: pipeline.TCPReset, stage: "flow",
			frames: append(open[:4:4], v100back(back, pt.TCP{Src: 5432, Dst: 40000, Seq: 1 << 30, Flags: "R"}))},
		"policy denies":  {reason: pipeline.SegmentDenied, stage: "deny", stages: with(pt.DropAll()), frames: one(v100(pt.IPv4{}, pt.UDP{}))},
		"policy rejects": {reason: pipeline.SegmentRejected, stage: "reject", stages: with(pt.RejectAll()), frames: one(v100(pt.IPv4{}, pt.UDP{}))},
		"stream order":   refusedBy(pipeline.StreamInvalid),
		"stream memory":  refusedBy(pipeline.StreamLimit),
		"stream bytes":   refusedBy(pipeline.StreamRewrite),
		"signature":      refusedBy(pipeline.Signature),
		"rejecting one":  refusedBy(pipeline.SignatureRejected),
		"infected file":  refusedBy(pipeline.FileInfected),
		"suspicious":     refusedBy(pipeline.FileSuspicious),
		"encrypted file": refusedBy(pipeline.FileEncrypted),
		"bomb":           refusedBy(pipeline.FileOverLimit),
		"unjudged file":  refusedBy(pipeline.FileError),
		"part of a file": refusedBy(pipeline.FilePart),
		"end of a file":  refusedBy(pipeline.FileHeld),
		"held for long":  {reason: pipeline.HoldTimeout, stage: "flow", stages: []pipeline.Stage{holder{}}, frames: one(v100(pt.IPv4{}, pt.UDP{}))},
		"no room to hold": {reason: pipeline.HoldLimit, stage: "holder", stages: []pipeline.Stage{holder{}},
			config: func(c *pipeline.Config) { c.Hold.Frames = 0 }, frames: one(v100(pt.IPv4{}, pt.UDP{}))},
		"control": {reason: pipeline.ControlDenied, stage: "control", frames: one(v100(pt.ARP{})),
			stages: with(pt.Func{Title: "control", Decide: func(p *pipeline.Packet) pipeline.Verdict { return p.Deny(pipeline.ControlDenied, -1) }})},
	}
}

// refusedBy is a packet that a stage denies for a reason.
func refusedBy(reason pipeline.Reason) refusal {
	deny := func(p *pipeline.Packet) pipeline.Verdict { return p.Deny(reason, 0) }
	return refusal{reason: reason, stage: "ips", stages: []pipeline.Stage{pt.Func{Title: "ips", Decide: deny}},
		frames: one(v100(pt.IPv4{}, pt.UDP{}))}
}

func allRefusals() map[string]refusal {
	all := map[string]refusal{}
	for prefix, group := range map[string]map[string]refusal{
		"outer: ": outerRefusals(), "inner: ": innerRefusals(), "nested: ": nestedRefusals(), "fragment: ": fragmentRefusals(), "flow: ": flowRefusals(), "guard: ": guardRefusals(),
	} {
		for name, r := range group {
			if r.stage == "" {
				r.stage = "decap"
			}
			all[prefix+name] = r
		}
	}
	return all
}

func (r *refusal) rig() pt.Rig {
	rig := pt.Rig{Config: smallConfig(), Stages: r.stages, NoPolicy: r.missing, Gap: int64(time.Microsecond)}
	if r.config != nil {
		r.config(&rig.Config)
	}
	if r.stages == nil {
		rig.Stages = []pipeline.Stage{pt.AllowAll()}
	}
	return rig
}

// smallConfig is the default with little memory.
func smallConfig() pipeline.Config {
	cfg := pipeline.Default()
	cfg.Flow.Capacity = 256
	cfg.Flow.Seed = [2]uint64{1, 2}
	return cfg
}

func TestEveryReason(t *testing.T) {
	// The last two are a link's, which drops before the pipeline sees a packet; copies
	// were never received.
	covered := map[pipeline.Reason]bool{
		pipeline.OK: true, pipeline.CopyLimit: true, pipeline.Overload: true, pipeline.ApplianceDown: true,
	}
	all := allRefusals()
	for name, r := range vtepRefusals() {
		r.stage = cmp.Or(r.stage, "decap")
		all["vtep: "+name] = r
	}
	for name, r := range all {
		covered[r.reason] = true
		t.Run(name, func(t *testing.T) {
			rig := r.rig()
			result := rig.Run(r.frames...)
			want := pt.Outcome{Stage: r.stage, Reason: r.reason}
			if got := result.Outcomes[len(r.frames)-1]; got != want {
				t.Errorf("%s, want %s", got, want)
			}
			if n := result.Counters.TotalDropped().Packets; n == 0 {
				t.Error("nothing was counted as dropped")
			}
		})
	}
	for r := range pipeline.Reason(pipeline.Reasons) {
		if !covered[r] {
			t.Errorf("no frame is refused for %s", r)
		}
	}
}

// In monitor mode each of these frames passes as it is, and the same reason is
// reported.
func TestEveryReasonInMonitorMode(t *testing.T) {
	for name, r := range allRefusals() {
		if r.missing {
			continue
		}
		t.Run(name, func(t *testing.T) {
			rig := r.rig()
			rig.Monitor = true
			result := rig.Run(r.frames...)
			want := pt.Outcome{Forwarded: true, Stage: r.stage, Reason: r.reason}
			if got := result.Outcomes[len(r.frames)-1]; got != want {
				t.Errorf("%s, want %s", got, want)
			}
			allUnchanged(t, result, r.frames)
			if n := len(result.Answers()); n > 0 {
				t.Errorf("%d answers in monitor mode", n)
			}
			if monitored := tallies(&result.Counters); monitored[r.reason] == 0 {
				t.Error("not counted as monitored")
			}
		})
	}
}

func tallies(c *pipeline.Counters) map[pipeline.Reason]uint64 {
	sums := map[pipeline.Reason]uint64{}
	for stage := range c.Monitored {
		for reason, tally := range c.Monitored[stage] {
			sums[pipeline.Reason(reason)] += tally.Packets
		}
	}
	maps.DeleteFunc(sums, func(_ pipeline.Reason, n uint64) bool { return n == 0 })
	return sums
}

// allUnchanged says that each frame was forwarded once, byte for byte.
func allUnchanged(t *testing.T, result *pt.Result, frames [][]byte) {
	t.Helper()
	forwarded := result.Forwarded()
	for i, frame := range frames {
		if got, ok := forwarded[uint64(i+1)]; !ok || string(got) != string(frame) {
			t.Errorf("frame %d: forwarded %v, as %x, was %x", i+1, ok, got, frame)
		}
	}
}

func TestReasonNames(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]pipeline.Reason{}
	for r := range pipeline.Reason(pipeline.Reasons) {
		name := r.String()
		if !kebab.MatchString(name) {
			t.Errorf("reason %d is named %q", r, name)
		}
		if twin, ok := seen[name]; ok {
			t.Errorf("reasons %d and %d are both %s", twin, r, name)
		}
		seen[name] = r
	}
	if n := pipeline.ReasonNames(); n != pipeline.Reasons {
		t.Errorf("%d names for %d reasons", n, pipeline.Reasons)
	}
}

func TestAnomalies(t *testing.T) {
	for r, want := range map[pipeline.Reason]bool{
		pipeline.OK: false, pipeline.NotVXLAN: false, pipeline.OuterShort: true, pipeline.TCPReset: true,
		pipeline.ControlDenied: false, pipeline.SegmentDenied: false, pipeline.SegmentRejected: false,
	} {
		if r.Anomaly() != want {
			t.Errorf("%s: %v, want %v", r, r.Anomaly(), want)
		}
	}
}
