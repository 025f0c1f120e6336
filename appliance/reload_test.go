package appliance

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestReload(t *testing.T) {
	b := newBox(t, 2).start()
	ctx := context.Background()
	b.send(0, query("10.1.0.5", "10.2.0.9", 53))
	before := b.status()

	writeFile(t, b.rules, strings.Replace(boxRules, `"udp/53"`, `"udp/5353"`, 1))
	r, err := b.client.Reload(ctx)
	if err != nil || !r.Good || r.Old != before.Policy.Revision || r.New == r.Old || r.Rules != 1 || r.Why != "api" {
		t.Fatalf("%+v %v", r, err)
	}
	if got := b.link.revisions(); !slices.Equal(got, []uint32{1, 2}) {
		t.Errorf("the link was told of revisions %v", got)
	}
	b.send(0, query("10.1.0.5", "10.2.0.9", 53)) // of a flow that was allowed
	s := b.status()
	if s.Packets.Dropped.Packets != 1 || s.Flows.Live != 1 || s.Policy.Revision != r.New {
		t.Errorf("%+v", s)
	}

	writeFile(t, b.rules, "[[acl]]\nname = \"x\"\nfrom = [\"any\"]\nto = [\"any\"]\naction = \"alow\"\n")
	bad, err := b.client.Reload(ctx)
	if err != nil || bad.Good || bad.New != r.New || len(bad.Problems) != 1 {
		t.Fatalf("%+v %v", bad, err)
	}
	if p := bad.Problems[0]; p.File != b.rules || p.Line != 5 || p.Column != 10 || p.Severity != "error" || !strings.Contains(p.Detail, "^^^^") {
		t.Errorf("%+v", p)
	}
	if got := b.link.revisions(); len(got) != 2 {
		t.Errorf("the link was told of revisions %v", got)
	}
	s = b.status()
	if s.Policy.Revision != r.New || s.Reload == nil || s.Reload.Good || len(s.Attention) != 1 || !strings.Contains(s.Attention[0], "was refused") {
		t.Errorf("%+v", s)
	}
	if err := os.Remove(b.rules); err != nil {
		t.Fatal(err)
	}
	if gone, err := b.client.Reload(ctx); err != nil || gone.Good || gone.Problems == nil || !strings.Contains(gone.Error, "no such file") {
		t.Errorf("%+v %v", gone, err)
	}
	if log := b.log.String(); !strings.Contains(log, "reload refused, nothing is changed") || !strings.Contains(log, b.rules+":5:10: ") {
		t.Error(log)
	}
}

// TestHangup: SIGHUP reloads, and opens the event log anew; SIGUSR1 does that alone.
func TestHangup(t *testing.T) {
	b := newBox(t, 1)
	messages := listenNotify(t, b.dir+"/notify")
	b.daemon.Getenv = environment(map[string]string{"NOTIFY_SOCKET": b.dir + "/notify"})
	b.start()
	eve := b.daemon.Config.Events.EVE
	for _, signal := range []os.Signal{syscall.SIGUSR1, syscall.SIGHUP} {
		if err := os.Rename(eve, eve+".1"); err != nil {
			t.Fatal(err)
		}
		b.signals <- signal
		b.wait("the log", func() bool { _, err := os.Stat(eve); return err == nil })
	}
	b.wait("the reload", func() bool { return b.status().Reload != nil })
	if r := b.status().Reload; !r.Good || r.Why != "SIGHUP" || !strings.HasPrefix(r.New, "2-") {
		t.Errorf("%+v", r)
	}
	b.send(0, query("10.1.0.5", "10.2.0.9", 53))
	b.wait("an event", func() bool { return len(readFile(t, eve)) > 0 })
	if err := b.stop(); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"READY=1", "STATUS=wire eth1 <-> eth2, policy 1-", "RELOADING=1", "READY=1", "STOPPING=1"} {
		awaitMessage(t, messages, want)
	}
}

// TestStaleLog: that the event log cannot be opened anew is not forgotten until it is.
func TestStaleLog(t *testing.T) {
	b := newBox(t, 1).start()
	eve := b.daemon.Config.Events.EVE
	if err := errors.Join(os.Rename(eve, eve+".1"), os.Mkdir(eve, 0o700)); err != nil {
		t.Fatal(err)
	}
	want := "events still go to the file that was moved away: write events to " + eve + ": is a directory"
	b.signals <- syscall.SIGUSR1
	b.wait("attention", func() bool { return slices.Contains(b.status().Attention, want) })
	if err := os.Remove(eve); err != nil {
		t.Fatal(err)
	}
	b.signals <- syscall.SIGUSR1
	b.wait("no attention", func() bool { return len(b.status().Attention) == 0 })
}

// awaitMessage takes messages up to one that begins with want.
func awaitMessage(t *testing.T, messages <-chan string, want string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case m := <-messages:
			if strings.HasPrefix(m, want) {
				return
			}
		case <-deadline:
			t.Fatalf("no message %s", want)
		}
	}
}

// TestExpiry: a rule ends when its time is over, whatever is in the files by
// then.
func TestExpiry(t *testing.T) {
	b := newBox(t, 1)
	soon := time.Now().Add(3 * time.Second).UTC().Format(time.RFC3339)
	writeFile(t, b.rules, boxRules+"expires = "+soon+"\n")
	b.start()
	if s := b.status(); s.Policy.NextExpiry == nil || s.Policy.NextExpiry.Format(time.RFC3339) != soon {
		t.Errorf("%+v", s.Policy)
	}
	b.send(0, query("10.1.0.5", "10.2.0.9", 53))
	writeFile(t, b.rules, "half a fi")
	b.wait("the rule to end", func() bool { r := b.status().Reload; return r != nil && r.Good && r.Why == "expiry" })
	b.send(0, query("10.1.0.5", "10.2.0.9", 53))
	if s := b.status(); s.Packets.Dropped.Packets != 1 || s.Policy.NextExpiry != nil {
		t.Errorf("%+v", s)
	}
}

// TestWatchdog: a worker that hangs is told by silence.
func TestWatchdog(t *testing.T) {
	b := newBox(t, 1)
	messages := listenNotify(t, b.dir+"/notify")
	b.daemon.Getenv = environment(map[string]string{"NOTIFY_SOCKET": b.dir + "/notify", "WATCHDOG_USEC": "100000"})
	b.start()
	alive := func() bool {
		for len(messages) > 0 {
			if <-messages == "WATCHDOG=1" {
				return true
			}
		}
		return false
	}
	b.wait("a sign of life", alive)
	b.link.queues[0].hang.Lock()
	b.wait("the worker to be found silent", func() bool {
		s := b.status()
		return len(s.Attention) > 0 && strings.HasPrefix(s.Attention[0], "worker 0 has not moved for ")
	})
	for alive() {
	}
	time.Sleep(300 * time.Millisecond)
	if alive() {
		t.Error("the service manager was told that all is well")
	}
	b.link.queues[0].hang.Unlock()
	b.wait("a sign of life", alive)
}

// TestReloadUnderTraffic: reloads lose no packet and no flow.
func TestReloadUnderTraffic(t *testing.T) {
	b := newBox(t, 2).start()
	const reloads, frames = 100, 5000
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for i := range frames {
			b.link.queues[i%2].in <- [][]byte{query("10.1.0.5", "10.2.0.9", 53)}
		}
	}()
	for range reloads {
		if r, err := b.client.Reload(context.Background()); err != nil || !r.Good {
			t.Fatalf("%+v %v", r, err)
		}
	}
	<-sent
	b.wait("all frames", func() bool { return b.status().Packets.Received.Packets == frames })
	s := b.status()
	if s.Packets.Forwarded.Packets != frames || s.Flows.Created != 2 || !strings.HasPrefix(s.Policy.Revision, "101-") {
		t.Errorf("%+v %+v", s.Packets, s.Flows)
	}
	if got := b.link.revisions(); len(got) != reloads+1 || got[reloads] != reloads+1 {
		t.Errorf("the link was told of %d revisions", len(got))
	}
}
