package live

import (
	"syscall"
	"testing"
	"time"

	"vxwall/bench/lab"
)

// TestVTEPTooBig: packets too big for the path to a peer are answered inside the VNI,
// so that senders send smaller ones; TCP does not even get there if its MSS is lowered.
func TestVTEPTooBig(t *testing.T) {
	peers := []map[string]any{
		{"name": "left", "address": "192.0.2.1", "mtu": 1450}, {"name": "right", "address": "192.0.2.2", "mtu": 1450}, {"name": "third", "address": "198.51.100.3"},
	}
	for name, clamp := range map[string]bool{"answers": false, "MSS": true} {
		t.Run(name, func(t *testing.T) {
			w := startVTEP(t, lab.Options{}, allowBoth, config{"peer": peers, "vtep.clamp_mss": clamp})
			for _, six := range families {
				w.wantTransfer(t, lab.Transfer{From: lab.Left100, Six: six, Bytes: 4 << 20})
				w.wantTransfer(t, lab.Transfer{From: lab.Right100, Six: six, Bytes: 4 << 20})
			}
			tooBig := w.dropped(t, "too-big")
			t.Logf("%d packets were too big", tooBig)
			if (tooBig == 0) != clamp {
				t.Errorf("%d packets were too big, MSS lowered: %v", tooBig, clamp)
			}
		})
	}
}

// TestVTEPKill: vxwall is killed under load and started again: the ports stay up, and
// it knows soon again where to send. Nothing passes meanwhile, for the kernel has no VXLAN
// device that would forward.
func TestVTEPKill(t *testing.T) {
	for _, onDeath := range []string{"relay", "drop"} {
		t.Run(onDeath, func(t *testing.T) {
			w := startVTEP(t, lab.Options{}, allowBoth, config{"datapath.on_death": onDeath})
			down := watchPorts(t, w)
			s := w.stream(t, lab.Stream{From: lab.Left100, Rate: 2000, Echo: true})
			time.Sleep(300 * time.Millisecond)
			if err := w.Kill(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond) // what was under way
			dead := s.Report()
			time.Sleep(500 * time.Millisecond)
			passed := s.Report().Received - dead.Received
			begin := time.Now()
			if err := w.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			eventually(t, "traffic after the restart", flows(s))
			t.Logf("%d datagrams passed while it was dead; traffic %v after the restart began", passed, time.Since(begin))
			r := s.Stop()
			if passed > 0 {
				t.Errorf("%d passed, %v", passed, r)
			}
			if n := down(); n > 0 {
				t.Errorf("a port was down %d times", n)
			}
		})
	}
}

// TestVTEPReloadsLoseNothing: reloads that change policy and peers under a numbered stream.
func TestVTEPReloadsLoseNothing(t *testing.T) {
	startVTEP(t, lab.Options{}, allowBoth, nil).reloads(t, 300)
}

// TestVTEPReloadsPeers: a peer that a reload brings is one at once, and nothing is lost
// of what passes meanwhile.
func TestVTEPReloadsPeers(t *testing.T) {
	two := config{
		"peer":    []map[string]any{{"name": "left", "address": "192.0.2.1"}, {"name": "right", "address": "192.0.2.2"}},
		"network": []map[string]any{},
	}
	w := startVTEP(t, lab.Options{}, allowBoth, two)
	s := w.stream(t, lab.Stream{From: lab.Left100, Rate: 2000, Echo: true})
	if got, err := w.Ping(t.Context(), lab.Ping{From: lab.Third100, Count: 1}); err != nil || got.Received > 0 {
		t.Errorf("no peer yet, but %v %v", got, err)
	}
	for i := range 10 {
		cfg := config(nil) // the lab's own: all three
		if i%2 == 1 {
			cfg = two
		}
		if err := w.SetConfig(cfg); err != nil {
			t.Fatal(err)
		}
		w.reload(t, allowBoth)
		if peers := len(w.status(t).VTEP.Peers); peers != 3-i%2 {
			t.Errorf("%d peers after reload %d", peers, i)
		}
		if i%2 == 0 {
			w.wantPing(t, lab.Ping{From: lab.Third100, Count: 1})
		}
	}
	r := s.Stop()
	t.Log(r, r.Echoed)
	if r.Lost() > 0 || r.Duplicated > 0 || r.Echoed != r.Sent {
		t.Errorf("lost packets: %v, %d echoed", r, r.Echoed)
	}
}
