package appliance

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"vxwall/appliance/link/afxdp"
	pt "vxwall/pipeline/pipelinetest"
)

func TestDaemon(t *testing.T) {
	b := newBox(t, 2).start()
	b.send(0, query("10.1.0.5", "10.2.0.9", 53), query("10.1.0.5", "10.2.0.9", 53), query("10.1.0.5", "10.2.0.9", 22))
	b.send(1, query("10.1.0.6", "10.2.0.9", 53), []byte{1, 2, 3})
	s := b.status()
	if p := s.Packets; p.Received.Packets != 5 || p.Forwarded.Packets != 3 || p.Dropped.Packets != 2 {
		t.Errorf("packets: %+v", p)
	}
	if s.Flows.Live != 3 || s.Policy.Rules != 1 || len(s.Workers) != 2 || s.Policy.Mode != "enforce" || len(s.Attention) != 0 {
		t.Errorf("status: %+v", s)
	}
	if got := b.link.revisions(); len(got) != 1 || got[0] != 1 {
		t.Errorf("the link was told of revisions %v", got)
	}
	if err := b.stop(); err != nil {
		t.Error(err)
	}
	if !b.link.closed {
		t.Error("the link is not closed")
	}
	events := string(readFile(t, b.daemon.Config.Events.EVE))
	if n := strings.Count(events, `"reason":"shutdown"`); n != 3 {
		t.Errorf("%d flows ended at the stop, want 3\n%s", n, events)
	}
	for _, want := range []string{"started: wire eth1 <-> eth2, policy 1-", "stopping: asked to", "relays VXLAN uninspected until the next start; `vxwall detach` removes it"} {
		if !strings.Contains(b.log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, b.log.String())
		}
	}
	if _, err := os.Stat(b.daemon.Config.Admin.Socket); !os.IsNotExist(err) {
		t.Error("the socket is still there:", err)
	}
}

// TestManyFlowsAtStop: each flow's end is written, though far more end at once
// than fit into the ring of events.
func TestManyFlowsAtStop(t *testing.T) {
	b := newBox(t, 1)
	b.daemon.Config.Events.Buffer = 64
	b.start()
	const flows = 2000
	for i := range flows {
		b.link.queues[0].in <- [][]byte{pt.Frame(vni100, pt.Eth{}, pt.IPv4{Src: "10.1.0.5", Dst: "10.2.0.9"}, pt.UDP{Src: uint16(1000 + i), Dst: 53})}
		if i%32 == 0 {
			time.Sleep(25 * time.Millisecond) // let the starts be written
		}
	}
	b.wait("flows", func() bool { return b.status().Flows.Created == flows })
	if err := b.stop(); err != nil {
		t.Error(err)
	}
	events := string(readFile(t, b.daemon.Config.Events.EVE))
	if n := strings.Count(events, `"reason":"shutdown"`); n != flows {
		t.Errorf("%d flows ended, want %d", n, flows)
	}
}

func TestWorkerFails(t *testing.T) {
	b := newBox(t, 2).start()
	b.link.queues[1].fail <- syscall.ENETDOWN
	b.wait("the daemon to stop", func() bool { return strings.Contains(b.log.String(), "stopped:") })
	if err := b.stop(); err == nil || err.Error() != "worker 1: network is down" {
		t.Error(err)
	}
}

// TestPortTrouble: a port that is down stands in the status and in the log, one that
// is gone ends the daemon.
func TestPortTrouble(t *testing.T) {
	b := newBox(t, 1).start()
	set := func(trouble []string, gone error) {
		b.link.mu.Lock()
		defer b.link.mu.Unlock()
		b.link.trouble, b.link.gone = trouble, gone
	}
	set([]string{"port eth1 is down", "port eth2 is down"}, nil)
	b.wait("attention", func() bool {
		return strings.Join(b.status().Attention, "; ") == "port eth1 is down; port eth2 is down" && strings.Count(b.log.String(), "is down") == 2
	})
	set(nil, nil)
	b.wait("no attention", func() bool { return len(b.status().Attention) == 0 })
	set(nil, errors.New("port eth1 is gone"))
	b.wait("the daemon to stop", func() bool { return strings.Contains(b.log.String(), "stopped:") })
	if err := b.stop(); err == nil || err.Error() != "port eth1 is gone" {
		t.Error(err)
	}
}

func TestStartErrors(t *testing.T) {
	cases := []struct {
		name string
		edit func(*box)
		want string
	}{
		{"broken rules", func(b *box) { writeFile(t, b.rules, "[[acl]]\n") }, "load rules: "},
		{"no rules", func(b *box) { b.daemon.Config.Rules.Paths = []string{"/nonexistent"} }, "load rules: stat /nonexistent: no such file or directory"},
		{"log", func(b *box) { b.daemon.Config.Events.EVE = b.dir }, "is a directory"},
		{"link", func(b *box) {
			b.daemon.Open = func(afxdp.Config) (Link, error) { return nil, syscall.ENODEV }
		}, "no such device"},
		{"no queue", func(b *box) { b.link.queues = nil }, "open link: it has no queue"},
		{"group", func(b *box) { b.daemon.Config.Admin.Group = "nobody-like-that" }, `there is no group "nobody-like-that"`},
		{"socket", func(b *box) { b.daemon.Config.Admin.Socket = "/proc/self/vxwall.sock" }, "listen on /proc/self/vxwall.sock: bind: "},
		{"metrics", func(b *box) { b.daemon.Config.Metrics.Listen = "192.0.2.1:80" }, "listen on 192.0.2.1:80 for metrics: "},
	}
	for _, c := range cases {
		b := newBox(t, 1)
		c.edit(b)
		opened, open := false, b.daemon.Open
		b.daemon.Open = func(c afxdp.Config) (Link, error) { opened = true; return open(c) }
		if err := b.daemon.Run(context.Background()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if opened != strings.Contains("link, no queue", c.name) {
			t.Errorf("%s: the ports were opened: %v", c.name, opened)
		}
		if _, err := os.Stat(b.daemon.Config.Admin.Socket); !os.IsNotExist(err) {
			t.Errorf("%s: the socket is still there: %v", c.name, err)
		}
	}
}
