package segment_test

import (
	"fmt"
	"net/netip"
	"time"

	"pgregory.net/rapid"

	"vxwall/inspect/segment"
	"vxwall/rules"
)

// now is the time at which the tests compile.
var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// The values that criteria and queries are drawn from are few, so that they
// meet often and overlap in every way.
var (
	somePrefixes = parsePrefixes("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/24", "10.1.0.5/32", "10.2.0.0/15",
		"::/0", "2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::5/128", "::fffe:0:0/95", "::fffe:0:0/96")
	someAddrs = []string{"10.1.0.5", "10.1.0.6", "10.1.7.1", "10.2.0.9", "192.0.2.1", "2001:db8:1::5", "2001:db8:1::6", "2001:db8:2::1", "fe80::1", "::fffe:0:1", "0.0.0.1", "::1:0:0:0"}
	someVNIs  = []rules.Range{{Lo: 100, Hi: 100}, {Lo: 100, Hi: 199}, {Lo: 150, Hi: 300}, {Lo: 0, Hi: 1<<24 - 1}, {Lo: 200, Hi: 200}, {Lo: 7, Hi: 1 << 23}, {Lo: 1<<24 - 1, Hi: 1<<24 - 1}}
	someGroup = []rules.Range{{Lo: 17, Hi: 17}, {Lo: 0, Hi: 0}, {Lo: 10, Hi: 40}, {Lo: 0, Hi: 65535}, {Lo: 30, Hi: 50}}
	someMatch = []rules.Match{rules.AnyService, {Lo: 6 << 16, Hi: 6<<16 | 0xffff}, {Lo: 6<<16 | 80, Hi: 6<<16 | 80}, {Lo: 6<<16 | 50, Hi: 6<<16 | 90},
		{Lo: 17<<16 | 53, Hi: 17<<16 | 53}, {Lo: 6<<16 | 81, Hi: 6<<16 | 81}, {Lo: 1<<16 | 0x800, Hi: 1<<16 | 0x8ff}, {Lo: 255 << 16, Hi: 255<<16 | 0xffff}}
	someServices = []uint32{6<<16 | 80, 6<<16 | 81, 6<<16 | 50, 6<<16 | 443, 17<<16 | 53, 17<<16 | 54, 1<<16 | 0x800, 255<<16 | 0xffff, 0}
	someMACs     = [][6]byte{{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 3}}
)

func parsePrefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, s := range texts {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// few draws up to n values, often none.
func few[T any](t *rapid.T, label string, from []T, n int) []T {
	if rapid.Bool().Draw(t, "no "+label) {
		return nil
	}
	return rapid.SliceOfN(rapid.SampledFrom(from), 1, n).Draw(t, label)
}

// drawSet draws a small policy with every feature in it.
func drawSet(t *rapid.T) *rules.Set {
	set := &rules.Set{Policy: rules.Policy{Default: drawAction(t)}}
	for i := range rapid.IntRange(1, 10).Draw(t, "segments") {
		seg := rules.Segment{
			Name:   fmt.Sprint("s", i),
			VNI:    few(t, "vni", someVNIs, 2),
			Prefix: few(t, "prefix", somePrefixes, 3),
			Group:  few(t, "group", someGroup, 2),
			MAC:    few(t, "mac", someMACs, 2),
		}
		if i > 0 && rapid.IntRange(0, 3).Draw(t, "includes") == 0 {
			seg.Include = rapid.SliceOfN(rapid.IntRange(0, i-1), 1, 2).Draw(t, "include")
		}
		set.Segments = append(set.Segments, seg)
	}
	for i := range rapid.IntRange(0, 12).Draw(t, "rules") {
		set.ACL = append(set.ACL, drawRule(t, i, len(set.Segments)))
	}
	return set
}

func drawRule(t *rapid.T, i, segments int) rules.ACL {
	rule := rules.ACL{
		Name:    fmt.Sprint("r", i),
		From:    drawEnd(t, segments),
		To:      drawEnd(t, segments),
		Service: rapid.SliceOfN(rapid.SampledFrom(someMatch), 1, 3).Draw(t, "service"),
		Action:  drawAction(t),
		Enabled: rapid.IntRange(0, 5).Draw(t, "enabled") > 0,
		Pos:     rules.Pos{File: "p.toml", Line: i + 1, Column: 1, Width: 1},
	}
	switch rapid.IntRange(0, 7).Draw(t, "expires") {
	case 0:
		rule.Expires = now.Add(-time.Hour)
	case 1:
		rule.Expires = now
	case 2:
		rule.Expires = now.Add(time.Hour)
	}
	return rule
}

func drawAction(t *rapid.T) rules.Action {
	return rapid.SampledFrom([]rules.Action{rules.Deny, rules.Reject, rules.Allow}).Draw(t, "action")
}

// drawEnd draws a side of a rule, now and then with more names than stay pairs.
func drawEnd(t *rapid.T, segments int) rules.Endpoint {
	names := rapid.SampledFrom([]int{0, 1, 1, 2, 6, 9}).Draw(t, "names")
	if names == 0 {
		return rules.Endpoint{Any: true}
	}
	return rules.Endpoint{Segments: rapid.SliceOfN(rapid.IntRange(0, segments-1), names, names).Draw(t, "end")}
}

func drawQuery(t *rapid.T) segment.Query {
	return segment.Query{
		VNI:     rapid.SampledFrom([]uint32{0, 7, 100, 150, 199, 200, 300, 301, 1<<24 - 1}).Draw(t, "vni"),
		From:    drawWorkload(t),
		To:      drawWorkload(t),
		Service: rapid.SampledFrom(someServices).Draw(t, "point"),
	}
}

func drawWorkload(t *rapid.T) segment.Endpoint {
	return segment.Endpoint{
		Addr:    netip.MustParseAddr(rapid.SampledFrom(someAddrs).Draw(t, "addr")).As16(),
		MAC:     rapid.SampledFrom(append(someMACs, [6]byte{})).Draw(t, "mac"),
		Group:   rapid.SampledFrom([]uint16{0, 17, 30, 45, 65535}).Draw(t, "group"),
		NoGroup: rapid.IntRange(0, 3).Draw(t, "no group") == 0,
	}
}
