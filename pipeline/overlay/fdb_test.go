package overlay

import (
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
