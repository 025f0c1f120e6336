package doctor

import (
	"strings"
	"testing"

	"vxwall/appliance"
	"vxwall/appliance/admin"
	"vxwall/appliance/link/nfqueue"
)

// TestQueues: of nfqueue mode, and of nothing else.
func TestQueues(t *testing.T) {
	const text = " 4789  -1012345     3 2 65531     0     0        7  1\n 4791   4711     0 2 65531     0     0        0  1\nodd\n1 x 2\n"
	bound := parseQueues(strings.NewReader(text))
	if len(bound) != 2 || bound[4789].waiting != 3 || bound[4789].portID != 1<<32-1012345 {
		t.Fatalf("%+v", bound)
	}
	p := patientOf()
	p.Config.Datapath.Mode = nfqueueMode
	p.Config.NFQueue.Queue, p.Config.NFQueue.Count = 4789, 2
	want := "problem: another program listens to it: vxwall will not start\nok: it is free"
	list := p.judgeQueues(bound)
	if got := told(list); got != want || list[0].Advice != "set queue = 4792 under [nfqueue]" {
		t.Errorf("%s; %+v", got, list[0])
	}
	p.daemon = &admin.Status{Mode: nfqueueMode, PID: 7}
	if got := told(p.judgeQueues(bound)); got != "ok: somebody listens; 3 packets wait for a verdict\nwarning: the running vxwall does not listen to it in this network namespace" {
		t.Error(got)
	}
	if got := freeQueue(map[int]boundQueue{65535: {}, 0: {}}, 65534, 1); got != 1 {
		t.Error(got)
	}
	const sockets = "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n" +
		"0000000000000000 0   4711       00000000 0        0        0     2        0        5\n" +
		"0000000000000000 12  4711       00000000 0        0        0     2        0        777\n"
	if got := netlinkInode(strings.NewReader(sockets), 4711); got != 777 {
		t.Error(got)
	}
}

func FuzzParseQueues(f *testing.F) {
	f.Add(" 4789  -1012345     3 2 65531     0     0        7  1")
	f.Fuzz(func(t *testing.T, text string) {
		for number, q := range parseQueues(strings.NewReader(text)) {
			if number != q.number || number < 0 || number >= 1<<16 || q.portID >= 1<<32 {
				t.Errorf("%q: %+v", text, q)
			}
		}
	})
}

// TestQueueRules: what is said of rules that are there, or not.
func TestQueueRules(t *testing.T) {
	running := &admin.Status{Mode: nfqueueMode}
	for _, c := range []struct {
		daemon *admin.Status
		rules  string
		found  nfqueue.Found
		want   string
	}{
		{nil, "install", nfqueue.Found{}, "ok: vxwall makes its rules when it starts"},
		{nil, "install", nfqueue.Found{Any: true}, "warning: the rules of a vxwall that does not run are there: VXLAN is dropped"},
		{running, "install", nfqueue.Found{Any: true}, "ok: all rules that queue VXLAN are there"},
		{running, "install", nfqueue.Found{Missing: []string{"-A INPUT -j VXWALL-INPUT"}}, "problem: somebody removed rules, and VXLAN passes uninspected: -A INPUT -j VXWALL-INPUT $ printf "},
		{running, "install", nfqueue.Found{Others: []string{"x"}}, "warning: others have rules"},
		{running, "none", nfqueue.Found{Others: []string{"x"}}, "ok: rules lead to queue 4789: x"},
		{running, "none", nfqueue.Found{}, "warning: rules = \"none\", and no rule leads to queue 4789"},
		{running, "none", nfqueue.Found{Any: true}, "warning: rules = \"none\", but rules that vxwall made are there"},
	} {
		p := patientOf()
		p.Config = appliance.DefaultConfig()
		p.Config.Datapath.OnDeath, p.Config.NFQueue.Rules, p.daemon = "drop", c.rules, c.daemon
		queues := p.Config.Queues()
		f := p.judgeOthers(&c.found, &queues)
		if queues.Rules {
			f = p.judgeRules(&c.found, &queues)
		}
		if got := told([]Finding{f}); !strings.HasPrefix(got, c.want) {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// TestTap: the running vxwall knows whether copies come.
func TestTap(t *testing.T) {
	p := patientOf()
	p.Config.Datapath.Mode = "tap"
	if got := told(lookTap(t.Context(), p)); !strings.HasPrefix(got, "not checked: ") {
		t.Error(got)
	}
	for _, c := range []struct {
		received, truncated uint64
		want                string
	}{{0, 0, "warning: no copy has come yet"}, {100, 50, "warning: 50 of 100 copies are cut off"}, {100, 1, "ok: 100 copies came, 1 of them cut off"}} {
		if got := told(judgeCopies(c.received, c.truncated, "4789")); got != c.want {
			t.Error(got)
		}
	}
	if got := told(lookVTEPs(t.Context(), p)); !strings.HasPrefix(got, "not checked: the VTEPs that copies tell of") {
		t.Error(got)
	}
}
