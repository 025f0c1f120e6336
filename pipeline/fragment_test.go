package pipeline_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
)

// message is a payload of n bytes, each different from its neighbours.
func message(n int) pt.Payload {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7)
	}
	return pt.Payload(b)
}

func datagram4(id uint16) []pt.Layer {
	return []pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{ID: id}, pt.UDP{Src: 5000, Dst: 53}, message(120)}
}

func datagram6(id uint32) []pt.Layer {
	return []pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv6{FragmentID: id}, pt.UDP{Src: 5000, Dst: 53}, message(120)}
}

// want4 and want6 are what a stage sees of these datagrams.
func want4() view { return udp4(func(v *view) { v.Payload = string(message(120)) }) }
func want6() view { return udp6(func(v *view) { v.Payload = string(message(120)) }) }

func reversed(frames [][]byte) [][]byte {
	r := slices.Clone(frames)
	slices.Reverse(r)
	return r
}

func interleaved(a, b [][]byte) (frames [][]byte) {
	for i := range a {
		frames = append(frames, a[i], b[i])
	}
	return frames
}

func TestFragments(t *testing.T) {
	four, six := pt.Split(datagram4(1), 48, 96), pt.Split(datagram6(1), 48, 96)
	nested := []pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{Src: "172.16.0.1"}, pt.GRE{}, pt.IPv4{ID: 1}, pt.UDP{Src: 5000, Dst: 53}, message(120)}
	tests := map[string]struct {
		frames [][]byte
		want   []view // of reassembled datagrams
	}{
		"IPv4":               {four, []view{want4()}},
		"IPv4, last first":   {reversed(four), []view{want4()}},
		"IPv6":               {six, []view{want6()}},
		"IPv6, last first":   {reversed(six), []view{want6()}},
		"both, interleaved":  {interleaved(four, six), []view{want4(), want6()}},
		"two identifiers":    {interleaved(four, reversed(pt.Split(datagram4(2), 8, 64))), []view{want4(), want4()}},
		"same identifier":    {slices.Concat(four, four), []view{want4(), want4()}},
		"many pieces":        {pt.Split(datagram4(3), 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120), []view{want4()}},
		"tag":                {pt.Split([]pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{}, pt.VLAN{ID: 4}, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}, message(120)}, 32), []view{udp4(func(v *view) { v.VLAN, v.Payload = 4, string(message(120)) })}},
		"inside a tunnel":    {pt.Split(nested, 48), []view{udp4(func(v *view) { v.Depth, v.Nested, v.Payload = 1, 1<<24, string(message(120)) })}},
		"other VNI is apart": {[][]byte{four[0], pt.Split(append([]pt.Layer{pt.VXLAN{VNI: 200}}, datagram4(1)[1:]...), 48, 96)[1], four[1], four[2]}, []view{want4()}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var seen []view
			rig := pt.Rig{Config: smallConfig(), Stages: []pipeline.Stage{pt.Seen(func(p *pipeline.Packet) {
				if p.Reassembled() {
					seen = append(seen, look(p))
				}
			})}}
			result := rig.Run(test.frames...)
			if !slices.Equal(seen, test.want) {
				t.Errorf("stage saw %+v, want %+v; %v", seen, test.want, result.Outcomes)
			}
			if name != "other VNI is apart" {
				allUnchanged(t, result, test.frames)
			}
			if result.Counters.Reassembled != uint64(len(test.want)) {
				t.Errorf("%d datagrams counted", result.Counters.Reassembled)
			}
		})
	}
}

// splitWithExtension is an IPv6 datagram whose fragmentable part begins with
// an extension header, behind another one that each fragment has.
func splitWithExtension() [][]byte {
	head := []pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv6{}, pt.Ext{Proto: 0}}
	udp := pt.Frame(pt.IPv6{}, pt.Ext{Proto: 60}, pt.UDP{Src: 5000, Dst: 53}, message(120))[40:]
	piece := func(from, to int, more bool) []byte {
		return pt.Frame(append(slices.Clone(head), pt.Fragment6{ID: 4, Offset: from, More: more, Next: 60}, pt.Bytes(udp[from:to]))...)
	}
	return [][]byte{piece(64, len(udp), false), piece(0, 64, true)}
}

// The verdict on a datagram is that on all its fragments, and the flow counts
// one packet.
func TestFragmentsFallTogether(t *testing.T) {
	frames := pt.Split(datagram4(1), 48, 96)
	stage := pt.DenyIf(func(p *pipeline.Packet) bool { return p.Flow.DstPort == 53 })
	result := pt.Run(smallConfig(), []pipeline.Stage{stage}, frames...)
	for i, got := range result.Outcomes {
		if got != (pt.Outcome{Stage: "deny-if", Reason: pipeline.SegmentDenied}) {
			t.Errorf("fragment %d: %s", i+1, got)
		}
	}
	for _, d := range result.Drops {
		if d.Rule != 1 || !d.HasFlow || d.VNI != 100 {
			t.Errorf("fragment %d: rule %d, flow known %v, VNI %d", d.Handle, d.Rule, d.HasFlow, d.VNI)
		}
	}
	if end := result.Ends[0].Record; end.Packets != [2]uint64{1, 0} || end.Key.DstPort != 53 || end.Flags&flow.Denied == 0 {
		t.Errorf("flow ended as %+v", end)
	}
}

func TestSpoiltDatagramsFallTogether(t *testing.T) {
	pieces := pt.Split(datagram4(1), 48, 96)
	overlap := pt.Piece(datagram4(1), make([]byte, 16), 40, true)
	result := pt.Run(smallConfig(), []pipeline.Stage{pt.AllowAll()}, pieces[0], pieces[2], overlap, pieces[1], pieces[1])
	for i, got := range result.Outcomes {
		if got != (pt.Outcome{Stage: "decap", Reason: pipeline.FragmentOverlap}) {
			t.Errorf("fragment %d: %s", i+1, got)
		}
	}
}

// TestFragmentsThatReceiversMayNotTake: beside good ones they would put
// together another datagram at the receiver than here.
func TestFragmentsThatReceiversMayNotTake(t *testing.T) {
	wrong := pt.Split(datagram4(1), 48, 96)
	tests := map[string]struct {
		frames [][]byte
		reason pipeline.Reason
	}{
		"options":           {pt.Split([]pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{Options: make([]byte, 8)}, pt.UDP{Src: 5000, Dst: 53}, message(120)}, 32), pipeline.FragmentBad},
		"extension headers": {splitWithExtension(), pipeline.FragmentBad},
		"header checksum":   {damageInnerIP(wrong), pipeline.InnerChecksum},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			result := pt.Run(smallConfig(), []pipeline.Stage{pt.AllowAll()}, test.frames...)
			for i, o := range result.Outcomes {
				if o.Forwarded || o.Reason != test.reason {
					t.Errorf("frame %d: %s, want %s", i+1, o, test.reason)
				}
			}
		})
	}
}

// damageInnerIP changes the identification of each inner IPv4 header.
func damageInnerIP(frames [][]byte) [][]byte {
	for _, f := range frames {
		f[len(pt.Frame(pt.VXLAN{}))+14+8]++ // behind the inner Ethernet header: time to live
	}
	return frames
}

// TestFragmentsToOthersAreApart: pieces for another MAC address belong to
// another datagram, since another host receives them.
func TestFragmentsToOthersAreApart(t *testing.T) {
	a := pt.Split([]pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{ID: 9}, pt.UDP{Src: 5000, Dst: 53}, message(120)}, 48)
	b := pt.Split([]pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{Dst: "02:00:00:00:07:07"}, pt.IPv4{ID: 9}, pt.UDP{Src: 5000, Dst: 53}, message(120)}, 48)
	result := pt.Run(smallConfig(), []pipeline.Stage{pt.AllowAll()}, a[0], b[1])
	for i, o := range result.Outcomes {
		if o.Reason != pipeline.FragmentTimeout {
			t.Errorf("frame %d: %s", i+1, o)
		}
	}
}

func TestFragmentTimeout(t *testing.T) {
	cfg := smallConfig()
	cfg.Fragments.Timeout = 5 * time.Second
	pieces := pt.Split(datagram4(1), 48, 96)
	in := func(frame []byte, at time.Duration) pt.Input {
		return pt.Input{Bytes: frame, Time: pt.Start + int64(at)}
	}
	rig := pt.Rig{Config: cfg, Stages: []pipeline.Stage{pt.AllowAll()}, Batch: 1}
	result := rig.RunInputs(in(pieces[0], 0), in(pieces[1], 4*time.Second), in(v100(pt.ARP{}), 5*time.Second), in(pieces[2], 6*time.Second))
	for i, want := range []pipeline.Reason{pipeline.FragmentTimeout, pipeline.FragmentTimeout, pipeline.OK, pipeline.FragmentTimeout} {
		if got := result.Outcomes[i]; got.Reason != want || got.Forwarded != (want == pipeline.OK) {
			t.Errorf("frame %d: %s, want %s", i+1, got, want)
		}
	}
}

// Where room is short the oldest datagrams make place, no more than needed.
func TestFragmentMemory(t *testing.T) {
	const room = 8
	for _, monitor := range []bool{false, true} {
		rig := pt.Rig{Config: smallConfig(), Stages: []pipeline.Stage{pt.AllowAll()}, Monitor: monitor}
		rig.Config.Fragments.Memory = room * 2048
		var frames [][]byte
		for id := range uint16(room + 1) {
			frames = append(frames, pt.Split(datagram4(id), 48)[0])
		}
		result := rig.Run(frames...)
		for i := range frames {
			want := pipeline.FragmentTimeout
			if i == 0 || monitor && i == room { // its room comes back after Send
				want = pipeline.FragmentLimit
			}
			if got := result.Outcomes[i]; got.Reason != want || got.Forwarded != monitor {
				t.Errorf("monitor %v, fragment %d: %s, want %s", monitor, i+1, got, want)
			}
		}
	}
}

func TestTooManyDatagrams(t *testing.T) {
	cfg := smallConfig()
	cfg.Fragments.Datagrams = 2
	var frames [][]byte
	for id := range uint16(3) {
		frames = append(frames, pt.Split(datagram4(id), 48)[0])
	}
	for id := range uint16(3) {
		frames = append(frames, pt.Split(datagram4(id), 48)[1])
	}
	result := pt.Run(cfg, []pipeline.Stage{pt.AllowAll()}, frames...)
	var got []pipeline.Reason
	for _, o := range result.Outcomes {
		got = append(got, o.Reason)
	}
	limit := pipeline.FragmentLimit
	if got[0] != limit || len(got) != 6 {
		t.Errorf("reasons %v: the oldest datagram did not make room", got)
	}
}

// A datagram as long as they get.
func TestLargestDatagram(t *testing.T) {
	layers := []pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{ID: 1}, pt.UDP{Src: 5000, Dst: 53}, message(65507)}
	var cuts []int
	for at := 1408; at < 65515; at += 1408 {
		cuts = append(cuts, at)
	}
	frames := pt.Split(layers, cuts...)
	var whole []byte
	result := pt.Run(smallConfig(), []pipeline.Stage{pt.Seen(func(p *pipeline.Packet) { whole = bytes.Clone(p.Payload()) })}, frames...)
	if string(whole) != string(message(65507)) {
		t.Errorf("stage saw %d bytes; %s", len(whole), result.Outcomes[0])
	}
	allUnchanged(t, result, frames)
}
