package segment_test

import (
	"net/netip"
	"testing"

	"vxwall/inspect/segment"
	"vxwall/rules"
)

func TestCheckAsserts(t *testing.T) {
	group := func(g uint16) *uint16 { return &g }
	expectPos, rulePos := rules.Pos{File: "a.toml", Line: 7, Column: 11, Width: 7}, rules.Pos{File: "a.toml", Line: 8, Column: 11, Width: 5}
	base := rules.Assert{
		VNI: 100, From: netip.MustParseAddr("10.1.0.5"), To: netip.MustParseAddr("10.2.0.9"),
		Service: 6<<16 | 5432, ServiceText: "tcp/5432", Expect: rules.Allow, ExpectPos: expectPos, RulePos: rulePos,
	}
	tests := []struct {
		name string
		edit func(*rules.Assert)
		pos  rules.Pos
		want string
	}{
		{"holds, group left open", func(*rules.Assert) {}, rules.Pos{}, ""},
		{"holds with rule", func(a *rules.Assert) { a.Rule = "read" }, rules.Pos{}, ""},
		{"holds by default", func(a *rules.Assert) { a.ToGroup, a.Expect, a.Rule = group(3), rules.Deny, "default" }, rules.Pos{}, ""},
		{"wrong rule", func(a *rules.Assert) { a.Rule = "stop" }, rulePos,
			`assert fails: 10.1.0.5 -> 10.2.0.9 tcp/5432 in vni 100 is allowed by rule "read" (shop.toml:20), expected rule "stop"`},
		{"other group", func(a *rules.Assert) { a.ToGroup = group(3) }, expectPos,
			`assert fails: 10.1.0.5 -> 10.2.0.9 tcp/5432 in vni 100 is denied by default, expected allow; nearest change: add a rule at the end: allow from "web" to a new segment of vni 100 and 10.2.0.9/32, service tcp/5432`},
		{"not rejected", func(a *rules.Assert) { a.Expect, a.ToGroup = rules.Reject, group(3) }, expectPos,
			`assert fails: 10.1.0.5 -> 10.2.0.9 tcp/5432 in vni 100 is denied by default, expected reject`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set, a := shop(), base
			tt.edit(&a)
			set.Asserts = []rules.Assert{a}
			problems := segment.CheckAsserts(set, segment.Compile(set, now))
			if tt.want == "" {
				if len(problems) > 0 {
					t.Fatalf("got %v", problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Message != tt.want || problems[0].Pos != tt.pos || problems[0].Severity != rules.Error {
				t.Fatalf("got %+v, want %s", problems, tt.want)
			}
		})
	}
}
