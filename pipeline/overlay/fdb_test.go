package overlay

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

const second = int64(time.Second)

func testFDB(entries, perNetwork int) *FDB {
	return newFDB(&Config{Entries: entries, PerNetwork: perNetwork, Ageing: 300 * time.Second, Seed: [2]uint64{5, 6}})
}

func TestLearn(t *testing.T) {
	f := testFDB(1024, 512)
	f.learn(100, 1, 7, 0)
	f.learn(200, 1, 8, 0)
	for _, test := range []struct {
		id   uint32
		mac  uint64
		now  int64
		want uint16
	}{{100, 1, 0, 7}, {200, 1, 0, 8}, {300, 1, 0, 0}, {100, 2, 0, 0}, {100, 1, 300 * second, 7}, {100, 1, 301 * second, 0}} {
		if got := f.lookup(test.id, test.mac, test.now); got != test.want {
			t.Errorf("%+v: %d", test, got)
		}
	}
}

// A packet keeps an entry alive, from the same peer or from another, which is a move
// unless the entry was out of date.
func TestAgeingAndMoves(t *testing.T) {
	f := testFDB(64, 64)
	for _, step := range []struct {
		name uint16
		now  int64
		from uint16
	}{{7, 0, 0}, {7, 200, 0}, {8, 400, 7}, {8, 400, 0}, {7, 401, 8}, {9, 1000, 0}, {9, 999, 0}} {
		if from := f.learn(1, 1, step.name, step.now*second); from != step.from {
			t.Errorf("%+v: moved from %d", step, from)
		}
		if got := f.lookup(1, 1, step.now*second); got != step.name {
			t.Errorf("%+v: is behind %d", step, got)
		}
	}
	if s := f.Stats(); s.Moves != 2 || s.Entries != 1 {
		t.Errorf("%+v", s)
	}
}

// Time goes round in the entries, which takes longer than anything ages; a worker
// whose clock is behind sees no entry out of date.
func TestAgesGoRound(t *testing.T) {
	f := testFDB(64, 64)
	for start := int64(0); start < 1<<15; start += 97 {
		f.learn(1, 1, 7, start*second)
		if f.lookup(1, 1, (start-5)*second) != 7 || f.lookup(1, 1, (start+300)*second) != 7 || f.lookup(1, 1, (start+301)*second) != 0 {
			t.Fatalf("an entry of second %d ages wrongly", start)
		}
	}
}

// Whatever a network sends, the others keep most of their entries, and memory is what
// it was.
func TestBounds(t *testing.T) {
	f := testFDB(1024, 128)
	for mac := range uint64(100) {
		f.learn(1, mac+1, 7, 0)
	}
	for mac := range uint64(100_000) {
		f.learn(2, mac+1, 8, 10*second)
	}
	kept := 0
	for mac := range uint64(100) {
		if f.lookup(1, mac+1, 10*second) == 7 {
			kept++
		}
	}
	s := f.Stats()
	if s.Entries > 228 || s.Full < 99_000 || kept < 85 {
		t.Errorf("%+v, %d of the other network kept", s, kept)
	}
	if len(f.sets)*fdbWays != 1024 {
		t.Errorf("%d sets", len(f.sets))
	}
}

// A full set forgets what was unused for longest.
func TestOldestGoes(t *testing.T) {
	f := testFDB(4, 100)
	for mac := range uint64(4) {
		f.learn(1, mac+1, 7, int64(4-mac)*second) // the last one is the oldest
	}
	f.learn(2, 9, 7, 10*second)
	if f.lookup(1, 4, 10*second) != 0 || f.lookup(1, 1, 10*second) != 7 || f.lookup(2, 9, 10*second) != 7 || f.Stats().Entries != 4 {
		t.Error("not the oldest one went")
	}
}

func TestSweep(t *testing.T) {
	f := testFDB(4096, 4096)
	for mac := range uint64(1000) {
		f.learn(uint32(mac%7), mac+1, 7, int64(mac)*second)
	}
	for now := int64(1000); now < 1000+2*sweepParts; now++ {
		f.Sweep(now * second)
		f.Sweep(now*second + 1) // within a second of the last
	}
	now := int64(1000 + 2*sweepParts)
	want := uint64(0)
	for mac := range int64(1000) {
		if now-mac <= 300 {
			want++
		}
	}
	if got := f.Stats().Entries; got < want || got > want+sweepParts+1 {
		t.Errorf("%d entries are left, want %d", got, want)
	}
	f.Flush()
	if f.Stats().Entries != 0 {
		t.Errorf("%+v after Flush", f.Stats())
	}
	for i, n := range f.shares {
		if n != 0 {
			t.Fatalf("share %d counts %d entries", i, n)
		}
	}
}

// Workers that learn, look up, age and empty at the same time never see an address
// behind a peer where it never was. Run with -race.
func TestConcurrentUse(t *testing.T) {
	f := testFDB(64, 64) // crowded: slots change hands all the time
	name := func(id uint32, mac uint64) uint16 { return uint16(id*1000 + uint32(mac)) }
	var wg sync.WaitGroup
	for worker := range uint64(4) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(worker, 1))
			for i := range 50_000 {
				id, mac := uint32(r.IntN(8)+1), uint64(r.IntN(100)+1)
				if from := f.learn(id, mac, name(id, mac), int64(i)); from != 0 {
					t.Errorf("network %d, address %d: moved from %d", id, mac, from)
					return
				}
				id, mac = uint32(r.IntN(8)+1), uint64(r.IntN(100)+1)
				if got := f.lookup(id, mac, int64(i)); got != 0 && got != name(id, mac) {
					t.Errorf("network %d, address %d: behind %d", id, mac, got)
					return
				}
				if i%1000 == 0 {
					f.forget(name(id, mac))
				}
			}
		})
	}
	wg.Wait()
	if s := f.Stats(); s.Entries > 64 {
		t.Errorf("%+v", s)
	}
}

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

func BenchmarkLookup(b *testing.B) {
	f := testFDB(1<<16, 1<<16)
	for mac := range uint64(20_000) {
		f.learn(100, mac, uint16(mac), 0)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f.lookup(100, uint64(i)%20_000, 0)
	}
}

func TestNothingAllocates(t *testing.T) {
	s := threePeers()
	o := published(t, s)
	now := int64(0)
	if n := testing.AllocsPerRun(1000, func() {
		now += second / 3
		m := o.Load()
		a, _ := arriveAt(m, AddrOf(&s.Peers[0].Address), 4789, 100)
		src := [6]byte{2, 0, 0, byte(now >> 32), byte(now >> 24)}
		o.Learn(m, &a, src[:], now)
		m.Unicast(&a, src[:], o.FDB, now)
		o.FDB.Sweep(now)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
