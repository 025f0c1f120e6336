package pipelinetest

import (
	"bytes"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"vxwall/pipeline"
)

// The frames say what they were told to say, in the eyes of gopacket.
func TestFrameDecodes(t *testing.T) {
	frame := Frame(VXLAN{VNI: 100, Group: 17, VLAN: 5, Checksum: true}, Eth{}, VLAN{ID: 7}, IPv6{}, Ext{Proto: 60},
		TCP{Src: 40000, Dst: 5432, Seq: 1, Flags: "SEC", Options: []byte{3, 3, 7, 0}}, Payload("x"))
	p := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.Default)
	var got []gopacket.LayerType
	for _, l := range p.Layers() {
		got = append(got, l.LayerType())
	}
	want := []gopacket.LayerType{
		layers.LayerTypeEthernet, layers.LayerTypeDot1Q, layers.LayerTypeIPv4, layers.LayerTypeUDP, layers.LayerTypeVXLAN,
		layers.LayerTypeEthernet, layers.LayerTypeDot1Q, layers.LayerTypeIPv6, layers.LayerTypeIPv6Destination, layers.LayerTypeTCP,
		gopacket.LayerTypePayload,
	}
	if len(got) != len(want) {
		t.Fatalf("layers %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("layer %d is %v, want %v", i, got[i], want[i])
		}
	}
	tcp := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if !tcp.SYN || !tcp.ECE || !tcp.CWR || tcp.ACK || tcp.DstPort != 5432 || string(tcp.Payload) != "x" {
		t.Errorf("TCP %+v", tcp)
	}
	if v := p.Layer(layers.LayerTypeVXLAN).(*layers.VXLAN); v.VNI != 100 || v.GBPGroupPolicyID != 17 {
		t.Errorf("VXLAN %+v", v)
	}
}

// Fragments put together again are the datagram, whose checksum was made for
// the whole.
func TestSplit(t *testing.T) {
	layersOf := []Layer{Eth{}, IPv4{ID: 9}, UDP{Src: 1, Dst: 2}, Payload("0123456789abcdef0123456789")}
	whole := Frame(layersOf...)
	var data []byte
	for _, frame := range Split(layersOf, 8, 24) {
		data = append(data, frame[34:]...)
	}
	if !bytes.Equal(data, whole[34:]) {
		t.Errorf("%x, want %x", data, whole[34:])
	}
}

// A worker that breaks the contract of a queue does not get far.
func TestQueueNoticesBreaches(t *testing.T) {
	frame := Frame(Eth{}, ARP{})
	for name, breach := range map[string]func(q *Queue, b *pipeline.Batch){
		"Recv twice":     func(q *Queue, b *pipeline.Batch) { _, _ = q.Recv(b), q.Recv(b) },
		"Send of others": func(q *Queue, b *pipeline.Batch) { b.Add(frame, 1, 1, 0); _ = q.Send(b) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("nobody noticed")
				}
			}()
			breach(NewQueue(frame, frame), new(pipeline.Batch))
		})
	}
}

// A stage that keeps a slice of a packet sees it overwritten.
func TestQueuePoisons(t *testing.T) {
	for _, keep := range []bool{false, true} {
		var kept []byte
		stage := Seen(func(p *pipeline.Packet) { kept = p.Bytes() })
		frame := Frame(VXLAN{}, Eth{}, IPv4{}, UDP{})
		rig := Rig{Config: pipeline.Default(), Stages: []pipeline.Stage{stage}, KeepFrames: keep}
		rig.Config.Flow.Capacity = 1
		rig.Run(frame)
		if bytes.Equal(kept, frame) != keep {
			t.Errorf("frames kept %v: %x", keep, kept)
		}
	}
}

func TestCheckCounters(t *testing.T) {
	c := pipeline.Counters{Received: pipeline.Tally{Packets: 3, Bytes: 30}, Forwarded: pipeline.Tally{Packets: 1, Bytes: 10}}
	c.Dropped[0][pipeline.InnerShort] = pipeline.Tally{Packets: 1, Bytes: 10}
	if CheckCounters(&c) == nil {
		t.Error("a packet is lost and nobody noticed")
	}
	c.Held = 1
	if err := CheckCounters(&c); err != nil {
		t.Error(err)
	}
	c.Received.Packets, c.Held = 2, 0
	if CheckCounters(&c) == nil {
		t.Error("bytes are lost and nobody noticed")
	}
}
