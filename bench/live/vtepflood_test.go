package live

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"vxwall/appliance/admin"
	"vxwall/bench/lab"
	pt "vxwall/pipeline/pipelinetest"
)

// arrivals sends a broadcast frame from a workload, and says which others saw it, how
// often.
func (w *wall) arrivals(t *testing.T, from lab.Place) map[lab.Place]int {
	t.Helper()
	frame := pt.Frame(pt.Eth{Src: from.MAC().String(), Dst: "ff:ff:ff:ff:ff:ff"}, pt.ARP{Sender: from.Addr4().String(), Target: "10.0.0.77"}, pt.Zeros(200))
	captures := map[lab.Place]*lab.Capture{}
	for _, p := range []lab.Place{lab.Left100, lab.Right100, lab.Third100, lab.Left200, lab.Right200, lab.Third200} {
		c, err := w.Capture(p, "", func(f []byte) bool { return len(f) > 200 && f[0] == 0xff && f[12] == 8 && f[13] == 6 })
		if err != nil {
			t.Fatal(err)
		}
		captures[p] = c
	}
	if err := w.SendFrames(from, "", frame); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	got := map[lab.Place]int{}
	for p, c := range captures {
		frames, _ := c.Stop()
		for _, f := range frames {
			if !f.Sent {
				got[p]++
			}
		}
	}
	return got
}

// TestVTEPFlood: broadcasts go to every other VTEP of the network once, never back,
// nor from one to another of a split horizon group.
func TestVTEPFlood(t *testing.T) {
	peers := []map[string]any{
		{"name": "left", "address": "192.0.2.1"}, {"name": "right", "address": "192.0.2.2", "horizon": "core"}, {"name": "third", "address": "198.51.100.3", "horizon": "core"},
	}
	for name, c := range map[string]struct {
		cfg  config
		from lab.Place
		want map[lab.Place]int
	}{
		"all":             {nil, lab.Right100, map[lab.Place]int{lab.Left100: 1, lab.Third100: 1}},
		"out of a group":  {config{"peer": peers}, lab.Right100, map[lab.Place]int{lab.Left100: 1}},
		"into a group":    {config{"peer": peers}, lab.Left100, map[lab.Place]int{lab.Right100: 1, lab.Third100: 1}},
		"another network": {nil, lab.Third200, map[lab.Place]int{lab.Left200: 1, lab.Right200: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w := startVTEP(t, lab.Options{}, allowBoth, c.cfg)
			got := w.arrivals(t, c.from)
			if len(got) != len(c.want) {
				t.Errorf("arrived at %v, want %v", got, c.want)
			}
			for p, n := range c.want {
				if got[p] != n {
					t.Errorf("arrived at %v, want %v", got, c.want)
				}
			}
		})
	}
}

// TestVTEPMoves: a MAC address that speaks from another VTEP is followed at once.
func TestVTEPMoves(t *testing.T) {
	w := startVTEP(t, lab.Options{}, allowBoth, nil)
	w.introduce(t)
	behind := func() string {
		f, err := w.admin.FDB(t.Context(), &admin.FDBQuery{MAC: lab.Left100.MAC().String(), Source: admin.FromPackets})
		if err != nil || len(f.Entries) != 1 {
			t.Fatal(f, err)
		}
		return f.Entries[0].Peer
	}
	if got := behind(); got != "left" {
		t.Errorf("left100 is behind %s", got)
	}
	frame := pt.Frame(pt.Eth{Src: lab.Left100.MAC().String(), Dst: "ff:ff:ff:ff:ff:ff"}, pt.ARP{Sender: "10.0.0.1", Target: "10.0.0.77"})
	if err := w.SendFrames(lab.Third100, "", frame); err != nil {
		t.Fatal(err)
	}
	eventually(t, "move", func() bool { return behind() == "third" })
	s := w.status(t).VTEP
	if s.FDB.Moves != 1 || len(s.Moves) != 1 || s.Moves[0].From != "192.0.2.1" || s.Moves[0].To != "198.51.100.3" {
		t.Errorf("%+v %+v", s.FDB, s.Moves)
	}
	w.wantPing(t, lab.Ping{From: lab.Left100}) // it speaks again: it is back
	if got := behind(); got != "left" {
		t.Errorf("left100 is behind %s", got)
	}
}

// addKernelVXLAN gives the wall's kernel a VXLAN device for VNI 100, as FRR wants one.
func (w *wall) addKernelVXLAN(t *testing.T) {
	t.Helper()
	err := w.In(lab.Wall, func() error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name = "vxlan100"
		device := &netlink.Vxlan{LinkAttrs: attrs, VxlanId: 100, Port: lab.VXLANPort, SrcAddr: lab.Wall.Addr4().AsSlice()}
		if err := netlink.LinkAdd(device); err != nil {
			return err
		}
		return netlink.LinkSetUp(device)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// nobody is the MAC address of all that is not known.
var nobody = net.HardwareAddr{0, 0, 0, 0, 0, 0}

// setKernelEntry puts a MAC address behind a VTEP, in the FDB of that device.
func (w *wall) setKernelEntry(t *testing.T, mac net.HardwareAddr, vtep lab.Place) {
	t.Helper()
	err := w.In(lab.Wall, func() error {
		link, err := netlink.LinkByName("vxlan100")
		if err != nil {
			return err
		}
		entry := &netlink.Neigh{
			LinkIndex: link.Attrs().Index, Family: unix.AF_BRIDGE, State: netlink.NUD_PERMANENT, Flags: netlink.NTF_SELF,
			HardwareAddr: mac, IP: vtep.Addr4().AsSlice(),
		}
		if bytes.Equal(mac, nobody) {
			return netlink.NeighAppend(entry)
		}
		return netlink.NeighSet(entry)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestVTEPFollowsTheKernel: without learning, what the FDB of a VXLAN device says is where
// packets go, within a second of a change.
func TestVTEPFollowsTheKernel(t *testing.T) {
	w := startVTEP(t, lab.Options{}, allowBoth, config{
		"vtep.follow": []string{"vxlan100"}, "vtep.learn": "off", "vtep.unknown": "drop", "vtep.others": "drop", "network": []map[string]any{},
	})
	w.addKernelVXLAN(t)
	if got, err := w.Ping(t.Context(), lab.Ping{From: lab.Left100, Count: 1}); err != nil || got.Received > 0 {
		t.Errorf("nobody is known, but %v %v", got, err)
	}
	for _, vtep := range []lab.Place{lab.Left, lab.Right, lab.Third} {
		w.setKernelEntry(t, nobody, vtep)
		w.setKernelEntry(t, lab.Workload(vtep, 100).MAC(), vtep)
	}
	eventually(t, "entries", func() bool { return w.status(t).VTEP.FDB.Kernel == 3 })
	w.introduce(t)
	// right100 moves to the third VTEP: what left100 sends goes there.
	c, err := w.Capture(lab.Third, "", func(f []byte) bool { v := vxlan(f); return v != nil && bytes.HasPrefix(v[8:], lab.Right100.MAC()) })
	if err != nil {
		t.Fatal(err)
	}
	s := w.stream(t, lab.Stream{From: lab.Left100, Rate: 2000})
	moved := time.Now()
	w.setKernelEntry(t, lab.Right100.MAC(), lab.Third)
	eventually(t, "stream at the other VTEP", func() bool { return len(c.Frames()) > 100 })
	s.Stop()
	frames, _ := c.Stop()
	took := frames[0].Time.Sub(moved)
	t.Logf("followed after %v", took)
	if took > time.Second {
		t.Errorf("followed after %v", took)
	}
}
