package top

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"vxwall/appliance/admin"
)

var begin = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

// flow is a flow of VNI 100 with as many bytes there.
func flow(id, bytes uint64, f admin.Flow) admin.Flow {
	if f.VNI == 0 {
		f.VNI = 100
	}
	f.ID, f.Proto = id, "tcp"
	f.Forth.Tally = admin.Tally{Packets: bytes / 100, Bytes: bytes}
	return f
}

func web(src, dst string, action string) admin.Flow {
	return admin.Flow{Key: admin.Key{Src: src, Dst: dst, SrcPort: 4000, DstPort: 80}, Action: action, Rule: "web", FromSegment: "web", ToSegment: "db", Age: 100, State: "established"}
}

// snapshot is one some seconds after begin.
func snapshot(seconds int, flows ...admin.Flow) *Snapshot {
	s := &Snapshot{Time: begin.Add(time.Duration(seconds) * time.Second)}
	s.Status = admin.Status{Version: "1.2", Mode: "wire", Started: begin.Add(-time.Hour), Uptime: 3600, Policy: admin.Policy{Revision: "1-abc", Mode: "enforce"}}
	s.Status.Flows.Capacity = 1000
	s.Flows = admin.Flows{Total: len(flows), Matching: len(flows), Flows: flows}
	return s
}

func cells(t Table, columns ...int) string {
	var lines []string
	for _, r := range t.Rows {
		var parts []string
		for _, c := range columns {
			parts = append(parts, r.Cells[c])
		}
		lines = append(lines, strings.Join(parts, " "))
	}
	return strings.Join(lines, "\n")
}

// TestRates: a rate is the difference of two snapshots; of a flow that is new it is the
// mean of its life.
func TestRates(t *testing.T) {
	var m Model
	a, b := web("10.0.0.1", "10.0.0.2", "allow"), web("10.0.0.3", "10.0.0.2", "deny")
	m.Take(snapshot(0, flow(1, 1000, a), flow(2, 900, b)))
	if got := cells(m.Table(Flows, 0, 80), 0, 4); got != "~80 10.0.0.1:4000\n~72 10.0.0.3:4000" {
		t.Errorf("first snapshot:\n%s", got)
	}
	young := a
	young.Age = 1
	m.Take(snapshot(2, flow(1, 1000, a), flow(2, 2900, b), flow(3, 5000, young), flow(4, 100, a)))
	want := "20.0k 25 10.0.0.1:4000 allow\n8.00k 10 10.0.0.3:4000 deny\n~8 0.1 10.0.0.1:4000 allow\n0 0 10.0.0.1:4000 allow"
	if got := cells(m.Table(Flows, 0, 80), 0, 1, 4, 6); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := cells(m.Table(Flows, 2, 80), 0); !strings.HasPrefix(got, "20.0k\n8.00k\n0") {
		t.Errorf("by bytes:\n%s", got)
	}
	if w := m.flows[2]; len(w.history) != 2 || w.history[1] != 8000 {
		t.Errorf("history %v", w.history)
	}
}

// TestHosts: what one end sends the other gets; VNIs are worlds of their own.
func TestHosts(t *testing.T) {
	var m Model
	a, b := web("10.0.0.1", "10.0.0.2", "allow"), web("10.0.0.1", "10.0.0.2", "deny")
	b.VNI = 200
	m.Take(snapshot(0, flow(1, 0, a), flow(2, 0, b)))
	m.Take(snapshot(1, flow(1, 1000, a), flow(2, 500, b)))
	want := "8.00k 0 100 10.0.0.1 web 1 0\n0 8.00k 100 10.0.0.2 db 1 0\n4.00k 0 200 10.0.0.1 web 1 1\n0 4.00k 200 10.0.0.2 db 1 1"
	table := m.Table(Hosts, 0, 80)
	if got := cells(table, 0, 1, 3, 4, 5, 6, 7); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if f := table.Rows[3].Opens.Filter; f.String() != "200 10.0.0.2" || !table.Rows[3].Alarm || table.Rows[0].Alarm {
		t.Errorf("%v", table.Rows[3])
	}
	if got, want := cells(m.Table(Segments, 3, 80), 0, 3, 4, 5, 6, 7), "4.00k 200 web db 1 1\n8.00k 100 web db 1 0"; got != want {
		t.Errorf("segments:\n%s", got)
	}
}

// TestAnotherRun: what another vxwall counted is no rate of this one.
func TestAnotherRun(t *testing.T) {
	var m Model
	s := snapshot(0)
	s.Status.Packets.Received.Packets = 1000
	m.Take(s)
	later := snapshot(2)
	later.Status.Started = begin
	later.Status.Packets.Received.Packets = 10
	m.Take(later)
	if got := m.verdicts().Text; !strings.HasPrefix(got, "workers  in -/s") {
		t.Error(got)
	}
	again := snapshot(4)
	again.Status.Started, again.Status.Packets.Received.Packets = begin, 30
	m.Take(again)
	if got := m.verdicts().Text; !strings.HasPrefix(got, "workers  in 10/s") {
		t.Error(got)
	}
}

// TestNoAnswer: what was known stays, and it is plain that it is old.
func TestNoAnswer(t *testing.T) {
	var m Model
	m.Fail(begin, errors.New("nobody there"))
	m.Fail(begin.Add(3*time.Second), errors.New("nobody there"))
	at := begin.Local().Format("15:04:05")
	if l := m.Header(begin.Add(5*time.Second), 80); len(l) != 2 || l[1].Text != "NO ANSWER since "+at+" (5s): nobody there" || !l[1].Alarm {
		t.Errorf("%+v", l)
	}
	m.Take(snapshot(10))
	if l := m.Header(begin.Add(11*time.Second), 80); l[1].Text != "nothing asks for attention" {
		t.Errorf("%+v", l)
	}
	m.Fail(begin.Add(14*time.Second), errors.New("nobody there"))
	l := m.Header(begin.Add(14*time.Second), 80)
	if !strings.Contains(l[1].Text, "(4s)") || !l[len(l)-1].Dim {
		t.Errorf("%+v", l)
	}
}

// TestHeader fits, says what is wrong, and what is dropped by whom.
func TestHeader(t *testing.T) {
	var m Model
	ports := func(n uint64) []admin.Port {
		return []admin.Port{{Name: "eth1", Received: admin.Tally{Packets: 1000 * n, Bytes: 100_000 * n}, Dropped: admin.Tally{Packets: n, Bytes: n}}}
	}
	count := func(stage, reason string, n uint64) admin.Count {
		return admin.Count{Stage: stage, Reason: reason, Meaning: "why", Tally: admin.Tally{Packets: n}}
	}
	a, b := snapshot(0), snapshot(2)
	a.Status.Ports, b.Status.Ports = ports(0), ports(2)
	a.Status.Packets.DroppedBy = []admin.Count{count("segment", "segment-denied", 5), count("decap", "too-short", 7)}
	b.Status.Packets.DroppedBy = []admin.Count{count("segment", "segment-denied", 25), count("segment", "segment-rejected", 2), count("decap", "too-short", 7)}
	b.Status.Kernel.DroppedBy = []admin.Count{count("", "overload", 4)}
	b.Status.Attention = []string{"first " + strings.Repeat("long ", 40), "second"}
	m.Take(a)
	m.Take(b)
	var text []string
	for _, l := range m.Header(begin, 80) {
		if n := len([]rune(l.Text)); n > 80 {
			t.Errorf("%d characters: %s", n, l.Text)
		}
		text = append(text, l.Text)
	}
	all := strings.Join(text, "\n")
	for _, want := range []string{
		"vxwall 1.2, wire, enforce 1-abc, up 1h0m", "! (1 of 2) first long", "eth1     1.00k/s 800kb/s  0                1/s 8b/s         0",
		"drops    segment 11/s (segment-denied), kernel 2/s (overload)",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	want := "10 25 drop segment segment-denied\n2 4 drop kernel overload\n1 2 drop segment segment-rejected\n0 7 drop decap too-short"
	if got := cells(m.Table(Reasons, 0, 80), 0, 2, 3, 4, 5); got != want {
		t.Errorf("reasons:\n%s", got)
	}
}

// TestDropsTable: newest first, and only those that the filter takes.
func TestDropsTable(t *testing.T) {
	var m Model
	s := snapshot(0)
	for i, vni := range []uint32{100, 200, 100} {
		s.Drops.Recent = append(s.Drops.Recent, admin.Drop{Time: begin.Add(time.Duration(i) * time.Second), Key: admin.Key{VNI: vni, Src: "10.0.0.1", Dst: "2001:db8::1", DstPort: 22, Service: "tcp/22"}, Reason: "segment-denied"})
	}
	s.Filter = Filter{HasVNI: true, VNI: 100}
	m.Take(s)
	table := m.Table(Drops, 0, 80)
	if len(table.Rows) != 2 || table.Rows[0].Opens.Drop.Time != s.Drops.Recent[2].Time {
		t.Errorf("%+v", table.Rows)
	}
	page := table.Rows[0].Opens.Drop.page()
	if !strings.Contains(page, "10.0.0.1 -> [2001:db8::1]:22") || !strings.Contains(page, "vxwall explain --vni 100 --from 10.0.0.1 --to 2001:db8::1 --service tcp/22") {
		t.Error(page)
	}
}

// TestFlowPage has the flow's history, its drops and the explanation.
func TestFlowPage(t *testing.T) {
	var m Model
	f := web("10.0.0.1", "10.0.0.2", "allow")
	m.Take(snapshot(0, flow(1, 0, f)))
	s := snapshot(1, flow(1, 1000, f))
	s.Drops.Recent = []admin.Drop{{Time: begin, Reason: "segment-denied", Meaning: "because", Key: admin.Key{VNI: 100, Proto: "tcp", Src: "10.0.0.2", SrcPort: 80, Dst: "10.0.0.1", DstPort: 4000}}}
	m.Take(s)
	page := m.FlowPage(&admin.FlowReport{Flow: s.Flows.Flows[0], InForce: "2-def", Explanation: "  flow ok\nverdict: FORWARDED\n"})
	for _, want := range []string{"10.0.0.1:4000 -> 10.0.0.2:80", "established, allow by rule web, web > db", "in force is 2-def", "there   8.00k bit/s, 10 packets, 1.00k bytes", "history ▁█  peak 8.00k bit/s", "segment-denied (because)", "its next packet: FORWARDED\n\n  flow ok\n\ndropped"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

func TestFilter(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "100": "100", "vni=100 host=10.0.0.5": "100 10.0.0.5", "10.0.0.7/24 denied": "10.0.0.0/24 denied",
		"2001:db8::1 web all": "2001:db8::1 web all", "::ffff:10.0.0.1": "10.0.0.1",
	} {
		f, err := ParseFilter(text)
		if err != nil || f.String() != want {
			t.Errorf("%q: %q %v, want %q", text, f.String(), err, want)
		}
	}
	for text, want := range map[string]string{"16777216": "VNI 16777216 is not within 0 to 16777215", "10.0.0.0/33": "no address or prefix", "a:b": "no address or prefix"} {
		if _, err := ParseFilter(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzFilter: what is read is written so that it is read again.
func FuzzFilter(f *testing.F) {
	f.Add("100 10.0.0.0/8 denied web")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseFilter(text)
		if err != nil {
			return
		}
		if b, err := ParseFilter(a.String()); err != nil || a != b && a.Segment == b.Segment {
			t.Errorf("%q: %+v, then %+v %v", text, a, b, err)
		}
	})
}

func TestText(t *testing.T) {
	for v, want := range map[rate]string{0: "0", 0.01: "0.1", 1: "1", 9.94: "9.9", 9.96: "10", 999.4: "999", 999.6: "1.00k", 12345: "12.3k", 123456: "123k", 999999: "1.00M", 4.1e9: "4.10G", 1e25: "10000000E"} {
		if got := v.String(); got != want {
			t.Errorf("%f: %s, want %s", float64(v), got, want)
		}
	}
	if got := rate(math.NaN()).String(); got != "-" {
		t.Error(got)
	}
	if got := fit("2001:db8:1:2:3:4:5:6", 12); got != "2001:…:4:5:6" || len([]rune(got)) != 12 {
		t.Error(got)
	}
	if got := sparkline([]rate{0, 5, rate(math.NaN()), 10}); got != "▁▅ █" {
		t.Error(got)
	}
}

// TestLayout: every line is as wide as the screen, however long the names are.
func TestLayout(t *testing.T) {
	var m Model
	f := web("2001:db8:aaaa:bbbb:cccc:dddd:eeee:1", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:2", "allow")
	f.Rule, f.FromSegment = strings.Repeat("rule", 20), strings.Repeat("ségment", 20)
	m.Take(snapshot(0, flow(1, 10, f)))
	for _, width := range []int{40, 80, 119, 120, 200} {
		for v := range views {
			table := m.Table(v, 0, width)
			heading, lines := table.Layout(width)
			for _, line := range append(lines, heading) {
				if n := len([]rune(line)); n > width || n < width-1 && width >= 80 {
					t.Errorf("%s at %d: %d characters: %q", v, width, n, line)
				}
			}
		}
	}
}

// TestColumnsStayTogether: on a wide screen the eye finds from a name to its numbers.
func TestColumnsStayTogether(t *testing.T) {
	var m Model
	m.Take(snapshot(0, flow(1, 10, web("10.0.0.1", "10.0.0.2", "allow"))))
	for v, last := range map[View]string{Hosts: "denied", Segments: "denied"} {
		table := m.Table(v, 0, 200)
		heading, _ := table.Layout(200)
		if end := strings.Index(heading, last) + len(last); end > 170 {
			t.Errorf("%s: %s ends at %d:\n%s", v, last, end, heading)
		}
	}
	if note := m.Table(Reasons, 0, 80).Note; len(note) > 30 {
		t.Errorf("a note that does not fit: %q", note)
	}
}

// source answers from a list, then with an error.
type source struct {
	answers []*Snapshot
	query   admin.FlowQuery
	flow    admin.FlowReport
}

func (s *source) Status(context.Context) (admin.Status, error) {
	if len(s.answers) == 0 {
		return admin.Status{}, errors.New("nobody there")
	}
	return s.answers[0].Status, nil
}

func (s *source) Flows(_ context.Context, q *admin.FlowQuery) (admin.Flows, error) {
	s.query = *q
	if len(s.answers) == 0 {
		return admin.Flows{}, errors.New("nobody there")
	}
	return s.answers[0].Flows, nil
}

func (s *source) Drops(context.Context, int, string) (admin.Drops, error) {
	if len(s.answers) == 0 {
		return admin.Drops{}, errors.New("nobody there")
	}
	d := s.answers[0].Drops
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	return d, nil
}

func (s *source) Flow(context.Context, uint64) (admin.FlowReport, error) { return s.flow, nil }

// TestAsk asks for active flows, as the filter says.
func TestAsk(t *testing.T) {
	s := &source{answers: []*Snapshot{snapshot(0)}}
	f, _ := ParseFilter("7 10.0.0.0/8 denied")
	if _, err := Ask(t.Context(), s, f, func() time.Time { return begin }); err != nil || *s.query.VNI != 7 || s.query.Host != "10.0.0.0/8" || !s.query.Denied || s.query.Active != activeWhile || s.query.Limit != mostFlows {
		t.Errorf("%+v %v", s.query, err)
	}
	if _, err := Ask(t.Context(), &source{}, f, time.Now); err == nil {
		t.Error("no error")
	}
}
