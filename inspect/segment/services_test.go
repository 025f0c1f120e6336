package segment

import (
	"testing"

	"pgregory.net/rapid"

	"vxwall/rules"
)

func TestServiceTables(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newServiceBuilder(maxCuts)
		var triples []triple
		var sets []int32
		var lists [][]rules.Range
		for i := range rapid.IntRange(1, 8).Draw(t, "rules") {
			ranges := drawRanges(t, 40)
			lists = append(lists, ranges)
			var matches []rules.Match
			for _, r := range ranges {
				matches = append(matches, rules.Match(r))
			}
			sets = append(sets, b.set(matches))
			triples = append(triples, triple{rule: int32(100 + i)})
		}
		table, ok := b.merge(triples, sets)
		if !ok {
			t.Fatal("a small table is too large")
		}
		for point := range uint32(42) {
			want := int32(nobody)
			for i, ranges := range lists {
				single := b.rule(b.tableOf(sets[i]), point)
				in := rangeOf(ranges, point) >= 0
				if in != (single == only) {
					t.Fatalf("rule %d alone: point %d gives %d", i, point, single)
				}
				if in && b.kinds[sets[i]]>>kind(point)&1 == 0 {
					t.Fatalf("rule %d takes point %d, but not its kind", i, point)
				}
				if in && want == nobody {
					want = int32(100 + i)
				}
			}
			if got := b.rule(table, point); got != want {
				t.Fatalf("point %d: got %d, want %d", point, got, want)
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
