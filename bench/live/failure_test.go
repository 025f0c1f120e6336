package live

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"vxwall/bench/lab"
)

// atMostLost is how much traffic a death may cost if it is to be relayed.
const atMostLost = 50 * time.Millisecond

// TestKill: vxwall is killed under load and started again. To relay means to lose
// next to nothing, to drop means that nothing passes until it is back.
func TestKill(t *testing.T) {
	for _, offload := range []bool{true, false} {
		for _, onDeath := range []string{"relay", "drop"} {
			t.Run(fmt.Sprintf("%s, offload %v", onDeath, offload), func(t *testing.T) {
				w := start(t, lab.Options{}, allowBoth, config{"datapath.on_death": onDeath, "datapath.offload": offload})
				w.killed(t, onDeath)
			})
		}
	}
}

// killed kills vxwall under load and starts it again.
func (w *wall) killed(t *testing.T, onDeath string) {
	t.Helper()
	s := w.stream(t, lab.Stream{From: lab.Left100, Rate: 2000, Echo: true})
	time.Sleep(300 * time.Millisecond)
	if err := w.Kill(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	dead := s.Report()
	time.Sleep(time.Second)
	passed := s.Report().Received - dead.Received
	if err := w.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "traffic after the restart", flows(s))
	r := s.Stop()
	t.Logf("%d datagrams passed while it was dead; %v", passed, r)
	if onDeath == "relay" && (r.LongestLoss > atMostLost || passed < 1500) {
		t.Errorf("relay: %d passed, %v", passed, r)
	}
	if onDeath == "drop" && passed > 20 { // under way when it died
		t.Errorf("drop: %d passed, %v", passed, r)
	}
}

// flows says whether a stream has gone on since it was made.
func flows(s *lab.RunningStream) func() bool {
	before := s.Report()
	return func() bool { return s.Report().Received > before.Received+200 }
}

// TestHang: vxwall is suspended, so that its sockets are there but nobody reads.
func TestHang(t *testing.T) {
	const heartbeat = 200 * time.Millisecond
	for _, onDeath := range []string{"relay", "drop"} {
		t.Run(onDeath, func(t *testing.T) {
			w := start(t, lab.Options{}, allowBoth, config{
				"datapath.on_death": onDeath, "datapath.offload": false, "datapath.heartbeat": heartbeat.String(),
			})
			s := w.stream(t, lab.Stream{From: lab.Left100, Rate: 2000})
			time.Sleep(300 * time.Millisecond)
			if err := w.Kill(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * heartbeat)
			hung := s.Report()
			time.Sleep(time.Second)
			passed := s.Report().Received - hung.Received
			if err := w.Kill(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			eventually(t, "traffic after the hang", flows(s))
			r := s.Stop()
			t.Logf("%d datagrams passed in a second of hanging; %v", passed, r)
			if onDeath == "relay" && (passed < 1500 || r.LongestLoss > 2*heartbeat) {
				t.Errorf("relay: %d passed, %v", passed, r)
			}
			if onDeath == "drop" && passed > 0 {
				t.Errorf("drop: %d passed, %v", passed, r)
			}
		})
	}
}

// TestDeathByVNI: what happens at a death is set for each VNI.
func TestDeathByVNI(t *testing.T) {
	w := start(t, lab.Options{}, allowBoth, config{
		"datapath.on_death": "relay", "vni": []map[string]any{{"id": []int{200}, "on_death": "drop"}},
	})
	if err := w.Kill(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	w.wantPing(t, lab.Ping{From: lab.Left100})
	if got, err := w.Ping(t.Context(), lab.Ping{From: lab.Left200, Timeout: 300 * time.Millisecond}); err != nil || got.Received > 0 {
		t.Errorf("VNI 200: %v, %v", got, err)
	}
}

// TestRestartWithoutAFlap: a restart in good order under load costs next to
// nothing, and the ports stay up.
func TestRestartWithoutAFlap(t *testing.T) {
	w := start(t, lab.Options{}, allowBoth, nil)
	down := watchPorts(t, w)
	s := w.stream(t, lab.Stream{From: lab.Left100, Rate: 2000, Echo: true})
	for range 3 {
		time.Sleep(200 * time.Millisecond)
		if err := w.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "traffic after the restarts", flows(s))
	r := s.Stop()
	t.Log(r)
	if r.LongestLoss > atMostLost {
		t.Errorf("three restarts: %v", r)
	}
	if n := down(); n > 0 {
		t.Errorf("a port was down %d times", n)
	}
}

// watchPorts counts how often a port of the wall is told to be down, until the
// function it returns is called.
func watchPorts(t *testing.T, w *wall) func() int {
	t.Helper()
	updates, done := make(chan netlink.LinkUpdate, 1000), make(chan struct{})
	if err := w.In(lab.Wall, func() error { return netlink.LinkSubscribe(updates, done) }); err != nil {
		t.Fatal(err)
	}
	return func() (n int) {
		close(done)
		for u := range updates {
			if u.Attrs().OperState != netlink.OperUp && u.Attrs().Name != "lo" {
				n++
			}
		}
		return n
	}
}

// TestReloadsLoseNothing: a thousand reloads, of which each other changes the
// policy, under a numbered stream.
func TestReloadsLoseNothing(t *testing.T) {
	for _, offload := range []bool{true, false} {
		t.Run(fmt.Sprint("offload ", offload), func(t *testing.T) {
			w := start(t, lab.Options{}, allowBoth, config{"datapath.offload": offload})
			w.reloads(t, 1000)
		})
	}
}

// reloads reloads a number of times under a numbered stream. Each other one changes the
// policy.
func (w *wall) reloads(t *testing.T, n int) {
	t.Helper()
	s := w.stream(t, lab.Stream{From: lab.Left100, Rate: 2000, Echo: true})
	begin := time.Now()
	for i := range n {
		policy := allowBoth
		if i/2%2 == 1 {
			policy += "description = \"another\"\n"
		}
		w.reload(t, policy)
	}
	took := time.Since(begin)
	r := s.Stop()
	t.Logf("%d reloads in %v: %v, %d echoed", n, took.Round(time.Millisecond), r, r.Echoed)
	if r.Lost() > 0 || r.Duplicated > 0 || r.Echoed != r.Sent {
		t.Errorf("lost packets: %v, %d echoed", r, r.Echoed)
	}
	w.balanced(t)
}
