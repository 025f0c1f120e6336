package segment

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vxwall/rules"
)

func drawRanges(t *rapid.T, limit uint32) []rules.Range {
	var out []rules.Range
	for range rapid.IntRange(1, 4).Draw(t, "ranges") {
		lo := rapid.Uint32Max(limit).Draw(t, "lo")
		out = append(out, rules.Range{Lo: lo, Hi: rapid.Uint32Range(lo, limit).Draw(t, "hi")})
	}
	return out
}

func TestStabFindsAllRanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.SampledFrom([]uint8{3, 8, 24}).Draw(t, "bits")
		limit := uint32(1)<<bits - 1
		var entries []stabEntry
		for id := range rapid.IntRange(0, 6).Draw(t, "entries") {
			entries = append(entries, stabEntry{canonical(drawRanges(t, limit)), int32(id)})
		}
		s := newStab(entries, bits)
		probes := []uint32{0, limit, rapid.Uint32Max(limit).Draw(t, "probe")}
		for _, e := range entries {
			for _, r := range e.ranges {
				probes = append(probes, r.Lo, r.Hi, min(r.Hi+1, limit), max(r.Lo, 1)-1)
			}
		}
		for _, v := range probes {
			got := s.chain(s.find(v))
			slices.Sort(got)
			var want []int32
			for _, e := range entries {
				if rangeOf(e.ranges, v) >= 0 {
					want = append(want, e.id)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%d is in %v, want %v", v, got, want)
			}
		}
	})
}

func TestBlocks(t *testing.T) {
	tests := []struct {
		in   rules.Range
		want []block
	}{
		{rules.Range{Lo: 5, Hi: 5}, []block{{5, 0}}},
		{rules.Range{Lo: 0, Hi: 255}, []block{{0, 8}}},
		{rules.Range{Lo: 1, Hi: 6}, []block{{1, 0}, {2, 1}, {4, 1}, {6, 0}}},
		{rules.Range{Lo: 128, Hi: 1 << 30}, []block{{128, 7}}},
	}
	for _, tt := range tests {
		if got := blocks(tt.in, 8); !slices.Equal(got, tt.want) {
			t.Errorf("%v: got %v, want %v", tt.in, got, tt.want)
		}
	}
}

func TestCanonical(t *testing.T) {
	got := canonical([]rules.Range{{Lo: 7, Hi: 9}, {Lo: 1, Hi: 2}, {Lo: 3, Hi: 4}, {Lo: 8, Hi: 8}, {Lo: 12, Hi: 11}})
	if want := []rules.Range{{Lo: 1, Hi: 4}, {Lo: 7, Hi: 9}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
