package live

import (
	"bytes"
	"testing"
	"time"

	"vxwall/bench/lab"
	pt "vxwall/pipeline/pipelinetest"
)

// TestVTEPSpoofed is TestSpoofed of a VTEP, while a flow of the same hosts is offloaded: what
// comes from where it must not is dropped with its reason, or passes and is reported.
func TestVTEPSpoofed(t *testing.T) {
	const mark = pt.Payload("vxwall-guard-mark")
	own, other := lab.Left100.MAC().String(), "02:00:00:00:00:77"
	frame := func(vtep, mac string, layers ...pt.Layer) []byte {
		return pt.Frame(append([]pt.Layer{
			pt.Eth{Src: lab.Left.MAC().String(), Dst: wallMAC}, pt.IPv4{Src: vtep, Dst: "192.0.2.254"}, pt.UDP{Src: 50000, Dst: lab.VXLANPort, NoChecksum: true},
			pt.VXLANHeader{VNI: 100}, pt.Eth{Src: mac, Dst: lab.Right100.MAC().String()},
		}, layers...)...)
	}
	ip, udp := pt.IPv4{Src: "10.0.0.7", Dst: "10.0.0.2"}, pt.UDP{Src: 1000, Dst: 2000}
	cases := map[string][]byte{ // by reason
		"vtep-wrong-vni": frame("198.51.100.3", other, ip, udp, mark),
		"mac-moved":      frame("198.51.100.4", own, pt.IPv4{Src: "10.0.0.1", Dst: "10.0.0.2"}, udp, mark),
		"address-moved":  frame("192.0.2.1", other, pt.IPv4{Src: "10.0.0.1", Dst: "10.0.0.2"}, udp, mark),
		"nested-tunnel": frame("192.0.2.1", other, ip, pt.UDP{Src: 5000, Dst: 4789}, pt.VXLANHeader{VNI: 200}, pt.Eth{},
			pt.IPv4{Src: "10.0.0.1", Dst: "10.0.0.2"}, udp, mark),
	}
	for _, mode := range []string{"enforce", "learn"} {
		t.Run(mode, func(t *testing.T) {
			cfg := guarded(mode, config{"guard.report_every": "1s", "guard.vtep": []map[string]any{
				{"vteps": []string{"192.0.2.0/24", "198.51.100.4/32"}}, {"vni": []int{200}, "vteps": []string{"198.51.100.3"}},
			}, "peer": []map[string]any{
				{"name": "left", "address": "192.0.2.1"}, {"name": "right", "address": "192.0.2.2"},
				{"name": "third", "address": "198.51.100.3"}, {"name": "fourth", "address": "198.51.100.4"},
			}})
			w := start(t, lab.Options{VTEP: true, Exact: true}, allowBoth, cfg)
			eventually(t, "ping", func() bool {
				got, err := w.Ping(t.Context(), lab.Ping{From: lab.Left100, Count: 1})
				return err == nil && got.Received == 1
			})
			s := w.stream(t, lab.Stream{From: lab.Left100, Port: 7000, Rate: 1000, Echo: true})
			eventually(t, "offloaded flow", func() bool { return w.flow7000(t).Forth.Offloaded })
			for reason, frame := range cases {
				w.wantPing(t, lab.Ping{From: lab.Left100, Count: 1})
				before := w.guardCount(t, mode, reason)
				c, err := w.Capture(lab.Right, "", func(f []byte) bool { return bytes.Contains(f, []byte(mark)) })
				if err != nil {
					t.Fatal(err)
				}
				if err := w.SendFrames(lab.Left, "", frame); err != nil {
					t.Fatal(err)
				}
				eventually(t, reason+" counted", func() bool { return w.guardCount(t, mode, reason) > before })
				time.Sleep(50 * time.Millisecond)
				if frames, _ := c.Stop(); (len(frames) > 0) != (mode == "learn") {
					t.Errorf("%s: %d frames on the far side", reason, len(frames))
				}
				eventually(t, reason+" event", func() bool {
					return w.guardEvent(t, reason, map[string]string{"enforce": "refused", "learn": "reported"}[mode])
				})
			}
			r := s.Stop()
			t.Log(r, r.Echoed)
			w.balanced(t)
		})
	}
}
