package afxdp

import (
	"bytes"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"vxwall/appliance/link/afxdp/vethtest"
	"vxwall/appliance/link/linktest"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
)

// patience is how long anything may take on a busy machine.
const patience = 10 * time.Second

// testConfig is a configuration for a wire, with nothing pinned and a heart that
// may miss a beat.
func testConfig(w *vethtest.Wire) Config {
	cfg := DefaultConfig()
	cfg.Ports, cfg.Pin, cfg.Heartbeat = w.Ports, "", time.Minute
	return cfg
}

func openLink(t testing.TB, cfg Config) *Link {
	t.Helper()
	l, err := Open(cfg)
	check(t, err)
	t.Cleanup(func() { check(t, l.Close()) })
	return l
}

// takeAll has the sockets get all frames, also those that are no VXLAN.
func (l *Link) takeAll(t testing.TB) {
	t.Helper()
	for port := range l.ports {
		program := vethtest.SocketsProgram(t, l.program.sockets(), port*MaxQueues)
		check(t, l.program.ports[port].link.Update(program))
	}
}

// TestLinkSuite holds the link to the contract of a queue, with frames through
// real devices.
func TestLinkSuite(t *testing.T) {
	linktest.Suite(t, func(t *testing.T, frames [][]byte) linktest.Link {
		w := vethtest.New(t, vethtest.Config{})
		l := openLink(t, testConfig(w))
		l.takeAll(t)
		w.Ends[0].Send(frames...)
		// Answers go back, frames that pass go on.
		return linktest.Link{
			Queue:   l.Queues()[0],
			Sent:    func() [][]byte { return w.Ends[1].Received(0, 200*time.Millisecond) },
			Answers: func() [][]byte { return w.Ends[0].Received(0, 200*time.Millisecond) },
		}
	})
}

// running is a link with workers that run.
type running struct {
	*Link
	wire    *vethtest.Wire
	current *pipeline.Current
	workers []*pipeline.Worker
	ended   chan error
}

// silent is an observer that nothing is reported to.
type silent struct{}

func (silent) Dropped(*pipeline.Packet)                  {}
func (silent) FlowStart(*pipeline.Packet)                {}
func (silent) FlowEnd(*flow.Record, flow.End)            {}
func (silent) Found(*pipeline.Packet, *pipeline.Finding) {}

// start opens a link and starts a worker for each of its queues, until the test
// ends.
func start(t testing.TB, w *vethtest.Wire, cfg Config, stage pipeline.Stage) *running {
	t.Helper()
	r := startOnce(t, w, cfg, stage)
	t.Cleanup(func() { r.stop(t) })
	return r
}

// startOnce is start, but leaves it to the caller to stop.
func startOnce(t testing.TB, w *vethtest.Wire, cfg Config, stage pipeline.Stage) *running {
	t.Helper()
	return startObserved(t, w, cfg, stage, silent{})
}

// startObserved is startOnce with an observer of all workers.
func startObserved(t testing.TB, w *vethtest.Wire, cfg Config, stage pipeline.Stage, o pipeline.Observer) *running {
	t.Helper()
	l, err := Open(cfg)
	check(t, err)
	r := &running{Link: l, wire: w, current: new(pipeline.Current), ended: make(chan error, len(l.Queues()))}
	r.current.Publish(&pipeline.Program{Revision: 1, Stages: []pipeline.Stage{stage}})
	l.SetRevision(1)
	worker := pipeline.Default()
	worker.Flow.Capacity = 1 << 14
	for _, q := range l.Queues() {
		r.workers = append(r.workers, pipeline.NewWorker(worker, q, r.current, o))
	}
	for _, w := range r.workers {
		go func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			r.ended <- w.Run()
		}()
	}
	return r
}

// stop closes the link and waits for the workers. It may be called twice.
func (r *running) stop(t testing.TB) {
	t.Helper()
	check(t, r.Close())
	for len(r.workers) > 0 {
		select {
		case err := <-r.ended:
			check(t, err)
			r.workers = r.workers[1:]
		case <-time.After(patience):
			t.Fatal("a worker did not end")
		}
	}
}

// rest waits until no frame is on its way and checks that none was lost from the
// books.
func (r *running) rest(t testing.TB) Status {
	t.Helper()
	var s Status
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		var err error
		s, err = r.Status()
		check(t, err)
		f := &s.Frames
		if f.Rx+f.Tx+f.Held+f.HandOver == 0 && f.Free+f.Fill+f.Completion == f.Total {
			return s
		}
	}
	t.Fatalf("frames are missing or do not rest: %+v", s.Frames)
	return s
}

func (r *running) counters() (sum pipeline.Counters) {
	for _, w := range r.workers {
		c := w.Counters()
		sum.Received.Packets += c.Received.Packets
		sum.Forwarded.Packets += c.Forwarded.Packets
		sum.Answers += c.Answers
	}
	return sum
}

// packets returns n VXLAN packets of so many flows between different hosts.
func packets(n, flows int, back bool) [][]byte {
	frames := make([][]byte, n)
	for i := range frames {
		a, b := pt.IPv4{Src: host(1, i%flows), Dst: host(2, i%flows)}, pt.UDP{Src: uint16(i), Dst: 514}
		if back {
			a.Src, a.Dst = a.Dst, a.Src
		}
		frames[i] = pt.Frame(pt.VXLAN{VNI: 100, Back: back}, pt.Eth{}, a, b, pt.Zeros(i%1300))
	}
	return frames
}

func host(net, i int) string {
	return "10." + string(rune('0'+net)) + "." + itoa(i/250) + "." + itoa(1+i%250)
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

// equalFrames compares in order.
func equalFrames(t testing.TB, what string, got, want [][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d frames, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !bytes.Equal(got[i], want[i]) {
			t.Fatalf("%s: frame %d\n got %x\nwant %x", what, i, got[i], want[i])
		}
	}
}

// TestLinkWire: what passes leaves at the other port, byte for byte and in order,
// both ways, in bursts of any size.
func TestLinkWire(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	r := start(t, w, testConfig(w), pt.AllowAll())
	for _, n := range []int{1, 64, 65, 1000} {
		for from := range 2 {
			frames := packets(n, 50, from == 1)
			w.Ends[from].Send(frames...)
			equalFrames(t, "through", w.Ends[1-from].Received(n, patience), frames)
		}
	}
	s := r.rest(t)
	if s.Ports[0].Mode != Native || s.Ports[0].Driver != "veth" || s.Kernel.ToSocket[0].Packets != 1130 {
		t.Errorf("%+v\n%+v", s.Ports, s.Kernel.ToSocket)
	}
}

// TestLinkAnswers: what is rejected is answered at the port it came in at.
func TestLinkAnswers(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	r := start(t, w, testConfig(w), pt.RejectAll())
	w.Ends[1].Send(packets(10, 10, true)...)
	if got := w.Ends[1].Received(10, patience); len(got) != 10 {
		t.Errorf("%d answers", len(got))
	}
	if got := w.Ends[0].Received(0, 0); len(got) != 0 {
		t.Errorf("%d frames passed", len(got))
	}
	r.rest(t)
}

// TestLinkRelays: the program relays it, no worker sees it.
func TestLinkRelays(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	r := start(t, w, testConfig(w), pt.DropAll())
	// The end must take frames that are redirected to it.
	w.Ends[1].EnableNAPI(t)
	arp := pt.Frame(pt.Eth{}, pt.ARP{})
	w.Ends[0].Send(arp)
	equalFrames(t, "relayed", w.Ends[1].Received(1, patience), [][]byte{arp})
	if s := r.rest(t); s.Kernel.Relayed[0][pipeline.NotVXLAN].Packets != 1 {
		t.Errorf("%+v", s.Kernel)
	}
}

// TestLinkCloses: frames that came before Close still go through.
func TestLinkCloses(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	slow := sync.OnceFunc(func() { time.Sleep(50 * time.Millisecond) })
	r := start(t, w, testConfig(w), pt.Seen(func(*pipeline.Packet) { slow() }))
	for deadline := time.Now().Add(patience); !r.queues[0].used.Load() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // Close does not wait for workers that never came
	}
	frames := packets(500, 10, false)
	w.Ends[0].Send(frames...)
	r.stop(t)
	equalFrames(t, "through", w.Ends[1].Received(len(frames), patience), frames)
	if _, err := r.Status(); err == nil {
		t.Error("status of a closed link")
	}
	if r.Peek(new(flow.Key), new(flow.Handled)) {
		t.Error("peek into a closed link")
	}
	r.SetRevision(2)
	if err := r.queues[0].Recv(new(pipeline.Batch)); !errors.Is(err, pipeline.ErrClosed) {
		t.Errorf("error %v", err)
	}
}

// TestLinkGeneric: the same without native XDP.
func TestLinkGeneric(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	cfg := testConfig(w)
	cfg.XDP = Generic
	r := start(t, w, cfg, pt.AllowAll())
	frames := packets(200, 20, false)
	w.Ends[0].Send(frames...)
	equalFrames(t, "through", w.Ends[1].Received(len(frames), patience), frames)
	if s := r.rest(t); s.Ports[0].Mode != Generic {
		t.Errorf("%+v", s.Ports)
	}
}

// TestLinkLent: a worker that never gives its frames back does not crash when the
// link is closed, and Close says so.
func TestLinkLent(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	l, err := Open(testConfig(w))
	check(t, err)
	w.Ends[0].Send(packets(1, 1, false)...)
	q, b := l.Queues()[0], new(pipeline.Batch)
	for deadline := time.Now().Add(patience); b.Len() == 0 && time.Now().Before(deadline); {
		_ = q.Recv(b)
	}
	if err := l.Close(); err == nil || b.Len() != 1 || len(b.Packet(0).Clone().Bytes()) == 0 {
		t.Errorf("%d frames lent, error %v", b.Len(), err)
	}
}
