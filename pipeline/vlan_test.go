package pipeline_test

import (
	"bytes"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// decode takes a frame apart with gopacket and verifies every length and
// checksum that gopacket knows of. The UDP checksum of the underlay may be
// absent.
func decode(t *testing.T, frame []byte) gopacket.Packet {
	t.Helper()
	packet := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.Default)
	if failure := packet.ErrorLayer(); failure != nil {
		t.Fatalf("frame %x does not decode: %v", frame, failure.Error())
	}
	var network gopacket.NetworkLayer
	for _, layer := range packet.Layers() {
		if n, ok := layer.(gopacket.NetworkLayer); ok {
			network = n
		}
		checkSum(t, layer, network)
		checkLength(t, layer)
	}
	return packet
}

func checkSum(t *testing.T, layer gopacket.Layer, network gopacket.NetworkLayer) {
	t.Helper()
	if udp, ok := layer.(*layers.UDP); ok && udp.Checksum == 0 {
		return
	}
	if l, ok := layer.(interface {
		SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
	}); ok {
		if err := l.SetNetworkLayerForChecksum(network); err != nil {
			t.Fatalf("set network layer: %v", err)
		}
	}
	if l, ok := layer.(gopacket.LayerWithChecksum); ok {
		err, got := l.VerifyChecksum()
		if err != nil || !got.Valid {
			t.Errorf("%v: checksum %#04x, want %#04x; %v", layer.LayerType(), got.Actual, got.Correct, err)
		}
	}
}

func checkLength(t *testing.T, layer gopacket.Layer) {
	t.Helper()
	n := len(layer.LayerContents()) + len(layer.LayerPayload())
	switch h := layer.(type) {
	case *layers.IPv4:
		if int(h.Length) != n {
			t.Errorf("IPv4 length %d, want %d", h.Length, n)
		}
	case *layers.IPv6:
		if int(h.Length) != len(h.Payload) {
			t.Errorf("IPv6 length %d, want %d", h.Length, len(h.Payload))
		}
	case *layers.UDP:
		if int(h.Length) != n {
			t.Errorf("UDP length %d, want %d", h.Length, n)
		}
	}
}

func TestStripVLAN(t *testing.T) {
	inner := []pt.Layer{pt.IPv4{}, pt.UDP{Src: 5000, Dst: 9999}, pt.Payload("hi")}
	one, two := []pt.Layer{pt.VLAN{ID: 7}}, []pt.Layer{pt.VLAN{ID: 7, Outer: true}, pt.VLAN{ID: 8}}
	outers := map[string]pt.VXLAN{
		"IPv4":           {VNI: 100},
		"IPv4, checksum": {VNI: 100, Checksum: true},
		"IPv6":           {VNI: 100, V6: true},
		"IPv6, extended": {VNI: 100, V6: true, Ext: []pt.Ext{{Proto: 60}}},
		"tagged":         {VNI: 100, VLAN: 3},
		"group":          {VNI: 100, Group: 17},
	}
	for name, outer := range outers {
		for _, tags := range [][]pt.Layer{nil, one, two} {
			t.Run(name, func(t *testing.T) {
				build := func(tags ...pt.Layer) []byte {
					return pt.Frame(append(append([]pt.Layer{outer, pt.Eth{}}, tags...), inner...)...)
				}
				cfg := smallConfig()
				cfg.VLAN = pipeline.VLANStrip
				result := pt.Run(cfg, []pipeline.Stage{pt.AllowAll()}, build(tags...))
				if len(result.Sent) != 1 {
					t.Fatalf("%s", result.Outcomes[0])
				}
				if got, want := result.Sent[0].Bytes, build(); !bytes.Equal(got, want) {
					t.Errorf("%d tags: %x, want %x", len(tags), got, want)
				}
				decode(t, result.Sent[0].Bytes)
			})
		}
	}
}

// What follows the VXLAN datagram in its frame stays where it is.
func TestStripKeepsTrailer(t *testing.T) {
	cfg := smallConfig()
	cfg.VLAN = pipeline.VLANStrip
	frame := append(v100(pt.VLAN{ID: 7}, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}), "trailer"...)
	want := append(v100(pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}), "trailer"...)
	result := pt.Run(cfg, []pipeline.Stage{pt.AllowAll()}, frame)
	if !bytes.Equal(result.Sent[0].Bytes, want) {
		t.Errorf("%x, want %x", result.Sent[0].Bytes, want)
	}
}

func TestStripPlain(t *testing.T) {
	rig := plainRig(pipeline.LinkEthernet)
	rig.Config.VLAN = pipeline.VLANStrip
	rig.Stages = []pipeline.Stage{pt.AllowAll()}
	result := rig.Run(pt.Frame(pt.Eth{}, pt.VLAN{ID: 7}, pt.VLAN{ID: 8}, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}))
	if want := pt.Frame(pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}); !bytes.Equal(result.Sent[0].Bytes, want) {
		t.Errorf("%x, want %x", result.Sent[0].Bytes, want)
	}
}

// The tags of a nested tunnel are none of ours, nor are bytes that look like a
// tag where the inner frame has ended.
func TestStripLeavesTheRest(t *testing.T) {
	padding := append(make([]byte, 2), 0x81, 0, 0, 1, 8, 0)
	for name, frame := range map[string][]byte{
		"nested tag":   v100(pt.IPv4{}, pt.GRE{}, pt.Eth{}, pt.VLAN{ID: 9}, pt.IPv4{Src: "172.16.0.1"}, pt.UDP{}),
		"underlay tag": pt.Frame(pt.Eth{}, pt.VLAN{ID: 9}, pt.IPv4{}, pt.TCP{}),
		"no VXLAN":     pt.Frame(pt.Eth{}, pt.ARP{}),
		"cut in tag":   pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{Type: 0x8100}, pt.Zeros(3)),
		"in padding":   append(pt.Frame(pt.VXLAN{VNI: 100}, pt.Zeros(10)), padding...),
	} {
		rig := pt.Rig{Config: smallConfig(), Stages: []pipeline.Stage{pt.AllowAll()}, Monitor: true}
		rig.Config.VLAN = pipeline.VLANStrip
		result := rig.Run(frame)
		if len(result.Sent) != 1 || !bytes.Equal(result.Sent[0].Bytes, frame) {
			t.Errorf("%s: %x became %+v", name, frame, result.Sent)
		}
	}
}

func TestStripFragments(t *testing.T) {
	outer := pt.VXLAN{VNI: 100, Checksum: true}
	ip := []pt.Layer{pt.IPv4{ID: 1}, pt.UDP{Src: 5000, Dst: 53}, message(120)}
	tagged := pt.Split(append([]pt.Layer{outer, pt.Eth{}, pt.VLAN{ID: 7}}, ip...), 48, 96)
	want := pt.Split(append([]pt.Layer{outer, pt.Eth{}}, ip...), 48, 96)
	cfg := smallConfig()
	cfg.VLAN = pipeline.VLANStrip
	result := pt.Run(cfg, []pipeline.Stage{pt.AllowAll()}, reversed(tagged)...)
	forwarded := result.Forwarded()
	for i, frame := range reversed(want) {
		if got := forwarded[uint64(i+1)]; !bytes.Equal(got, frame) {
			t.Errorf("fragment %d: %x, want %x", i+1, got, frame)
		}
	}
}

// A reset goes to each end as its packets come to it: with the tags that the sender put on,
// without those that were taken off.
func TestStripAnswers(t *testing.T) {
	cfg := smallConfig()
	cfg.VLAN = pipeline.VLANStrip
	stage := pt.Func{Title: "reject", Decide: func(p *pipeline.Packet) pipeline.Verdict {
		if p.Handle() == 4 {
			return p.DenyFlow(pipeline.SegmentRejected, 3, true)
		}
		return p.Allow(-1)
	}}
	there := func(tcp pt.TCP, data string) []byte {
		tcp.Src, tcp.Dst = 40000, 5432
		return v100(pt.VLAN{ID: 7}, pt.IPv4{}, tcp, pt.Payload(data))
	}
	open := pt.Handshake(pt.VXLAN{VNI: 100}, pt.IPv4{}, pt.IPv4{})
	answers := pt.Run(cfg, []pipeline.Stage{stage},
		there(pt.TCP{Seq: 100, Flags: "S"}, ""), open[1], there(pt.TCP{Seq: 101, Ack: 901}, ""), there(pt.TCP{Seq: 101, Ack: 901}, "data"),
	).Answers()
	if len(answers) != 2 {
		t.Fatalf("%d answers", len(answers))
	}
	for i, tags := range []int{1, 0} {
		if got := len(all[*layers.Dot1Q](decode(t, answers[i].Bytes))); got != tags {
			t.Errorf("answer %d: %d tags, want %d", i+1, got, tags)
		}
	}
}
