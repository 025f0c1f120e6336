package load

import (
	"encoding/binary"
	"fmt"
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/wire"
)

// markOf returns a frame's mark, found by its first bytes.
func markOf(frame []byte) (mark struct {
	stream, run    uint16
	sequence, time uint64
}, ok bool) {
	for _, at := range []int{92, 112, 132} {
		if len(frame) >= at+markLength && string(frame[at:at+4]) == "VWXL" {
			b := frame[at:]
			mark.stream = binary.LittleEndian.Uint16(b[4:])
			n := binary.LittleEndian.Uint64(b[6:])
			mark.run, mark.sequence = uint16(n>>48), n&(1<<48-1)
			mark.time = binary.LittleEndian.Uint64(b[14:])
			return mark, true
		}
	}
	return mark, false
}

// TestFrames looks at each frame that arrives: exactly those of the order do, and
// each is sound from the outer Ethernet header to the inner checksum.
func TestFrames(t *testing.T) {
	for _, traffic := range []Traffic{
		{Flows: 30, VNIs: 3, Size: Size64, Stream: 5},
		{Flows: 30, VNIs: 3, Size: SizeIMIX},
		{Flows: 10, VNIs: 1, Size: Size1400, OuterV6: true},
		{Flows: 10, VNIs: 2, Size: SizeIMIX, InnerV6: true},
		{Flows: 10, VNIs: 1, Size: Size64, InnerV6: true, OuterV6: true},
		{Flows: 1, VNIs: 2, Size: Size64, NewFlows: true},
		{Flows: 1, VNIs: 1, Size: SizeIMIX, NewFlows: true, InnerV6: true},
	} {
		t.Run(traffic.String(), func(t *testing.T) {
			r := newRig(t, Redirect{}, traffic)
			c := newCapture(t, r.Topology.Port(Sink0))
			const frames = 360
			sent, arrived := run(t, r, Order{Rate: slow, Frames: frames}, Watch{Pass: true})
			if sent.Frames != frames || arrived.Frames != frames || arrived.Bytes != sent.Bytes || arrived.Reordered != 0 {
				t.Fatalf("sent %+v, arrived %+v, want %d frames", sent, arrived, frames)
			}
			checkFrames(t, traffic, c.marked(t), frames)
		})
	}
}

func checkFrames(t *testing.T, traffic Traffic, captured [][]byte, want int) {
	t.Helper()
	if len(captured) != want {
		t.Fatalf("captured %d frames, want %d", len(captured), want)
	}
	flows, lengths := map[string]int{}, map[int]int{}
	for i, frame := range captured {
		if m, _ := markOf(frame); m.stream != traffic.Stream || m.run != 7 || m.sequence != uint64(i) || m.time == 0 {
			t.Fatalf("frame %d has the mark %+v", i, m)
		}
		p := checkFrame(t, traffic, frame)
		flows[fmt.Sprint(p.Flow)]++
		lengths[len(p.L3())]++
	}
	conversations, times := traffic.Flows, want/traffic.Flows
	if traffic.NewFlows {
		conversations, times = want, 1
	}
	if len(flows) != conversations {
		t.Errorf("%d flows, want %d", len(flows), conversations)
	}
	for flow, n := range flows {
		if n != times {
			t.Errorf("flow %s has %d frames, want %d", flow, n, times)
			break
		}
	}
	checkLengths(t, traffic, lengths, want)
}

// checkLengths wants the mix of inner IP lengths.
func checkLengths(t *testing.T, traffic Traffic, got map[int]int, frames int) {
	t.Helper()
	small := 50
	if traffic.InnerV6 {
		small = 70
	}
	want := map[Size]map[int]int{
		Size64: {small: frames}, Size1400: {1400: frames},
		SizeIMIX: {small: frames * 7 / 12, 570: frames * 4 / 12, 1400: frames / 12},
	}[traffic.Size]
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("inner IP lengths %v, want %v", got, want)
	}
}

// checkFrame checks one frame's headers with the pipeline's own parser, and the checksums.
func checkFrame(t *testing.T, traffic Traffic, frame []byte) *pipeline.Packet {
	t.Helper()
	cfg := pipeline.Default()
	cfg.IgnoreChecksums, cfg.AcceptReserved = false, false
	var parser pipeline.Parser
	p, reason := parser.Parse(&cfg, frame, pipeline.LinkEthernet)
	if reason != pipeline.OK {
		t.Fatalf("refused: %v: %x", reason, frame)
	}
	if vni := p.Flow.VNI; vni < FirstVNI || vni >= FirstVNI+uint32(traffic.VNIs) {
		t.Fatalf("VNI %d", vni)
	}
	udp := wire.UDP(p.L4())
	if udp.Len() != len(udp) || udp.DstPort() < 7000 || udp.DstPort() > 7015 {
		t.Fatalf("inner UDP: length %d of %d, to port %d", udp.Len(), len(udp), udp.DstPort())
	}
	if traffic.InnerV6 {
		src, dst := p.Flow.Src, p.Flow.Dst
		if sum := wire.Checksum(udp, wire.PseudoSum(&src, &dst, 17, len(udp))); sum != 0 {
			t.Fatalf("inner UDP checksum is off by %#x: %x", sum, frame)
		}
	} else if udp.Checksum() != 0 {
		t.Fatal("inner UDP checksum is set")
	}
	return p
}

// TestPacing: the rate is what was asked for. Whoever is held up by others does not make up
// for it, so a busy machine gets several chances.
func TestPacing(t *testing.T) {
	r := newRig(t, Redirect{}, Traffic{Flows: 10, VNIs: 1, Size: Size64})
	for _, rate := range []float64{1000, slow, 100_000} {
		var got float64
		for range 8 {
			sent, _ := run(t, r, Order{Rate: rate, Frames: uint64(rate / 5)}, Watch{})
			if got = sent.Rate(); got > rate*0.9 && got < rate*1.1 {
				break
			}
		}
		if got < rate*0.9 || got > rate*1.1 {
			t.Errorf("rate %.0f, want %.0f within 10 %%", got, rate)
		}
	}
}

// TestFlood: both kinds of frames come in the ratio that was asked for, each with
// numbers of its own.
func TestFlood(t *testing.T) {
	r := newRig(t, Redirect{}, Traffic{Flows: 10, VNIs: 1, Size: Size64, Flood: 4})
	sent, arrived := run(t, r, Order{Rate: slow, Frames: 500}, Watch{})
	flood, err := r.sink.Read(1)
	if err != nil {
		t.Fatal(err)
	}
	if sent.Frames != 100 || sent.Flooded != 400 || arrived.Frames != 100 || flood.Frames != 400 || flood.Reordered+arrived.Reordered != 0 {
		t.Errorf("sent %+v, arrived %+v and %+v, want 100 and 400 of the flood", sent, arrived, flood)
	}
}
