package afxdp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync"
	"testing"
	"time"

	"vxwall/appliance/link/afxdp/vethtest"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// witness is a stage that notes which worker saw which pair of hosts.
type witness struct {
	mu   sync.Mutex
	seen []map[string]int // by inspector: packets of a pair
}

func (w *witness) Name() string { return "witness" }

func (w *witness) Inspector() pipeline.Inspector {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, map[string]int{})
	return &statement{w, len(w.seen) - 1}
}

type statement struct {
	*witness
	number int
}

func (s *statement) Inspect(p *pipeline.Packet) pipeline.Verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, b := p.Flow.Src, p.Flow.Dst
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	s.seen[s.number][fmt.Sprintf("%x %x", a, b)]++
	return pipeline.Continue
}

// check says that no pair was seen by two workers, and every worker saw some.
func (w *witness) check(t *testing.T, pairs int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	all := map[string]int{}
	for number, seen := range w.seen {
		if len(seen) == 0 {
			t.Errorf("worker %d saw nothing", number)
		}
		for pair := range seen {
			if other, twice := all[pair]; twice {
				t.Errorf("workers %d and %d saw packets of %s", other, number, pair)
			}
			all[pair] = number
		}
	}
	if len(all) != pairs {
		t.Errorf("%d pairs of hosts, want %d", len(all), pairs)
	}
}

// scatter gives each frame another outer source port, by which its kernel
// chooses the queue. VTEPs do that by flow, so directions differ.
func scatter(frames [][]byte) [][]byte {
	for i, f := range frames {
		binary.BigEndian.PutUint16(f[34:], uint16(30000+i*7))
	}
	return frames
}

// sameFrames compares whatever the order.
func sameFrames(t testing.TB, got, want [][]byte) {
	t.Helper()
	count := map[string]int{}
	for _, f := range want {
		count[string(f)]++
	}
	for _, f := range got {
		if count[string(f)]--; count[string(f)] < 0 {
			t.Fatalf("changed on its way, or sent twice: %x", f)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d frames, want %d", len(got), len(want))
	}
}

// TestHandOver: whatever queue a packet comes in at, both directions of a flow and
// all fragments of a datagram are seen by one worker.
func TestHandOver(t *testing.T) {
	for _, queues := range [][2]int{{2, 2}, {3, 1}, {1, 4}} {
		t.Run(fmt.Sprint(queues), func(t *testing.T) {
			w := vethtest.New(t, vethtest.Config{Queues: queues})
			stage := new(witness)
			r := start(t, w, testConfig(w), stage)
			const n, pairs = 600, 60
			for from := range 2 {
				frames := scatter(packets(n, pairs, from == 1))
				w.Ends[from].Send(frames...)
				sameFrames(t, w.Ends[1-from].Received(n, patience), frames)
			}
			sameFragments(t, r)
			s := r.rest(t)
			stage.check(t, pairs)
			checkHandOver(t, &s)
		})
	}
}

// sameFragments sends the fragments of many datagrams by any queue.
func sameFragments(t *testing.T, r *running) {
	t.Helper()
	var frames [][]byte
	for i := range 60 {
		layers := []pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{Src: host(1, i), Dst: host(2, i), ID: uint16(i)}, pt.UDP{Src: 1, Dst: 514}, pt.Zeros(100)}
		frames = append(frames, pt.Split(layers, 24, 48)...)
	}
	scatter(frames)
	r.wire.Ends[0].Send(frames...)
	sameFrames(t, r.wire.Ends[1].Received(len(frames), patience), frames)
}

func checkHandOver(t *testing.T, s *Status) {
	t.Helper()
	var given, taken uint64
	for _, q := range s.Queues {
		given, taken = given+q.HandedOver, taken+q.TakenOver
		if q.HandedOver == 0 || q.TakenOver == 0 {
			t.Errorf("nothing handed over: %+v", s.Queues)
		}
	}
	busy := 0
	for _, ring := range s.Rings {
		if ring.Received > 0 {
			busy++
		}
	}
	if given != taken || busy != len(s.Rings) {
		t.Errorf("%d frames given, %d taken, %d of %d rings busy", given, taken, busy, len(s.Rings))
	}
}

// TestHandOverFull: what a worker that stands still has no room for is dropped,
// counted, and not lost from the books.
func TestHandOverFull(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{Queues: [2]int{2, 2}})
	release := make(chan struct{})
	stuck := pt.Seen(func(p *pipeline.Packet) {
		if p.Payload()[0] == 's' {
			<-release
		}
	})
	cfg := testConfig(w)
	cfg.Overload = Relay // not to be confused with it
	r := start(t, w, cfg, stuck)
	w.Ends[0].Send(scatter([][]byte{pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 1, Dst: 2}, pt.Payload("stand still"))})...)
	frames := packets(100, 1, false)
	for i := range frames { // of the same hosts, so the same worker's
		frames[i] = pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: uint16(i), Dst: 514}, pt.Payload("x"))
	}
	scatter(frames)
	full := func() (n uint64) {
		s, err := r.Status()
		check(t, err)
		for _, q := range s.Queues {
			n += q.HandOverFull
		}
		return n
	}
	for deadline := time.Now().Add(patience); full() == 0 && time.Now().Before(deadline); {
		w.Ends[0].Send(frames...)
	}
	close(release)
	s := r.rest(t)
	if n := full(); n == 0 || s.Kernel.Dropped[0][pipeline.Overload].Packets != n {
		t.Errorf("%d frames dropped, %+v", n, s.Kernel.Dropped[0][pipeline.Overload])
	}
}

// TestHandOverExtensions: a packet has an owner however many extension headers the
// workers are configured to take.
func TestHandOverExtensions(t *testing.T) {
	l := openLink(t, testConfig(vethtest.New(t, vethtest.Config{})))
	layers := []pt.Layer{pt.IPv6{}}
	for range 16 {
		layers = append(layers, pt.Ext{Proto: 60})
	}
	owner, ok := pipeline.Owner(&l.parse, plain(v100, append(layers, dns)...), l.seed)
	if want, _ := pipeline.Owner(&l.parse, plain(v100, pt.IPv6{}, dns), l.seed); !ok || owner != want {
		t.Errorf("owner %x, %v, want %x", owner, ok, want)
	}
}

// TestHandOverRoom: a worker that stands still does not keep the frames that the
// others need.
func TestHandOverRoom(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{Queues: [2]int{3, 3}})
	cfg := testConfig(w)
	cfg.Ring = MinRing
	l := openLink(t, cfg)
	room := 0
	for _, h := range l.queues[0].in {
		room += len(h.ring)
	}
	if spare := l.umem.Pool.Frames() - 6*2*cfg.Ring; room == 0 || room > spare {
		t.Errorf("%d frames may wait for one worker, %d are to spare", room, spare)
	}
}

func TestHandOverRing(t *testing.T) {
	h := newHandOver(4)
	for i := range 5 {
		if ok := h.push(handed{addr: uint64(i)}); ok != (i < 4) {
			t.Errorf("push %d: %v", i, ok)
		}
	}
	if h.peek(9) != 0 || h.publish() != 4 || h.peek(9) != 4 || h.peek(2) != 2 || h.waiting() != 4 {
		t.Errorf("%d waiting", h.waiting())
	}
	h.take(3)
	if f := h.at(0); f.addr != 3 || h.waiting() != 1 || !h.push(handed{addr: 5}) || h.publish() != 1 {
		t.Errorf("%+v, %d waiting", f, h.waiting())
	}
}
