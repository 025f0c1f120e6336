package pipeline_test

import (
	"bytes"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

// reject runs frames through a stage that rejects the last of them, and
// returns the answers, decoded and verified.
func reject(t *testing.T, rig pt.Rig, frames ...[]byte) (answers []gopacket.Packet, result *pt.Result) {
	t.Helper()
	rig.Stages = []pipeline.Stage{pt.Func{Title: "reject", Decide: func(p *pipeline.Packet) pipeline.Verdict {
		if p.Handle() == uint64(len(frames)) {
			return p.DenyFlow(pipeline.SegmentRejected, 3, true)
		}
		return p.Allow(-1)
	}}}
	result = rig.Run(frames...)
	for _, a := range result.Answers() {
		if a.Handle != uint64(len(frames)) {
			t.Errorf("answers frame %d", a.Handle)
		}
		answers = append(answers, decode(t, a.Bytes))
	}
	if n := uint64(len(answers)); n != result.Counters.Answers {
		t.Errorf("%d answers counted, %d sent", result.Counters.Answers, n)
	}
	return answers, result
}

// all returns the layers of one type, outermost first.
func all[T any](p gopacket.Packet) (found []T) {
	for _, layer := range p.Layers() {
		if l, ok := layer.(T); ok {
			found = append(found, l)
		}
	}
	return found
}

// headers is what a test compares of an answer.
type headers struct {
	outerMAC, vteps, innerMAC, ends string
	vni                             uint32
	group                           uint16
	applied                         bool
}

func headersOf(t *testing.T, p gopacket.Packet) (h headers) {
	t.Helper()
	flow := func(f gopacket.Flow) string { return f.String() }
	ethernets := all[*layers.Ethernet](p)
	tunnel := all[*layers.VXLAN](p)
	networks := all[gopacket.NetworkLayer](p)
	if len(ethernets) != 2 || len(tunnel) != 1 || len(networks) < 2 {
		t.Fatalf("layers of the answer: %v", p)
	}
	return headers{
		flow(ethernets[0].LinkFlow()), flow(networks[0].NetworkFlow()), flow(ethernets[1].LinkFlow()), flow(networks[1].NetworkFlow()),
		tunnel[0].VNI, tunnel[0].GBPGroupPolicyID, tunnel[0].GBPApplied,
	}
}

// toA and toB are the headers of answers to either end of 10.1.0.5 and
// 10.2.0.9.
var (
	toA = headers{"02:00:00:00:00:02->02:00:00:00:00:01", "192.0.2.2->192.0.2.1", "02:00:00:00:01:0b->02:00:00:00:01:0a",
		"10.2.0.9->10.1.0.5", 100, 0, false}
	toB = headers{"02:00:00:00:00:01->02:00:00:00:00:02", "192.0.2.1->192.0.2.2", "02:00:00:00:01:0a->02:00:00:00:01:0b",
		"10.1.0.5->10.2.0.9", 100, 0, false}
)

// reset is what a test compares of a TCP reset.
type reset struct {
	src, dst layers.TCPPort
	seq, ack uint32
	hasACK   bool
}

func resetOf(t *testing.T, p gopacket.Packet) reset {
	t.Helper()
	tcp := all[*layers.TCP](p)
	if len(tcp) != 1 || !tcp[0].RST || tcp[0].SYN || tcp[0].FIN || len(tcp[0].Payload) > 0 {
		t.Fatalf("no reset: %v", p)
	}
	h := tcp[0]
	return reset{h.SrcPort, h.DstPort, h.Seq, h.Ack, h.ACK}
}

func TestResetToOpening(t *testing.T) {
	tests := map[string]struct {
		tcp     pt.TCP
		payload pt.Payload
		want    reset
	}{
		"SYN":           {pt.TCP{Flags: "S", Seq: 1000}, "", reset{5432, 40000, 0, 1001, true}},
		"SYN with data": {pt.TCP{Flags: "S", Seq: 1000}, "early", reset{5432, 40000, 0, 1006, true}},
		"SYN wraps":     {pt.TCP{Flags: "S", Seq: 0xffffffff}, "", reset{5432, 40000, 0, 0, true}},
		"ACK":           {pt.TCP{Flags: "PA", Seq: 1000, Ack: 77}, "data", reset{5432, 40000, 77, 0, false}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rig := pt.Rig{Config: smallConfig()}
			rig.Config.Flow.Midstream = true
			test.tcp.Src, test.tcp.Dst = 40000, 5432
			answers, result := reject(t, rig, v100(pt.IPv4{}, test.tcp, test.payload))
			if len(answers) != 1 || !result.Answers()[0].Back {
				t.Fatalf("%d answers", len(answers))
			}
			if got := headersOf(t, answers[0]); got != toA {
				t.Errorf("headers %+v, want %+v", got, toA)
			}
			if got := resetOf(t, answers[0]); got != test.want {
				t.Errorf("reset %+v, want %+v", got, test.want)
			}
		})
	}
}

// An open connection is reset at both ends, whoever sent the packet.
func TestResetToBothEnds(t *testing.T) {
	open := pt.Handshake(pt.VXLAN{VNI: 100}, pt.IPv4{}, pt.IPv4{})
	last := v100back(back, pt.TCP{Src: 5432, Dst: 40000, Seq: 901, Ack: 109, Flags: "PA"}, pt.Payload("row"))
	tests := map[string]struct {
		frames         [][]byte
		sender, other  headers
		toSender, toMe reset
	}{
		"initiator": {open, toA, toB, reset{5432, 40000, 901, 0, false}, reset{40000, 5432, 101, 901, true}},
		"responder": {append(open[:4:4], last), toB, toA, reset{40000, 5432, 109, 0, false}, reset{5432, 40000, 901, 109, true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			answers, result := reject(t, pt.Rig{Config: smallConfig()}, test.frames...)
			if len(answers) != 2 {
				t.Fatalf("%d answers", len(answers))
			}
			if sent := result.Answers(); !sent[0].Back || sent[1].Back {
				t.Error("answers leave on the wrong sides")
			}
			if got := headersOf(t, answers[0]); got != test.sender {
				t.Errorf("to the sender %+v, want %+v", got, test.sender)
			}
			if got := headersOf(t, answers[1]); got != test.other {
				t.Errorf("to the other end %+v, want %+v", got, test.other)
			}
			if a, b := resetOf(t, answers[0]), resetOf(t, answers[1]); a != test.toSender || b != test.toMe {
				t.Errorf("resets %+v and %+v, want %+v and %+v", a, b, test.toSender, test.toMe)
			}
		})
	}
}

// quoteOf returns what an ICMP error quotes.
func quoteOf(t *testing.T, p gopacket.Packet) []byte {
	t.Helper()
	if v4 := all[*layers.ICMPv4](p); len(v4) == 1 {
		if want := layers.CreateICMPv4TypeCode(3, 13); v4[0].TypeCode != want {
			t.Errorf("%v, want %v", v4[0].TypeCode, want)
		}
		return v4[0].Payload
	}
	v6 := all[*layers.ICMPv6](p)
	if len(v6) != 1 || v6[0].TypeCode != layers.CreateICMPv6TypeCode(1, 1) {
		t.Fatalf("no ICMP error: %v", p)
	}
	return v6[0].Payload[4:]
}

func TestUnreachable(t *testing.T) {
	for name, layers := range map[string][]pt.Layer{
		"UDP":      {pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}, pt.Payload("query")},
		"echo":     {pt.IPv4{}, pt.ICMP{Type: 8, ID: 7}, pt.Payload("ping")},
		"SCTP":     {pt.IPv4{}, pt.SCTP{Src: 1, Dst: 2}},
		"long":     {pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}, message(1000)},
		"options":  {pt.IPv4{Options: make([]byte, 40)}, pt.UDP{Src: 5000, Dst: 53}, message(999)},
		"IPv6":     {pt.IPv6{}, pt.UDP{Src: 5000, Dst: 53}, pt.Payload("query")},
		"IPv6 odd": {pt.IPv6{}, pt.Ext{Proto: 60}, pt.UDP{Src: 5000, Dst: 53}, message(999)},
	} {
		t.Run(name, func(t *testing.T) {
			answers, _ := reject(t, pt.Rig{Config: smallConfig()}, v100(layers...))
			if len(answers) != 1 {
				t.Fatalf("%d answers", len(answers))
			}
			want := toA
			if _, six := layers[0].(pt.IPv6); six {
				want.ends = "2001:db8:2::9->2001:db8:1::5"
			}
			if got := headersOf(t, answers[0]); got != want {
				t.Errorf("headers %+v, want %+v", got, want)
			}
			quoted := quoteOf(t, answers[0])
			packet := pt.Frame(layers...)
			if len(quoted) != min(len(packet), 512) || !bytes.HasPrefix(packet, quoted) {
				t.Errorf("quotes %d bytes %x", len(quoted), quoted)
			}
		})
	}
}

// An answer to a datagram in fragments quotes the whole.
func TestUnreachableForFragments(t *testing.T) {
	frames := pt.Split(datagram6(3), 48)
	answers, result := reject(t, pt.Rig{Config: smallConfig()}, frames...)
	if len(answers) != 1 {
		t.Fatalf("%d answers; %v", len(answers), result.Outcomes)
	}
	quoted := quoteOf(t, answers[0])
	if h := wire.IPv6(quoted); h.NextHeader() != wire.ProtoFragment || h.PayloadLen() != len(quoted)-wire.IPv6Len {
		t.Errorf("quotes %x", quoted)
	}
}
