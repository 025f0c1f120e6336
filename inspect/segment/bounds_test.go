package segment_test

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"vxwall/inspect/segment"
	"vxwall/rules"
)

// odd is a policy that multiplies where a naive compiler would.
type odd struct {
	name  string
	set   func() *rules.Set
	query segment.Query
}

func oddPolicies() []odd {
	at := func(vni uint32) segment.Query {
		return segment.Query{VNI: vni, From: workload("10.0.0.1", 5000), To: workload("10.0.0.1", 5000), Service: 6<<16 | 80}
	}
	return []odd{
		{"a rule from 5,000 names to 5,000", func() *rules.Set { return manyNames(5000) }, at(4999)},
		{"5,000 segments with one prefix in 5,000 VNIs", func() *rules.Set {
			return perSegment(5000, func(i int, s *rules.Segment) {
				s.VNI, s.Prefix = span(i, i), parsePrefixes("10.0.0.0/8")
			})
		}, at(4321)},
		{"3,000 segments nested by prefix and include", nested, at(1)},
		{"3,000 segments of nested VNIs and prefixes", func() *rules.Set {
			return perSegment(3000, func(i int, s *rules.Segment) {
				s.VNI = span(i, 1<<24-2-i)
				s.Prefix = []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10}), 8+i%17).Masked()}
			})
		}, at(1 << 20)},
		{"3,000 segments of nested groups", func() *rules.Set {
			return perSegment(3000, func(i int, s *rules.Segment) { s.Group = span(i, 10000-i) })
		}, at(1)},
		{"500 segments of all VNIs and 3,000 of one, by prefix", func() *rules.Set {
			return perSegment(3500, func(i int, s *rules.Segment) {
				s.VNI = span(i, i)
				if i < 500 {
					s.VNI = span(1, 1<<24-1)
				}
				s.Prefix = []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i)}), 24)}
			})
		}, at(1000)},
		{"all VNIs", func() *rules.Set {
			return perSegment(5000, func(_ int, s *rules.Segment) { s.VNI = span(0, 1<<24-1) })
		}, at(77)},
		{"5,000 rules of one pair, 2,000 services each", manyServices, at(1)},
	}
}

func span(lo, hi int) []rules.Range { return []rules.Range{{Lo: uint32(lo), Hi: uint32(hi)}} }

// perSegment makes segments, and for each a rule from it to itself.
func perSegment(n int, edit func(int, *rules.Segment)) *rules.Set {
	set := &rules.Set{}
	for i := range n {
		s := rules.Segment{Name: fmt.Sprint("s", i)}
		edit(i, &s)
		set.Segments = append(set.Segments, s)
		end := rules.Endpoint{Segments: []int{i}}
		set.ACL = append(set.ACL, rules.ACL{Name: fmt.Sprint("r", i), From: end, To: end,
			Service: []rules.Match{rules.AnyService}, Action: rules.Allow, Enabled: true})
	}
	return set
}

// manyNames makes a rule from all segments to all.
func manyNames(n int) *rules.Set {
	set := perSegment(n, func(i int, s *rules.Segment) { s.VNI = span(i, i) })
	var end rules.Endpoint
	for i := range n {
		end.Segments = append(end.Segments, i)
	}
	set.ACL[0].From, set.ACL[0].To = end, end
	return set
}

// nested makes each segment include the one before.
func nested() *rules.Set {
	return perSegment(3000, func(i int, s *rules.Segment) {
		s.Prefix = []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10}), 32-i%25).Masked()}
		if i > 0 {
			s.Include = []int{i - 1}
		}
	})
}

// manyServices makes rules for one pair that have many services each; only the
// last has the one asked for.
func manyServices() *rules.Set {
	set := perSegment(1, func(_ int, s *rules.Segment) { s.VNI = span(1, 1) })
	rule := set.ACL[0]
	set.ACL = nil
	for i := range 5000 {
		rule.Service = nil
		for k := range 2000 {
			point := uint32(17<<16 | k*20 + i%20)
			rule.Service = append(rule.Service, rules.Match{Lo: point, Hi: point})
		}
		if i == 4999 {
			rule.Service = append(rule.Service, rules.Match{Lo: 6<<16 | 80, Hi: 6<<16 | 80})
		}
		set.ACL = append(set.ACL, rule)
	}
	return set
}

// maxOdd bounds what an odd policy may occupy once compiled; multiplied, the
// first would be hundreds of megabytes. maxCompile is far above what any takes
// on a busy machine; without a limit of work the costly ones take minutes.
const (
	maxOdd     = 64 << 20
	maxCompile = time.Minute
)

func TestOddPoliciesAreBounded(t *testing.T) {
	for _, tt := range append(oddPolicies(), costlyPolicies()...) {
		t.Run(tt.name, func(t *testing.T) {
			set := tt.set()
			before, start := heap(), time.Now()
			p := segment.Compile(set, now)
			if took := time.Since(start); took > maxCompile {
				t.Errorf("compiling took %v", took)
			}
			size := heap() - before
			var s segment.Scratch
			d := p.Lookup(&tt.query, &s)
			if rule, _ := naive(set, now, &tt.query); d.Rule != rule || rule == segment.NoRule {
				t.Errorf("got rule %d, want %d", d.Rule, rule)
			}
			if size > maxOdd {
				t.Errorf("%d KiB", size>>10)
			}
			runtime.KeepAlive(set)
		})
	}
}

// BenchmarkLookupOdd shows what a lookup costs where an end belongs to
// thousands of segments.
func BenchmarkLookupOdd(b *testing.B) {
	for _, odd := range append(oddPolicies(), costlyPolicies()...) {
		b.Run(odd.name, func(b *testing.B) {
			p := segment.Compile(odd.set(), now)
			var s segment.Scratch
			for b.Loop() {
				p.Lookup(&odd.query, &s)
			}
		})
	}
}

// heap returns the bytes in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
