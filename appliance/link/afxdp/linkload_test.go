package afxdp

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"vxwall/appliance/link/afxdp/vethtest"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// innerHost is where in a frame of packets the last byte of the inner source
// address is.
const innerHost = 14 + 20 + 8 + 8 + 14 + 15

func flood(t testing.TB, e *vethtest.End, cpu, n int) {
	t.Helper()
	frame := pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{Src: "10.1.0.5", Dst: "10.2.0.9"}, pt.UDP{Src: 1, Dst: 514}, pt.Zeros(64-42))
	check(t, e.Flood(frame, innerHost, cpu, n))
}

// backlog is how far the program believes a queue's worker to be behind.
func (l *Link) backlog(port, queue int) int64 {
	s := l.sockets[port][queue]
	return int64(s.control.redirected(port, queue) - s.control.area.Queues[port*MaxQueues+queue].Taken)
}

// TestLinkOverload floods the link with more than it can take, by one queue and by
// two with hand-over. Every frame is counted once, none is lost from the books,
// and the program knows afterwards that nobody is behind.
func TestLinkOverload(t *testing.T) {
	for _, queues := range []int{1, 2} {
		t.Run(fmt.Sprint(queues), func(t *testing.T) {
			w := vethtest.New(t, vethtest.Config{Queues: [2]int{queues, queues}})
			w.Ends[1].Drain(t)
			w.Ends[0].EnableNAPI(t)
			cfg := testConfig(w)
			cfg.Ring = 256
			r := start(t, w, cfg, pt.DenyIf(func(p *pipeline.Packet) bool { return p.Flow.Src[15]%4 == 0 }))
			const n = 1 << 18
			for cpu := range queues {
				flood(t, w.Ends[0], cpu, n)
			}
			s := r.rest(t)
			checkBooks(t, r, &s, uint64(n*queues))
			time.Sleep(3 * cfg.PollTimeout)
			for queue := range queues {
				if b := r.backlog(0, queue); b != 0 {
					t.Errorf("the program believes in a backlog of %d", b)
				}
			}
		})
	}
}

// checkBooks says that each of n frames that came in at port 0 is counted once.
func checkBooks(t *testing.T, r *running, s *Status, n uint64) {
	t.Helper()
	time.Sleep(50 * time.Millisecond) // until workers show their counters
	var lost, received, sent, unsent uint64
	for i := range s.Rings {
		ring := &s.Rings[i]
		lost += ring.RxDropped + ring.RxRingFull
		received += ring.Received
		sent += ring.Sent
		unsent += ring.TxFull
	}
	var full uint64
	for i := range s.Queues {
		full += s.Queues[i].HandOverFull
	}
	c := r.counters()
	k := &s.Kernel
	t.Logf("%d frames: %d shed, %d lost in the RX ring, %d between workers; %d forwarded, %d not sent", n,
		k.Dropped[0][pipeline.Overload].Packets-full, lost, full, c.Forwarded.Packets, unsent)
	if got := k.ToSocket[0].Packets + k.Dropped[0][pipeline.Overload].Packets - full + k.Relayed[0][pipeline.Overload].Packets +
		k.Forwarded[0].Packets; got != n {
		t.Errorf("the program counts %d frames of %d", got, n)
	}
	if k.ToSocket[0].Packets != received+lost || c.Received.Packets+full != received || c.Forwarded.Packets != sent+unsent {
		t.Errorf("%d to the socket, %d received, %d lost; worker: %d received, %d forwarded; %d sent, %d not",
			k.ToSocket[0].Packets, received, lost, c.Received.Packets, c.Forwarded.Packets, sent, unsent)
	}
}

// TestLinkBacklogUnderLoad: what the kernel lost does not count as backlog, also
// if the worker never rests.
func TestLinkBacklogUnderLoad(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	r := start(t, w, testConfig(w), pt.AllowAll())
	s := r.sockets[0][0]
	w.Ends[0].Send(packets(10, 1, false)...)
	r.rest(t)
	if b := r.backlog(0, 0); b != 0 {
		t.Fatalf("backlog %d", b)
	}
	// As if the program had sent some to a queue that was not bound.
	s.control.area.Queues[0].Redirected += 1000
	w.Ends[0].Send(packets(10, 1, false)...)
	for deadline := time.Now().Add(patience); r.backlog(0, 0) != 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if b := r.backlog(0, 0); b != 0 {
		t.Errorf("backlog %d does not go away", b)
	}
}

// TestLinkLost: what the kernel lost counts once, also if it was lost just before
// the worker came to rest.
func TestLinkLost(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	cfg := testConfig(w)
	cfg.Ring = 128
	l := openLink(t, cfg)
	l.takeAll(t)
	q, b := l.Queues()[0], new(pipeline.Batch)
	s := l.sockets[0][0]
	take := func(frames ...[]byte) {
		s.asked = time.Now().Add(time.Hour).UnixNano()
		w.Ends[0].Send(frames...)
		for range 10 {
			_ = q.Recv(b)
			check(t, q.Send(b))
		}
	}
	take(packets(500, 1, false)...)
	if b := l.backlog(0, 0); b != 0 {
		t.Fatalf("backlog %d at rest", b)
	}
	s.ask()
	if s.tell(); s.lost == 0 || l.backlog(0, 0) != 0 {
		t.Errorf("backlog %d once the kernel was asked for the %d that it lost", l.backlog(0, 0), s.lost)
	}
}

// TestLinkTransmitFull: with the other port down, nothing waits and nothing is lost
// from the books; with it up again, frames go through.
func TestLinkTransmitFull(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	cfg := testConfig(w)
	cfg.Ring = 128
	r := start(t, w, cfg, pt.AllowAll())
	vethtest.SetDown(t, w.Ports[1], true)
	for range 10 {
		w.Ends[0].Send(packets(100, 10, false)...)
		time.Sleep(time.Millisecond)
	}
	var s Status
	full := uint64(0)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		var err error
		s, err = r.Status()
		check(t, err)
		if s.Rings[1].TxFull > 0 && s.Rings[1].TxFull == full { // all that came was seen
			break
		}
		full = s.Rings[1].TxFull
	}
	if s.Frames.Tx != 128 || s.Rings[1].TxFull == 0 {
		t.Errorf("%+v, %+v", s.Frames, s.Rings[1])
	}
	vethtest.SetDown(t, w.Ports[1], false)
	if got := w.Ends[1].Received(128, patience); len(got) != 128 {
		t.Errorf("%d frames left later", len(got))
	}
	frames := packets(64, 10, false)
	w.Ends[0].Send(frames...)
	equalFrames(t, "through", w.Ends[1].Received(64, patience), frames)
	r.rest(t)
}

// TestLinkReopen: a link that was closed can be opened again at once, as often as
// one likes.
func TestLinkReopen(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	cfg := testConfig(w)
	cfg.Ring, cfg.Offload = 128, 16
	frames := packets(10, 2, false)
	once := func() {
		r := startOnce(t, w, cfg, pt.AllowAll())
		w.Ends[0].Send(frames...)
		equalFrames(t, "through", w.Ends[1].Received(len(frames), patience), frames)
		r.stop(t)
	}
	once()
	once()
	before := measure(t)
	for range 100 {
		once()
	}
	after := measure(t)
	if after.files > before.files || after.resident > before.resident+(4<<20) || after.locked > before.locked {
		t.Errorf("before %+v, after %+v", before, after)
	}
	t.Logf("before %+v, after %+v", before, after)
}

// held is what a process holds.
type held struct{ files, resident, locked int }

func measure(t *testing.T) (h held) {
	t.Helper()
	debug.FreeOSMemory()
	files, err := os.ReadDir("/proc/self/fd")
	check(t, err)
	h.files = len(files)
	maps, err := os.ReadFile("/proc/self/smaps_rollup")
	check(t, err)
	h.resident, h.locked = field(maps, "Rss:")<<10, field(maps, "Locked:")<<10
	return h
}

// TestLinkAllocations: nothing is allocated for a batch, nor while nothing comes.
func TestLinkAllocations(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{Queues: [2]int{2, 2}})
	cfg := testConfig(w)
	cfg.PollTimeout = time.Millisecond
	l := openLink(t, cfg)
	l.takeAll(t)
	b := new(pipeline.Batch)
	frames := scatter(packets(40, 10, false))
	got := 0
	allocations := testing.AllocsPerRun(100, func() {
		w.Ends[0].Send(frames...)
		for range 3 {
			for _, q := range l.Queues() { // which one gets the frames is the sender's CPU's choice
				_ = q.Recv(b)
				got += b.Len()
				_ = q.Send(b)
			}
		}
	})
	sending := testing.AllocsPerRun(100, func() { w.Ends[0].Send(frames...) })
	if allocations > sending || got == 0 {
		t.Errorf("%v allocations with %v for sending, %d frames", allocations, sending, got)
	}
}

// field is the number behind a name in a file of /proc.
func field(file []byte, name string) (n int) {
	for line := range strings.Lines(string(file)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			_, _ = fmt.Sscan(rest, &n)
		}
	}
	return n
}
