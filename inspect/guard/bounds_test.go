package guard_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vxwall/inspect/guard"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// TestNoAllocation: packets that are known, that are new, and that are false.
func TestNoAllocation(t *testing.T) {
	cfg := pipeline.Default()
	c := config(guard.Learn)
	c.Bindings = 256
	c.VTEPs = []guard.Allowed{{VTEPs: prefixes("192.0.2.0/24")}}
	cfg.Guard, cfg.Flow.Capacity = guard.New(c), 1024
	frames := [][]byte{
		udp(vtepA, macA, "10.0.0.1"), arp(vtepA, macA, "10.0.0.1"), arp(vtepA, macB, "10.0.0.1"), udp(vtepB, macA, "10.0.0.1"),
		udp("198.51.100.1", macA, "10.0.0.1"), neighbour(136, macA, "fd00::1", "fd00::1"), udp(vtepA, macB, "10.0.0.3"),
	}
	var current pipeline.Current
	current.Publish(&pipeline.Program{Revision: 1, Stages: []pipeline.Stage{pt.AllowAll()}})
	loop := pt.NewLoop(frames...)
	loop.Fresh = func(i int, frame []byte) {
		if i == len(frames)-1 { // another sender each time
			binary.BigEndian.PutUint32(frame[14+20+8+8+6+2:], uint32(loop.Received))
		}
	}
	if n := pt.AllocsPerStep(pipeline.NewWorker(cfg, loop, &current, pt.Silent{})); n != 0 {
		t.Errorf("%v allocations per batch", n)
	}
}

// numbered is a packet of a VNI from a sender of a number.
func numbered(vni, n uint32) []byte {
	mac := fmt.Sprintf("02:00:%02x:%02x:%02x:%02x", byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	ip := fmt.Sprintf("10.%d.%d.%d", byte(n>>16), byte(n>>8), byte(n))
	return pt.Frame(pt.VXLAN{VNI: vni, From: vtepA, To: vtepB}, pt.Eth{Src: mac}, pt.ARP{Sender: ip, MAC: mac})
}

// TestFlood: one network with endless senders neither fills the tables nor keeps
// another from being known, nor makes one forgotten that was there before.
func TestFlood(t *testing.T) {
	c := config(guard.Enforce)
	c.Bindings = 1024
	g := guard.New(c)
	flood := func(from, to uint32) (list []sent) {
		for n := from; n < to; n++ {
			list = append(list, at(0, numbered(666, n))...)
		}
		return list
	}
	run(g, at(0, arp(vtepA, macA, "10.0.0.1")), flood(0, 20_000))
	s := g.Stats()
	if s.MACs > 820 || s.Addresses > 820 || s.MACs < 700 || s.NotLearned < 30_000 {
		t.Errorf("%+v", s)
	}
	r := run(g, at(0, arp(vtepA, macB, "10.0.0.2"), arp(vtepC, macB, "10.0.0.2"), arp(vtepC, macA, "10.0.0.1"), arp(vtepA, macX, "10.0.0.1")))
	want(t, r, "ok", "mac-moved", "mac-moved", "address-moved")
	run(g, at(c.Age+time.Second, numbered(666, 1)), func() (list []sent) { // what has aged makes room
		for n := range uint32(600) {
			list = append(list, at(c.Age+time.Second, numbered(777, n))...)
		}
		return list
	}())
	if after := g.Stats(); after.NotLearned > s.NotLearned+20 || after.MACs > 1024 {
		t.Errorf("%+v, before %+v", after, s)
	}
}

// TestFloodOfTags: one VNI has one share of the bindings, however many VLAN tags its
// senders put on.
func TestFloodOfTags(t *testing.T) {
	c := config(guard.Enforce)
	c.Bindings = 1024
	g := guard.New(c)
	var flood [][]byte
	for n := range 8000 {
		mac := fmt.Sprintf("02:00:00:01:%02x:%02x", n>>8, n&255)
		flood = append(flood, pt.Frame(pt.VXLAN{VNI: 666, From: vtepA, To: vtepB}, pt.Eth{Src: mac}, pt.VLAN{ID: uint16(n % 4000)}, pt.ARP{Sender: "10.0.0.1", MAC: mac}))
	}
	run(g, at(0, flood...))
	if s := g.Stats(); s.MACs > 820 || s.Addresses > 820 {
		t.Errorf("%+v", s)
	}
	want(t, run(g, at(0, arp(vtepA, macB, "10.0.0.2"), arp(vtepC, macB, "10.0.0.2"))), "ok", "mac-moved")
}

// TestWorkersAgree: several workers hold packets against the same bindings at the
// same time; none is ever believed that another VTEP's sender contradicts.
func TestWorkersAgree(t *testing.T) {
	g := guard.New(config(guard.Enforce))
	run(g, at(0, numbered(100, 1), numbered(100, 2), numbered(100, 3)))
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			var frames [][]byte
			for range 3000 {
				frames = append(frames, numbered(100, 1+random.Uint32N(3)))
				if worker == 0 {
					frames = append(frames, arp(vtepC, "02:00:00:00:00:01", "10.0.0.1"))
				}
			}
			for i, word := range outcomes(run(g, at(0, frames...))) {
				if want := map[bool]string{true: "mac-moved", false: "ok"}[worker == 0 && i%2 == 1]; word != want {
					t.Errorf("worker %d, packet %d: %s", worker, i, word)
					return
				}
			}
		})
	}
	all.Wait()
}

// TestListAndForget: what is listed is what is held against packets.
func TestListAndForget(t *testing.T) {
	g := guard.New(config(guard.Enforce))
	run(g, at(0, arp(vtepA, macA, "10.0.0.1"), arp(vtepC, macB, "10.0.0.2"), udpTo(vtepC, vtepB, 200, macA, "10.0.0.9")))
	var got []string
	now := pt.Start + int64(time.Minute)
	g.MACs(now, func(e *guard.Entry) bool {
		got = append(got, fmt.Sprintf("%d %x %s %v", e.VNI, e.Subject[:6], addr(e.Holder), time.Duration(now-e.Seen)))
		return true
	})
	g.Addresses(now, func(e *guard.Entry) bool {
		got = append(got, fmt.Sprintf("%d %s %x", e.VNI, addr(e.Subject), e.Holder[:6]))
		return true
	})
	slices.Sort(got)
	if want := []string{"100 02000000010a 192.0.2.1 1m0s", "100 02000000010b 192.0.2.3 1m0s", "100 10.0.0.1 02000000010a",
		"100 10.0.0.2 02000000010b", "200 02000000010a 192.0.2.3 1m0s"}; !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if n := g.ForgetMAC(100, [6]byte{2, 0, 0, 0, 1, 10}); n != 2 {
		t.Errorf("%d forgotten", n)
	}
	if n := g.ForgetVTEP([16]byte{}); n != 0 {
		t.Errorf("%d forgotten", n)
	}
	want(t, run(g, at(0, arp(vtepC, macA, "10.0.0.1"), arp(vtepA, macB, "10.0.0.2"))), "ok", "mac-moved")
	g.MACs(now+int64(time.Hour), func(e *guard.Entry) bool {
		t.Errorf("aged, and still listed: %+v", e)
		return true
	})
}

// TestModel holds the guard to a simple model of the rules for one MAC address that
// three VTEPs claim at any times.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := config(guard.Enforce)
		c.Moves = 1 << 14
		g := guard.New(c)
		steps := rapid.SliceOfN(rapid.Uint16(), 1, 40).Draw(t, "steps")
		var frames []sent
		for now, i := time.Duration(0), 0; i < len(steps); i++ {
			vtep := []string{vtepA, vtepB, vtepC}[steps[i]%3]
			frames = append(frames, at(now, udp(vtep, macA, "10.0.0.1"))...)
			now += time.Duration(steps[i]/3%8) * 300 * time.Millisecond
		}
		got := outcomes(run(g, frames))
		holder, heard := steps[0]%3, frames[0].after
		for i, f := range frames {
			want := "ok"
			switch silent := f.after - heard; {
			case steps[i]%3 == holder:
				heard = f.after
			case silent >= c.MoveAfter:
				holder, heard = steps[i]%3, f.after
			default:
				want = "mac-moved"
			}
			if got[i] != want {
				t.Fatalf("packet %d at %v: %s, want %s", i, f.after, got[i], want)
			}
		}
	})
}

// FuzzCheck: whatever is sent, the guard keeps its bounds, and a packet that it lets
// pass without a finding passes again.
func FuzzCheck(f *testing.F) {
	for _, frame := range pt.Samples() {
		f.Add(frame, uint8(1))
	}
	f.Add(arp(vtepA, macA, "10.0.0.1"), uint8(0))
	f.Add(neighbour(136, macA, "fd00::1", "fd00::1", 2, 1, 2, 0, 0, 0, 1, 0xa), uint8(2))
	f.Fuzz(func(t *testing.T, frame []byte, sources uint8) {
		c := config(guard.Enforce)
		c.Bindings, c.Addresses = 64, guard.Sources(sources%3)
		g := guard.New(c)
		cfg := pipeline.Default()
		w := g.Watcher()
		var parser pipeline.Parser
		p, reason := parser.Parse(&cfg, frame, pipeline.LinkEthernet)
		if reason != pipeline.OK {
			return
		}
		first := len(w.Check(p))
		if again := len(w.Check(p)); first != 0 && p.Encapsulated() || again != 0 {
			t.Errorf("%d findings on an empty guard, then %d", first, again)
		}
		if s := g.Stats(); s.MACs > 1 || s.Addresses > 1 || s.VTEPs > 1 {
			t.Errorf("%+v", s)
		}
	})
}

// BenchmarkCheck is a packet that says what is known.
func BenchmarkCheck(b *testing.B) {
	for _, senders := range []int{100, 50_000} {
		b.Run(fmt.Sprint(senders, " senders"), func(b *testing.B) {
			c := config(guard.Enforce)
			c.VTEPs = []guard.Allowed{{VTEPs: prefixes("192.0.2.0/24")}}
			cfg, w := pipeline.Default(), guard.New(c).Watcher()
			parsers := make([]pipeline.Parser, senders)
			var packets []*pipeline.Packet
			for i := range parsers {
				p, _ := parsers[i].Parse(&cfg, numbered(100, uint32(i)), pipeline.LinkEthernet)
				packets = append(packets, p)
				w.Check(p)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if len(w.Check(packets[i*7919%senders])) != 0 {
					b.Fatal("refused")
				}
			}
		})
	}
}
