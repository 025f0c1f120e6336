package pipeline_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// asCopies makes a pipeline one that sees copies; with wrapped, those of a mirror with
// the VNIs 4 and 9000 to 9999.
func asCopies(c *pipeline.Config, wrapped bool) {
	c.Passive, c.Duplicates = true, 50*time.Millisecond
	c.Plain, c.IgnoreChecksums, c.AcceptNoChecksum6 = false, true, true
	c.Flow.Passive, c.Flow.Midstream = true, true
	if wrapped {
		c.Mirror = &pipeline.Mirror{VNIs: []pipeline.VNIRange{{First: 4, Last: 4}, {First: 9000, Last: 9999}}}
	}
}

func copyConfig() pipeline.Config {
	cfg := smallConfig()
	asCopies(&cfg, true)
	return cfg
}

// cutAll cuts frames to n bytes.
func cutAll(frames [][]byte, n int) (cut [][]byte) {
	for _, f := range frames {
		cut = append(cut, slices.Clone(f[:min(n, len(f))]))
	}
	return cut
}

// mirrored puts frames into a mirror's VXLAN.
func mirrored(vni uint32, frames ...[]byte) (wrapped [][]byte) {
	for _, f := range frames {
		wrapped = append(wrapped, pt.Frame(pt.VXLAN{VNI: vni, Checksum: true}, pt.Bytes(f)))
	}
	return wrapped
}

// copiesOf takes copies through a pipeline whose stage denies all, and returns what
// the stage saw.
func copiesOf(cfg pipeline.Config, frames ...[]byte) (seen []view, result *pt.Result) {
	stage := pt.Func{Title: "look", Decide: func(p *pipeline.Packet) pipeline.Verdict {
		seen = append(seen, look(p))
		return p.DenyFlow(pipeline.SegmentRejected, 1, true)
	}}
	result = pt.Run(cfg, []pipeline.Stage{stage}, frames...)
	return seen, result
}

// TestCutCopies cuts packets everywhere. As long as their ports are there they are judged,
// and the verdict is told, as that of the whole packet; else they are not, and that is
// told. No copy is dropped or answered.
func TestCutCopies(t *testing.T) {
	tcp, udp := pt.TCP{Src: 40000, Dst: 5432, Seq: 7, Flags: "PA"}, pt.UDP{Src: 5000, Dst: 53}
	body := pt.Zeros(60)
	frames := map[string]struct {
		frame  []byte
		behind int // bytes of the innermost IP packet behind its IP header
		least  int // of those, what identifies the flow
	}{
		"TCP":          {v100(pt.IPv4{}, tcp, body), 80, 4},
		"TCP options":  {v100(pt.IPv4{}, pt.TCP{Src: 40000, Dst: 5432, Flags: "A", HeaderWords: 8}, body), 80, 4},
		"UDP":          {v100(pt.IPv4{}, udp, body), 68, 4},
		"SCTP":         {v100(pt.IPv4{}, pt.SCTP{Src: 1, Dst: 2}, body), 72, 4},
		"ICMP":         {v100(pt.IPv4{}, pt.ICMP{Type: 13}, body), 68, 2},
		"IPv6, tagged": {vx(pt.VXLAN{VNI: 100, V6: true, Group: 17}, pt.VLAN{ID: 7}, pt.IPv6{}, tcp, body), 80, 4},
		"unknown":      {v100(pt.IPv4{Proto: 253}, body), 60, 0},
	}
	for name, test := range frames {
		whole, _ := copiesOf(copyConfig(), test.frame)
		for n := len(test.frame) - test.behind - 30; n < len(test.frame); n++ {
			for what, frame := range map[string][]byte{"cut": test.frame[:n], "cut, wrapped": mirrored(4, test.frame[:n])[0]} {
				seen, result := copiesOf(copyConfig(), slices.Clone(frame))
				have := n - (len(test.frame) - test.behind)
				if c := &result.Counters; c.Truncated != 1 || c.Answers != 0 || !result.Outcomes[0].Forwarded {
					t.Fatalf("%s, %s to %d: %d cut, %d answers, %v", name, what, n, c.Truncated, c.Answers, result.Outcomes[0])
				}
				if have < test.least || have < 0 {
					if len(seen) != 0 || result.Outcomes[0].Reason != pipeline.InnerTruncated || result.Drops[0].Monitored {
						t.Fatalf("%s, %s to %d: saw %+v, %v", name, what, n, seen, result.Outcomes[0])
					}
					continue
				}
				if len(seen) != 1 || result.Outcomes[0].Reason != pipeline.SegmentRejected || !result.Drops[0].Monitored {
					t.Fatalf("%s, %s to %d: saw %+v, %v", name, what, n, seen, result.Outcomes[0])
				}
				if seen[0].Payload = whole[0].Payload; name != "ICMP" && seen[0] != whole[0] {
					t.Fatalf("%s, %s to %d: saw %+v, want %+v", name, what, n, seen[0], whole[0])
				}
			}
		}
	}
}

// TestCutFragments: fragments that are cut are never put together. The first one is
// judged, the others are told to be not.
func TestCutFragments(t *testing.T) {
	for _, layers := range [][]pt.Layer{datagram4(1), datagram6(1)} {
		frames := pt.Split(layers, 48, 96)
		frames[0], frames[1] = frames[0][:len(frames[0])-8], frames[1][:len(frames[1])-8]
		seen, result := copiesOf(copyConfig(), frames[:2]...)
		if len(seen) != 1 || result.Outcomes[0].Reason != pipeline.SegmentRejected || result.Outcomes[1].Reason != pipeline.InnerTruncated {
			t.Errorf("saw %+v, %v", seen, result.Outcomes)
		}
		if result.Counters.Held != 0 || result.Counters.Truncated != 2 {
			t.Errorf("%+v", result.Counters)
		}
	}
}

// TestCutTunnel: a tunnel is judged though what it carries was cut off.
func TestCutTunnel(t *testing.T) {
	whole := v100(pt.IPv4{}, pt.GRE{}, pt.IPv4{Src: "172.16.0.1", Dst: "172.16.0.2"}, pt.UDP{Src: 3, Dst: 4}, pt.Zeros(20))
	result := pt.Run(copyConfig(), []pipeline.Stage{pt.AllowAll()}, whole[:len(whole)-30])
	if o := result.Outcomes[0]; o.Reason != pipeline.InnerTruncated || !o.Forwarded || result.Drops[0].Monitored || len(result.Starts) != 1 {
		t.Errorf("%v, %d flows", o, len(result.Starts))
	}
}

// TestBadCopies: what would be refused is told, as in monitor mode; a wrong checksum
// is not even that.
func TestBadCopies(t *testing.T) {
	for frame, want := range map[string]pipeline.Reason{
		string(v100(pt.IPv4{BadChecksum: true}, pt.UDP{Src: 5000, Dst: 53, BadChecksum: true})): pipeline.OK,
		string(vx(pt.VXLAN{VNI: 1, V6: true, NoChecksum: true}, pt.IPv4{}, pt.UDP{})):           pipeline.OK,
		string(vx(pt.VXLAN{VNI: 1, Flags: 0x80}, pt.IPv4{}, pt.UDP{})):                          pipeline.VXLANNoVNI,
		string(v100(pt.IPv4{}, pt.TCP{Flags: "SF"})):                                            pipeline.TCPFlags,
	} {
		result := pt.Run(copyConfig(), []pipeline.Stage{pt.AllowAll()}, []byte(frame))
		if o := result.Outcomes[0]; o.Reason != want || !o.Forwarded {
			t.Errorf("%v, want %s", o, want)
		}
	}
	pieces := damageInnerIP(pt.Split(datagram4(1), 48))
	if seen, _ := copiesOf(copyConfig(), pieces...); len(seen) != 1 {
		t.Errorf("of fragments with wrong checksums %d datagrams are seen", len(seen))
	}
}

// TestDuplicateCopies: a copy of a packet that came already, perhaps by way of a router,
// is counted and not judged; what differs is, and the same packet later.
func TestDuplicateCopies(t *testing.T) {
	at := func(ttl uint8, payload string) []byte {
		return v100(pt.IPv4{TTL: ttl}, pt.UDP{Src: 5000, Dst: 53, NoChecksum: true}, pt.Payload(payload))
	}
	six := func(hops uint8) []byte { return v100(pt.IPv6{HopLimit: hops}, pt.UDP{Src: 5000, Dst: 53}) }
	tests := map[string]struct {
		frames [][]byte
		want   uint64
	}{
		"twice":             {[][]byte{at(64, "query"), at(64, "query")}, 1},
		"routed":            {[][]byte{at(64, "query"), at(63, "query"), at(62, "query")}, 2},
		"routed, IPv6":      {[][]byte{six(64), six(63)}, 1},
		"another":           {[][]byte{at(64, "query"), at(64, "quern")}, 0},
		"another VNI":       {[][]byte{at(64, "query"), vx(pt.VXLAN{VNI: 101}, pt.IPv4{TTL: 64}, pt.UDP{Src: 5000, Dst: 53, NoChecksum: true}, pt.Payload("query"))}, 0},
		"another group":     {[][]byte{at(64, "query"), vx(pt.VXLAN{VNI: 100, Group: 1}, pt.IPv4{TTL: 64}, pt.UDP{Src: 5000, Dst: 53, NoChecksum: true}, pt.Payload("query"))}, 0},
		"ARP":               {[][]byte{v100(pt.ARP{}), v100(pt.ARP{})}, 1},
		"fragments":         {slices.Concat(pt.Split(datagram4(1), 48), pt.Split(datagram4(1), 48)), 2},
		"fragments, by two": {interleaved(pt.Split(datagram4(1), 48), pt.Split(datagram4(1), 48)), 2},
	}
	for name, test := range tests {
		_, result := copiesOf(copyConfig(), test.frames...)
		told := 0
		for _, d := range result.Drops {
			if d.Reason != pipeline.SegmentRejected {
				t.Errorf("%s: %v", name, result.Outcomes)
			}
			told++
		}
		if got := result.Counters.Duplicates; got != test.want || told != len(test.frames)-int(test.want) {
			t.Errorf("%s: %d duplicates, %d told of %d, want %d", name, got, told, len(test.frames), test.want)
		}
	}
	rig := pt.Rig{Config: copyConfig(), Stages: []pipeline.Stage{pt.DropAll()}, Gap: int64(60 * time.Millisecond)}
	if result := rig.Run(at(64, "x"), at(64, "x")); result.Counters.Duplicates != 0 {
		t.Error("a packet that comes again later is a duplicate")
	}
}

// TestUnwrap: what a mirror wraps is judged as if it had come by itself; headers that
// are not the mirror's stay.
func TestUnwrap(t *testing.T) {
	inner := v100(pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}, pt.Payload("hi"))
	ports := copyConfig()
	ports.Mirror = &pipeline.Mirror{Ports: []uint16{4790}}
	by := func(v pt.VXLAN) []byte { return pt.Frame(v, pt.Bytes(inner)) }
	tests := map[string]struct {
		cfg   pipeline.Config
		frame []byte
		want  view
		found uint64
	}{
		"by VNI":               {copyConfig(), mirrored(9999, inner)[0], udp4(nil), 1},
		"by VNI, IPv6":         {copyConfig(), by(pt.VXLAN{VNI: 4, V6: true, VLAN: 3}), udp4(nil), 1},
		"mirror of a mirror":   {copyConfig(), mirrored(4, mirrored(9000, inner)...)[0], udp4(nil), 1},
		"not wrapped":          {copyConfig(), inner, udp4(nil), 0},
		"by port":              {ports, by(pt.VXLAN{VNI: 7, Port: 4790}), udp4(nil), 1},
		"by port, not wrapped": {ports, inner, udp4(nil), 0},
	}
	for name, test := range tests {
		var seen []view
		rig := pt.Rig{Config: test.cfg, Stages: []pipeline.Stage{pt.Seen(func(p *pipeline.Packet) { seen = append(seen, look(p)) })}}
		result := rig.Run(test.frame)
		if len(seen) != 1 || seen[0] != test.want || result.Counters.Unwrapped != test.found {
			t.Errorf("%s: saw %+v, %d unwrapped, %v", name, seen, result.Counters.Unwrapped, result.Outcomes[0])
		}
	}
	// The VNI of a mirror that is not said to be one is the policy's.
	seen, _ := views(pt.Rig{Config: copyConfig()}, mirrored(5, pt.Frame(pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}, pt.Payload("hi")))...)
	if len(seen) != 1 || seen[0] != udp4(func(v *view) { v.VNI = 5 }) {
		t.Errorf("saw %+v", seen)
	}
}

// TestCopiesOwner: cut or wrapped, a copy belongs to the worker of its flow.
func TestCopiesOwner(t *testing.T) {
	cfg := copyConfig()
	for name, frame := range map[string][]byte{
		"IPv4": v100(pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}, pt.Zeros(60)),
		"IPv6": vx(pt.VXLAN{VNI: 300, V6: true}, pt.IPv6{}, pt.TCP{Src: 1, Dst: 2}, pt.Zeros(60)),
	} {
		want, _ := pipeline.Owner(&cfg, frame, cfg.Flow.Seed)
		for what, other := range map[string][]byte{"cut": frame[:len(frame)-50], "wrapped": mirrored(4, frame)[0], "both": mirrored(4, frame[:len(frame)-50])[0]} {
			if got, ok := pipeline.Owner(&cfg, other, cfg.Flow.Seed); !ok || got != want {
				t.Errorf("%s, %s: another owner", name, what)
			}
		}
	}
}

// TestCopiesOneWay: of a conversation of which one direction is mirrored, one flow is
// told, and no packet is told to belong to none.
func TestCopiesOneWay(t *testing.T) {
	frames := pt.Handshake(pt.VXLAN{VNI: 100}, pt.IPv4{}, pt.IPv4{})
	for name, some := range map[string][][]byte{"there": {frames[0], frames[2], frames[3]}, "back": {frames[1]}, "last": {frames[3]}} {
		result := pt.Run(copyConfig(), []pipeline.Stage{pt.AllowAll()}, some...)
		if len(result.Drops) != 0 || len(result.Starts) != 1 {
			t.Errorf("%s: %v, %d flows", name, result.Outcomes, len(result.Starts))
		}
		if key := result.Starts[0].Record.Key; key.DstPort != 5432 {
			t.Errorf("%s: %s", name, fmt.Sprint(key))
		}
	}
}
