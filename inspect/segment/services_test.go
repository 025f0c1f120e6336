package segment

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vxwall/rules"
)

func TestServiceTables(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]uint32{40, 300, rules.AnyService.Hi}).Draw(t, "limit")
		n := rapid.IntRange(1, 8).Draw(t, "rules")
		b := newServiceBuilder(n, maxCuts)
		var lists [][]rules.Range
		var grants []int32
		points := []uint32{0, limit}
		for i := range n {
			ranges := drawRanges(t, limit)
			lists = append(lists, ranges)
			var matches []rules.Match
			for _, r := range ranges {
				matches = append(matches, rules.Match(r))
				points = append(points, r.Lo, r.Hi, min(r.Hi+1, limit), max(r.Lo, 1)-1)
			}
			b.ofRule[i] = b.set(matches)
			b.grants = append(b.grants, grant{rule: int32(i)})
			grants = append(grants, int32(i+1))
		}
		v, ok := b.first(slices.Clone(grants))
		if !ok {
			t.Fatal("a small table is too large")
		}
		chain := b.chain(grants)
		for _, point := range points {
			want := int32(slices.IndexFunc(lists, func(in []rules.Range) bool { return rangeOf(in, point) >= 0 })) + 1
			if got, walked := b.grant(v, point), b.grant(chain, point); got != want || walked != want {
				t.Fatalf("point %d: got %d, as a chain %d, want %d", point, got, walked, want)
			}
		}
	})
}

func TestServiceText(t *testing.T) {
	for want, point := range map[string]uint32{
		"tcp/443": 6<<16 | 443, "udp/53": 17<<16 | 53, "sctp/7": 132<<16 | 7,
		"icmp/echo-request": 1<<16 | 8<<8, "icmp/8/1": 1<<16 | 8<<8 | 1, "icmpv6/3/1": 58<<16 | 3<<8 | 1,
		"icmpv6/echo-reply": 58<<16 | 129<<8, "gre": 47 << 16, "ip/200": 200 << 16,
	} {
		if got := rules.ServiceText(point); got != want {
			t.Errorf("%#x: got %s, want %s", point, got, want)
		}
		if m := serviceMatch(point); point < m.Lo || m.Hi < point {
			t.Errorf("%s does not match itself", want)
		}
	}
}

// A table of thousands of grants finds the first of them, too.
func TestLargeServiceTable(t *testing.T) {
	const n = 20_000
	b := newServiceBuilder(n, maxCuts)
	r := rand.New(rand.NewPCG(1, 4))
	var lists []rules.Range
	var grants []int32
	for i := range n {
		lo := r.Uint32N(1 << 20)
		lists = append(lists, rules.Range{Lo: lo, Hi: lo + r.Uint32N(1<<r.IntN(10))})
		b.ofRule[i] = b.set([]rules.Match{rules.Match(lists[i])})
		b.grants = append(b.grants, grant{rule: int32(i)})
		grants = append(grants, int32(i+1))
	}
	v, _ := b.first(grants)
	for range 2000 {
		at := lists[r.IntN(n)]
		for _, point := range []uint32{at.Lo, at.Hi, at.Hi + 1, r.Uint32N(1 << 20)} {
			want := int32(slices.IndexFunc(lists, func(in rules.Range) bool { return in.Lo <= point && point <= in.Hi })) + 1
			if got := b.grant(v, point); got != want {
				t.Fatalf("point %d: got %d, want %d", point, got, want)
			}
		}
	}
}
