package segment_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vxwall/inspect/segment"
)

func TestLookupMatchesNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		p, tight := segment.Compile(set, now), segment.CompileTight(set, now)
		var s segment.Scratch
		for range 20 {
			q := drawQuery(t)
			got := p.Lookup(&q, &s)
			rule, action := naive(set, now, &q)
			if got.Rule != rule || got.Action != action {
				t.Fatalf("got rule %d, %v; want %d, %v for %+v", got.Rule, got.Action, rule, action, q)
			}
			other := tight.Lookup(&q, &s)
			if other.Rule != rule || other.Action != action || other.UsedUnknownGroup != got.UsedUnknownGroup {
				t.Fatalf("got %+v with tight limits, %+v without, for %+v", other, got, q)
			}
		}
	})
}

// The segments of a decision are the rule's own, and the workload is in them.
func TestDecisionSegments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		p := segment.Compile(set, now)
		var s segment.Scratch
		q := drawQuery(t)
		d := p.Lookup(&q, &s)
		for _, side := range []struct {
			named int32
			e     *segment.Endpoint
			from  bool
		}{{d.From, &q.From, true}, {d.To, &q.To, false}} {
			if side.named >= 0 && !naiveMember(set, int(side.named), q.VNI, side.e) {
				t.Fatalf("the workload is not in segment %d", side.named)
			}
			if d.Rule == segment.NoRule {
				continue
			}
			end := set.ACL[d.Rule].To
			if side.from {
				end = set.ACL[d.Rule].From
			}
			if !end.Any && !slices.Contains(end.Segments, int(side.named)) {
				t.Fatalf("rule %d names %v, not %d", d.Rule, end.Segments, side.named)
			}
		}
	})
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
