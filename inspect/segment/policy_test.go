package segment_test

import (
	"net/netip"
	"testing"
	"time"

	"vxwall/inspect/segment"
	"vxwall/inspect/segment/segmenttest"
	"vxwall/rules"
)

func TestLookupAllocatesNothing(t *testing.T) {
	set := segmenttest.Synthetic(20_000, 2_000, 1)
	p := segment.Compile(set, now)
	queries := segmenttest.Queries(set, 1000, 1)
	var s segment.Scratch
	for i := range queries {
		p.Lookup(&queries[i], &s)
	}
	i := 0
	if n := testing.AllocsPerRun(1000, func() { p.Lookup(&queries[i%1000], &s); i++ }); n != 0 {
		t.Errorf("a lookup allocates %v times", n)
	}
}

func TestSyntheticMatchesNaive(t *testing.T) {
	set := segmenttest.Synthetic(3000, 1000, 1)
	p := segment.Compile(set, now)
	var s segment.Scratch
	matched := 0
	for _, q := range segmenttest.Queries(set, 500, 1) {
		d := p.Lookup(&q, &s)
		if rule, action := naive(set, now, &q); rule != d.Rule || action != d.Action {
			t.Fatalf("got rule %d, want %d for %+v", d.Rule, rule, q)
		}
		if d.Rule != segment.NoRule {
			matched++
		}
	}
	if matched < 100 || matched == 500 {
		t.Errorf("%d of 500 queries matched a rule", matched)
	}
}

func TestNextChange(t *testing.T) {
	set := shop()
	if got := segment.Compile(set, now).NextChange(); !got.IsZero() {
		t.Errorf("got %v without a rule that will expire", got)
	}
	set.ACL[0].Expires, set.ACL[1].Expires = now.Add(2*time.Hour), now.Add(time.Hour)
	p := segment.Compile(set, now)
	if got := p.NextChange(); !got.Equal(now.Add(time.Hour)) {
		t.Errorf("got %v, want the earliest", got)
	}
	set.ACL[1].Enabled = false
	if got := segment.Compile(set, now).NextChange(); !got.Equal(now.Add(2 * time.Hour)) {
		t.Errorf("got %v: a disabled rule does not expire", got)
	}
}

func TestUses(t *testing.T) {
	set := shop()
	p := segment.Compile(set, now)
	if !p.UsesGroup() || p.UsesMAC() {
		t.Errorf("uses group %v, mac %v; want true, false", p.UsesGroup(), p.UsesMAC())
	}
	set.ACL[0].Enabled, set.ACL[1].Enabled = false, false
	if segment.Compile(set, now).UsesGroup() {
		t.Error("no rule names the segment with a group")
	}
	set.Segments[0].MAC = [][6]byte{{2, 0, 0, 0, 0, 1}}
	set.ACL[0].Enabled = true
	if !segment.Compile(set, now).UsesMAC() {
		t.Error("a rule names a segment that includes one with a MAC")
	}
}

// The default's decision names the most specific segments; a rule's those it
// names.
func TestDecisionNamesSegments(t *testing.T) {
	vni := []rules.Range{{Lo: 100, Hi: 100}}
	set := &rules.Set{Segments: []rules.Segment{
		{Name: "tenant", VNI: vni},
		{Name: "net", Prefix: parsePrefixes("10.0.0.0/8")},
		{Name: "site", VNI: vni, Prefix: parsePrefixes("10.1.0.0/16", "2001:db8::/32")},
		{Name: "guest", VNI: vni, Group: []rules.Range{{Lo: 9, Hi: 9}}},
		{Name: "printer", MAC: [][6]byte{{2, 0, 0, 0, 0, 1}}},
		{Name: "both", Include: []int{2, 3}},
	}}
	printer := workload("10.1.0.1", 0)
	printer.MAC = [6]byte{2, 0, 0, 0, 0, 1}
	tests := []struct {
		name string
		vni  uint32
		from segment.Endpoint
		want int32
	}{
		{"longest prefix", 100, workload("10.1.0.1", 0), 2},
		{"ipv6", 100, workload("2001:db8::1", 0), 2},
		{"other vni", 101, workload("10.1.0.1", 0), 1},
		{"vni alone", 100, workload("192.0.2.1", 0), 0},
		{"group before vni", 100, workload("192.0.2.1", 9), 3},
		{"mac before prefix", 100, printer, 4},
		{"nothing", 101, workload("192.0.2.1", 9), -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s segment.Scratch
			d := segment.Compile(set, now).Lookup(&segment.Query{VNI: tt.vni, From: tt.from}, &s)
			if d.From != tt.want {
				t.Errorf("got segment %d, want %d", d.From, tt.want)
			}
		})
	}
}

// IPv4 and IPv6 are different worlds, although addresses have one form.
func TestFamilies(t *testing.T) {
	set := &rules.Set{
		Segments: []rules.Segment{
			{Name: "four", Prefix: parsePrefixes("0.0.0.0/0")},
			{Name: "six", Prefix: parsePrefixes("::/0")},
			{Name: "mapped", Prefix: []netip.Prefix{netip.MustParsePrefix("::ffff:10.0.0.0/104")}},
		},
	}
	p := segment.Compile(set, now)
	for addr, want := range map[string][]string{
		"192.0.2.1": {"four"}, "10.1.2.3": {"four", "mapped"}, "2001:db8::1": {"six"}, "::": {"six"},
		"255.255.255.255": {"four"}, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": {"six"}, "::1:0:0:0": {"six"},
	} {
		e := p.Explain(&segment.Query{From: workload(addr, 0), To: workload(addr, 0)})
		var got []string
		for _, m := range e.From.Segments {
			got = append(got, m.Name)
		}
		if len(got) != len(want) || got[len(got)-1] != want[len(want)-1] {
			t.Errorf("%s is in %v, want %v", addr, got, want)
		}
		if e.Decision.From < 0 || set.Segments[e.Decision.From].Name != want[len(want)-1] {
			t.Errorf("%s: lookup says segment %d, want %s", addr, e.Decision.From, want[len(want)-1])
		}
	}
}
