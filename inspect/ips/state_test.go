package ips

import (
	"errors"
	"fmt"
	"testing"

	"vxwall/rules/suricata"
)

func TestFlowBits(t *testing.T) {
	w := newWorld(t, lines(
		tcpRule(1, `content:"set"; flowbits:set,one; noalert;`), tcpRule(2, `content:"ask"; flowbits:isset,one;`), tcpRule(3, `content:"ask"; flowbits:isnotset,one;`),
		tcpRule(4, `content:"ask"; flowbits:isset,one|two;`), tcpRule(5, `content:"unset"; flowbits:unset,one;`), tcpRule(6, `content:"flip"; flowbits:toggle,two;`),
	))
	w.want(w.packet(0, "ask"), 3)
	w.want(w.packet(0, "set"))
	w.want(w.packet(0, "ask"), 2, 4)
	w.want(w.packet(1, "ask"), 2, 4)
	w.want(w.packet(0, "unset flip"), 5, 6)
	w.want(w.packet(0, "ask"), 3, 4)
	w.want(w.packet(0, "set ask"), 2, 4) // who sets comes first
	w.state.EndSession(1)
	w.want(w.packet(0, "ask"), 3)
	checkEmpty(t, w.state)
}

func TestFlowInt(t *testing.T) {
	w := newWorld(t, lines(
		tcpRule(1, `content:"login"; flowint:n,notset; flowint:n,=,0; noalert;`), tcpRule(2, `content:"login"; flowint:n,isset; flowint:n,+,1; noalert;`),
		tcpRule(3, `content:"login"; flowint:n,>,2;`), tcpRule(4, `content:"login"; flowint:n,==,1;`),
	))
	for i, want := range [][]int{{4}, nil, {3}, {3}} {
		if got := w.sids(w.packet(0, "login")); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("login %d: %v, want %v", i+1, got, want)
		}
	}
}

// Bits of hosts end, and are those of one network.
func TestHostBits(t *testing.T) {
	w := newWorld(t, lines(
		tcpRule(1, `content:"set"; xbits:set,bad,track ip_src,expire 10; noalert;`), tcpRule(2, `content:"ask"; xbits:isset,bad,track ip_src;`),
		tcpRule(3, `content:"set"; xbits:set,pair,track ip_pair,expire 10; noalert;`), tcpRule(4, `content:"ask"; xbits:isset,pair,track ip_pair;`),
		tcpRule(5, `content:"set"; hostbits:set,host,dst; noalert;`), tcpRule(6, `content:"ask"; hostbits:isset,host,src;`),
	))
	w.want(w.packet(0, "set"))
	w.want(w.packet(0, "ask"), 2, 4)
	w.want(w.packet(1, "ask"), 4, 6)
	w.record.Key.VNI++
	w.want(w.packet(0, "ask"))
	w.record.Key.VNI--
	w.now += 11e9
	w.want(w.packet(0, "ask"))
}

func TestThresholds(t *testing.T) {
	for _, test := range []struct {
		filter string
		want   string // of five packets: a alert, d dropped, . neither
		later  string // of one more, after the time
	}{
		{`threshold:type limit,track by_src,count 2,seconds 60`, "aaddd", "a"},
		{`threshold:type threshold,track by_src,count 2,seconds 60`, ".a.a.", "."},
		{`threshold:type both,track by_dst,count 2,seconds 60`, ".addd", "."},
		{`detection_filter:track by_src,count 2,seconds 60`, "..aaa", "."},
		{`threshold:type limit,track by_rule,count 1,seconds 60`, "adddd", "a"},
		{`threshold:type limit,track by_both,count 1,seconds 60`, "adddd", "a"},
		{`threshold:type backoff,track by_flow,count 1,multiplier 2`, "aadad", "d"},
	} {
		w := newWorld(t, `drop tcp any any -> any any (content:"x"; dsize:1; `+test.filter+`; sid:1;)`+"\n")
		got := ""
		for range 5 {
			got += w.voice(w.packet(0, "x"))
		}
		w.now += 61e9
		if later := w.voice(w.packet(0, "x")); got != test.want || later != test.later {
			t.Errorf("%s: %s and %s, want %s and %s", test.filter, got, later, test.want, test.later)
		}
	}
}

// voice says what came of a packet: alert (a), drop without one (d), or nothing.
func (w *world) voice(in *Input) string {
	w.t.Helper()
	w.detector.Inspect(in, &w.out)
	switch {
	case len(w.out.Alerts()) > 0:
		if !w.out.Drop {
			w.t.Error("alert without a drop")
		}
		return "a"
	case w.out.Drop:
		return "d"
	}
	return "."
}

// Thresholds of one network do not count in another one.
func TestThresholdOfNetwork(t *testing.T) {
	w := newWorld(t, tcpRule(1, `content:"x"; threshold:type limit,track by_src,count 1,seconds 60;`)+"\n")
	w.want(w.packet(0, "x"), 1)
	w.want(w.packet(0, "x"))
	w.record.Key.VNI++
	w.want(w.packet(0, "x"), 1)
}

func TestThresholdFile(t *testing.T) {
	rules := `drop tcp any any -> any any (content:"x"; dsize:1; sid:1;)` + "\n" + tcpRule(2, `content:"y";`) + "\n"
	list, problems := suricata.ParseThresholds("threshold.config", []byte(
		"suppress gen_id 1, sig_id 1, track by_src, ip 10.1.0.0/16\nrate_filter gen_id 1, sig_id 2, track by_src, count 2, seconds 60, new_action drop, timeout 10\n"), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w := newWorldWith(t, rules, Options{Thresholds: list})
	w.want(w.packet(0, "x"))
	if !w.out.Drop {
		t.Error("suppress took the drop away")
	}
	w.want(w.packet(1, "x"), 1)
	for i, drop := range []bool{false, false, true, true} {
		w.want(w.packet(0, "y"), 2)
		if w.out.Drop != drop || w.out.Rated != drop {
			t.Errorf("packet %d: drop %v", i, w.out.Drop)
		}
	}
	w.now += 11e9
	if w.want(w.packet(0, "y"), 2); w.out.Drop {
		t.Error("the action of rate_filter did not end")
	}
}

func TestDataset(t *testing.T) {
	load := func(*suricata.Dataset) ([]string, error) { return []string{"/evil"}, nil }
	w := newWorldWith(t, lines(
		httpRule(1, `http.uri; dataset:isset,bad,type string,load bad.lst;`), httpRule(2, `http.uri; dataset:isnotset,bad;`),
		httpRule(3, `http.uri; dataset:set,seen,type string;`),
	), Options{Dataset: load})
	for id, test := range map[string][]int{"/evil": {1, 3}, "/good": {2, 3}} {
		tx, _ := newTx(0, "http.uri="+id)
		w.want(w.request(0, tx), test...)
	}
	tx, _ := newTx(1, "http.uri=/good")
	w.want(w.request(0, tx), 2)
}

func TestDatasetOfAddresses(t *testing.T) {
	src := key(6).Src
	load := func(d *suricata.Dataset) ([]string, error) {
		if d.State != "" {
			return nil, errors.New("no such file")
		}
		return []string{string(src[:]), "2001:db8::1"}, nil
	}
	w := newWorldWith(t, lines(
		tcpRule(1, `ip.src; dataset:isset,bad,type ip,load bad.lst;`), tcpRule(2, `ip.dst; dataset:isset,bad;`),
		tcpRule(3, `ip.dst; dataset:set,seen,type ipv4,state seen.lst;`),
	), Options{Dataset: load})
	w.want(w.packet(0, "x"), 1, 3)
	w.want(w.packet(0, "x"), 1)
}

// A tag records what comes after the packet that matched.
func TestTags(t *testing.T) {
	w := newWorld(t, lines(
		tcpRule(1, `content:"flow"; tag:session,2,packets;`), tcpRule(2, `content:"host"; tag:host,10,seconds,src;`),
	))
	w.want(w.packet(0, "flow"), 1)
	for i, tagged := range []bool{true, true, false} {
		if w.want(w.packet(0, "x")); w.out.Tagged != tagged {
			t.Errorf("packet %d: tagged %v", i, w.out.Tagged)
		}
	}
	w.want(w.packet(0, "host"), 2)
	if w.want(w.packet(1, "x")); !w.out.Tagged || w.out.TaggedBy != 1 {
		t.Errorf("%v by %d", w.out.Tagged, w.out.TaggedBy)
	}
	w.now += 11e9
	if w.want(w.packet(0, "x")); w.out.Tagged {
		t.Error("the tag did not end")
	}
}

// A state that is full goes on, and says so.
func TestFullState(t *testing.T) {
	w := newWorld(t, lines(tcpRule(1, `content:"x"; flowbits:set,a;`), tcpRule(2, `content:"x"; flowbits:set,b;`), httpRule(3, `http.uri; content:"/x";`)))
	w.state = NewState(Limits{Sessions: 8, Nodes: 1, Txs: 1, Hosts: 8})
	w.detector = NewDetector(w.engine, w.state)
	w.want(w.packet(0, "x"), 1, 2)
	first, _ := newTx(0, "http.uri=/x")
	second, _ := newTx(1, "http.uri=/x")
	w.want(w.request(0, first, second), 3, 3)
	if w.state.Lost.Nodes == 0 || w.state.Lost.Txs == 0 {
		t.Errorf("%+v", w.state.Lost)
	}
}

// The table of hosts is of fixed size.
func TestHostTable(t *testing.T) {
	var table hostTable
	table.init(64, [2]uint64{1, 2})
	evictions := 0
	for i := range 1000 {
		k := hostKey{id: uint64(i), kind: hostBit}
		if _, evicted := table.put(&k, 1, int64(i)+10); evicted {
			evictions++
		}
		if table.find(&k, 1) == nil {
			t.Fatalf("%d is not there", i)
		}
	}
	if len(table.entries) != 64 || evictions < 900 {
		t.Errorf("%d entries, %d evictions", len(table.entries), evictions)
	}
}
