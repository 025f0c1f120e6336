package appliance

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"vxwall/appliance/underlay"
	"vxwall/pipeline/overlay"
	"vxwall/rules"
)

const vtepText = `
[datapath]
mode = "vtep"
ports = ["eth1", "eth2"]
[vtep]
addresses = ["192.0.2.1", "2001:db8::1"]
follow = ["vxlan100", "vxlan300"]
[[peer]]
name = "left"
address = "192.0.2.2"
horizon = "core"
[[peer]]
name = "right"
address = "192.0.2.3"
side = 1
mtu = 1400
[[peer]]
name = "six"
address = "2001:db8::4"
horizon = "core"
[[network]]
id = 100
vnis = [{side = 0, vni = 100}, {side = 1, vni = 5100}]
macs = [{mac = "02:00:00:00:00:aa", peer = "six"}]
[[network]]
id = 200
peers = ["left", "six"]
unknown = "drop"
learn = "off"
[[network]]
id = 800
pair = ["left", "right"]
[[side]]
id = 1
groups = "rewrite"
map = [{from = 17, to = 1017}]
`

// vtepConfig is a configuration that may be run.
func vtepConfig(t testing.TB, text string) *Config {
	t.Helper()
	cfg, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(text)}, DefaultConfig())
	if errs := cfg.CheckRun(); len(problems) != 0 || len(errs) != 0 {
		t.Fatal(problems, errs)
	}
	return &cfg
}

var (
	left, right, six = netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3"), netip.MustParseAddr("2001:db8::4")
	far              = netip.MustParseAddr("198.51.100.9")
	own4, own6       = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
)

// vtepState is what the kernel might say.
func vtepState() *underlay.State {
	hop := func(n byte, next netip.Addr) underlay.Hop {
		return underlay.Hop{Port: int(n) % 2, Source: own4, Next: next, MAC: underlay.MAC{2, n}, From: underlay.MAC{4, n % 2}, MTU: 1600}
	}
	entry := func(device string, vni uint32, mac byte, peer netip.Addr) underlay.Entry {
		e := underlay.Entry{Device: device, VNI: vni, To: vni, Peer: peer}
		if mac != 0 {
			e.MAC = underlay.MAC{2, 0, 0, 0, 0, mac}
		}
		return e
	}
	other := entry("vxlan300", 300, 9, left)
	other.To = 301
	return &underlay.State{
		Hops: map[netip.Addr]underlay.Hop{
			left: hop(2, left), right: hop(3, right), far: hop(6, left),
			six: {Source: own6, Next: six, Trouble: "the MAC address of 2001:db8::4 is being asked for"},
		},
		Entries: []underlay.Entry{
			entry("vxlan100", 100, 1, left), entry("vxlan5100", 5100, 2, right), entry("vxlan100", 100, 0, left), entry("vxlan300", 300, 3, far),
			entry("vxlan300", 300, 0, far), other, entry("vxlan300", 5100, 4, left),
		},
	}
}

// describe is a spec as text.
func (s *vtepSpec) describe() (lines []string) {
	for i := range s.Peers {
		p := &s.Peers[i]
		lines = append(lines, fmt.Sprintf("peer %s side %d group %d from %v by %x mtu %d out %d", s.place(i), p.Side, p.Group, addrOf(&p.Source), p.NextHop[:2], p.MTU, p.Out))
	}
	for _, n := range s.Networks {
		line := fmt.Sprintf("network %d %v flood %v unknown %d learn %v", n.ID, n.VNIs, n.Flood, n.Unknown, n.Learn)
		for _, e := range n.Entries {
			line += fmt.Sprintf(" %x>%d", e.MAC[5], e.Peer)
		}
		if n.Pair != nil {
			line += fmt.Sprint(" pair ", *n.Pair)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestOverlaySpec(t *testing.T) {
	s := overlaySpec(vtepConfig(t, vtepText), vtepState())
	want := []string{
		"peer 192.0.2.2:4789 side 0 group 1 from 192.0.2.1 by 0202 mtu 1600 out 0",
		"peer 192.0.2.3:4789 side 1 group 0 from 192.0.2.1 by 0203 mtu 1400 out 1",
		"peer [2001:db8::4]:4789 side 0 group 1 from 2001:db8::1 by 0000 mtu 0 out 0",
		"peer 198.51.100.9:4789 side 0 group 0 from 192.0.2.1 by 0206 mtu 1600 out 0",
		"network 100 [{0 100} {1 5100}] flood [0] unknown 1 learn true aa>2 1>0 2>1",
		"network 200 [] flood [0 2] unknown 0 learn false",
		"network 800 [] flood [] unknown 1 learn true pair [0 1]",
		"network 300 [] flood [3] unknown 1 learn true 3>3",
		"network 5100 [{0 5100} {2 5100} {3 5100} {4 5100} {5 5100} {6 5100} {7 5100}] flood [0 1 2] unknown 1 learn true 4>0",
	}
	if got := s.describe(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if s.skipped != 1 || len(s.Other.Flood) != 3 || s.Sides[1].GroupMap[17] != 1017 || s.Sides[1].Groups != overlay.GroupRewrite {
		t.Errorf("skipped %d, %+v, %+v", s.skipped, s.Other, s.Sides)
	}
}

// TestOverlaySpecCompiles: whatever the kernel says, the overlay takes it.
func TestOverlaySpecCompiles(t *testing.T) {
	cfg := vtepConfig(t, vtepText)
	for name, state := range map[string]*underlay.State{
		"nothing": {}, "all": vtepState(),
		"other family": {Entries: []underlay.Entry{{VNI: 100, To: 100, Peer: six, MAC: underlay.MAC{2}}}},
		"low MTU":      {Hops: map[netip.Addr]underlay.Hop{left: {Source: own4, MAC: underlay.MAC{2}, MTU: 68}}},
		"own address":  {Entries: []underlay.Entry{{VNI: 100, To: 100, Peer: own4, MAC: underlay.MAC{2}}}},
	} {
		o := overlay.New(overlay.Config{Entries: 16, PerNetwork: 16, Ageing: time.Minute})
		if err := o.Publish(&overlaySpec(cfg, state).Spec); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	four := vtepConfig(t, strings.NewReplacer(`, "2001:db8::1"`, "", "address = \"2001:db8::4\"", "address = \"192.0.2.4\"").Replace(vtepText))
	state := &underlay.State{Entries: []underlay.Entry{{VNI: 100, To: 100, Peer: six, MAC: underlay.MAC{2}}}}
	if s := overlaySpec(four, state); len(s.Peers) != 3 || s.skipped != 1 {
		t.Errorf("%d peers, %d skipped", len(s.Peers), s.skipped)
	}
}

// BenchmarkOverlaySpec makes and publishes an overlay of 100,000 MAC addresses that
// the kernel's FDB has, as each change of it does.
func BenchmarkOverlaySpec(b *testing.B) {
	cfg, state := vtepConfig(b, vtepText), vtepState()
	for i := range 100_000 {
		state.Entries = append(state.Entries, underlay.Entry{
			Device: "vxlan300", VNI: 300, To: 300, MAC: underlay.MAC{6, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)}, Peer: far,
		})
	}
	o := overlay.New(overlay.Config{Entries: 16, PerNetwork: 16, Ageing: time.Minute})
	for b.Loop() {
		if err := o.Publish(&overlaySpec(cfg, state).Spec); err != nil {
			b.Fatal(err)
		}
	}
}
