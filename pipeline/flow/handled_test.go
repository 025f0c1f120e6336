package flow

import (
	"testing"
	"time"
)

// away is who handles packets for a table.
type away struct {
	*Table
	recalls []int64 // when
	now     int64
	busy    bool // packets keep coming
}

func newAway(capacity int) *away {
	a := &away{Table: NewTable(testConfig(capacity), nil), now: second}
	a.Delegate(func(r *Record) {
		a.recalls = append(a.recalls, a.now)
		for _, dir := range []Direction{ToResponder, ToInitiator} {
			h := Handled{}
			if a.busy && r.Offloaded(dir) {
				h = Handled{Packets: 1, Last: a.now}
			}
			r.Merge(dir, &h)
		}
	})
	return a
}

// expire lets time pass, second by second.
func (a *away) expire(d time.Duration) {
	for end := a.now + int64(d); a.now < end; {
		a.now += second
		a.Expire(a.now, 100)
	}
}

func TestOffloadedFlowComesBack(t *testing.T) {
	for _, busy := range []bool{false, true} {
		a := newAway(100)
		a.busy = busy
		for i := range 100 {
			k := key(i, protoTCP)
			r, _, _ := a.Admit(&Packet{Key: &k, Now: a.now, TCP: &Segment{Flags: syn}})
			r.State = Established // silent for two hours before it ends
			a.SetOffloaded(r, ToResponder, a.now)
			a.SetOffloaded(r, ToInitiator, a.now+100*second) // puts nothing off
		}
		a.expire(100 * time.Second)
		if len(a.recalls) != 0 {
			t.Fatalf("%d flows taken back at once", len(a.recalls))
		}
		a.expire(3 * time.Minute)
		if len(a.recalls) != 100 || a.Stats().Live != 100 {
			t.Fatalf("%d flows taken back, %d live", len(a.recalls), a.Stats().Live)
		}
		for i := 30; i < 100; i++ {
			if a.recalls[i] == a.recalls[i-30] {
				t.Fatalf("30 flows came back in the same second")
			}
		}
		a.expire(time.Hour)
		if len(a.recalls) != 100 {
			t.Errorf("%d flows taken back, once is enough", len(a.recalls))
		}
	}
}

func TestRecallAll(t *testing.T) {
	a := newAway(10)
	for i := range 5 {
		r, _, _ := admitUDP(a.Table, key(i, 17), a.now)
		if i%2 == 0 {
			a.SetOffloaded(r, ToResponder, a.now)
		}
	}
	a.RecallAll()
	if len(a.recalls) != 3 {
		t.Errorf("%d flows taken back, want 3", len(a.recalls))
	}
	a.Close()
	if len(a.recalls) != 3 {
		t.Errorf("taken back again at the end: %d", len(a.recalls))
	}
}

// TestProgress: a guess says nothing about how far a sender got.
func TestProgress(t *testing.T) {
	table := NewTable(testConfig(4), nil)
	k := key(1, protoTCP)
	back := k.Reverse()
	var r *Record
	send := func(k Key, s Segment) { r, _, _ = table.Admit(&Packet{Key: &k, Now: second, TCP: &s}) }
	send(k, Segment{Seq: 100, Flags: syn, HasScale: true})
	if _, ok := r.Progress(ToResponder); ok {
		t.Error("progress of a connection that is not open")
	}
	send(back, Segment{Seq: 900, Ack: 101, Flags: syn | ack, HasScale: true, Scale: 7})
	send(k, Segment{Seq: 101, Ack: 901, Flags: ack, Window: 1000})
	send(back, Segment{Seq: 901, Ack: 101, Flags: ack, Window: 1000})
	send(k, Segment{Seq: 101, Ack: 901, Flags: ack, Payload: 50})
	send(k, Segment{Seq: 1 << 30, Ack: 1 << 30, Flags: ack, Payload: 50})
	want := Progress{Next: 151, Ack: 901, Reach: 1000 << 7}
	if p, ok := r.Progress(ToResponder); !ok || p != want {
		t.Errorf("%+v, %v, want %+v", p, ok, want)
	}
}

// TestSnapshotInPortions: however many places are empty, the worker is not kept
// for long, and all flows are found.
func TestSnapshotInPortions(t *testing.T) {
	const n = 1000
	table := NewTable(testConfig(n), nil)
	for i := range n {
		k := key(i, 17)
		admitUDP(table, k, second)
		if i == 3 || i == 500 || i == n-1 {
			admitUDP(table, k.Reverse(), 40*second) // stays
		}
	}
	table.Expire(50*second, n)
	var dst [4]Record
	found, portions := 0, 0
	for from, more := 1, true; more; portions++ {
		got, next := table.Snapshot(from, dst[:])
		if next != 0 && next-from > 16*len(dst) {
			t.Fatalf("%d places in one portion", next-from)
		}
		found, from, more = found+got, next, next != 0
	}
	if found != 3 || portions < n/(16*len(dst)) {
		t.Errorf("%d flows in %d portions", found, portions)
	}
}
