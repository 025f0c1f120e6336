package segment_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vxwall/inspect/segment"
	"vxwall/rules"
)

func TestLookupMatchesNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		all := compileAll(t, set)
		var s segment.Scratch
		for range 20 {
			q := drawQuery(t)
			got := all[0].Lookup(&q, &s)
			rule, action := naive(set, now, &q)
			if got.Rule != rule || got.Action != action {
				t.Fatalf("got rule %d, %v; want %d, %v for %+v", got.Rule, got.Action, rule, action, q)
			}
			for _, p := range all[1:] {
				other := p.Lookup(&q, &s)
				if other.Rule != rule || other.Action != action || other.UsedUnknownGroup != got.UsedUnknownGroup {
					t.Fatalf("got %+v with tight limits, %+v without, for %+v", other, got, q)
				}
			}
		}
	})
}

// compileAll compiles a set with the limits as they are, and with lower ones.
func compileAll(t *rapid.T, set *rules.Set) []*segment.Policy {
	draw := func(label string, most int) int { return rapid.IntRange(0, most).Draw(t, label) }
	return []*segment.Policy{segment.Compile(set, now), segment.CompileListed(set, now), segment.CompileTight(set, now),
		segment.CompileWithin(set, now, draw)}
}

// The segments of a decision are the rule's own, and the workload is in them.
func TestDecisionSegments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		all := compileAll(t, set)
		var s segment.Scratch
		for range 20 {
			q := drawQuery(t)
			for _, p := range all {
				d := p.Lookup(&q, &s)
				from, to := rules.Endpoint{Any: true}, rules.Endpoint{Any: true}
				if d.Rule != segment.NoRule {
					from, to = set.ACL[d.Rule].From, set.ACL[d.Rule].To
				}
				checkNamed(t, set, q.VNI, &q.From, d.From, from)
				checkNamed(t, set, q.VNI, &q.To, d.To, to)
			}
		}
	})
}

func checkNamed(t *rapid.T, set *rules.Set, vni uint32, e *segment.Endpoint, named int32, end rules.Endpoint) {
	if named >= 0 && !naiveMember(set, int(named), vni, e) {
		t.Fatalf("the workload is not in segment %d", named)
	}
	if !end.Any && !slices.Contains(end.Segments, int(named)) {
		t.Fatalf("the rule names %v, not %d", end.Segments, named)
	}
}

// If no group of the destination changes the decision, a policy may say that
// it used an unknown group; if some group does, it must.
func TestUsedUnknownGroup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		p := segment.Compile(set, now)
		var s segment.Scratch
		q := drawQuery(t)
		q.To.NoGroup = true
		d := p.Lookup(&q, &s)
		for group := range 70 {
			known := q
			known.To.Group, known.To.NoGroup = uint16(group), false
			if rule, _ := naive(set, now, &known); rule != d.Rule && !d.UsedUnknownGroup {
				t.Fatalf("group %d gives rule %d, not %d", group, rule, d.Rule)
			}
		}
		if d.UsedUnknownGroup && !p.UsesGroup() {
			t.Fatal("used a group where no rule knows one")
		}
	})
}
