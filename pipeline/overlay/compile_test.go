package overlay

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
)

func address(text string) [16]byte { return netip.MustParseAddr(text).As16() }

// peer is peer i of the tests, 192.0.2.i.
func peer(i int) Peer {
	return Peer{Address: address("192.0.2.0"), Port: 4789, Source: address("192.0.2.100"), NextHop: [6]byte{2, 9, byte(i)}}.at(i)
}

func (p Peer) at(i int) Peer {
	p.Address[15] = byte(i)
	return p
}

func mac(i int) (m [6]byte) {
	binary.BigEndian.PutUint32(m[2:], uint32(i))
	m[0] = 2
	return m
}

// threePeers have a host each in network 100.
func threePeers() *Spec {
	return &Spec{
		Own:   []Endpoint{{Address: address("192.0.2.100"), MAC: mac(100), MTU: 1500}, {Address: address("2001:db8::100"), MTU: 9000, Out: 1}},
		Peers: []Peer{peer(1), peer(2), peer(3)},
		Networks: []Network{{
			ID: 100, Flood: []int{0, 1, 2}, Entries: []Entry{{mac(1), 0}, {mac(2), 1}, {mac(3), 2}}, Learn: true, Unknown: UnknownFlood,
		}},
	}
}

func TestCompileRefuses(t *testing.T) {
	pair := func(a, b int) func(*Spec) { return func(s *Spec) { s.Networks[0].Pair = &[2]int{a, b} } }
	tests := map[string]struct {
		change func(s *Spec)
		want   string
	}{
		"DSCP":              {func(s *Spec) { s.Options.PipeDSCP = 64 }, "DSCP 64 is above 63"},
		"sides":             {func(s *Spec) { s.Sides = make([]Side, 9) }, "9 sides"},
		"peers":             {func(s *Spec) { s.Peers = make([]Peer, MaxPeers+1) }, "16385 peers"},
		"networks":          {func(s *Spec) { s.Networks = make([]Network, MaxNetworks+1) }, "65536 networks"},
		"small endpoint":    {func(s *Spec) { s.Own[0].MTU = 255 }, "endpoint 0: MTU 255 is below 256"},
		"port":              {func(s *Spec) { s.Own[0].Out = 255 }, "endpoint 0: port 255"},
		"foreign source":    {func(s *Spec) { s.Peers[1].Source = address("192.0.2.101") }, "peer 1: its source address is none of ours"},
		"two IP versions":   {func(s *Spec) { s.Peers[1].Source = address("2001:db8::100") }, "peer 1: its source address is of another IP version"},
		"side of a peer":    {func(s *Spec) { s.Peers[0].Side = 8 }, "peer 0: side 8 is not below 8"},
		"small path":        {func(s *Spec) { s.Peers[0].MTU = 1 }, "peer 0: MTU 1 is below 256"},
		"port of a peer":    {func(s *Spec) { s.Peers[0].Via, s.Peers[0].Out = true, -1 }, "peer 0: port -1"},
		"peer is us":        {func(s *Spec) { s.Peers[0].Address = s.Own[0].Address }, "peer 0: its address is ours"},
		"twice":             {func(s *Spec) { s.Peers[2].Address = s.Peers[0].Address }, "peer 2: another one has its address"},
		"ID":                {func(s *Spec) { s.Networks[0].ID = 1 << 24 }, "network 16777216: its ID is not below"},
		"ID twice":          {func(s *Spec) { s.Networks = append(s.Networks, Network{ID: 100, VNIs: []VNI{{0, 5}}}) }, "network 100: there are two"},
		"VNI":               {func(s *Spec) { s.Networks[0].VNIs = []VNI{{0, 1 << 24}} }, "VNI 16777216 of side 0"},
		"side of a VNI":     {func(s *Spec) { s.Networks[0].VNIs = []VNI{{9, 1}} }, "VNI 1 of side 9"},
		"two VNIs":          {func(s *Spec) { s.Networks[0].VNIs = []VNI{{1, 1}, {1, 2}} }, "two VNIs for side 1"},
		"VNI taken":         {func(s *Spec) { s.Networks = append(s.Networks, Network{ID: 5, VNIs: []VNI{{2, 100}}}) }, "VNI 100 of side 2 belongs to network 100 already"},
		"pair of one":       {pair(1, 1), "pair of peers 1 and 1"},
		"pair with nobody":  {pair(1, 3), "pair of peers 1 and 3"},
		"flood to nobody":   {func(s *Spec) { s.Networks[0].Flood = []int{-1} }, "there is no peer -1"},
		"flood to many":     {func(s *Spec) { s.Networks[0].Flood = make([]int, MaxFlood+1) }, "1025 peers to flood to"},
		"entry":             {func(s *Spec) { s.Networks[0].Entries[0].Peer = 3 }, "there is no peer 3"},
		"pattern of a pair": {func(s *Spec) { s.Other = &Network{Pair: &[2]int{0, 1}} }, "the pattern of other networks"},
		"pattern floods":    {func(s *Spec) { s.Other = &Network{Flood: []int{7}} }, "other networks: flood list: there is no peer 7"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := New(Config{Entries: 8})
			if err := o.Publish(threePeers()); err != nil {
				t.Fatal(err)
			}
			s, before := threePeers(), o.Load()
			test.change(s)
			err := o.Publish(s)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "compile overlay: ") {
				t.Errorf("%v, want %q", err, test.want)
			}
			if o.Load() != before {
				t.Error("the map was replaced")
			}
		})
	}
}

// An Overlay owns nothing of the Spec that it was given.
func TestSpecIsTheCallers(t *testing.T) {
	s := threePeers()
	s.Sides = []Side{{Groups: GroupRewrite, GroupMap: map[uint16]uint16{1: 2}}}
	m := published(t, s).Load()
	s.Sides[0].GroupMap[1], s.Networks[0].Flood[0], s.Own[0].Address[15] = 9, 2, 7
	a, _ := arriveAt(m, AddrOf(&s.Peers[1].Address), 4789, 100)
	if g, _ := m.sides[0].group(1); g != 2 || a.net.flood[0] != 0 || !m.Owns(AddrOf(&[16]byte{10: 0xff, 11: 0xff, 12: 192, 14: 2, 15: 100})) {
		t.Error("a change of the spec changed the map")
	}
}

func published(t testing.TB, s *Spec) *Overlay {
	t.Helper()
	o := New(Config{Entries: 1024, PerNetwork: 512, Ageing: 300e9, Seed: [2]uint64{1, 2}})
	if err := o.Publish(s); err != nil {
		t.Fatal(err)
	}
	return o
}
