package appliance

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"vxwall/appliance/admin"
	"vxwall/appliance/link/afxdp"
	"vxwall/appliance/underlay"
	"vxwall/rules"
)

// still is a follower that publishes what a test says.
type still struct {
	cfg underlay.Config

	mu    sync.Mutex
	peers []netip.Addr
}

func (s *still) SetPeers(peers []netip.Addr) { s.mu.Lock(); s.peers = peers; s.mu.Unlock() }
func (s *still) Trouble() error              { return nil }
func (s *still) Close()                      {}

// vtepBox is a box that is a VTEP.
func vtepBox(t *testing.T) (*box, *still) {
	t.Helper()
	b, s := newBox(t, 1), &still{}
	cfg := vtepConfig(t, vtepText)
	old := b.daemon.Config
	cfg.Rules, cfg.Events, cfg.Admin, cfg.Metrics, cfg.Flows = old.Rules, old.Events, old.Admin, old.Metrics, old.Flows
	b.daemon.Config = *cfg
	b.daemon.Follow = func(c underlay.Config) (Follower, error) {
		s.cfg = c
		c.Publish(vtepState())
		return s, nil
	}
	return b, s
}

// Link and workers must agree about which worker owns a flow whose directions have
// different VNIs.
func TestVTEPLinkKnowsOverlay(t *testing.T) {
	b, _ := vtepBox(t)
	open, asked := b.daemon.Open, afxdp.Config{}
	b.daemon.Open = func(c afxdp.Config) (Link, error) { asked = c; return open(c) }
	b.start()
	if asked.Overlay == nil || asked.Overlay.Load().Revision() == 0 {
		t.Errorf("the link was opened with %+v", asked)
	}
}

func TestVTEPStatus(t *testing.T) {
	b, s := vtepBox(t)
	b.start()
	if s.cfg.Ports[1].Name != "eth2" || !slices.Equal(s.cfg.Local, []netip.Addr{own4, own6}) || !slices.Equal(s.cfg.Peers, []netip.Addr{left, right, six}) {
		t.Errorf("%+v", s.cfg)
	}
	status := b.status()
	v := status.VTEP
	if v == nil || len(v.Peers) != 4 || len(v.Networks) != 5 || v.FDB.Kernel != 4 || v.FDB.Static != 1 || v.FDB.Skipped != 1 || v.Changes != 1 {
		t.Fatalf("%+v", v)
	}
	if p := v.Peers[3]; p.Name != "198.51.100.9" || !p.Kernel || !p.Ready || p.NextHop != "192.0.2.2" || p.Leaves != "eth1" || p.MAC != "02:06:00:00:00:00" {
		t.Errorf("%+v", p)
	}
	if got := strings.Join(status.Attention, "; "); got != "nothing can be sent to peer six: the MAC address of 2001:db8::4 is being asked for" {
		t.Error(got)
	}
	if n := v.Networks[0]; n.VNIs[1] != 5100 || n.Kernel != 2 || n.Static != 1 || n.Flood != 1 {
		t.Errorf("%+v", n)
	}
	b.logged("started: vtep 192.0.2.1, 2001:db8::1 on eth1, eth2, policy 1-")
}

func TestFDBQuery(t *testing.T) {
	b, _ := vtepBox(t)
	b.start()
	vni := uint32(100)
	for want, q := range map[string]admin.FDBQuery{
		"02:00:00:00:00:01 left kernel, 02:00:00:00:00:02 right kernel, 02:00:00:00:00:aa six static, flood left kernel": {VNI: &vni},
		"02:00:00:00:00:02 right kernel": {MAC: "02:00:00:00:00:02"},
		"02:00:00:00:00:aa six static, flood left static, flood six static, flood left static, flood right static, flood six static": {Source: admin.FromConfig},
		"02:00:00:00:00:03 198.51.100.9 kernel, flood 198.51.100.9 kernel":                                                           {Peer: "198.51.100.9"},
		"02:00:00:00:00:01 left kernel": {Limit: 1},
		"":                              {MAC: "02:00:00:00:00:77"},
	} {
		f, err := b.client.FDB(context.Background(), &q)
		if err != nil {
			t.Errorf("%+v: %v", q, err)
			continue
		}
		var got []string
		for _, e := range f.Entries {
			got = append(got, fmt.Sprint(e.MAC, " ", e.Peer, " ", e.Source))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%+v: got %s, want %s", q, strings.Join(got, ", "), want)
		}
	}
	if _, err := b.client.FDB(context.Background(), &admin.FDBQuery{Source: "rumour"}); err == nil || err.Error() != "source: want static, kernel or learned" {
		t.Error(err)
	}
	wire := newBox(t, 1).start()
	if _, err := wire.client.FDB(context.Background(), &admin.FDBQuery{}); err == nil || !strings.Contains(err.Error(), "does not run in vtep mode") {
		t.Error(err)
	}
}

// TestVTEPReload: peers and networks are put in force by a reload; what is not is said.
func TestVTEPReload(t *testing.T) {
	b, s := vtepBox(t)
	file := b.daemon.Config
	b.daemon.Reread = func() (Config, []rules.Problem, error) { return file, nil, nil }
	b.start()
	file.Peer = slices.Clone(file.Peer)
	file.Peer = append(file.Peer, PeerConfig{Name: "new", Address: "192.0.2.77"})
	file.VTEP.Addresses, file.VTEP.TTL = []string{"192.0.2.99"}, 7
	r, err := b.client.Reload(context.Background())
	if err != nil || r.Configuration != "changed in the configuration, in force after a restart: vtep.addresses" {
		t.Errorf("%+v %v", r, err)
	}
	v := b.status().VTEP
	if len(v.Peers) != 5 || v.Peers[3].Name != "new" || v.Peers[3].Trouble != "the kernel was not asked yet" {
		t.Errorf("%+v", v.Peers)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.peers) != 4 || s.peers[3] != netip.MustParseAddr("192.0.2.77") {
		t.Error(s.peers)
	}
}

// TestVTEPReloadRefused: rules that are refused leave the overlay as it is, too.
func TestVTEPReloadRefused(t *testing.T) {
	b, s := vtepBox(t)
	file := b.daemon.Config
	b.daemon.Reread = func() (Config, []rules.Problem, error) { return file, nil, nil }
	b.start()
	file.Peer = append(slices.Clone(file.Peer), PeerConfig{Name: "new", Address: "192.0.2.77"})
	writeFile(t, b.rules, "[[acl]]\nname = 7\n")
	r, err := b.client.Reload(context.Background())
	if err != nil || r.Good || r.Configuration != "changed in the configuration, in force after a restart: peer" {
		t.Errorf("%+v %v", r, err)
	}
	if v := b.status().VTEP; len(v.Peers) != 4 {
		t.Errorf("%+v", v.Peers)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.peers != nil {
		t.Error(s.peers)
	}
}
