package live

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"vxwall/appliance/admin"
	"vxwall/bench/lab"
	"vxwall/bench/lab/labtest"
	"vxwall/pipeline/wire"
)

// queued builds a lab whose left VTEP is guarded by the host itself: vxwall is in nfqueue
// mode there. The wall forwards without looking.
func queued(t *testing.T, o lab.Options, policy string, cfg config) *wall {
	t.Helper()
	l := labtest.ForTest(t, o)
	plain, err := l.Plain()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { plain.Close() })
	all := config{"datapath.mode": "nfqueue", "datapath.ports": []string{}}
	for key, value := range cfg {
		all[key] = value
	}
	a := labtest.Start(t, l, lab.Setup{Place: lab.Left, Binary: vxwall, Policy: policy, Config: all})
	return &wall{l, a, admin.NewClient(l.Socket())}
}

// TestQueueTraffic is TestTraffic on a VTEP's own host: what it sends and what it gets
// is judged, whole datagrams of fragments too, and nothing is lost.
func TestQueueTraffic(t *testing.T) {
	for name, o := range map[string]lab.Options{
		"IPv4": {Underlay: lab.IPv4}, "IPv6": {Underlay: lab.IPv6}, "mixed, GBP, two queues": {Underlay: lab.Mixed, GBP: true},
	} {
		t.Run(name, func(t *testing.T) {
			queues := 1
			if o.GBP {
				queues = 2
			}
			w := queued(t, o, allowBoth, config{"nfqueue.count": queues})
			for _, from := range []lab.Place{lab.Left100, lab.Right200} {
				for family, six := range families {
					t.Run(fmt.Sprint(from, " ", family), func(t *testing.T) { w.exchange(t, from, six) })
				}
			}
			s := w.balanced(t)
			if s.Packets.Dropped.Packets > 0 || s.Packets.Reassembled == 0 {
				t.Errorf("dropped: %+v; %d datagrams reassembled", s.Packets.DroppedBy, s.Packets.Reassembled)
			}
			if len(s.Queues) != queues || len(s.Workers) != queues {
				t.Errorf("queues %+v, workers %+v", s.Queues, s.Workers)
			}
			for _, q := range s.Queues {
				if q.Lost+q.NoRoom+q.Refused+q.Cut+q.Unsent > 0 {
					t.Errorf("queue %+v", q)
				}
			}
		})
	}
}

// TestQueueDenied: what is denied neither leaves the host nor comes in.
func TestQueueDenied(t *testing.T) {
	w := queued(t, lab.Options{}, denyBoth, nil)
	for _, from := range []lab.Place{lab.Left100, lab.Right100} {
		far, err := w.Capture(from.Peer(), "", func(f []byte) bool {
			return bytes.Equal(f[6:12], from.MAC()) && f[0]&1 == 0 && (f[12] != 8 || f[13] != 6) // but for ARP and groups
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Ping(t.Context(), lab.Ping{From: from, Timeout: 300 * time.Millisecond, Size: 4000})
		if err != nil || got.Received > 0 {
			t.Errorf("from %s: %v, %v", from, got, err)
		}
		if frames, _ := far.Stop(); len(frames) > 0 {
			t.Errorf("%d frames from %s arrived: %x", len(frames), from, frames[0].Data)
		}
	}
	if s := w.balanced(t); s.Packets.Dropped.Packets == 0 {
		t.Error("nothing was dropped")
	}
}

// TestQueueRejects: the sender is told, whether it is on this host or another.
func TestQueueRejects(t *testing.T) {
	w := queued(t, lab.Options{Underlay: lab.Mixed}, rejectRed+`
[[acl]]
name   = "blue-to-blue"
from   = ["blue"]
to     = ["blue"]
action = "reject"
`, nil)
	for _, from := range []lab.Place{lab.Left100, lab.Right100, lab.Left200, lab.Right200} {
		for family, six := range families {
			got, err := w.Transfer(t.Context(), lab.Transfer{From: from, Six: six, Timeout: 5 * time.Second})
			if !errors.Is(err, syscall.ECONNREFUSED) || got.Connected {
				t.Errorf("%s %s: TCP: %v, %v", from, family, got, err)
			}
			pinged, err := w.Ping(t.Context(), lab.Ping{From: from, Six: six})
			if err != nil || pinged.Received > 0 || pinged.Unreachable == 0 {
				t.Errorf("%s %s: %v, %v", from, family, pinged, err)
			}
		}
	}
}

// TestQueueGroups: the group decides, about what comes in and what goes out.
func TestQueueGroups(t *testing.T) {
	w := queued(t, lab.Options{GBP: true}, operatorsOnly, nil)
	for _, from := range []lab.Place{lab.Left200, lab.Right200} {
		for group, passes := range map[uint32]bool{17: true, 18: false} {
			if err := w.SetGroup(from, group); err != nil {
				t.Fatal(err)
			}
			got, err := w.Ping(t.Context(), lab.Ping{From: from, Count: 2, Timeout: time.Second})
			if err != nil || (got.Received == 2) != passes || (got.Received == 0) == passes {
				t.Errorf("%s, group %d: %v, %v", from, group, got, err)
			}
		}
		if err := w.SetGroup(from, 0); err != nil {
			t.Fatal(err)
		}
	}
}

// TestQueueStripsVLAN: tags of inner frames are taken off on the way in and out.
func TestQueueStripsVLAN(t *testing.T) {
	w := queued(t, lab.Options{}, allowBoth, config{"decap.inner_vlan": "strip"})
	far, err := w.Capture(lab.Right100, "", func(f []byte) bool { return len(f) > 600 && bytes.Equal(f[6:12], lab.Left100.MAC()) })
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SendFrames(lab.Left100, "", tagged()...); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	var lengths []int
	frames, _ := far.Stop()
	for _, f := range frames {
		if f.Data[12] != 8 || f.Data[13] != 0 {
			t.Errorf("type %x", f.Data[12:14])
		}
		lengths = append(lengths, len(f.Data)-wire.EthernetLen-wire.IPv4MinLen-wire.UDPLen)
	}
	if slices.Sort(lengths); !slices.Equal(lengths, []int{600, 601, 602}) {
		t.Errorf("payloads of %v bytes arrived", lengths)
	}
}

// TestQueueKill: vxwall is killed under load and started again.
func TestQueueKill(t *testing.T) {
	for _, onDeath := range []string{"relay", "drop"} {
		t.Run(onDeath, func(t *testing.T) {
			w := queued(t, lab.Options{}, allowBoth, config{"datapath.on_death": onDeath})
			w.killed(t, onDeath)
		})
	}
}

// TestQueueRestart: a restart in good order costs next to nothing, and detach takes the
// rules away.
func TestQueueRestart(t *testing.T) {
	w := queued(t, lab.Options{}, allowBoth, nil)
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
	detach := func() ([]byte, error) {
		return w.Command(t.Context(), lab.Left, vxwall, "detach", "--config", w.ConfigFile()).CombinedOutput()
	}
	if out, err := detach(); err == nil || !bytes.Contains(out, []byte("vxwall runs in nfqueue mode")) {
		t.Errorf("detach of a running one: %s, %v", out, err)
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	if out, err := detach(); err != nil {
		t.Errorf("detach: %s, %v", out, err)
	}
	for _, program := range []string{"iptables-save", "ip6tables-save"} {
		if out, err := saved(t, w, program); err != nil || bytes.Contains(out, []byte("VXWALL")) {
			t.Errorf("%s: %v: %s", program, err, out)
		}
	}
}

func saved(t *testing.T, w *wall, program string) (out []byte, err error) {
	t.Helper()
	err = w.In(lab.Left, func() error {
		out, err = exec.Command("/usr/sbin/" + program).Output()
		return err
	})
	return out, err
}

// TestQueueReloadsLoseNothing: reloads under a numbered stream.
func TestQueueReloadsLoseNothing(t *testing.T) {
	queued(t, lab.Options{}, allowBoth, nil).reloads(t, 200)
}
