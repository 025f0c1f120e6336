package nfqueue

import (
	"encoding/binary"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"vxwall/appliance/link/linktest"
	"vxwall/pipeline"
	"vxwall/pipeline/wire"
)

// TestLinkSuite holds the link to the contract of a queue, with packets that a real
// kernel forwards.
func TestLinkSuite(t *testing.T) {
	linktest.Suite(t, func(t *testing.T, frames [][]byte) linktest.Link {
		r := newRouter(t)
		l := openLink(t, testConfig())
		r.iptables("-t", "mangle", "-A", "FORWARD", "-p", "udp", "-j", "NFQUEUE", "--queue-num", "4789")
		r.send(frames...)
		return linktest.Link{
			Queue: l.Queues()[0], Raw: true,
			Sent: func() [][]byte { return r.sent(0, 200*time.Millisecond) },
		}
	})
}

// numbered are frames whose payload is a number.
func numbered(n int) (frames [][]byte) {
	for i := range n {
		f := make([]byte, 60)
		copy(f, []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 46, 0, 0, 0x40, 0, 64, wire.ProtoUDP, 0, 0, 10, 0, 0, 1, 10, 1, 0, 1, 1, 2, 2, 2, 0, 26, 0, 0})
		binary.BigEndian.PutUint32(f[42:], uint32(i))
		wire.IPv4(f[wire.EthernetLen:]).SetChecksum()
		frames = append(frames, f)
	}
	return frames
}

// passer passes the packets that a function names.
type passer struct{ pass func(number uint32) bool }

func (p passer) Name() string                  { return "passer" }
func (p passer) Inspector() pipeline.Inspector { return p }

func (p passer) Inspect(packet *pipeline.Packet) pipeline.Verdict {
	if p.pass(binary.BigEndian.Uint32(packet.Payload())) {
		return packet.Allow(-1)
	}
	return packet.Deny(pipeline.SegmentDenied, -1)
}

// worker judges packets of the suite's kind by a function.
func worker(q *Queue, pass func(uint32) bool) *pipeline.Worker {
	cfg := pipeline.Default()
	cfg.Plain = true
	cfg.Flow.Capacity = 1 << 10
	current := new(pipeline.Current)
	current.Publish(&pipeline.Program{Revision: 1, Stages: []pipeline.Stage{passer{pass}}})
	return pipeline.NewWorker(cfg, q, current, silent{})
}

// judge has a worker judge n packets.
func judge(t *testing.T, w *pipeline.Worker, n uint64) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); w.Counters().Received.Packets < n; {
		if err := w.Step(); err != nil && !errors.Is(err, pipeline.ErrTimeout) {
			t.Fatal(err)
		}
		if time.Now().After(end) {
			t.Fatalf("%d packets came, want %d", w.Counters().Received.Packets, n)
		}
	}
}

// TestVerdictsReachPackets: runs of verdicts of all lengths reach the packets that they
// are for.
func TestVerdictsReachPackets(t *testing.T) {
	for name, pass := range map[string]func(uint32) bool{
		"all": func(uint32) bool { return true }, "none": func(uint32) bool { return false },
		"every other": func(n uint32) bool { return n%2 == 0 }, "runs": func(n uint32) bool { return n*n%23 < 11 },
		"all but one": func(n uint32) bool { return n != 30 },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRouter(t)
			l := openLink(t, testConfig())
			r.iptables("-t", "mangle", "-A", "FORWARD", "-p", "udp", "-j", "NFQUEUE", "--queue-num", "4789")
			const n = 300
			r.send(numbered(n)...)
			w := worker(l.Queues()[0], pass)
			judge(t, w, n)
			want := []uint32{}
			for i := range uint32(n) {
				if pass(i) {
					want = append(want, i)
				}
			}
			got := r.sent(len(want), time.Second)
			if len(got) != len(want) {
				t.Fatalf("%d packets passed, want %d", len(got), len(want))
			}
			for i, p := range got {
				if number := binary.BigEndian.Uint32(p[28:]); number != want[i] {
					t.Fatalf("packet %d passed, want %d", number, want[i])
				}
			}
			if s, err := l.Status(); err != nil || s[0].Refused > 0 || s[0].Lost > 0 {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

// TestOverload: what finds no room is dropped or passes, and is counted either way.
func TestOverload(t *testing.T) {
	for name, overload := range map[string]Fallback{"drop": Drop, "relay": Relay} {
		t.Run(name, func(t *testing.T) {
			r := newRouter(t)
			cfg := testConfig()
			cfg.Buffer, cfg.Overload = MinBuffer, overload
			l := openLink(t, cfg)
			r.iptables("-t", "mangle", "-A", "FORWARD", "-p", "udp", "-j", "NFQUEUE", "--queue-num", "4789")
			const n = 2000
			r.send(numbered(n)...)
			passed := len(r.sent(1, 300*time.Millisecond))
			s, err := l.Status()
			check(t, err)
			lost := int(s[0].Lost)
			if lost == 0 || lost >= n {
				t.Fatalf("%d of %d lost", lost, n)
			}
			if want := map[Fallback]int{Drop: 0, Relay: lost}[overload]; passed != want {
				t.Errorf("%d passed, want %d", passed, want)
			}
			w := worker(l.Queues()[0], func(uint32) bool { return true })
			judge(t, w, uint64(n-lost))
			if rest := len(r.sent(n-lost, time.Second)); rest != n-lost {
				t.Errorf("%d packets were judged, %d waited", rest, n-lost)
			}
		})
	}
}

// TestDeath: without a listener packets pass or not, as the rule says.
func TestDeath(t *testing.T) {
	for name, onDeath := range map[string]Fallback{"relay": Relay, "drop": Drop} {
		t.Run(name, func(t *testing.T) {
			r := newRouter(t)
			cfg := testConfig()
			cfg.Rules, cfg.OnDeath = true, onDeath
			l := openLink(t, cfg)
			check(t, l.Close())
			r.send(numbered(10)...)
			want := map[Fallback]int{Relay: 10, Drop: 0}[onDeath]
			if got := len(r.sent(want, 200*time.Millisecond)); got != want {
				t.Errorf("%d packets passed, want %d", got, want)
			}
			check(t, Remove())
			r.send(numbered(10)...)
			if got := len(r.sent(10, time.Second)); got != 10 {
				t.Errorf("without rules %d packets passed", got)
			}
		})
	}
}

// TestCloseDrains: what waits when the link is closed is judged, what comes then goes as
// on_death says.
func TestCloseDrains(t *testing.T) {
	r := newRouter(t)
	cfg := testConfig()
	cfg.Rules = true
	l := openLink(t, cfg)
	r.send(numbered(200)...)
	w := worker(l.Queues()[0], func(n uint32) bool { return n < 1000 })
	ended := make(chan error)
	check(t, w.Step())
	closed := make(chan error)
	go func() { closed <- l.Close() }()
	go func() { ended <- w.Run() }()
	check(t, <-closed)
	check(t, <-ended)
	r.send(numbered(50)...)
	if got := len(r.sent(250, time.Second)); got != 250 {
		t.Errorf("%d packets passed, want 250", got)
	}
	if c := w.Counters(); c.Received.Packets != 200 {
		t.Errorf("%d packets judged, want 200", c.Received.Packets)
	}
}

// TestQueueTaken: two programs cannot listen to one queue.
func TestQueueTaken(t *testing.T) {
	newRouter(t)
	openLink(t, testConfig())
	var wrong *ConfigError
	if _, err := Open(testConfig()); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "queue 4789: another program listens") {
		t.Errorf("error %v", err)
	}
}

// TestRules: installed twice the rules are there once, and removed they are gone.
func TestRules(t *testing.T) {
	newRouter(t)
	save := func() (all string) {
		for _, program := range []string{"/usr/sbin/iptables-save", "/usr/sbin/ip6tables-save"} {
			out, err := exec.Command(program, "-t", "mangle").Output()
			check(t, err)
			for line := range strings.Lines(string(out)) {
				if strings.HasPrefix(line, "-") || strings.HasPrefix(line, ":VXWALL") {
					all += strings.TrimSuffix(line, " [0:0]\n") + "\n"
				}
			}
		}
		return strings.ReplaceAll(all, " [0:0]", "")
	}
	cfg := DefaultConfig()
	cfg.VXLANPorts = []uint16{4789, 8472}
	check(t, Install(&cfg))
	first := save()
	check(t, Install(&cfg))
	if again := save(); again != first {
		t.Errorf("after the second time:\n%s\nbefore:\n%s", again, first)
	}
	if n := strings.Count(first, "--queue-bypass"); n != 12 {
		t.Errorf("%d rules queue, want 12:\n%s", n, first)
	}
	cfg.Count, cfg.OnDeath, cfg.VXLANPorts = 4, Drop, cfg.VXLANPorts[:1]
	check(t, Install(&cfg))
	if s := save(); strings.Count(s, "--queue-balance 4789:4792") != 6 || strings.Contains(s, "bypass") {
		t.Errorf("changed:\n%s", s)
	}
	for range 2 {
		check(t, Remove())
		if left := save(); left != "" {
			t.Errorf("left: %s", left)
		}
	}
	shell := exec.Command("/bin/sh", "-ec", "PATH=$PATH:/usr/sbin\n"+Commands(&cfg)+Commands(&cfg))
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	byHand := save()
	check(t, Install(&cfg))
	if byHand != save() {
		t.Errorf("by hand:\n%s", byHand)
	}
}

// TestAllocations: a batch takes no memory.
func TestAllocations(t *testing.T) {
	r := newRouter(t)
	l := openLink(t, testConfig())
	r.iptables("-t", "mangle", "-A", "FORWARD", "-p", "udp", "-j", "NFQUEUE", "--queue-num", "4789")
	const batches = 20
	r.send(numbered((batches + 2) * pipeline.BatchSize)...)
	w := worker(l.Queues()[0], func(n uint32) bool { return n%5 > 0 })
	step := func() {
		if err := w.Step(); err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(batches, step); n > 0 {
		t.Errorf("%v allocations for a batch", n)
	}
}
