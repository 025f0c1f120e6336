package pipeline_test

import (
	"bytes"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

// Answers travel in every kind of tunnel in which the rejected packet may have
// come; a UDP checksum is there if it was there then. decode verifies it.
func TestAnswersInEveryTunnel(t *testing.T) {
	syn := []pt.Layer{pt.IPv4{}, pt.TCP{Src: 40000, Dst: 22, Flags: "S"}}
	for name, outer := range map[string]pt.VXLAN{
		"IPv4": {VNI: 100}, "IPv4, checksum": {VNI: 100, Checksum: true}, "IPv6": {VNI: 100, V6: true},
		"IPv6, no checksum": {VNI: 100, V6: true, NoChecksum: true}, "tagged": {VNI: 100, VLAN: 3},
		"extended": {VNI: 100, V6: true, Ext: []pt.Ext{{Proto: 60}}},
	} {
		for _, tags := range [][]pt.Layer{nil, {pt.VLAN{ID: 7}}, {pt.VLAN{ID: 7, Outer: true}, pt.VLAN{ID: 8}}} {
			t.Run(name, func(t *testing.T) {
				frame := pt.Frame(append(append([]pt.Layer{outer, pt.Eth{}}, tags...), syn...)...)
				answers, _ := reject(t, pt.Rig{Config: smallConfig()}, frame)
				if len(answers) != 1 {
					t.Fatalf("%d answers", len(answers))
				}
				want := toA
				if outer.V6 {
					want.vteps = "fd00:6::2->fd00:6::1"
				}
				if got := headersOf(t, answers[0]); got != want {
					t.Errorf("headers %+v, want %+v", got, want)
				}
				wantTags := len(tags)
				if outer.VLAN != 0 {
					wantTags++
				}
				if got := len(all[*layers.Dot1Q](answers[0])); got != wantTags {
					t.Errorf("%d tags, want %d", got, wantTags)
				}
				udp := all[*layers.UDP](answers[0])[0]
				if udp.SrcPort < 49152 || udp.DstPort != 4789 {
					t.Errorf("UDP %v", udp)
				}
				if has := outer.Checksum || outer.V6 && !outer.NoChecksum; (udp.Checksum != 0) != has {
					t.Errorf("UDP checksum %#x, want one: %v", udp.Checksum, has)
				}
			})
		}
	}
}

func TestAnswersToAnotherPort(t *testing.T) {
	rig := pt.Rig{Config: smallConfig()}
	rig.Config.Ports = []uint16{8472}
	answers, _ := reject(t, rig, pt.Frame(pt.VXLAN{VNI: 100, Port: 8472}, pt.Eth{}, pt.IPv4{}, pt.TCP{Flags: "S"}))
	if len(answers) != 1 || all[*layers.UDP](answers[0])[0].DstPort != 8472 {
		t.Errorf("answers %v", answers)
	}
}

// In a Group Policy network an answer speaks for the group of the other end as
// far as that is known.
func TestAnswersNameTheGroup(t *testing.T) {
	in := pt.VXLAN{VNI: 100, Group: 17}
	out := pt.VXLAN{VNI: 100, Group: 23, Back: true}
	query := pt.Frame(in, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 9999})
	reply := pt.Frame(out, pt.Eth{Src: pt.MACb, Dst: pt.MACa}, back, pt.UDP{Src: 9999, Dst: 5000})
	for name, test := range map[string]struct {
		frames [][]byte
		group  uint16
	}{
		"not known yet": {one(query), 0},
		"known":         {[][]byte{query, reply, query}, 23},
		"to the other":  {[][]byte{query, reply}, 17},
	} {
		answers, _ := reject(t, pt.Rig{Config: smallConfig()}, test.frames...)
		if len(answers) != 1 {
			t.Fatalf("%s: %d answers", name, len(answers))
		}
		if got := headersOf(t, answers[0]); got.group != test.group || !got.applied {
			t.Errorf("%s: group %d, applied %v, want %d", name, got.group, got.applied, test.group)
		}
	}
	open := pt.Handshake(in, pt.IPv4{}, pt.IPv4{})
	answers, _ := reject(t, pt.Rig{Config: smallConfig()}, open...)
	if len(answers) != 2 || headersOf(t, answers[1]).group != 17 {
		t.Errorf("reset in the sender's name: %v", answers)
	}
}

func TestAnswersInPlainCaptures(t *testing.T) {
	answers, _ := reject(t, plainRig(pipeline.LinkEthernet), pt.Frame(pt.Eth{}, pt.IPv4{}, pt.TCP{Src: 40000, Dst: 22, Flags: "S", Seq: 5}))
	if len(answers) != 1 {
		t.Fatalf("%d answers", len(answers))
	}
	if got := resetOf(t, answers[0]); got != (reset{22, 40000, 0, 6, true}) {
		t.Errorf("reset %+v", got)
	}
	answers, _ = reject(t, plainRig(pipeline.LinkRaw), pt.Frame(pt.IPv4{}, pt.TCP{Flags: "S"}))
	if len(answers) != 0 {
		t.Error("answer without an Ethernet header to answer to")
	}
}

func TestNoAnswer(t *testing.T) {
	udp := pt.UDP{Src: 5000, Dst: 9999}
	multicast := pt.Frame(pt.Eth{}, pt.IPv4{Src: pt.VTEPa, Dst: "239.1.1.1"}, pt.UDP{Src: 50000, Dst: 4789}, pt.VXLANHeader{VNI: 100},
		pt.Eth{}, pt.IPv4{}, udp)
	for name, frame := range map[string][]byte{
		"reset":              v100(pt.IPv4{}, pt.TCP{Flags: "RA"}),
		"ICMP error":         v100(pt.IPv4{}, pt.ICMP{Type: 3}),
		"ICMPv6 error":       v100(pt.IPv6{}, pt.ICMP6{Type: 2}),
		"redirect":           v100(pt.IPv4{}, pt.ICMP{Type: wire.ICMPRedirect}),
		"redirect, IPv6":     v100(pt.IPv6{}, pt.ICMP6{Type: wire.ICMPv6Redirect}),
		"broadcast":          v100(pt.IPv4{Dst: "255.255.255.255"}, udp),
		"broadcast MAC":      pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{Dst: "ff:ff:ff:ff:ff:ff"}, pt.IPv4{}, udp),
		"multicast MAC":      pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{Dst: "01:00:5e:00:00:01"}, pt.IPv4{}, udp),
		"multicast":          v100(pt.IPv4{Dst: "224.0.0.251"}, udp),
		"multicast, IPv6":    v100(pt.IPv6{Dst: "ff02::fb"}, udp),
		"from a group":       v100(pt.IPv4{Src: "224.0.0.251"}, udp),
		"from nobody":        v100(pt.IPv4{Src: "0.0.0.0"}, udp),
		"from nobody, IPv6":  v100(pt.IPv6{Src: "::"}, udp),
		"flooded underlay":   multicast,
		"not IP":             v100(pt.ARP{}),
		"in a nested tunnel": pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{}, pt.GRE{}, pt.IPv4{Src: "172.16.0.1"}, udp),
	} {
		rig := pt.Rig{Config: smallConfig()}
		rig.Config.Flow.Midstream = true
		if name == "in a nested tunnel" {
			rig.Config.Nested = pipeline.NestedInspect
			rig.Stages = []pipeline.Stage{pt.Func{Title: "reject", Decide: func(p *pipeline.Packet) pipeline.Verdict {
				if p.Depth() == 1 {
					return p.DenyFlow(pipeline.SegmentRejected, 0, true)
				}
				return pipeline.Continue
			}}}
			if n := len(rig.Run(frame).Answers()); n != 0 {
				t.Errorf("%s: %d answers", name, n)
			}
			continue
		}
		if answers, result := reject(t, rig, frame); len(answers) != 0 || result.Outcomes[0].Stage != "reject" && result.Outcomes[0].Stage != "flow" {
			t.Errorf("%s: %d answers, %s", name, len(answers), result.Outcomes[0])
		}
	}
}

func TestAnswerRate(t *testing.T) {
	cfg := smallConfig()
	cfg.AnswerRate = 10
	var frames [][]byte
	for port := range uint16(100) {
		frames = append(frames, v100(pt.IPv4{}, pt.UDP{Src: 5000 + port, Dst: 9999}))
	}
	rig := pt.Rig{Config: cfg, Stages: []pipeline.Stage{pt.RejectAll()}, Gap: 20_000_000} // 100 frames in 2 s
	result := rig.Run(frames...)
	if c := result.Counters; c.Answers != 29 || c.AnswersSkipped != 71 { // 10 at once, then 10 per second
		t.Errorf("%d answers, %d skipped", c.Answers, c.AnswersSkipped)
	}
	rig.Config.AnswerRate = 0
	if result := rig.Run(frames...); result.Counters.Answers != 0 || len(result.Answers()) != 0 {
		t.Errorf("%d answers at rate 0", result.Counters.Answers)
	}
}

// A batch full of open connections that are all rejected.
func TestAnswersFillTheirMemory(t *testing.T) {
	var frames [][]byte
	for port := range uint16(pipeline.BatchSize) {
		frames = append(frames, pt.Handshake(pt.VXLAN{VNI: uint32(port)}, pt.IPv4{}, pt.IPv4{})[:3]...)
	}
	for port := range uint16(pipeline.BatchSize) {
		frames = append(frames, pt.Handshake(pt.VXLAN{VNI: uint32(port)}, pt.IPv4{}, pt.IPv4{})[3])
	}
	cfg := smallConfig()
	cfg.AnswerRate = 1 << 20
	stage := pt.Func{Title: "reject", Decide: func(p *pipeline.Packet) pipeline.Verdict {
		if len(p.Payload()) > 0 {
			return p.DenyFlow(pipeline.SegmentRejected, 0, true)
		}
		return pipeline.Continue
	}}
	result := pt.Run(cfg, []pipeline.Stage{stage}, frames...)
	if n := len(result.Answers()); n != 2*pipeline.BatchSize {
		t.Errorf("%d answers, want %d", n, 2*pipeline.BatchSize)
	}
}

// An answer to a packet that came without the underlay's link header has none.
func TestAnswersWithoutLinkHeader(t *testing.T) {
	for name, outer := range map[string]pt.VXLAN{"IPv4": {VNI: 100}, "IPv6": {VNI: 100, V6: true}} {
		t.Run(name, func(t *testing.T) {
			frame := pt.Frame(outer, pt.Eth{}, pt.IPv4{}, pt.TCP{Src: 40000, Dst: 22, Flags: "S"})
			deny := pt.Func{Title: "reject", Decide: func(p *pipeline.Packet) pipeline.Verdict {
				return p.DenyFlow(pipeline.SegmentRejected, 3, true)
			}}
			rig := pt.Rig{Config: smallConfig(), Stages: []pipeline.Stage{deny}}
			want := rig.Run(frame).Answers()
			rig.Link = pipeline.LinkRaw
			got := rig.Run(frame[wire.EthernetLen:]).Answers()
			if len(want) != 1 || len(got) != 1 || !bytes.Equal(got[0].Bytes, want[0].Bytes[wire.EthernetLen:]) {
				t.Errorf("got %+v, want %+v behind Ethernet", got, want)
			}
		})
	}
}
