package afxdp

import (
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
)

// An entry that was taken out rests before it is used again, and then it is used again.
func TestTableRest(t *testing.T) {
	r := newRig(t, nil)
	seen := map[uint32]bool{}
	key := flow.Key{VNI: 1, Proto: 17, Src: netip.MustParseAddr("10.0.0.1").As16(), Dst: netip.MustParseAddr("10.0.0.2").As16()}
	use := func() uint32 {
		var e offloadEntry
		setKey(&e, &key)
		if !r.offload(&e, nil) {
			t.Fatal("no room")
		}
		at := r.table.find(&e).used
		r.recall(&key, new(flow.Handled))
		return at
	}
	for range 100 {
		at := use()
		if at == 0 || seen[at] {
			t.Fatalf("entry %d is used again at once", at)
		}
		seen[at] = true
	}
	for at := range seen {
		r.table.entries[at].Freed -= uint64(rest)
	}
	for range 100 {
		if at := use(); !seen[at] {
			t.Fatalf("entry %d is used while 100 others have rested", at)
		}
	}
}

// A bucket that is full takes no more, and what it has is found.
func TestTableBucketFull(t *testing.T) {
	r := newRig(t, nil)
	var frames [][]byte
	var bucket uint32
	for port := 0; len(frames) < 6; port++ {
		frame := plain(v100, pt.IPv4{}, pt.UDP{Src: uint16(port), Dst: uint16(port >> 16)})
		var e offloadEntry
		key := parse(t, frame).Flow
		setKey(&e, &key)
		at := uint32(r.table.seed.hash(&e, e.Network)>>32) & uint32(len(r.table.buckets)-1)
		if len(frames) == 0 {
			bucket = at
		}
		if at == bucket {
			frames = append(frames, frame)
		}
	}
	slots := len(wireOffloadBucket{}.Slots)
	for i, frame := range frames {
		var e offloadEntry
		r.makeEntry(&e, parse(t, frame), receipt{revision: revision})
		e.Action = offloadForward
		if r.offload(&e, nil) != (i < slots) {
			t.Errorf("entry %d of a bucket of %d", i, slots)
		}
	}
	r.control().setRevision(revision)
	for i, frame := range frames {
		want := forwarded
		if i >= slots {
			want = toSocket
		}
		r.expect(0, frame, want)
	}
	first := parse(t, frames[0]).Flow
	r.recall(&first, new(flow.Handled))
	r.offer(0, frames[slots], offloadForward)
	r.expect(0, frames[slots], forwarded)
	r.expect(0, frames[slots-1], forwarded)
}

// Packets that several CPUs handle at a time are counted to the last one.
func TestOffloadCountsOnAllCPUs(t *testing.T) {
	r := newRig(t, nil)
	frame := plain(v100, pt.IPv4{}, dns, data)
	key := r.offer(0, frame, offloadForward)
	const rounds, each = 40, 5000
	var wg sync.WaitGroup
	for cpu := range runtime.NumCPU() {
		wg.Go(func() {
			runtime.LockOSThread() // and ends with the goroutine
			var set unix.CPUSet
			set.Set(cpu)
			if err := unix.SchedSetaffinity(0, &set); err != nil {
				t.Error(err)
			}
			for range rounds {
				if _, err := r.ports[0].xdp.Run(&ebpf.RunOptions{Data: frame, Repeat: each}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var h flow.Handled
	want := r.counters()["0 forwarded"] // a run that a signal interrupts begins anew: may be more
	if least := uint64(runtime.NumCPU() * rounds * each); !r.recall(&key, &h) || h.Packets != want.Packets || h.Bytes != want.Bytes || want.Packets < least {
		t.Errorf("%+v, the port has %+v, want %d or a few more", h, want, least)
	}
}

// Entries come and go while packets of their keys pass: no packet is handled by an entry
// that says something else than its own look, and none is missed or counted twice.
func TestOffloadUnderWay(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Ring = 1 << 30 })
	looks := [][]byte{
		plain(v100, pt.IPv4{}, dns, data),
		pt.Frame(v100, pt.Eth{Src: "02:00:00:00:66:66"}, pt.IPv4{}, dns, data),
	}
	var entries [2]offloadEntry
	for i, action := range []uint8{offloadForward, offloadDrop} {
		r.makeEntry(&entries[i], parse(t, looks[i]), receipt{revision: revision})
		entries[i].Action, entries[i].Reason = action, uint8(pipeline.SegmentDenied)
	}
	r.control().setRevision(revision)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(stop)
		key := parse(t, looks[0]).Flow
		for i := range 3000 {
			r.offload(&entries[i%2], nil)
			if i%7 == 0 {
				r.recall(&key, new(flow.Handled))
			}
			time.Sleep(10 * time.Microsecond)
		}
	})
	before, sent := r.counters(), [2]uint64{}
	for i := 0; ; i++ {
		select {
		case <-stop:
			wg.Wait()
			after := r.counters()
			grown := func(name string) uint64 { return after[name].Packets - before[name].Packets }
			f, d, s := grown("0 forwarded"), grown("0 dropped segment-denied"), grown("0 to-socket")
			if f > sent[0] || d > sent[1] || f+d+s != sent[0]+sent[1] || f == 0 || d == 0 {
				t.Errorf("%d forwarded, %d dropped, %d to the socket, of %v", f, d, s, sent)
			}
			return
		default:
			_, err := r.ports[0].xdp.Run(&ebpf.RunOptions{Data: looks[i%2], Repeat: 100})
			check(t, err)
			sent[i%2] += 100
		}
	}
}

// The hash of the program depends on all of a key.
func TestTableHash(t *testing.T) {
	s := newHashSeed()
	base := flow.Key{VNI: 7, Proto: 17, SrcPort: 1, DstPort: 2, Src: [16]byte{0x20, 1}, Dst: [16]byte{0x20, 2}}
	seen := map[uint64]int{}
	add := func(k flow.Key) {
		var e offloadEntry
		setKey(&e, &k)
		seen[s.hash(&e, k.VNI)]++
	}
	add(base)
	n := 1
	for bit := range 128 {
		k := base
		k.Src[bit/8] ^= 1 << (bit % 8)
		add(k)
		k = base
		k.Dst[bit/8] ^= 1 << (bit % 8)
		add(k)
		n += 2
	}
	for bit := range 16 {
		k := base
		k.SrcPort ^= 1 << bit
		add(k)
		k = base
		k.DstPort ^= 1 << bit
		add(k)
		n += 2
	}
	for bit := range 24 {
		k := base
		k.VNI ^= 1 << bit
		add(k)
		n++
	}
	if len(seen) != n {
		t.Errorf("%d hashes of %d keys", len(seen), n)
	}
	if other := newHashSeed(); other == s {
		t.Error("the same numbers twice")
	}
}

func TestTableSize(t *testing.T) {
	for flows, want := range map[int][2]uint32{0: {1, 1}, 1: {4096, 4098}, 131072: {262144, 131072 + 16384 + 1}, 1 << 24: {1 << 25, 1 << 24}} {
		if buckets, entries := tableSize(flows); buckets != want[0] || entries != want[1] {
			t.Errorf("%d flows: %d buckets, %d entries, want %v", flows, buckets, entries, want)
		}
	}
}

// Jiffies are the kernel's, or up to userTick more, and pass as time does.
func TestJiffies(t *testing.T) {
	c, err := newClock()
	check(t, err)
	begin, at := c.jiffies(), time.Now()
	time.Sleep(300 * time.Millisecond)
	passed := int64(c.jiffies()-begin) * c.tick
	if took := int64(time.Since(at)); passed < took-2*userTick || passed > took+2*userTick {
		t.Errorf("%d ns in jiffies, %d ns on the clock", passed, took)
	}
	now := time.Now().UnixNano()
	if last := c.unixOfJiffy(uint32(c.jiffies())); last < now-int64(time.Second) || last > time.Now().UnixNano() {
		t.Errorf("now is %d, the newest jiffy %d", now, last)
	}
	if n := c.ticks(time.Second); n < 1 || int64(n)*c.tick < int64(time.Second) {
		t.Errorf("%d jiffies of %d ns for a second", n, c.tick)
	}
}
