package live

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"vxwall/bench/lab"
	pt "vxwall/pipeline/pipelinetest"
)

// wallMAC is the address of the wall's port to the left.
const wallMAC = "02:00:00:00:fe:01"

// fromLeft is a frame that the left VTEP might send to the wall; with TOS bytes.
func fromLeft(vni uint32, outer, inner uint8, dst lab.Place, layers ...pt.Layer) []byte {
	return pt.Frame(append([]pt.Layer{
		pt.Eth{Src: lab.Left.MAC().String(), Dst: wallMAC}, pt.IPv4{Src: "192.0.2.1", Dst: "192.0.2.254", TOS: outer},
		pt.UDP{Src: 50000, Dst: lab.VXLANPort, NoChecksum: true}, pt.VXLANHeader{VNI: vni},
		pt.Eth{Src: lab.Left100.MAC().String(), Dst: dst.MAC().String()}, pt.IPv4{Src: "10.0.0.1", Dst: dst.Addr4().String(), TOS: inner},
	}, layers...)...)
}

// introduce lets the wall learn where the workloads of VNI 100 are.
func (w *wall) introduce(t *testing.T) {
	t.Helper()
	w.wantPing(t, lab.Ping{From: lab.Left100, Count: 1})
	w.wantPing(t, lab.Ping{From: lab.Third100, Count: 1})
}

// dropped is how many packets were dropped for a reason.
func (w *wall) dropped(t *testing.T, reason string) (n uint64) {
	t.Helper()
	for _, c := range w.status(t).Packets.DroppedBy {
		if c.Reason == reason {
			n += c.Packets
		}
	}
	return n
}

// TestVTEPMarking: ECN of all combinations and DSCP of all models, as RFC 6040,
// 9601 and 2983 have it, by what arrives at the right VTEP.
func TestVTEPMarking(t *testing.T) {
	const dropped = 4
	ecn := [4][4]uint8{{0, 0, 0, dropped}, {1, 1, 1, 3}, {2, 1, 2, 3}, {3, 3, 3, 3}} // by inner, outer: RFC 6040 figure 4
	const innerDSCP, outerDSCP, pipeDSCP = 10, 46, 26
	for model, want := range map[string][2]uint8{
		"pipe": {innerDSCP, pipeDSCP}, "uniform": {outerDSCP, outerDSCP}, "keep": {innerDSCP, outerDSCP},
	} {
		t.Run(model, func(t *testing.T) {
			w := startVTEP(t, lab.Options{Exact: true}, allowBoth, config{"vtep.dscp": model, "vtep.pipe_dscp": pipeDSCP})
			w.introduce(t)
			c, err := w.Capture(lab.Right, "", func(f []byte) bool { return vxlan(f) != nil && len(f) > 86 && binary.BigEndian.Uint16(f[86:]) >= 20000 })
			if err != nil {
				t.Fatal(err)
			}
			for inner := range uint8(4) {
				for outer := range uint8(4) {
					frame := fromLeft(100, outerDSCP<<2|outer, innerDSCP<<2|inner, lab.Right100, pt.UDP{Src: 1000, Dst: 20000 + uint16(inner)*4 + uint16(outer)}, pt.Payload("marked"))
					if err := w.SendFrames(lab.Left, "", frame); err != nil {
						t.Fatal(err)
					}
				}
			}
			time.Sleep(300 * time.Millisecond)
			got := map[uint16]string{}
			frames, _ := c.Stop()
			for _, f := range frames {
				got[binary.BigEndian.Uint16(f.Data[86:])] = fmt.Sprintf("inner %#x outer %#x ttl %d", f.Data[65], f.Data[15], f.Data[22])
			}
			for inner := range uint8(4) {
				for outer := range uint8(4) {
					e, text := ecn[inner][outer], ""
					if e != dropped {
						text = fmt.Sprintf("inner %#x outer %#x ttl 64", want[0]<<2|e, want[1]<<2|e)
					}
					if port := 20000 + uint16(inner)*4 + uint16(outer); got[port] != text {
						t.Errorf("inner ECN %d, outer ECN %d: %q, want %q", inner, outer, got[port], text)
					}
				}
			}
			if n := w.dropped(t, "congestion"); n != 1 {
				t.Errorf("%d dropped for congestion", n)
			}
		})
	}
}

// TestVTEPGroups: the group decides, and is kept, rewritten or stripped on its way to
// another side.
func TestVTEPGroups(t *testing.T) {
	peers := []map[string]any{
		{"name": "left", "address": "192.0.2.1"}, {"name": "right", "address": "192.0.2.2", "side": 1}, {"name": "third", "address": "198.51.100.3", "side": 2},
	}
	for action, want := range map[string][4]byte{"keep": {0x88, 0, 0, 17}, "rewrite": {0x88, 0, 1017 >> 8, 1017 & 0xff}, "strip": {0x08, 0, 0, 0}} {
		t.Run(action, func(t *testing.T) {
			side := map[string]any{"id": 1, "groups": action}
			if action == "rewrite" {
				side["map"] = []map[string]any{{"from": 17, "to": 1017}}
			}
			w := startVTEP(t, lab.Options{GBP: true}, operatorsOnly, config{"peer": peers, "side": []map[string]any{side}})
			if err := w.SetGroup(lab.Left100, 17); err != nil {
				t.Fatal(err)
			}
			c, err := w.Capture(lab.Right, "", func(f []byte) bool {
				v := vxlan(f)
				return v != nil && slices.Equal(v[8:14], lab.Right100.MAC()) && v[20] == 8 && v[21] == 0
			})
			if err != nil {
				t.Fatal(err)
			}
			w.wantPing(t, lab.Ping{From: lab.Left100})
			frames, _ := c.Stop()
			if len(frames) < 3 {
				t.Errorf("%d frames", len(frames))
			}
			for _, f := range frames {
				if got := [4]byte(vxlan(f.Data)); got != want {
					t.Errorf("VXLAN header %x, want %x", got, want)
				}
			}
			if err := w.SetGroup(lab.Left100, 18); err != nil {
				t.Fatal(err)
			}
			if got, err := w.Ping(t.Context(), lab.Ping{From: lab.Left100, Count: 2}); err != nil || got.Received > 0 {
				t.Errorf("group 18: %v %v", got, err)
			}
		})
	}
}

// TestVTEPTags: inner frames keep their VLAN tags.
func TestVTEPTags(t *testing.T) {
	w := startVTEP(t, lab.Options{Exact: true}, allowBoth, nil)
	w.introduce(t)
	c, err := w.Capture(lab.Right100, "", func(f []byte) bool { return len(f) > 600 })
	if err != nil {
		t.Fatal(err)
	}
	sent := tagged()
	if err := w.SendFrames(lab.Left100, "", sent...); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	frames, _ := c.Stop()
	var got [][]byte
	for _, f := range frames {
		got = append(got, f.Data)
	}
	if len(got) != len(sent) {
		t.Fatalf("%d frames of %d", len(got), len(sent))
	}
	for i := range sent {
		if !slices.Equal(got[i], sent[i]) {
			t.Errorf("frame %d: %x, want %x", i, got[i][:60], sent[i][:60])
		}
	}
}

// TestVTEPMapping: a network with another VNI on each side is one to policy and workloads.
func TestVTEPMapping(t *testing.T) {
	w := startVTEP(t, lab.Options{}, allowBoth, config{
		"peer":    []map[string]any{{"name": "left", "address": "192.0.2.1"}, {"name": "right", "address": "192.0.2.2", "side": 1}},
		"network": []map[string]any{{"id": 100, "vnis": []map[string]any{{"side": 0, "vni": 100}, {"side": 1, "vni": 200}}}},
	})
	c, err := w.Capture(lab.Right200, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	w.wantPing(t, lab.Ping{From: lab.Left100}) // whose 10.0.0.2 is right200
	w.wantPing(t, lab.Ping{From: lab.Right200, Six: true})
	if frames, _ := c.Stop(); len(frames) < 10 {
		t.Errorf("%d frames at right200", len(frames))
	}
	if got, err := w.Ping(t.Context(), lab.Ping{From: lab.Right100, Count: 1}); err != nil || got.Received > 0 {
		t.Errorf("a VNI that the side does not have: %v, %v", got, err)
	}
	if w.dropped(t, "unknown-vni") == 0 {
		t.Errorf("%+v", w.status(t).Packets.DroppedBy)
	}
}

// TestVTEPDoor: packets of our own that come back, and of VTEPs that are no peers, get
// no farther than the door.
func TestVTEPDoor(t *testing.T) {
	w := startVTEP(t, lab.Options{}, allowBoth, nil)
	w.introduce(t)
	spoof := func(src string) []byte {
		return pt.Frame(pt.Eth{Src: lab.Left.MAC().String(), Dst: wallMAC}, pt.IPv4{Src: src, Dst: "192.0.2.254"},
			pt.UDP{Src: 50000, Dst: lab.VXLANPort, NoChecksum: true}, pt.VXLANHeader{VNI: 100},
			pt.Eth{Src: lab.Left100.MAC().String(), Dst: lab.Right100.MAC().String()}, pt.IPv4{Src: "10.0.0.1", Dst: "10.0.0.2"}, pt.UDP{Src: 1, Dst: 2})
	}
	if err := w.SendFrames(lab.Left, "", spoof("192.0.2.254"), spoof("192.0.2.77")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "drops", func() bool { return w.dropped(t, "own-packet") == 1 && w.dropped(t, "vtep-unknown") == 1 })
	if s := w.status(t).VTEP; s.Strangers != 1 || s.Stranger != "192.0.2.77 port 4789 VNI 100" {
		t.Errorf("%d strangers, the last %q", s.Strangers, s.Stranger)
	}
}
