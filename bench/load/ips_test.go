package load

import (
	"strings"
	"testing"

	"vxwall/rules"
)

// TestInspectedPolicy: the rule that decides the generator's flows, and none else, asks for
// signatures.
func TestInspectedPolicy(t *testing.T) {
	text := inspectedPolicy()
	if strings.Count(string(text), "inspect =") != 1 {
		t.Fatal("want one rule that asks for signatures")
	}
	set, problems := rules.Parse(rules.Options{Inspect: true}, rules.Source{Name: "rules.toml", Text: text})
	for _, p := range problems {
		if p.Severity == rules.Error && !strings.Contains(p.Message, "literals.rules") { // not there
			t.Error(p)
		}
	}
	if set == nil {
		return
	}
	if last := set.ACL[len(set.ACL)-1]; last.Name != "generator" || len(last.Inspect) != 1 {
		t.Errorf("%+v", last)
	}
}

// TestIPSBars: each system is judged by the one with as many signatures.
func TestIPSBars(t *testing.T) {
	small := Traffic{Flows: 1, VNIs: 1, Size: Size64}
	r := Report{
		Throughput: []Throughput{
			{System: "vxwall-ips-0", Traffic: small, Overload: 6}, {System: "suricata-ips-0", Traffic: small, Overload: 2},
			{System: "vxwall-ips-30000", Traffic: small, Overload: 5}, {System: "suricata-ips-30000", Traffic: small, Overload: 2},
		},
		TCP: []TCP{{System: "redirect", Bits: 9}, {System: "vxwall-ips-0", Bits: 4}, {System: "suricata-ips-0", Bits: 2}},
	}
	r.Judge()
	want := []struct {
		value float64
		held  bool
	}{{3, true}, {2.5, false}, {2, true}}
	if len(r.Bars) != len(want) {
		t.Fatalf("%+v", r.Bars)
	}
	for i, b := range r.Bars {
		if b.Value != want[i].value || b.Held != want[i].held {
			t.Errorf("%+v, want %+v", b, want[i])
		}
	}
}
