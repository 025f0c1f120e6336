package overlay

import "testing"

func arriveAt(m *Map, src Addr, port uint16, vni uint32) (a Arrival, r Refusal) {
	r = m.Arrive(&a, src, port, vni)
	return a, r
}

// arrive is a packet from peer i of a Spec.
func arrive(t *testing.T, m *Map, s *Spec, i int, vni uint32) Arrival {
	t.Helper()
	a, r := arriveAt(m, AddrOf(&s.Peers[i].Address), s.Peers[i].Port, vni)
	if r != Taken {
		t.Fatalf("VNI %d from peer %d: refused, %d", vni, i, r)
	}
	return a
}

// addressed is where a Map sends what arrived, if it does.
func addressed(o *Overlay, a *Arrival, to [6]byte) (byte, Refusal) {
	t, r := o.Load().Unicast(a, to[:], o.FDB, 1e9)
	if t == nil {
		return 0, r
	}
	return t.address[15], r
}

func TestUnicast(t *testing.T) {
	s := threePeers()
	s.Peers[1].Group, s.Peers[2].Group = 5, 5
	s.Peers = append(s.Peers, peer(4))
	s.Peers[3].NextHop = [6]byte{}
	s.Networks[0].Entries = append(s.Networks[0].Entries, Entry{mac(4), 3})
	o := published(t, s)
	for _, test := range []struct {
		from, to int
		want     Refusal
	}{
		{0, 2, Taken}, {1, 1, Taken}, {0, 1, Returning}, {1, 2, Returning}, {1, 3, Horizon}, {2, 2, Horizon}, {0, 4, Unreachable}, {0, 9, UnknownMAC},
	} {
		a := arrive(t, o.Load(), s, test.from, 100)
		to, r := addressed(o, &a, mac(test.to))
		if r != test.want || r == Taken && to != byte(test.to) {
			t.Errorf("from peer %d to host %d: peer %d, %d, want %d", test.from, test.to, to, r, test.want)
		}
	}
}

// Many peers are all found, and nobody else is.
func TestManyPeers(t *testing.T) {
	s := &Spec{Own: threePeers().Own}
	for i := range 5000 {
		p := peer(1)
		p.Address[13], p.Address[14], p.Port = byte(i>>8), byte(i), uint16(4789+i%3)
		s.Peers = append(s.Peers, p)
	}
	m := published(t, s).Load()
	for i := range s.Peers {
		p := &s.Peers[i]
		if found := m.peer(AddrOf(&p.Address), p.Port); found != &m.tunnels[i] {
			t.Fatalf("peer %d is not found", i)
		}
		if m.peer(AddrOf(&p.Address), p.Port+5) != nil {
			t.Fatalf("peer %d is found at another port", i)
		}
	}
	if (&Map{}).peer(Addr{}, 0) != nil {
		t.Error("an empty map knows somebody")
	}
}

// A peer that sends to a UDP port that is not its own is no stranger: it would be taken for
// one of another fabric, and of no split horizon group.
func TestStrangersAreNoPeers(t *testing.T) {
	s := threePeers()
	s.Options.Strangers, s.Peers[1].Side = true, 1
	s.Networks[0].VNIs = []VNI{{0, 100}, {1, 5100}}
	m := published(t, s).Load()
	if _, r := arriveAt(m, AddrOf(&s.Peers[1].Address), s.Peers[1].Port+1, 100); r != UnknownVTEP {
		t.Errorf("a peer at another port: %d", r)
	}
	stranger := peer(77)
	if a, r := arriveAt(m, AddrOf(&stranger.Address), 4790, 100); r != Taken || a.From != nil {
		t.Errorf("a stranger: %d", r)
	}
}

// Two fabrics call one network by different VNIs; two networks may have the same VNI
// on different sides.
func TestVNIMapping(t *testing.T) {
	s := threePeers()
	s.Peers[1].Side, s.Peers[2].Side = 1, 1
	s.Networks[0].VNIs = []VNI{{0, 100}, {1, 5100}}
	s.Networks = append(s.Networks, Network{ID: 7, VNIs: []VNI{{0, 5100}, {1, 100}}, Entries: []Entry{{mac(1), 0}, {mac(2), 1}}})
	o := published(t, s)
	m := o.Load()
	for _, test := range []struct {
		from      int
		vni       uint32
		to        int
		id, leave uint32
	}{{0, 100, 2, 100, 5100}, {1, 5100, 1, 100, 100}, {1, 5100, 3, 100, 5100}, {0, 5100, 2, 7, 100}, {1, 100, 1, 7, 5100}} {
		a := arrive(t, m, s, test.from, test.vni)
		tunnel, r := m.Unicast(&a, macOf(test.to), o.FDB, 0)
		if r != Taken || a.ID != test.id {
			t.Fatalf("%+v: network %d, refusal %d", test, a.ID, r)
		}
		var h Header
		if m.Label(&a, tunnel, &h); h.VNI != test.leave || tunnel.address[15] != byte(test.to) {
			t.Errorf("%+v: leaves as VNI %d for peer %d", test, h.VNI, tunnel.address[15])
		}
		if id := m.NetworkID(AddrOf(&s.Peers[test.from].Address), 4789, test.vni); id != test.id {
			t.Errorf("%+v: ID %d", test, id)
		}
	}
	if _, r := arriveAt(m, AddrOf(&s.Peers[0].Address), 4789, 5101); r != UnknownVNI {
		t.Errorf("unknown VNI: %d", r)
	}
	if id := m.NetworkID(AddrOf(&s.Peers[0].Address), 4789, 5101); id != 5101 {
		t.Errorf("unknown VNI has ID %d", id)
	}
}

func macOf(i int) []byte {
	m := mac(i)
	return m[:]
}

// The tunnels of a gateway load balancer: one address, two UDP ports, two VNIs.
func TestPair(t *testing.T) {
	s := threePeers()
	inside, outside := peer(10), peer(10)
	inside.Port, outside.Port, outside.Side = 10800, 10801, 1
	s.Peers = append(s.Peers, inside, outside)
	s.Networks = append(s.Networks, Network{ID: 800, VNIs: []VNI{{0, 800}, {1, 801}}, Pair: &[2]int{3, 4}})
	o := published(t, s)
	m := o.Load()
	for _, test := range []struct {
		from  int
		vni   uint32
		port  uint16
		leave uint32
	}{{3, 800, 10801, 801}, {4, 801, 10800, 800}} {
		a := arrive(t, m, s, test.from, test.vni)
		tunnel, r := m.Unicast(&a, macOf(99), o.FDB, 0)
		var h Header
		m.Label(&a, tunnel, &h)
		if r != Taken || tunnel.port != test.port || h.VNI != test.leave || a.ID != 800 || !a.Paired() {
			t.Errorf("%+v: refusal %d, port %d, VNI %d, ID %d", test, r, tunnel.port, h.VNI, a.ID)
		}
		o.Learn(m, &a, macOf(99), 0)
	}
	if o.FDB.Stats().Entries != 0 {
		t.Error("learned in a pair")
	}
	if _, r := arriveAt(m, AddrOf(&s.Peers[0].Address), 4789, 800); r != UnknownVTEP {
		t.Errorf("from outside of the pair: %d", r)
	}
}

// Networks that are not listed exist by themselves, unless they would meet a listed
// one.
func TestOtherNetworks(t *testing.T) {
	s := threePeers()
	s.Peers[1].Side = 1
	s.Networks[0].VNIs = []VNI{{0, 100}, {1, 5100}}
	s.Other = &Network{Flood: []int{0, 1, 2}, Learn: true}
	o := published(t, s)
	m := o.Load()
	a := arrive(t, m, s, 0, 300)
	if a.ID != 300 || a.Floods() || a.FloodLen() != 3 || m.FloodTo(&a, 0) != nil || m.FloodTo(&a, 1) == nil {
		t.Errorf("%+v", a)
	}
	if _, r := arriveAt(m, AddrOf(&s.Peers[1].Address), 4789, 100); r != UnknownVNI {
		t.Errorf("VNI 100 of side 1 passes for network 100: %d", r)
	}
	a = arrive(t, m, s, 0, 5100)
	if m.FloodTo(&a, 1) != nil {
		t.Error("network 5100 of side 0 meets network 100 on side 1")
	}
	if m.FloodTo(&a, 2) == nil {
		t.Error("network 5100 does not exist on side 0")
	}
}

func TestStrangers(t *testing.T) {
	s := threePeers()
	s.Options.Strangers = true
	o := published(t, s)
	stranger := address("192.0.2.77")
	a, r := arriveAt(o.Load(), AddrOf(&stranger), 4789, 100)
	if r != Taken || a.From != nil {
		t.Fatalf("%+v, %d", a, r)
	}
	if to, r := addressed(o, &a, mac(2)); r != Taken || to != 2 {
		t.Errorf("to peer %d, %d", to, r)
	}
	o.Learn(o.Load(), &a, macOf(50), 0)
	if o.FDB.Stats().Entries != 0 {
		t.Error("learned behind a stranger")
	}
}

func TestFlood(t *testing.T) {
	s := threePeers()
	s.Peers[2].Group, s.Peers[1].Group = 1, 1
	m := published(t, s).Load()
	for from, want := range []string{"23", "1", "1"} {
		a := arrive(t, m, s, from, 100)
		got := ""
		for i := range a.FloodLen() {
			if to := m.FloodTo(&a, i); to != nil {
				got += string('0' + to.address[15])
			}
		}
		if got != want || !a.Floods() {
			t.Errorf("from peer %d: to %s, want %s", from, got, want)
		}
	}
}
