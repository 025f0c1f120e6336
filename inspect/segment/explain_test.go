package segment_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vxwall/inspect/segment"
	"vxwall/rules"
)

// Explain decides as Lookup does, and each change that it names flips the
// verdict when it is made and compiled.
func TestExplainChangesFlip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		p := segment.Compile(set, now)
		q := drawQuery(t)
		var s segment.Scratch
		d := p.Lookup(&q, &s)
		if cautious := p.Cautious(&q, d); cautious != d {
			return // not decided by the rules alone
		}
		e := p.Explain(&q)
		if e.Decision != d || e.Action != d.Action.String() {
			t.Fatalf("explain says %+v, lookup %+v", e.Decision, d)
		}
		if len(e.Changes) == 0 {
			t.Fatal("no change is named")
		}
		for _, c := range e.Changes {
			changed, query := c.Apply(set, q)
			got := segment.Compile(changed, now).Lookup(&query, &s)
			if (got.Action == rules.Allow) == (d.Action == rules.Allow) {
				t.Fatalf("%q leaves %v", c.Text, got.Action)
			}
			if c.Text == "" {
				t.Fatal("a change without words")
			}
		}
		if rule, action := naive(set, now, &q); rule != d.Rule || action != d.Action {
			t.Fatal("a change was made to the set itself")
		}
	})
}

// What is assumed for what a query leaves open makes the first rule match that
// could match with any value.
func TestExplainAssumes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		p := segment.Compile(set, now)
		q := drawQuery(t)
		q.From.AnyMAC, q.To.AnyMAC = rapid.Bool().Draw(t, "any from mac"), rapid.Bool().Draw(t, "any to mac")
		q.From.AnyGroup, q.To.AnyGroup = rapid.Bool().Draw(t, "any from group"), rapid.Bool().Draw(t, "any to group")
		e := p.Explain(&q)
		if q.From.NoGroup || q.To.NoGroup {
			return
		}
		rule, action := naive(set, now, &q)
		if e.Decision.Rule != rule || e.Decision.Action != action {
			t.Fatalf("got rule %d, want %d", e.Decision.Rule, rule)
		}
		open := 0
		for _, any := range []bool{q.From.AnyMAC, q.To.AnyMAC, q.From.AnyGroup, q.To.AnyGroup} {
			if any {
				open++
			}
		}
		if len(e.Assumed) > open {
			t.Fatalf("%d attributes are open, %d assumed", open, len(e.Assumed))
		}
	})
}

// The memberships that Explain reports are those of the naive judge.
func TestExplainMemberships(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		q := drawQuery(t)
		e := segment.Compile(set, now).Explain(&q)
		in := map[int]bool{}
		for _, m := range e.From.Segments {
			in[m.Index] = true
			if len(m.Why) == 0 {
				t.Fatalf("no reason for segment %s", m.Name)
			}
		}
		for i := range set.Segments {
			if in[i] != naiveMember(set, i, q.VNI, &q.From) {
				t.Fatalf("segment %d: reported %v", i, in[i])
			}
		}
		for _, near := range e.From.Near {
			if in[near.Index] || near.Missed == "" {
				t.Fatalf("segment %s is not near", near.Name)
			}
		}
	})
}

// shop is a small policy for tests of words.
func shop() *rules.Set {
	pos := func(line int) rules.Pos { return rules.Pos{File: "shop.toml", Line: line, Column: 9, Width: 3} }
	postgres := []rules.Match{{Lo: 6<<16 | 5432, Hi: 6<<16 | 5432}}
	return &rules.Set{
		Segments: []rules.Segment{
			{Name: "web", VNI: []rules.Range{{Lo: 100, Hi: 100}}, Prefix: parsePrefixes("10.1.0.0/24")},
			{Name: "db", VNI: []rules.Range{{Lo: 100, Hi: 100}}, Group: []rules.Range{{Lo: 17, Hi: 17}}},
			{Name: "all", Include: []int{0, 1}},
		},
		ACL: []rules.ACL{
			{Name: "stop", From: rules.Endpoint{Segments: []int{2}}, To: rules.Endpoint{Any: true}, Enabled: true, Pos: pos(10),
				Service: []rules.Match{{Lo: 6<<16 | 22, Hi: 6<<16 | 22}}, ServiceText: []string{"tcp/22"}, Action: rules.Reject},
			{Name: "read", From: rules.Endpoint{Segments: []int{0}}, To: rules.Endpoint{Segments: []int{1}}, Enabled: true, Pos: pos(20),
				Service: postgres, ServiceText: []string{"postgres"}, Action: rules.Allow},
			{Name: "old", From: rules.Endpoint{Any: true}, To: rules.Endpoint{Any: true}, Enabled: true, Pos: pos(30), Expires: now.Add(-time.Hour),
				Service: []rules.Match{{Lo: 6<<16 | 80, Hi: 6<<16 | 80}}, ServiceText: []string{"tcp/80"}, Action: rules.Allow},
		},
	}
}

func workload(addr string, group uint16) segment.Endpoint {
	return segment.Endpoint{Addr: netip.MustParseAddr(addr).As16(), Group: group}
}

func TestExplainWords(t *testing.T) {
	tests := []struct {
		name    string
		from    segment.Endpoint
		to      segment.Endpoint
		service uint32
		action  string
		rule    string
		nearest string
	}{
		{"allowed", workload("10.1.0.5", 0), workload("10.2.0.9", 17), 6<<16 | 5432, "allow", "read",
			`add a rule before rule "read": deny from "web" to "db", service tcp/5432`},
		{"other service", workload("10.1.0.5", 0), workload("10.2.0.9", 17), 6<<16 | 5433, "deny", "",
			`add service tcp/5433 to rule "read"`},
		{"other group", workload("10.1.0.5", 0), workload("10.2.0.9", 18), 6<<16 | 5432, "deny", "",
			`add a rule at the end: allow from "web" to a new segment of vni 100 and 10.2.0.9/32, service tcp/5432`},
		{"other address", workload("10.3.0.5", 0), workload("10.2.0.9", 17), 6<<16 | 5432, "deny", "",
			`add prefix 10.3.0.5/32 to segment "web", for rule "read"`},
		{"expired", workload("10.1.0.5", 0), workload("10.2.0.9", 17), 6<<16 | 80, "deny", "",
			`extend rule "old", which has expired`},
		{"rejected", workload("10.1.0.5", 0), workload("192.0.2.1", 0), 6<<16 | 22, "reject", "stop",
			`add a rule before rule "stop": allow from "all" to a new segment of vni 100 and 192.0.2.1/32, service tcp/22`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := segment.Compile(shop(), now).Explain(&segment.Query{VNI: 100, From: tt.from, To: tt.to, Service: tt.service})
			rule := ""
			if e.Rule != nil {
				rule = e.Rule.Name
			}
			if e.Action != tt.action || rule != tt.rule || e.Changes[0].Text != tt.nearest {
				t.Errorf("got %s by %q, change %q", e.Action, rule, e.Changes[0].Text)
			}
		})
	}
}

func TestExplainReasons(t *testing.T) {
	e := segment.Compile(shop(), now).Explain(&segment.Query{
		VNI: 100, From: workload("10.1.0.5", 0), To: workload("10.2.0.9", 18), Service: 6<<16 | 5432,
	})
	var got []string
	for _, m := range e.From.Segments {
		got = append(got, m.Name+": "+strings.Join(m.Why, ", "))
	}
	for _, n := range e.To.Near {
		got = append(got, n.Name+": "+n.Missed)
	}
	for _, r := range e.Looked {
		got = append(got, r.Name+": "+strings.Join(r.Failed, "; "))
	}
	want := []string{
		"web: vni 100, prefix 10.1.0.0/24",
		"all: includes web",
		"db: group 18 is not in 17",
		"web: address 10.2.0.9 is not in 10.1.0.0/24",
		"stop: service: tcp/5432 is not in tcp/22",
		"read: to: 10.2.0.9 is not in db",
		"old: expired 2026-06-01T11:00:00Z; service: tcp/5432 is not in tcp/80",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
