package rules

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func TestSortPrefixes(t *testing.T) {
	for _, c := range []struct{ in, want []netip.Prefix }{
		{nil, nil},
		{prefixes("10.0.0.0/8"), prefixes("10.0.0.0/8")},
		{prefixes("10.1.0.0/16", "10.0.0.0/8"), prefixes("10.0.0.0/8")},
		{prefixes("::/0", "10.0.0.0/8"), prefixes("10.0.0.0/8", "::/0")},
		{prefixes("10.2.0.0/16", "10.1.0.0/16", "10.1.5.0/24"), prefixes("10.1.0.0/16", "10.2.0.0/16")},
		{prefixes("0.0.0.0/0", "255.0.0.0/8", "2001:db8::/32"), prefixes("0.0.0.0/0", "2001:db8::/32")},
	} {
		if got := sortPrefixes(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v", c.in, got)
		}
	}
}

func TestSortRanges(t *testing.T) {
	for _, c := range []struct{ in, want []Range }{
		{nil, nil},
		{[]Range{{5, 9}}, []Range{{5, 9}}},
		{[]Range{{5, 9}, {1, 3}}, []Range{{1, 3}, {5, 9}}},
		{[]Range{{5, 9}, {1, 4}}, []Range{{1, 9}}},
		{[]Range{{1, 20}, {3, 4}, {21, 21}}, []Range{{1, 21}}},
	} {
		if got := sortRanges(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v", c.in, got)
		}
	}
}

func TestWithin(t *testing.T) {
	mac := func(n ...byte) (list [][6]byte) {
		for _, b := range n {
			list = append(list, [6]byte{5: b})
		}
		return list
	}
	for _, c := range []struct {
		name         string
		inner, outer Segment
		want         bool
	}{
		{"same vni", Segment{VNI: []Range{{1, 1}}}, Segment{VNI: []Range{{1, 1}}}, true},
		{"vni in range", Segment{VNI: []Range{{3, 4}, {1, 1}}}, Segment{VNI: []Range{{1, 9}}}, true},
		{"vni in joined ranges", Segment{VNI: []Range{{3, 6}}}, Segment{VNI: []Range{{5, 9}, {1, 4}}}, true},
		{"vni half out", Segment{VNI: []Range{{3, 10}}}, Segment{VNI: []Range{{1, 9}}}, false},
		{"vni over a gap", Segment{VNI: []Range{{3, 8}}}, Segment{VNI: []Range{{1, 4}, {6, 9}}}, false},
		{"vni absent inside", Segment{Group: []Range{{1, 1}}}, Segment{VNI: []Range{{0, maxVNI}}}, false},
		{"vni absent outside", Segment{VNI: []Range{{1, 1}}, Group: []Range{{7, 7}}}, Segment{Group: []Range{{7, 8}}}, true},
		{"group out", Segment{Group: []Range{{1, 1}}}, Segment{Group: []Range{{2, 2}}}, false},
		{"prefix", Segment{Prefix: prefixes("10.1.0.0/24")}, Segment{Prefix: prefixes("10.0.0.0/8")}, true},
		{"prefix same", Segment{Prefix: prefixes("::/0")}, Segment{Prefix: prefixes("::/0")}, true},
		{"prefix wider", Segment{Prefix: prefixes("10.0.0.0/8")}, Segment{Prefix: prefixes("10.1.0.0/24")}, false},
		{"prefix of several", Segment{Prefix: prefixes("10.1.0.0/24", "192.0.2.7/32")}, Segment{Prefix: prefixes("192.0.2.0/24", "172.16.0.0/12", "10.0.0.0/8")}, true},
		{"prefix one out", Segment{Prefix: prefixes("10.1.0.0/24", "192.0.3.7/32")}, Segment{Prefix: prefixes("192.0.2.0/24", "10.0.0.0/8")}, false},
		{"prefix before all", Segment{Prefix: prefixes("9.0.0.0/8")}, Segment{Prefix: prefixes("10.0.0.0/8")}, false},
		{"prefix family", Segment{Prefix: prefixes("10.0.0.0/8")}, Segment{Prefix: prefixes("::/0")}, false},
		{"mac", Segment{MAC: mac(2)}, Segment{MAC: mac(3, 2, 1)}, true},
		{"mac out", Segment{MAC: mac(2, 4)}, Segment{MAC: mac(3, 2, 1)}, false},
		{"mac absent inside", Segment{VNI: []Range{{1, 1}}}, Segment{VNI: []Range{{1, 1}}, MAC: mac(1)}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner, outer := newCriteria(&c.inner), newCriteria(&c.outer)
			if got := inner.within(&outer); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// drawSegments makes segments of few values, so that many contain others.
func drawSegments(t *rapid.T) []Segment {
	ranges := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Range {
		lo := rapid.Uint32Range(0, 9).Draw(t, "lo")
		return Range{lo, lo + rapid.Uint32Range(0, 6).Draw(t, "width")}
	}), 0, 2)
	prefix := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) netip.Prefix {
		addr := netip.AddrFrom4([4]byte{10, rapid.Byte().Draw(t, "byte") & 3})
		p, _ := addr.Prefix(rapid.SampledFrom([]int{0, 8, 15, 16}).Draw(t, "bits"))
		return p
	}), 0, 2)
	mac := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [6]byte { return [6]byte{5: rapid.Byte().Draw(t, "mac") & 1} }), 0, 2)
	list := make([]Segment, rapid.IntRange(1, 12).Draw(t, "segments"))
	for i := range list {
		list[i] = Segment{VNI: ranges.Draw(t, "vni"), Group: ranges.Draw(t, "group"), Prefix: prefix.Draw(t, "prefix"), MAC: mac.Draw(t, "macs")}
		for k := range i {
			if rapid.IntRange(0, 5).Draw(t, "include") == 0 {
				list[i].Include = append(list[i].Include, k)
			}
		}
	}
	return list
}

// TestContainers compares the index with a comparison of all with all.
func TestContainers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segments := drawSegments(t)
		work := maxWork
		c := newContainment(segments, &work)
		for i := range segments {
			got := slices.Clone(c.containers(int32(i)))
			slices.Sort(got)
			want := []int32{anySegment}
			for k := range segments {
				if k == i || contains(segments, k, i) {
					want = append(want, int32(k))
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("segment %d: got %v, want %v\n%s", i, got, want, describe(segments))
			}
		}
	})
}

// contains says whether every part of segment i lies within a part of k.
func contains(segments []Segment, k, i int) bool {
	outer, inner := parts(segments, k), parts(segments, i)
	for _, in := range inner {
		if !slices.ContainsFunc(outer, func(out criteria) bool { return in.within(&out) }) {
			return false
		}
	}
	return len(inner) > 0
}

func parts(segments []Segment, i int) []criteria {
	var list []criteria
	if own := newCriteria(&segments[i]); !own.none() {
		list = append(list, own)
	}
	for _, k := range segments[i].Include {
		list = append(list, parts(segments, k)...)
	}
	return list
}

func describe(segments []Segment) string {
	text := ""
	for i, s := range segments {
		text += fmt.Sprintf("%d: %+v\n", i, s)
	}
	return text
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		in   []Range
		want []uint32
	}{
		{nil, []uint32{wild}},
		{[]Range{{5, 5}}, []uint32{5}},
		{[]Range{{5, 8}}, []uint32{5, 6, 7, 8}},
		{[]Range{{1, 1}, {5, 7}}, []uint32{1, 5, 6, 7}},
		{[]Range{{1, 5}}, []uint32{wild}},
		{[]Range{{1, 2}, {5, 7}}, []uint32{wild}},
		{[]Range{{0, ^uint32(0)}}, []uint32{wild}},
	} {
		if got := values(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: got %v", c.in, got)
		}
	}
}
