package flow

import (
	"encoding/binary"
	"testing"
	"testing/quick"
	"time"

	"pgregory.net/rapid"
)

const second = int64(time.Second)

func testConfig(capacity int) Config {
	return Config{Capacity: capacity, Timeouts: DefaultTimeouts, Seed: Seed{0x1234567890abcdef, 0xfedcba0987654321}}
}

func key(n int, proto uint8) Key {
	k := Key{VNI: 100, SrcPort: uint16(40000 + n%20000), DstPort: 443, Proto: proto}
	binary.BigEndian.PutUint64(k.Src[8:], uint64(n))
	k.Dst[15] = 9
	return k
}

func admitUDP(t *Table, k Key, now int64) (*Record, Direction, Refusal) {
	return t.Admit(&Packet{Key: &k, Now: now, Bytes: 100})
}

func TestHashIsSymmetricAndDependsOnEveryField(t *testing.T) {
	seed := Seed{1, 2}
	symmetric := func(k Key) bool { r := k.Reverse(); return k.Hash(seed) == r.Hash(seed) }
	if err := quick.Check(symmetric, nil); err != nil {
		t.Error(err)
	}
	base := key(1, 17)
	changed := map[string]func(*Key){
		"src": func(k *Key) { k.Src[3]++ }, "dst": func(k *Key) { k.Dst[3]++ },
		"vni": func(k *Key) { k.VNI++ }, "nested": func(k *Key) { k.Nested++ }, "vlan": func(k *Key) { k.VLAN++ },
		"sport": func(k *Key) { k.SrcPort++ }, "dport": func(k *Key) { k.DstPort++ },
		"icmp": func(k *Key) { k.ICMP++ }, "proto": func(k *Key) { k.Proto++ },
	}
	for name, change := range changed {
		k := base
		change(&k)
		if k.Hash(seed) == base.Hash(seed) {
			t.Errorf("hash does not depend on %s", name)
		}
		if k == base || k.reverseOf(&base) {
			t.Errorf("equality does not depend on %s", name)
		}
	}
	if base.Hash(seed) == base.Hash(Seed{1, 3}) || base.Hash(seed) == base.Hash(Seed{2, 2}) {
		t.Error("hash does not depend on the seed")
	}
}

func TestHashSpreads(t *testing.T) {
	const n = 1 << 16
	var buckets [n]uint8
	worst := uint8(0)
	for i := range n {
		k := key(i, 17)
		b := &buckets[k.Hash(Seed{1, 2})%n]
		*b++
		worst = max(worst, *b)
	}
	if worst > 12 { // 65,536 balls into as many bins: more than 10 is very unlikely
		t.Errorf("fullest of %d buckets has %d keys", n, worst)
	}
}

func TestBothDirectionsAreOneFlow(t *testing.T) {
	table := NewTable(testConfig(10), nil)
	k := key(1, 17)
	r1, d1, _ := admitUDP(table, k, second)
	r2, d2, _ := admitUDP(table, k.Reverse(), 2*second)
	if r1 != r2 || d1 != ToResponder || d2 != ToInitiator {
		t.Fatalf("got %p %d and %p %d", r1, d1, r2, d2)
	}
	if r1.State != Established || r1.Packets != [2]uint64{1, 1} || r1.Bytes != [2]uint64{100, 100} {
		t.Errorf("state %v, packets %v, bytes %v", r1.State, r1.Packets, r1.Bytes)
	}
}

func TestVNISeparatesFlows(t *testing.T) {
	table := NewTable(testConfig(10), nil)
	a, b := key(1, 17), key(1, 17)
	b.VNI = 200
	ra, _, _ := admitUDP(table, a, second)
	rb, _, _ := admitUDP(table, b, second)
	if ra == rb {
		t.Fatal("equal addresses in two VNIs share a flow")
	}
}

func TestTimeoutEndsFlow(t *testing.T) {
	var ended []End
	table := NewTable(testConfig(10), func(_ *Record, why End) { ended = append(ended, why) })
	admitUDP(table, key(1, 17), second)
	if n := table.Expire(30*second, 100); n != 0 {
		t.Fatalf("ended %d flows too early", n)
	}
	if n := table.Expire(33*second, 100); n != 1 || len(ended) != 1 || ended[0] != Expired {
		t.Fatalf("ended %d, %v", n, ended)
	}
	if s := table.Stats(); s.Live != 0 || s.Expired != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestPacketAfterTimeoutBeginsNewFlow(t *testing.T) {
	table := NewTable(testConfig(10), nil)
	a, _, _ := admitUDP(table, key(1, 17), second)
	id := a.ID
	b, _, _ := admitUDP(table, key(1, 17), 100*second)
	if b.ID == id {
		t.Error("flow outlived its timeout")
	}
}

func TestClockMayJump(t *testing.T) {
	for _, jump := range []int64{0, -5 * second, 40 * second, 5000 * second, 1 << 61} {
		table := NewTable(testConfig(100), nil)
		for i := range 50 {
			admitUDP(table, key(i, 17), 1000*second)
		}
		for range 10 {
			table.Expire(1000*second+jump, 20)
		}
		if want := jump < 31*second; (table.Stats().Live == 50) != want {
			t.Errorf("jump %d: %d flows live", jump, table.Stats().Live)
		}
	}
}

func TestFloodEvictsOldestUnansweredOnly(t *testing.T) {
	table := NewTable(testConfig(100), nil)
	for i := range 50 { // answered flows
		admitUDP(table, key(i, 17), second)
		k := key(i, 17)
		admitUDP(table, k.Reverse(), second)
	}
	for i := 1000; i < 11000; i++ {
		if r, _, refusal := admitUDP(table, key(i, 17), second); r == nil {
			t.Fatalf("new flow %d refused: %v", i, refusal)
		}
	}
	for i := range 50 {
		if r, _ := table.Find(ptr(key(i, 17)), second); r == nil {
			t.Errorf("flood evicted answered flow %d", i)
		}
	}
	if r, _ := table.Find(ptr(key(10950, 17)), second); r == nil {
		t.Error("a newer flow was evicted before an older one")
	}
	if s := table.Stats(); s.Evicted != 9950 || s.Live != 100 {
		t.Errorf("stats %+v", s)
	}
}

func TestFullOfAnsweredFlowsRefuses(t *testing.T) {
	table := NewTable(testConfig(2), nil)
	for i := range 2 {
		k := key(i, 17)
		admitUDP(table, k, second)
		admitUDP(table, k.Reverse(), second)
	}
	if r, _, refusal := admitUDP(table, key(5, 17), second); r != nil || refusal != Full {
		t.Fatalf("got %v, %v", r, refusal)
	}
}

func TestDeniedFlowMakesRoomThoughAnswered(t *testing.T) {
	table := NewTable(testConfig(1), nil)
	k := key(1, 17)
	r, _, _ := admitUDP(table, k, second)
	table.SetDenied(r, true)
	admitUDP(table, k.Reverse(), second)
	if r, _, _ := admitUDP(table, key(2, 17), second); r == nil {
		t.Error("a denied flow kept its place")
	}
}

// TestOtherEndOfDeniedFlowBeginsItsOwn: a false sender must not have the true
// one's packets taken for answers to what was denied.
func TestOtherEndOfDeniedFlowBeginsItsOwn(t *testing.T) {
	table := NewTable(testConfig(4), nil)
	k := key(1, 17)
	denied, _, _ := admitUDP(table, k, second)
	table.SetDenied(denied, true)
	id := denied.ID
	r, dir, _ := admitUDP(table, k.Reverse(), second)
	if r.ID == id || dir != ToResponder || r.Key != k.Reverse() {
		t.Errorf("direction %d, the same flow: %v", dir, r.ID == id)
	}
}

func TestFlowsOfTimeZero(t *testing.T) {
	table := NewTable(testConfig(4), nil)
	admitUDP(table, key(1, 17), 0)
	admitUDP(table, key(2, 17), second/2)
	for now := int64(0); now < 40*second; now += second {
		table.Expire(now, 10)
	}
	if live := table.Stats().Live; live != 0 {
		t.Errorf("%d flows live after their time", live)
	}
}

func TestDenialWithdrawnKeepsFlow(t *testing.T) {
	table := NewTable(testConfig(1), nil)
	k := key(1, 17)
	r, _, _ := admitUDP(table, k, second)
	admitUDP(table, k.Reverse(), second)
	table.SetDenied(r, true)
	table.SetDenied(r, false)
	if r, _, refusal := admitUDP(table, key(2, 17), second); r != nil {
		t.Errorf("an answered flow was evicted: %v", refusal)
	}
}

// TestTableAgainstMap drives a table and a plain map with the same random
// packets and times.
func TestTableAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live := map[Key]uint64{}
		table := NewTable(testConfig(8), func(r *Record, _ End) { delete(live, r.Key) })
		now := second
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now += rapid.Int64Range(0, 20*second).Draw(t, "pause")
			k := key(rapid.IntRange(0, 20).Draw(t, "key"), 17)
			seen := k
			if _, back := live[k]; back && rapid.Bool().Draw(t, "reverse") {
				seen = k.Reverse()
			}
			existed, _ := table.Find(&seen, now)
			r, dir, refusal := admitUDP(table, seen, now)
			if r == nil {
				if refusal != Full || len(live) != 8 {
					t.Fatalf("refused %v with %d flows", refusal, len(live))
				}
				continue
			}
			if id, known := live[r.Key]; known && id != r.ID || (seen == r.Key) != (dir == ToResponder) || existed != nil && existed != r {
				t.Fatalf("wrong flow or direction")
			}
			live[r.Key] = r.ID
			table.Expire(now, rapid.IntRange(0, 5).Draw(t, "limit"))
			if table.Stats().Live != len(live) {
				t.Fatalf("%d flows live, want %d", table.Stats().Live, len(live))
			}
		}
		table.Close()
		if len(live) != 0 || table.Stats().Live != 0 {
			t.Fatalf("%d flows left after Close", len(live))
		}
	})
}

func TestNoAllocations(t *testing.T) {
	table := NewTable(testConfig(1000), nil)
	n := 0
	allocs := testing.AllocsPerRun(1000, func() {
		k := key(n, 17)
		n++
		admitUDP(table, k, int64(n)*second/10)
		table.Expire(int64(n)*second/10, 10)
	})
	if allocs != 0 {
		t.Errorf("%v allocations per packet", allocs)
	}
}

func ptr(k Key) *Key { return &k }
