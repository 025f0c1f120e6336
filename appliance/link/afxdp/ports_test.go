package afxdp

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"vxwall/appliance/link/afxdp/vethtest"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// TestOpenRefuses: what Open cannot work with is named, with what mends it.
func TestOpenRefuses(t *testing.T) {
	tests := []struct {
		name string
		wire vethtest.Config
		spot func(t *testing.T, c *Config)
		want string
	}{
		{"missing", vethtest.Config{}, func(_ *testing.T, c *Config) { c.Ports[1] = "eth9" }, "open port eth9: no such interface; set ports to two of: lo, "},
		{"twice", vethtest.Config{}, func(_ *testing.T, c *Config) { c.Ports[1] = c.Ports[0] }, "open port port0: named twice; name two interfaces"},
		{"down", vethtest.Config{}, func(t *testing.T, c *Config) { vethtest.SetDown(t, c.Ports[1], true) }, "it is down; run: ip link set dev port1 up"},
		{"jumbo", vethtest.Config{MTU: 9000}, nil, "MTU 9000, at most 3818 bytes can be received in one piece; lower it at both ends of the cable; run: ip link set dev port0 mtu 3498"},
		{"two MTUs", vethtest.Config{}, func(t *testing.T, c *Config) { setMTU(t, c.Ports[0], 1400) }, "open port port0: MTU 1400, that of port1 is 1500; run: ip link set dev port0 mtu 1500"},
		{"queues", vethtest.Config{Queues: [2]int{1, 65}}, nil, "open port port1: 65 queues, at most 64 can be served; run: ethtool -L port1 rx 64"},
		{"no VXLAN port", vethtest.Config{}, func(_ *testing.T, c *Config) { c.VXLANPorts = nil }, "set 1 to 8 in vxlan_ports"},
		{"ring", vethtest.Config{}, func(_ *testing.T, c *Config) { c.Ring = 1000 }, "open rings: 1000 entries; set ring to a power of two from 128 to 32768"},
		{"frames", vethtest.Config{}, func(_ *testing.T, c *Config) { c.Frames = 100 }, "open frames: 100 for 2 queues; set frames to at least 768, or to 0"},
		{"poll timeout", vethtest.Config{}, func(_ *testing.T, c *Config) { c.PollTimeout = time.Hour }, "keep it from 1ms to half of the heartbeat"},
		{"workers", vethtest.Config{}, func(_ *testing.T, c *Config) { c.Workers = 65 }, "open workers: 65; set workers to 1 to 64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := testConfig(vethtest.New(t, tt.wire))
			if tt.spot != nil {
				tt.spot(t, &cfg)
			}
			wantRefusal(t, cfg, tt.want)
		})
	}
}

func wantRefusal(t *testing.T, cfg Config, want string) {
	t.Helper()
	l, err := Open(cfg)
	if err == nil {
		check(t, l.Close())
		t.Fatal("opened")
	}
	if problem := new(ConfigError); !errors.As(err, &problem) || !strings.Contains(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func setMTU(t *testing.T, name string, mtu int) {
	t.Helper()
	link, err := netlink.LinkByName(name)
	check(t, err)
	check(t, netlink.LinkSetMTU(link, mtu))
}

// TestOpenBusy: another one holds a queue.
func TestOpenBusy(t *testing.T) {
	cfg := testConfig(vethtest.New(t, vethtest.Config{}))
	openLink(t, cfg)
	wantRefusal(t, cfg, "open port port0: queue 0 belongs to another AF_XDP socket; end what holds it: another vxwall?")
}

// TestFrameSize: large MTUs get large frames, and their frames go through.
func TestFrameSize(t *testing.T) {
	for mtu, want := range map[int]int{1500: 2048, 1770: 2048, 1771: 4096, 3818: 4096} {
		if got := frameSize(mtu); got != want {
			t.Errorf("MTU %d: frames of %d bytes, want %d", mtu, got, want)
		}
	}
}

// TestLargestFrames: frames as large as the MTU allows go through, in both sizes
// of UMEM frames.
func TestLargestFrames(t *testing.T) {
	for _, mtu := range []int{1770, 3498} {
		w := vethtest.New(t, vethtest.Config{MTU: mtu})
		r := start(t, w, testConfig(w), pt.AllowAll())
		frame := pt.Frame(pt.VXLAN{VNI: 100, VLAN: 5}, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 1, Dst: 514}, pt.Zeros(mtu-20-8-8-14-20-8))
		w.Ends[0].Send(frame)
		got := w.Ends[1].Received(1, patience)
		if len(got) != 1 || !strings.HasSuffix(string(frame), string(got[0][14:])) {
			t.Errorf("MTU %d: %d frames", mtu, len(got))
		}
		r.stop(t)
	}
}

// TestOpenForeign: a port that is somebody else's keeps Open from leaving anything
// on the other one.
func TestOpenForeign(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	attachOther(t, w.Index[1])
	cfg := testConfig(w)
	cfg.Pin = bpffs(t)
	wantRefusal(t, cfg, "open port port1: XDP program ")
	if id := attached(t, w.Index[0]); id != 0 {
		t.Errorf("program %d was left on port 0", id)
	}
}

// TestOpenPinned: the program outlives the link, and the next one takes it over.
func TestOpenPinned(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	w.Ends[1].EnableNAPI(t)
	cfg := testConfig(w)
	cfg.Pin = bpffs(t)
	t.Cleanup(func() { check(t, Detach(cfg.Pin, cfg.Ports[:]...)) })
	frames := packets(10, 2, false)
	for round := range uint64(3) {
		r := startOnce(t, w, cfg, pt.AllowAll())
		w.Ends[0].Send(frames...)
		equalFrames(t, "through", w.Ends[1].Received(len(frames), patience), frames)
		if s := r.rest(t); s.Kernel.ToSocket[0].Packets != 10*(round+1) || s.Kernel.Relayed[0][pipeline.ApplianceDown].Packets != 10*round {
			t.Errorf("round %d: %+v", round, s.Kernel)
		}
		r.stop(t)
		w.Ends[0].Send(frames...)
		equalFrames(t, "relayed", w.Ends[1].Received(len(frames), patience), frames)
	}
}
