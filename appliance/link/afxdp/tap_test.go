package afxdp

import (
	"testing"
	"time"

	"vxwall/appliance/link/afxdp/vethtest"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

func asTap(c *Config) {
	c.Tap, c.Offload, c.Ports[1] = true, 0, ""
}

// TestTapLeavesTheRest: what is not VXLAN is the kernel's, and so is what only might
// be: the interface may have the machine's own address.
func TestTapLeavesTheRest(t *testing.T) {
	r := newRig(t, asTap)
	frames := notVXLAN()
	frames["later fragment"] = outer4(pt.IPv4{Offset: 800}, with(vxlanUDP, inside...)...)
	frames["later fragment, IPv6"] = outer6to(pt.Fragment6{Offset: 800, Next: 17}, with(vxlanUDP, inside...)...)
	frames["fragment of UDP"] = outer4(pt.IPv4{More: true}, dns, data)
	frames["MLD"] = outer6to(pt.Ext{Proto: 0}, pt.ICMP6{Type: 143}, data)
	frames["too short for UDP"] = outer4(pt.IPv4{Proto: 17}, pt.Zeros(7))
	for name, frame := range frames {
		if got := r.run(0, frame); got != toKernel+"not-vxlan" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestTapTakesVXLAN: whoever it is for, however its lengths contradict each other.
func TestTapTakesVXLAN(t *testing.T) {
	r := newRig(t, asTap)
	frames := sound()
	frames["lengths"] = outer4(pt.IPv4{Len: 900}, with(vxlanUDP, inside...)...)
	frames["cut"] = plain(v100, pt.IPv4{}, dns)[:96]
	frames["the other way"] = plain(pt.VXLAN{VNI: 100, Back: true}, pt.IPv4{}, dns)
	frames["no I bit"] = plain(pt.VXLAN{VNI: 100, Flags: 0x80}, pt.IPv4{}, dns)
	for name, frame := range frames {
		if got := r.run(0, frame); got != toSocket {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestTapFallbacks: frames that nobody takes are the kernel's, or nobody's.
func TestTapFallbacks(t *testing.T) {
	frame := plain(v100, pt.IPv4{}, dns)
	for fallback, want := range map[Fallback]string{Relay: toKernel, Drop: dropped} {
		r := newRig(t, func(c *Config) { asTap(c); c.OnDeath = fallback })
		r.deafen(0, 0)
		r.expect(0, frame, want+"appliance-down")
	}
}

// TestTapSendsNothing: packets that pass, answers and copies all end here, and their
// frames come back.
func TestTapSendsNothing(t *testing.T) {
	for name, stage := range map[string]pipeline.Stage{"pass": pt.AllowAll(), "reject": pt.RejectAll()} {
		w := vethtest.New(t, vethtest.Config{})
		cfg := testConfig(w)
		asTap(&cfg)
		cfg.Ring = 128
		r := start(t, w, cfg, stage)
		const n = 4096 // many times the UMEM, in turns that fit the ring
		for range n / 64 {
			before := r.counters().Received.Packets
			w.Ends[0].Send(packets(64, 1, false)...)
			for end := time.Now().Add(patience); r.counters().Received.Packets < before+64 && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
		}
		if c := r.counters(); c.Received.Packets != n {
			t.Errorf("%s: %d of %d frames came", name, c.Received.Packets, n)
		}
		if sent := w.Ends[0].Received(0, 100*time.Millisecond); len(sent) > 0 {
			t.Errorf("%s: %d frames left", name, len(sent))
		}
	}
}

// TestTapConfig: what a tap cannot do is refused.
func TestTapConfig(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Tap, cfg.Ports[0] = true, "port0"
	if _, err := Open(cfg); err == nil {
		t.Error("a tap that offloads is accepted")
	}
}
