package pipeline_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"vxwall/pipeline"
	"vxwall/pipeline/overlay"
	pt "vxwall/pipeline/pipelinetest"
)

// narrow is an overlay where the path to B takes 600 bytes.
func narrow(s *overlay.Spec) { s.Peers[peerB].MTU = 600 }

// tooBigOf decodes an answer "too big" and returns the MTU that it names, and what it
// quotes.
func tooBigOf(t *testing.T, frame []byte) (mtu int, quote []byte) {
	t.Helper()
	p := decode(t, frame)
	if v4 := all[*layers.ICMPv4](p); len(v4) == 1 && v4[0].TypeCode == layers.CreateICMPv4TypeCode(3, 4) {
		return int(v4[0].Seq), v4[0].Payload
	}
	v6 := all[*layers.ICMPv6](p)
	if len(v6) != 1 || v6[0].TypeCode != layers.CreateICMPv6TypeCode(2, 0) {
		t.Fatalf("not an answer that something is too big: %v", p)
	}
	return int(binary.BigEndian.Uint32(v6[0].Payload)), v6[0].Payload[4:]
}

// What does not fit is dropped, and its sender told how much would, inside its VNI, from
// us, at its VTEP.
func TestVTEPTooBig(t *testing.T) {
	tests := map[string]struct {
		from   pt.VXLAN
		inner  []pt.Layer
		answer bool
		mtu    int
	}{
		"IPv4, do not fragment": {fromA(), []pt.Layer{pt.Eth{}, pt.IPv4{DF: true}, pt.UDP{Src: 1, Dst: 2}, pt.Zeros(523)}, true, 550},
		"IPv4":                  {fromA(), []pt.Layer{pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 1, Dst: 2}, pt.Zeros(523)}, false, 0},
		"IPv6":                  {fromA(), []pt.Layer{pt.Eth{}, pt.IPv6{}, pt.UDP{Src: 1, Dst: 2}, pt.Zeros(503)}, true, 550},
		"TCP":                   {fromA(), []pt.Layer{pt.Eth{}, pt.IPv4{DF: true}, pt.TCP{Src: 1, Dst: 2, Flags: "S"}, pt.Zeros(900)}, true, 550},
		"tagged":                {fromA(), []pt.Layer{pt.Eth{}, pt.VLAN{ID: 1}, pt.VLAN{ID: 2}, pt.IPv4{DF: true}, pt.UDP{Src: 1, Dst: 2}, pt.Zeros(900)}, true, 542},
		"IPv6 underlay":         {fromSix(), []pt.Layer{pt.Eth{Src: macSix}, pt.IPv6{}, pt.UDP{Src: 1, Dst: 2}, pt.Zeros(900)}, true, 550},
		"no IP":                 {fromA(), []pt.Layer{pt.Eth{}, pt.ARP{}, pt.Zeros(900)}, false, 0},
		"broadcast address":     {fromA(), []pt.Layer{pt.Eth{}, pt.IPv4{DF: true, Dst: "224.0.0.1"}, pt.UDP{Src: 1, Dst: 2}, pt.Zeros(900)}, false, 0},
		"echo":                  {fromA(), []pt.Layer{pt.Eth{}, pt.IPv4{DF: true}, pt.ICMP{Type: 8, ID: 1}, pt.Zeros(900)}, true, 550},
		"nested": {fromA(), []pt.Layer{pt.Eth{}, pt.IPv4{DF: true}, pt.UDP{Src: 1, Dst: 4789}, pt.VXLANHeader{VNI: 5}, pt.Eth{Src: macC}, pt.IPv4{Src: "10.9.0.1"},
			pt.UDP{Src: 1, Dst: 2}, pt.Zeros(900)}, true, 550},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			result := vtepRig(narrow).Run(pt.Frame(append([]pt.Layer{test.from}, test.inner...)...))
			if got := result.Outcomes[0]; got != (pt.Outcome{Stage: "encap", Reason: pipeline.TooBig}) {
				t.Fatal(got)
			}
			if !test.answer {
				if len(result.Sent) != 0 {
					t.Fatalf("sent %+v", result.Sent)
				}
				return
			}
			checkTooBig(t, result, test.from.V6, test.mtu, pt.Frame(test.inner[skipEthernet(test.inner):]...))
		})
	}
}

// skipEthernet is the index of the IP header.
func skipEthernet(inner []pt.Layer) int {
	for i, l := range inner {
		switch l.(type) {
		case pt.IPv4, pt.IPv6:
			return i
		}
	}
	return 0
}

func checkTooBig(t *testing.T, result *pt.Result, six bool, mtu int, packet []byte) {
	t.Helper()
	answers := result.Answers()
	if len(answers) != 1 || len(result.Sent) != 1 || result.Counters.Answers != 1 {
		t.Fatalf("%d answers, %d frames sent", len(answers), len(result.Sent))
	}
	want, mac := toPeer[peerA], pt.MACa
	if six {
		want, mac = toPeer[peerSix], macSix
	}
	o, inner := outerOf(t, answers[0].Bytes, answers[0].Out)
	if o != want || !answers[0].Back {
		t.Errorf("outer header %+v, want %+v", o, want)
	}
	if from, to := hardware(pt.MACb), hardware(mac); !bytes.Equal(inner[:12], append(to[:], from[:]...)) {
		t.Errorf("inner MAC addresses %x", inner[:12])
	}
	got, quote := tooBigOf(t, answers[0].Bytes)
	if got != mtu || len(quote) != min(512, len(packet)) || !bytes.HasPrefix(packet, quote) {
		t.Errorf("MTU %d, want %d; quotes %x", got, mtu, quote)
	}
}

// What fits to the byte passes; one more does not.
func TestVTEPMTUBoundary(t *testing.T) {
	for payload, want := range map[int]bool{522: true, 523: false} {
		frame := pt.Frame(fromA(), pt.Eth{}, pt.IPv4{DF: true}, pt.UDP{Src: 1, Dst: 2}, pt.Zeros(payload))
		result := vtepRig(narrow).Run(frame)
		if result.Outcomes[0].Forwarded != want {
			t.Errorf("%d bytes of payload: %s", payload, result.Outcomes[0])
		}
		if want && len(result.Sent[0].Bytes) != 600+14 {
			t.Errorf("sent %d bytes", len(result.Sent[0].Bytes))
		}
	}
}

// Of fragments that are too big the first is answered, if it may not be fragmented
// further.
func TestVTEPTooBigFragments(t *testing.T) {
	for name, test := range map[string]struct {
		ip      pt.Layer
		answers int
	}{"IPv6": {pt.IPv6{FragmentID: 7}, 1}, "IPv4": {pt.IPv4{ID: 7}, 0}, "IPv4, DF": {pt.IPv4{ID: 7, DF: true}, 1}} {
		t.Run(name, func(t *testing.T) {
			frames := pt.Split([]pt.Layer{fromA(), pt.Eth{}, test.ip, pt.UDP{Src: 5000, Dst: 9999}, message(1500)}, 720)
			result := vtepRig(narrow).Run(frames...)
			for i, o := range result.Outcomes {
				if o != (pt.Outcome{Stage: "encap", Reason: pipeline.TooBig}) {
					t.Errorf("fragment %d: %s", i, o)
				}
			}
			if len(result.Answers()) != test.answers {
				t.Fatalf("%d answers", len(result.Answers()))
			}
			if test.answers > 0 {
				mtu, quote := tooBigOf(t, result.Answers()[0].Bytes)
				if mtu != 550 || !bytes.HasPrefix(frames[0][64:], quote) {
					t.Errorf("MTU %d, quotes %x", mtu, quote)
				}
			}
		})
	}
}

// Errors are not answered with errors, and answers have a rate.
func TestVTEPTooBigIsBounded(t *testing.T) {
	unreachable := pt.Frame(fromA(), pt.Eth{}, pt.IPv4{DF: true}, pt.ICMP{Type: 3, Code: 1}, pt.Quote(600, pt.IPv4{}, pt.UDP{Src: 9, Dst: 9}, pt.Zeros(700)))
	rig := vtepRig(narrow)
	rig.Config.Flow.Midstream = true
	if result := rig.Run(unreachable); len(result.Sent) != 0 {
		t.Errorf("an error was answered: %+v", result.Outcomes)
	}
	big := pt.Frame(fromA(), pt.Eth{}, pt.IPv4{DF: true}, pt.UDP{Src: 1, Dst: 2}, pt.Zeros(900))
	rig = vtepRig(narrow)
	rig.Config.AnswerRate = 0
	if c := rig.Run(big).Counters; c.Answers != 0 || c.AnswersSkipped != 1 {
		t.Errorf("%d answers, %d skipped", c.Answers, c.AnswersSkipped)
	}
}

// A reset goes to the VTEP of each end, with our own source and the VNI of its side.
func TestVTEPResets(t *testing.T) {
	mapped := func(s *overlay.Spec) {
		s.Peers[peerB].Side, s.Networks[0].VNIs = 1, []overlay.VNI{{Side: 0, VNI: 100}, {Side: 1, VNI: 5100}}
	}
	open := pt.Handshake(fromA(), pt.IPv4{}, pt.IPv4{})
	open[1] = pt.Frame(pt.VXLAN{VNI: 5100, From: pt.VTEPb, To: vtepUs}, pt.Eth{Src: pt.MACb, Dst: pt.MACa}, back,
		pt.TCP{Src: 5432, Dst: 40000, Seq: 900, Ack: 101, Flags: "SA"})
	rig := vtepRig(mapped)
	rig.Stages = []pipeline.Stage{pt.Func{Title: "reject", Decide: func(p *pipeline.Packet) pipeline.Verdict {
		if p.VNI() != 100 {
			t.Errorf("packet %d is in network %d", p.Handle(), p.VNI())
		}
		if p.Handle() == 4 {
			return p.DenyFlow(pipeline.SegmentRejected, 3, true)
		}
		return p.Allow(-1)
	}}}
	result := rig.Run(open...)
	answers := result.Answers()
	if len(answers) != 2 {
		t.Fatalf("%d answers: %v", len(answers), result.Outcomes)
	}
	toB := toPeer[peerB]
	toB.vxlan = [8]byte{8, 0, 0, 0, 0, 5100 >> 8, 5100 & 255}
	for i, want := range []outer{toPeer[peerA], toB} {
		if got, _ := outerOf(t, answers[i].Bytes, answers[i].Out); got != want {
			t.Errorf("answer %d: %+v, want %+v", i, got, want)
		}
	}
	if a, b := resetOf(t, decode(t, answers[0].Bytes)), resetOf(t, decode(t, answers[1].Bytes)); a.dst != 40000 || b.dst != 5432 {
		t.Errorf("resets %+v and %+v", a, b)
	}
}

// Where a packet may not go, no reset in its sender's name goes either: B's fabric has
// no VNI for the network, A's host is where the packet comes from.
func TestVTEPResetsWhomItReaches(t *testing.T) {
	for _, to := range []string{pt.MACa, pt.MACb} {
		rig := vtepRig(func(s *overlay.Spec) {
			s.Peers[peerB].Side, s.Networks[0].VNIs = 1, []overlay.VNI{{Side: 0, VNI: 100}}
		})
		rig.Stages = []pipeline.Stage{pt.Func{Title: "reject", Decide: func(p *pipeline.Packet) pipeline.Verdict {
			if p.Handle() == 4 {
				return p.DenyFlow(pipeline.SegmentRejected, 3, true)
			}
			return p.Allow(-1)
		}}}
		open := pt.Handshake(fromA(), pt.IPv4{}, pt.IPv4{})
		open[0] = pt.Frame(fromA(), pt.Eth{Dst: macC}, pt.IPv4{}, pt.TCP{Src: 40000, Dst: 5432, Seq: 100, Flags: "S"})
		open[1] = pt.Frame(pt.VXLAN{VNI: 100, From: vtepC, To: vtepUs}, pt.Eth{Src: macC, Dst: pt.MACa}, back,
			pt.TCP{Src: 5432, Dst: 40000, Seq: 900, Ack: 101, Flags: "SA"})
		open[2] = pt.Frame(fromA(), pt.Eth{Dst: macC}, pt.IPv4{}, pt.TCP{Src: 40000, Dst: 5432, Seq: 101, Ack: 901})
		last := pt.Frame(fromA(), pt.Eth{Dst: to}, pt.IPv4{}, pt.TCP{Src: 40000, Dst: 5432, Seq: 101, Ack: 901}, pt.Payload("x"))
		result := rig.Run(append(open[:3], last)...)
		answers := result.Answers()
		if len(answers) != 1 || result.Counters.AnswersSkipped != 1 {
			t.Fatalf("to %s: %d answers: %v", to, len(answers), result.Outcomes)
		}
		if got, _ := outerOf(t, answers[0].Bytes, answers[0].Out); got != toPeer[peerA] {
			t.Errorf("to %s: answer %+v", to, got)
		}
	}
}

// Whom we cannot send to is not answered.
func TestVTEPDoesNotAnswerStrangers(t *testing.T) {
	v := fromA()
	v.From = "192.0.2.77"
	rig := vtepRig(func(s *overlay.Spec) { s.Options.Strangers = true })
	rig.Stages = []pipeline.Stage{pt.RejectAll()}
	result := rig.Run(pt.Frame(v, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 1, Dst: 2}))
	if len(result.Sent) != 0 || result.Counters.AnswersSkipped != 1 {
		t.Errorf("%d sent, %d skipped", len(result.Sent), result.Counters.AnswersSkipped)
	}
}

// The group in whose name we speak is that of the other end.
func TestVTEPAnswersWithGroup(t *testing.T) {
	v := fromA()
	v.Group = 17
	rig := vtepRig(nil)
	rig.Stages = []pipeline.Stage{pt.RejectAll()}
	answers := rig.Run(pt.Frame(v, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 1, Dst: 2})).Answers()
	want := toPeer[peerA]
	want.vxlan[0], want.vxlan[1] = 0x88, 8
	if got, _ := outerOf(t, answers[0].Bytes, answers[0].Out); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// The maximum segment size is lowered to what fits the narrower of both paths.
func TestVTEPClampsMSS(t *testing.T) {
	six := []pt.Layer{pt.Eth{}, pt.IPv6{}}
	four := []pt.Layer{pt.Eth{}, pt.IPv4{}}
	tagged := []pt.Layer{pt.Eth{}, pt.VLAN{ID: 1}, pt.IPv4{}}
	mss := []byte{1, 1, 2, 4, 1460 >> 8, 1460 & 255, 0, 0}
	tests := map[string]struct {
		inner  []pt.Layer
		tcp    pt.TCP
		narrow int
		off    bool
		want   int // 0: as it was
	}{
		"SYN":          {four, pt.TCP{Flags: "S", Options: mss}, peerB, false, 600 - 50 - 40},
		"to us":        {four, pt.TCP{Flags: "S", Options: mss}, peerA, false, 600 - 50 - 40},
		"IPv6":         {six, pt.TCP{Flags: "S", Options: mss}, peerB, false, 600 - 50 - 60},
		"tagged":       {tagged, pt.TCP{Flags: "S", Options: mss}, peerB, false, 600 - 54 - 40},
		"SYN-ACK":      {four, pt.TCP{Flags: "SA", Options: mss}, peerB, false, 600 - 50 - 40},
		"small enough": {four, pt.TCP{Flags: "S", Options: []byte{2, 4, 1, 0}}, peerB, false, 0},
		"no option":    {four, pt.TCP{Flags: "S"}, peerB, false, 0},
		"no SYN":       {four, pt.TCP{Flags: "A", Options: mss}, peerB, false, 0},
		"not asked":    {four, pt.TCP{Flags: "S", Options: mss}, peerB, true, 0},
		"bad checksum": {four, pt.TCP{Flags: "S", Options: mss, BadChecksum: true}, peerB, false, 600 - 50 - 40},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rig := vtepRig(func(s *overlay.Spec) { s.Options.ClampMSS, s.Peers[test.narrow].MTU = !test.off, 600 })
			rig.Config.Flow.Midstream = true
			test.tcp.Src, test.tcp.Dst = 40000, 5432
			inner := append(append([]pt.Layer{}, test.inner...), test.tcp)
			result := rig.Run(pt.Frame(append([]pt.Layer{fromA()}, inner...)...))
			if len(result.Sent) != 1 {
				t.Fatal(result.Outcomes)
			}
			_, got := outerOf(t, result.Sent[0].Bytes, result.Sent[0].Out)
			if test.want > 0 {
				test.tcp.Options = bytes.Clone(mss)
				binary.BigEndian.PutUint16(test.tcp.Options[4:], uint16(test.want))
				test.tcp.BadChecksum = false
				inner[len(inner)-1] = test.tcp
			}
			if want := pt.Frame(inner...); !bytes.Equal(got, want) || (result.Counters.Clamped > 0) != (test.want > 0) {
				t.Errorf("leaves as\n%x, want\n%x", got, want)
			}
		})
	}
}
