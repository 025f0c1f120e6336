package overlay

import (
	"fmt"
	"testing"
	"time"
)

// seen remembers what a Watcher is told.
type seen struct{ moves, strangers []string }

func (s *seen) Moved(m Move) {
	s.moves = append(s.moves, fmt.Sprintf("%d %x %d->%d %v", m.Network, m.MAC[5], m.From[15], m.To[15], m.Static))
}

func (s *seen) Stranger(vtep [16]byte, port uint16, vni uint32) {
	s.strangers = append(s.strangers, fmt.Sprintf("%d %d %d", vtep[15], port, vni))
}

func TestOverlayLearns(t *testing.T) {
	var watcher seen
	s := threePeers()
	o := New(Config{Entries: 64, PerNetwork: 64, Ageing: time.Minute, Watcher: &watcher})
	if err := o.Publish(s); err != nil {
		t.Fatal(err)
	}
	m := o.Load()
	learn := func(peer int, mac []byte, now int64) {
		a := arrive(t, m, s, peer, 100)
		o.Learn(m, &a, mac, now)
	}
	learn(0, macOf(50), 0)
	learn(1, macOf(50), second)
	learn(0, []byte{1, 0, 0x5e, 0, 0, 1}, 0)
	learn(0, make([]byte, 6), 0)
	learn(0, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 0)
	learn(0, macOf(1), 0)                           // an entry says so
	learn(0, macOf(2), second)                      // an entry contradicts
	learn(0, macOf(3), second+1)                    // too soon to tell again
	learn(0, macOf(3), second+int64(time.Second/2)) // not
	a := arrive(t, m, s, 2, 100)
	if to, r := addressed(o, &a, mac(50)); to != 2 || r != Taken {
		t.Errorf("moved to peer %d, %d", to, r)
	}
	if to, _ := addressed(o, &a, mac(2)); to != 2 {
		t.Errorf("an entry was overridden: peer %d", to)
	}
	want := "[100 32 1->2 false 100 2 2->1 true 100 3 3->1 true]"
	if got := fmt.Sprint(watcher.moves); got != want {
		t.Errorf("told of %s, want %s", got, want)
	}
	if st := o.FDB.Stats(); st.Entries != 1 || st.Moves != 1 || st.Contradictions != 3 {
		t.Errorf("%+v", st)
	}
	vtep := address("192.0.2.66")
	o.Stranger(vtep, 4789, 5, second)
	o.Stranger(vtep, 4789, 6, second+5)
	if got := fmt.Sprint(watcher.strangers); got != "[66 4789 5]" {
		t.Errorf("told of strangers %s", got)
	}
}

// What is learned outlives a map, but not the peer it is behind.
func TestPublishKeepsWhatIsLearned(t *testing.T) {
	s := threePeers()
	o := published(t, s)
	for i := range s.Peers {
		a := arrive(t, o.Load(), s, i, 100)
		o.Learn(o.Load(), &a, macOf(50+i), second)
	}
	next := threePeers()
	next.Peers = []Peer{peer(4), peer(3), peer(1)} // 2 is gone
	next.Networks[0].Entries = nil
	if err := o.Publish(next); err != nil {
		t.Fatal(err)
	}
	a := arrive(t, o.Load(), next, 0, 100)
	for host, want := range map[int]byte{50: 1, 51: 0, 52: 3} {
		if to, _ := addressed(o, &a, mac(host)); to != want {
			t.Errorf("host %d is behind peer %d, want %d", host, to, want)
		}
	}
	var list []string
	o.Learned(3*second, func(l Learned) bool {
		list = append(list, fmt.Sprint(l.Network, l.MAC[5], l.VTEP[15], l.Port, l.Idle))
		return true
	})
	if len(list) != 2 || o.FDB.Stats().Entries != 2 || o.Load().Revision() != 2 {
		t.Errorf("%v, %+v", list, o.FDB.Stats())
	}
	for _, l := range list {
		if l != "100 50 1 4789 2s" && l != "100 52 3 4789 2s" {
			t.Errorf("lists %s", l)
		}
	}
}

// Numbers of peers are used again only after all others were, and then mean nothing
// that was learned before.
func TestNamesAreReusedLate(t *testing.T) {
	n, f := newNames(), testFDB(64, 64)
	one := func(i int) *Map { return &Map{tunnels: []Tunnel{{port: uint16(i), address: [16]byte{byte(i >> 16)}}}} }
	seen := map[uint16]bool{}
	for i := range maxNames - 1 {
		m := one(i)
		n.assign(m, f)
		if name := m.tunnels[0].name; name == 0 || seen[name] {
			t.Fatalf("peer %d is called %d", i, name)
		}
		seen[m.tunnels[0].name] = true
	}
	f.learn(1, 1, 1, 0) // by a worker with an old map
	m := one(maxNames)
	n.assign(m, f)
	if m.tunnels[0].name != 1 || f.lookup(1, 1, 0) != 0 || m.named(1) != &m.tunnels[0] || m.named(2) != nil {
		t.Errorf("called %d; learned entry is behind %d", m.tunnels[0].name, f.lookup(1, 1, 0))
	}
}
