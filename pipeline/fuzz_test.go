package pipeline_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/gopacket/gopacket/pcapgo"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

// recorded returns the frames of the demo capture: what kernels send.
func recorded(t testing.TB) (frames [][]byte) {
	file, err := os.Open("../bench/demo/vxlan.pcap")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := pcapgo.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	for {
		frame, _, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return frames
		}
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, frame)
	}
}

// seedBits are the bits of lenient configurations: one passes VLAN tags, the
// other strips them.
var seedBits = [2]uint32{0x3fff_fd5a, 0x3fff_fd9a}

// fuzzConfig makes a configuration out of bits.
func fuzzConfig(bits uint32) (cfg pipeline.Config, link pipeline.LinkType) {
	cfg = pipeline.Default()
	cfg.Ports = []uint16{4789, 8472}
	cfg.Plain = bits&1 != 0
	cfg.PassNotVXLAN = bits&2 != 0
	cfg.PassOuterFragment = bits&4 != 0
	cfg.AcceptReserved = bits&8 != 0
	cfg.AcceptNoChecksum6 = bits&16 != 0
	cfg.IgnoreChecksums = bits&32 == 0
	cfg.VLAN = pipeline.VLANAction(bits >> 6 & 3 % 3)
	cfg.Nested = pipeline.NestedAction(bits >> 8 & 3 % 3)
	cfg.NestedDepth = int(bits >> 10 & 15)
	cfg.ExtensionLimit = int(bits >> 14 & 63)
	cfg.Flow.Midstream = bits&(1<<20) != 0
	cfg.Flow.Capacity = 1 + int(bits>>21&7)
	cfg.Fragments.Memory = int(bits>>24&3) * 20000
	cfg.Fragments.Datagrams = 1 + int(bits>>26&3)
	cfg.Fragments.PerPacket = 1 + int(bits>>28&3)
	return cfg, pipeline.LinkType(bits >> 30)
}

func FuzzDecap(f *testing.F) {
	for i, frame := range append(recorded(f), pt.Samples()...) {
		f.Add(frame, seedBits[0], uint8(0))
		if i%8 == 0 {
			f.Add(frame, seedBits[0]|1, uint8(0))
			f.Add(frame[min(14, len(frame)):], seedBits[0], uint8(1))
		}
	}
	f.Fuzz(func(t *testing.T, frame []byte, bits uint32, link uint8) {
		cfg, _ := fuzzConfig(bits)
		before := bytes.Clone(frame)
		o, reason := pipeline.Decap(frame, pipeline.LinkType(link%5), &cfg)
		if !bytes.Equal(before, frame) {
			t.Fatal("frame was modified")
		}
		if o.End > len(frame) {
			t.Fatalf("end %d behind the frame of %d bytes", o.End, len(frame))
		}
		if reason != pipeline.OK {
			if o.IsIP {
				t.Fatalf("%s, yet the packet is sound", reason)
			}
			return
		}
		ordered := []int{o.VXLAN, o.Inner, o.L3, o.End}
		if !o.L2 {
			ordered = []int{o.VXLAN, o.L3, o.End}
		}
		if o.IsIP {
			ordered = append(ordered[:len(ordered)-1], o.L4, o.Payload, o.End)
		}
		for i := 1; i < len(ordered); i++ {
			if ordered[i-1] > ordered[i] {
				t.Fatalf("offsets %+v are out of order", o)
			}
		}
	})
}

// split cuts fuzz input into frames: two bytes of length, then the frame.
func split(data []byte) (frames [][]byte) {
	for len(data) >= 2 && len(frames) < 200 {
		n := min(int(binary.BigEndian.Uint16(data)), len(data)-2)
		frames = append(frames, data[2:2+n])
		data = data[2+n:]
	}
	return frames
}

func join(frames [][]byte) (data []byte) {
	for _, frame := range frames {
		data = append(binary.BigEndian.AppendUint16(data, uint16(len(frame))), frame...)
	}
	return data
}

// FuzzPipeline takes frames through a worker. The rig panics if the worker
// panics, breaks the contract of the queue, forwards a frame twice, or if its
// counters do not add up.
func FuzzPipeline(f *testing.F) {
	capture := recorded(f)
	for i := 0; i < len(capture); i += 4 {
		f.Add(join(capture[i:min(i+4, len(capture))]), seedBits[i/4%2], uint8(i))
	}
	samples := pt.Samples()
	for i := 0; i < len(samples); i += 4 {
		f.Add(join(samples[i:min(i+4, len(samples))]), seedBits[i/4%2], uint8(i))
		f.Add(join(cutAll(samples[i:min(i+4, len(samples))], 60+i)), seedBits[i/4%2], uint8(i)|4)
	}
	f.Add(join(mirrored(4, samples[:4]...)), seedBits[0], uint8(12))
	f.Fuzz(func(t *testing.T, data []byte, bits uint32, how uint8) {
		cfg, link := fuzzConfig(bits)
		rig := pt.Rig{Config: cfg, Monitor: how&1 != 0, Batch: 1 + int(how>>4), Link: link, Gap: int64(how&2) * 10_000_000_000}
		rig.Stages = []pipeline.Stage{pt.Func{Title: "fuzz", Decide: fuzzVerdict}}
		frames := split(data)
		if how&4 != 0 {
			asCopies(&rig.Config, how&8 != 0)
		}
		result := rig.Run(frames...)
		for handle, got := range result.Forwarded() {
			if !rig.Config.Passive {
				checkForwarded(t, &cfg, link, [2][]byte{frames[handle-1], got})
			}
		}
		if rig.Config.Passive && (result.Counters.Answers > 0 || result.Counters.TotalDropped().Packets > 0) {
			t.Fatalf("copies are dropped or answered: %+v", result.Counters)
		}
		for i, o := range result.Outcomes {
			if !o.Forwarded && o.Stage == "" {
				t.Fatalf("frame %d was lost", i+1)
			}
		}
		if uint64(len(result.Answers())) != result.Counters.Answers {
			t.Fatalf("%d answers sent, %d counted", len(result.Answers()), result.Counters.Answers)
		}
	})
}

// fuzzVerdict looks at all there is of a packet, and decides by its addresses
// alone, as a policy would.
func fuzzVerdict(p *pipeline.Packet) pipeline.Verdict {
	seen := len(p.Inner()) + len(p.Bytes())
	if p.Encapsulated() {
		_, dst := p.VTEPs()
		seen += int(p.VXLAN().VNI()) + int(dst[15])
	}
	if p.IsARP() && p.ARP().Valid() {
		seen += int(p.ARP().SenderIP()[0])
	}
	if !p.IsIP() {
		return p.Allow(int32(seen))
	}
	if len(p.L3()) < len(p.L4()) || len(p.L4()) < len(p.Payload()) {
		panic("parts of a packet do not contain each other")
	}
	switch (p.Flow.Src[15] + p.Flow.Dst[15]) % 8 {
	case 1:
		return p.DenyFlow(pipeline.SegmentRejected, 1, true)
	case 2:
		return p.Deny(pipeline.SegmentDenied, 2)
	case 3:
		return pipeline.Accept
	}
	return p.Allow(0)
}

// checkForwarded says that a frame left as it came, or with the tags of its
// inner frame stripped and the lengths in front of it shortened.
func checkForwarded(t *testing.T, cfg *pipeline.Config, link pipeline.LinkType, frames [2][]byte) {
	t.Helper()
	before, after := frames[0], frames[1]
	if bytes.Equal(before, after) {
		return
	}
	cut := len(before) - len(after)
	if cfg.VLAN != pipeline.VLANStrip || cut != 4 && cut != 8 {
		t.Fatalf("forwarded %x as %x", before, after)
	}
	o, _ := pipeline.Decap(before, link, cfg)
	tags := 12
	if o.VXLAN > 0 {
		tags += o.VXLAN + wire.VXLANLen
		from := binary.BigEndian.Uint16(before[o.VXLAN-4:])
		if to := binary.BigEndian.Uint16(after[o.VXLAN-4:]); int(from-to) != cut {
			t.Fatalf("UDP length %d became %d", from, to)
		}
	} else if !cfg.Plain {
		t.Fatalf("forwarded %x as %x", before, after)
	}
	for at := tags; at < tags+cut; at += wire.VLANLen {
		if !wire.IsVLAN(binary.BigEndian.Uint16(before[at:])) {
			t.Fatalf("stripped %x of %x", before[at:at+4], before)
		}
	}
	if !bytes.Equal(before[o.VXLAN:tags], after[o.VXLAN:tags]) || !bytes.Equal(before[tags+cut:], after[tags:]) {
		t.Fatalf("forwarded %x as %x", before, after)
	}
}
