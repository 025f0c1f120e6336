package appliance

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vxwall/appliance/admin"
	"vxwall/appliance/link/afxdp"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
)

// trafficBox has judged some packets on two workers.
func trafficBox(t *testing.T) *box {
	b := newBox(t, 2).start()
	b.send(0, query("10.1.0.5", "10.2.0.9", 53), query("10.2.0.9", "10.1.0.5", 53), query("10.1.0.5", "10.2.0.9", 22),
		pt.Frame(pt.VXLAN{VNI: 200, Group: 7}, pt.Eth{}, pt.IPv4{Src: "10.1.0.5", Dst: "10.2.0.9"}, pt.ICMP{Type: 8, ID: 1}))
	b.send(1, query("10.1.0.6", "10.2.0.9", 53), query("10.1.0.6", "10.2.0.9", 53), pt.Frame(vni100, pt.Eth{}, pt.IPv4{HeaderWords: 2}, pt.UDP{}))
	return b
}

func TestFlows(t *testing.T) {
	b := trafficBox(t)
	vni := uint32(200)
	cases := []struct {
		name string
		q    admin.FlowQuery
		want []string
	}{
		{"all, most bytes first", admin.FlowQuery{}, []string{
			"100 10.1.0.6>10.2.0.9 udp/53 allow web-to-db web>db", "100 10.1.0.5>10.2.0.9 udp/53 allow web-to-db web>db",
			"100 10.2.0.9>10.1.0.5 udp/53 deny default db>web", "100 10.1.0.5>10.2.0.9 udp/22 deny default web>db", "200 10.1.0.5>10.2.0.9 icmp/echo-request deny default >"}},
		{"vni", admin.FlowQuery{VNI: &vni}, []string{"200 10.1.0.5>10.2.0.9 icmp/echo-request deny default >"}},
		{"host", admin.FlowQuery{Host: "10.1.0.6"}, []string{"100 10.1.0.6>10.2.0.9 udp/53 allow web-to-db web>db"}},
		{"prefix and protocol", admin.FlowQuery{Host: "10.1.0.0/29", Proto: "icmp"}, []string{"200 10.1.0.5>10.2.0.9 icmp/echo-request deny default >"}},
		{"number of a protocol", admin.FlowQuery{Proto: "1"}, []string{"200 10.1.0.5>10.2.0.9 icmp/echo-request deny default >"}},
		{"port", admin.FlowQuery{Port: 22}, []string{"100 10.1.0.5>10.2.0.9 udp/22 deny default web>db"}},
		{"rule and segment", admin.FlowQuery{Rule: "default", Segment: "db", Port: 53}, []string{"100 10.2.0.9>10.1.0.5 udp/53 deny default db>web"}},
		{"denied, limit", admin.FlowQuery{Denied: true, Limit: 1}, []string{"100 10.2.0.9>10.1.0.5 udp/53 deny default db>web"}},
		{"none", admin.FlowQuery{Host: "2001:db8::1"}, nil},
	}
	for _, c := range cases {
		f, err := b.client.Flows(context.Background(), &c.q)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, f := range f.Flows {
			got = append(got, fmt.Sprintf("%d %s>%s %s %s %s %s>%s", f.VNI, f.Src, f.Dst, f.Service, f.Action, f.Rule, f.FromSegment, f.ToSegment))
		}
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		if f.Total != 5 || c.q.Limit == 0 && f.Matching != len(f.Flows) {
			t.Errorf("%s: %d of %d match", c.name, f.Matching, f.Total)
		}
	}
}

// TestFlowsMost finds those with most bytes among many that come in any order.
func TestFlowsMost(t *testing.T) {
	const flows, limit = 20_000, 3
	s := &flowSearch{running: &running{Daemon: &Daemon{}, policies: NewPolicies(), link: &memoryLink{}}, query: &admin.FlowQuery{Limit: limit}}
	s.names = newNamer(s.policies)
	records := make([]flow.Record, flows)
	for i := range records {
		n := uint64(i*7919%flows) + 1 // each of 1 to flows, once
		records[i] = flow.Record{ID: n, Bytes: [2]uint64{n / 10, 0}}
	}
	for i := 0; i < flows; i += 100 {
		s.add(records[i:i+100], 0)
	}
	f := s.result()
	var got []string
	for i := range f.Flows {
		got = append(got, fmt.Sprint(f.Flows[i].ID, " ", f.Flows[i].Forth.Bytes))
	}
	if want := "20000 2000, 19990 1999, 19991 1999"; strings.Join(got, ", ") != want || f.Matching != flows || f.Total != flows {
		t.Errorf("%v of %d, want %s", got, f.Matching, want)
	}
}

// TestFlowOffloaded: what the kernel did counts, too.
func TestFlowOffloaded(t *testing.T) {
	b := newBox(t, 1)
	b.link.handled = flow.Handled{Packets: 1000, Bytes: 100_000}
	s := &flowSearch{running: &running{Daemon: b.daemon, link: b.link, policies: NewPolicies()}, query: &admin.FlowQuery{}}
	s.names = newNamer(s.policies)
	r := flow.Record{Packets: [2]uint64{8, 3}, Bytes: [2]uint64{800, 300}}
	r.SetOffloaded(flow.ToResponder)
	f := s.flowOf(&r, 0)
	if f.Forth.Packets != 1008 || f.Forth.Bytes != 100_800 || !f.Forth.Offloaded || f.Back.Packets != 3 || f.Back.Offloaded {
		t.Errorf("%+v", f)
	}
}

func TestDrops(t *testing.T) {
	b := trafficBox(t)
	b.link.mu.Lock()
	b.link.status.Kernel.Dropped[1][pipeline.Overload] = pipeline.Tally{Packets: 1000, Bytes: 5}
	b.link.mu.Unlock()
	d, err := b.client.Drops(context.Background(), 100, "")
	if err != nil {
		t.Fatal(err)
	}
	var totals []string
	for _, c := range d.Totals {
		totals = append(totals, fmt.Sprintf("%s %s %d", c.Stage, c.Reason, c.Packets))
	}
	if got := strings.Join(totals, ", "); got != "kernel overload 1000, segment segment-denied 3, decap inner-bad-ip 1" {
		t.Error(got)
	}
	if len(d.Recent) != 4 || d.Skipped != 0 {
		t.Fatalf("%+v", d)
	}
	first, icmp, last := d.Recent[0], d.Recent[2], d.Recent[3]
	if first.Rule != "default" || first.FromSegment != "db" || first.Reason != "segment-denied" || first.Stage != "segment" ||
		first.Service != "udp/53" || first.VTEPSrc == "" || !strings.HasPrefix(first.Revision, "1-") || first.Meaning == "" {
		t.Errorf("%+v", first)
	}
	if icmp.Group != 7 || icmp.VNI != 200 || icmp.Service != "icmp/echo-request" {
		t.Errorf("%+v", icmp)
	}
	if last.Reason != "inner-bad-ip" || last.Stage != "decap" || last.Worker != 1 || last.Src != "" || last.VNI != 100 {
		t.Errorf("%+v", last)
	}
	if again, err := b.client.Drops(context.Background(), 100, d.Cursor); err != nil || len(again.Recent) != 0 || again.Cursor != d.Cursor {
		t.Errorf("%+v %v", again, err)
	}
	b.send(0, query("10.1.0.5", "10.2.0.9", 22))
	if next, err := b.client.Drops(context.Background(), 100, d.Cursor); err != nil || len(next.Recent) != 1 || next.Recent[0].DstPort != 22 {
		t.Errorf("%+v %v", next, err)
	}
	if two, err := b.client.Drops(context.Background(), 2, ""); err != nil || len(two.Recent) != 2 || two.Recent[1].DstPort != 22 || two.Missed != 3 {
		t.Errorf("%+v %v", two, err)
	}
}

// TestAttention looks at what is said to be wrong.
func TestAttention(t *testing.T) {
	b := newBox(t, 1)
	writeFile(t, b.rules, strings.Replace(boxRules, "[policy]", "[policy]\nmode = \"monitor\"", 1))
	l := &b.link.status
	l.Ports[0].Mode, l.Ports[0].Note = afxdp.Generic, "generic XDP, since native is refused: operation not supported"
	l.Kernel.Relayed[0][pipeline.ApplianceDown].Packets = 12
	l.Kernel.Dropped[1][pipeline.Overload].Packets = 7
	l.Rings = []afxdp.RingStatus{{RxDropped: 3}}
	b.start()
	got := strings.Join(b.status().Attention, "\n")
	want := `the policy only monitors: nothing is dropped
7 packets dropped: more came than the workers can judge, all before this start
12 packets passed uninspected while vxwall was down or hung, all before this start
3 frames dropped by AF_XDP rings without room, all before this start
port eth1 is slow: generic XDP, since native is refused: operation not supported`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	b.link.mu.Lock()
	l.Kernel.Relayed[0][pipeline.ApplianceDown].Packets++
	b.link.mu.Unlock()
	if s := b.status(); s.Attention[2] != "13 packets passed uninspected while vxwall was down or hung, just now" {
		t.Error(s.Attention)
	}
	b.logged("while vxwall was down or hung")
}

func raw(t *testing.T, b *box, method, path string) (int, string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", b.daemon.Config.Admin.Socket)
	}}}
	request, err := http.NewRequest(method, "http://vxwall"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var told struct{ Error string }
	if err := json.Unmarshal(body, &told); err != nil {
		t.Errorf("%s: %v in %s", path, err, body)
	}
	return answer.StatusCode, told.Error
}

func TestBadRequests(t *testing.T) {
	b := newBox(t, 1).start()
	for _, c := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/", 404, "unknown request GET /: expected GET /v1/status"},
		{"GET", "/v1/reload", 404, "unknown request GET /v1/reload"},
		{"POST", "/v1/status", 404, "unknown request POST /v1/status"},
		{"GET", "/v1/flows?limit=0", 400, `limit: "0" is not within 1 to 10000`},
		{"GET", "/v1/flows?vni=16777216", 400, `vni: "16777216" is not within 0 to 16777215`},
		{"GET", "/v1/flows?port=x", 400, `port: "x" is not within 0 to 65535`},
		{"GET", "/v1/flows?host=10.1", 400, `host: "10.1" is no address or prefix`},
		{"GET", "/v1/flows?denied=perhaps", 400, `denied: "perhaps" is neither true nor false`},
		{"GET", "/v1/flows?colour=red", 400, `unknown parameter "colour"`},
		{"GET", "/v1/drops?limit=many", 400, `limit: "many" is not within 1 to 10000`},
		{"GET", "/v1/drops?vni=1", 400, `unknown parameter "vni"`},
	} {
		if status, message := raw(t, b, c.method, c.path); status != c.status || !strings.HasPrefix(message, c.want) {
			t.Errorf("%s %s: %d %q, want %d %q", c.method, c.path, status, message, c.status, c.want)
		}
	}
}

// TestManyClients: those beyond the limit are turned away, and the others get
// their place once they have gone.
func TestManyClients(t *testing.T) {
	b := newBox(t, 1).start()
	var idle []net.Conn
	turnedAway := false
	for range maxClients + 1 {
		c, err := net.Dial("unix", b.daemon.Config.Admin.Socket)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		idle = append(idle, c)
	}
	for _, c := range idle {
		_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); err == io.EOF {
			turnedAway = true
		}
		c.Close()
	}
	if !turnedAway {
		t.Error("nobody was turned away")
	}
	b.wait("an answer", func() bool { _, err := b.client.Status(context.Background()); return err == nil })
}

func TestSocket(t *testing.T) {
	b := newBox(t, 1).start()
	socket := b.daemon.Config.Admin.Socket
	info, err := os.Stat(socket)
	if err != nil || info.Mode() != fs.ModeSocket|0o660 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if _, err := listenUnix(socket, 0o600, 0); err == nil || !strings.HasPrefix(err.Error(), "another vxwall is running there") {
		t.Error(err)
	}
	if err := b.stop(); err != nil {
		t.Error(err)
	}
	if _, err := b.client.Status(context.Background()); err == nil || !strings.Contains(err.Error(), "vxwall is not running there (start it with `vxwall run`") {
		t.Error(err)
	}
	dead := filepath.Join(b.dir, "dead.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: dead})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	if _, err := admin.NewClient(dead).Status(context.Background()); err == nil || !strings.Contains(err.Error(), "not running there") {
		t.Error(err)
	}
	again, err := listenUnix(dead, 0o600, 0)
	if err != nil {
		t.Fatal("the socket of a dead process stays:", err)
	}
	again.Close()
	writeFile(t, dead, "precious")
	if _, err := listenUnix(dead, 0o600, 0); err == nil || !strings.HasPrefix(err.Error(), "there is a file that is no socket") {
		t.Error(err)
	}
}
