package live

import (
	"bytes"
	"testing"
	"time"

	"vxwall/bench/lab"
	pt "vxwall/pipeline/pipelinetest"
)

// mapped has network 100 as VNI 100 on the left and 200 on the right.
var mapped = config{
	"peer":    []map[string]any{{"name": "left", "address": "192.0.2.1"}, {"name": "right", "address": "192.0.2.2", "side": 1}},
	"network": []map[string]any{{"id": 100, "vnis": []map[string]any{{"side": 0, "vni": 100}, {"side": 1, "vni": 200}}}},
}

// TestVTEPOffload: of an allowed flow the XDP program writes all outer headers but the first,
// and kernel VTEPs take them; what it counts is part of the flow's numbers.
func TestVTEPOffload(t *testing.T) {
	for name, o := range map[string]lab.Options{"IPv4": {}, "GBP": {GBP: true}} {
		t.Run(name, func(t *testing.T) {
			w := startVTEP(t, o, allowBoth, nil)
			w.wantPing(t, lab.Ping{From: lab.Left100, Count: 1})
			r, status := w.offloaded(t)
			if f := w.flow7000(t); f.Forth.Packets != r.Sent || f.Back.Packets != r.Echoed {
				t.Errorf("flow %+v, %d sent", f, r.Sent)
			}
			for _, six := range families {
				w.wantTransfer(t, lab.Transfer{From: lab.Left100, Six: six, Bytes: 16 << 20})
			}
			if n := w.status(t).Kernel.Forwarded.Bytes - status.Kernel.Forwarded.Bytes; n < 32<<20 {
				t.Errorf("%d bytes of both connections forwarded by the kernel", n)
			}
		})
	}
}

// TestVTEPOffloadMapping: packets of a network that has another VNI on each side are written by the
// XDP program, too.
func TestVTEPOffloadMapping(t *testing.T) {
	w := startVTEP(t, lab.Options{Exact: true}, allowBoth, mapped)
	w.wantPing(t, lab.Ping{From: lab.Left100, Count: 1})
	c, err := w.Capture(lab.Right200, "", func(f []byte) bool { return len(f) > 100 && f[23] == 17 })
	if err != nil {
		t.Fatal(err)
	}
	frame := pt.Frame(pt.Eth{Src: lab.Left100.MAC().String(), Dst: lab.Right200.MAC().String()}, pt.IPv4{Src: "10.0.0.1", Dst: "10.0.0.2"}, pt.UDP{Src: 7, Dst: 514}, pt.Zeros(100))
	const frames = 40
	for range frames {
		if err := w.SendFrames(lab.Left100, "", frame); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(300 * time.Millisecond)
	got, _ := c.Stop()
	kernel := w.status(t).Kernel.Forwarded.Packets
	t.Logf("%d of %d frames arrived, the kernel forwarded %d", len(got), frames, kernel)
	if len(got) != frames || kernel < frames/2 {
		t.Errorf("%d of %d frames arrived, the kernel forwarded %d", len(got), frames, kernel)
	}
	for _, f := range got {
		if !bytes.Equal(f.Data, frame) {
			t.Fatalf("%x arrived as %x", frame, f.Data)
		}
	}
}

// TestVTEPOffloadMoves: a receiver that speaks from another VTEP while a flow to it is offloaded
// is followed with the next packet, and back again when it speaks where it was.
func TestVTEPOffloadMoves(t *testing.T) {
	w := startVTEP(t, lab.Options{}, allowBoth, nil)
	w.introduce(t)
	c, err := w.Capture(lab.Third, "", func(f []byte) bool { v := vxlan(f); return v != nil && bytes.HasPrefix(v[8:], lab.Right100.MAC()) })
	if err != nil {
		t.Fatal(err)
	}
	s := w.stream(t, lab.Stream{From: lab.Left100, Port: 7000, Rate: 5000})
	eventually(t, "offloaded flow", func() bool { return w.flow7000(t).Forth.Offloaded })
	before := len(c.Frames())
	moved := time.Now()
	frame := pt.Frame(pt.Eth{Src: lab.Right100.MAC().String(), Dst: "ff:ff:ff:ff:ff:ff"}, pt.ARP{Sender: "10.0.0.2", Target: "10.0.0.77"})
	if err := w.SendFrames(lab.Third100, "", frame); err != nil {
		t.Fatal(err)
	}
	eventually(t, "stream at the other VTEP", func() bool { return len(c.Frames()) > before+100 })
	if w.status(t).VTEP.FDB.Moves == 0 {
		t.Error("no move was counted")
	}
	w.wantPing(t, lab.Ping{From: lab.Right100, Count: 1}) // it speaks from where it was
	report := s.Report()
	eventually(t, "stream at the old VTEP again", func() bool { return s.Report().Received > report.Received+100 })
	s.Stop()
	frames, _ := c.Stop()
	took := frames[before].Time.Sub(moved)
	t.Logf("followed after %v", took)
	if took > 100*time.Millisecond {
		t.Errorf("followed after %v", took)
	}
}
