package segment_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"vxwall/inspect/segment"
	"vxwall/inspect/segment/segmenttest"
	"vxwall/rules"
)

// costlyPolicies would keep a compiler busy that fills every cell of every pair
// of classes, or looks at every row for every target.
func costlyPolicies() []odd {
	at := func(from, to string, service uint32) segment.Query {
		return segment.Query{VNI: 1, From: workload(from, 0), To: workload(to, 0), Service: service}
	}
	return []odd{
		{"100,000 hosts of one server, all known to another VNI", hosts, at("10.0.0.1", "11.0.0.1", 6<<16|80)},
		{"1,000 rules of 500 services each, 200 prefixes inside", bigService, at("10.0.0.1", "10.0.5.1", 6<<16|77)},
		{"2,000 rules from 100 names to 100 that overlap", overlapping, at("10.0.0.1", "10.0.0.2", 6<<16|80)},
		{"200 MACs of all VNIs, 5,000 VNIs", macsEverywhere, at("10.0.0.1", "10.0.0.2", 6<<16|22)},
		{"100,000 rules from any to any, 1,000 VNIs", anyToAny, at("10.0.0.1", "10.0.0.2", 6<<16|44)},
		{"3,000 segments of all VNIs nested by include, 5,000 VNIs", nestedEverywhere, at("10.0.0.1", "10.0.0.2", 6<<16|22)},
		{"5,000 segments of all VNIs with one prefix, 5,000 VNIs", sameEverywhere, at("10.0.0.1", "10.0.0.2", 6<<16|22)},
	}
}

// inVNI makes a segment of VNI 1 with one prefix.
func inVNI(addr uint32, bits int) rules.Segment {
	a := netip.AddrFrom4([4]byte{byte(addr >> 24), byte(addr >> 16), byte(addr >> 8), byte(addr)})
	return rules.Segment{VNI: span(1, 1), Prefix: []netip.Prefix{netip.PrefixFrom(a, bits).Masked()}}
}

func allow(from, to rules.Endpoint, service ...rules.Match) rules.ACL {
	return rules.ACL{From: from, To: to, Service: service, Action: rules.Allow, Enabled: true}
}

func names(segments ...int) rules.Endpoint { return rules.Endpoint{Segments: segments} }

func tcp(port int) rules.Match {
	return rules.Match{Lo: 6<<16 | uint32(port), Hi: 6<<16 | uint32(port)}
}

func hosts() *rules.Set {
	set := &rules.Set{Segments: []rules.Segment{inVNI(11<<24, 8), {VNI: span(2, 2)}}}
	for i := range 100_000 {
		set.Segments = append(set.Segments, inVNI(10<<24|uint32(i), 32))
		set.ACL = append(set.ACL, allow(names(i+2), names(0), tcp(80)), allow(names(1), names(i+2), tcp(80)))
	}
	return set
}

func bigService() *rules.Set {
	r := rand.New(rand.NewPCG(1, 1))
	set := &rules.Set{Segments: []rules.Segment{inVNI(10<<24, 8)}}
	var ports []rules.Match
	for i := range 500 {
		ports = append(ports, tcp(i*7))
	}
	for range 1000 {
		set.ACL = append(set.ACL, allow(names(0), names(0), ports...))
	}
	for i := range 200 {
		set.Segments = append(set.Segments, inVNI(10<<24|uint32(i)<<8, 24))
	}
	for range 5000 {
		set.ACL = append(set.ACL, allow(names(1+r.IntN(200)), names(1+r.IntN(200)), tcp(80)))
	}
	return set
}

func overlapping() *rules.Set {
	r := rand.New(rand.NewPCG(1, 2))
	set := &rules.Set{}
	for range 600 {
		set.Segments = append(set.Segments, inVNI(10<<24|r.Uint32N(1<<16), 8+r.IntN(24)))
	}
	for i := range 2000 {
		var from, to rules.Endpoint
		for range 100 {
			from.Segments = append(from.Segments, r.IntN(600))
			to.Segments = append(to.Segments, r.IntN(600))
		}
		set.ACL = append(set.ACL, allow(from, to, tcp(2000-i)))
	}
	return set
}

func macsEverywhere() *rules.Set {
	var admins rules.Segment
	for i := range 200 {
		admins.MAC = append(admins.MAC, [6]byte{2, 0, 0, 0, 0, byte(i)})
	}
	set := &rules.Set{Segments: []rules.Segment{admins}}
	for i := range 5000 {
		set.Segments = append(set.Segments, rules.Segment{VNI: span(i, i)})
		set.ACL = append(set.ACL, allow(names(0, i+1), names(i+1), tcp(22)))
	}
	return set
}

func nestedEverywhere() *rules.Set {
	set := &rules.Set{}
	for i := range 3000 {
		seg := inVNI(10<<24|uint32(i)<<8, 24)
		seg.VNI = nil
		if i > 0 {
			seg.Include = []int{i - 1}
		}
		set.Segments = append(set.Segments, seg)
	}
	for i := range 5000 {
		set.Segments = append(set.Segments, rules.Segment{VNI: span(i, i)})
		set.ACL = append(set.ACL, allow(names(2999), names(3000+i), tcp(22)))
	}
	return set
}

func sameEverywhere() *rules.Set {
	set := &rules.Set{}
	for range 5000 {
		set.Segments = append(set.Segments, rules.Segment{Prefix: parsePrefixes("10.0.0.0/8")})
	}
	for i := range 5000 {
		set.Segments = append(set.Segments, rules.Segment{VNI: span(i, i)})
		set.ACL = append(set.ACL, allow(names(i), names(5000+i), tcp(22)), allow(names(5000+i), names(i), tcp(23)))
	}
	return set
}

func anyToAny() *rules.Set {
	set := &rules.Set{}
	for i := range 1000 {
		set.Segments = append(set.Segments, rules.Segment{VNI: span(i, i)})
		set.ACL = append(set.ACL, allow(names(i), names(i), tcp(i)))
	}
	for i := range 100_000 {
		set.ACL = append(set.ACL, allow(rules.Endpoint{Any: true}, rules.Endpoint{Any: true}, tcp(i%65536)))
	}
	return set
}

// What one odd VNI takes must not deprive the others of their matrix.
func TestOddPlaceLeavesOthers(t *testing.T) {
	const ordinary, rulesOfThem = 1000, 5000
	for _, tt := range []struct {
		name     string
		segments func(i int) rules.Segment
		split    int
	}{
		{"too many classes", func(i int) rules.Segment { return inVNI(10<<24|uint32(i), 32) }, 0},
		{"too long lists", func(i int) rules.Segment { return inVNI(10<<24|uint32(i), 8+24*(i%2)) }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set := segmenttest.Synthetic(rulesOfThem, ordinary, 1)
			r := rand.New(rand.NewPCG(1, 3))
			for i := range 5000 {
				set.Segments = append(set.Segments, tt.segments(i))
			}
			for range 20_000 {
				set.ACL = append(set.ACL, allow(names(ordinary+r.IntN(5000)), names(ordinary+r.IntN(5000)), tcp(r.IntN(50))))
			}
			p := segment.Compile(set, now)
			if listed := p.Listed(); listed != 1-tt.split || p.Split() != tt.split {
				t.Errorf("%d places are listed, %d split", listed, p.Split())
			}
		})
	}
}

// A list of the segments of all VNIs does not cost each VNI its whole length.
func TestLongListsLeaveMatrix(t *testing.T) {
	const vnis = 5000
	set := &rules.Set{}
	for i := range vnis {
		set.Segments = append(set.Segments, rules.Segment{VNI: span(i, i)})
	}
	for k := range 20 {
		var end rules.Endpoint
		for i := range vnis {
			if i%97 != k {
				end.Segments = append(end.Segments, i)
			}
		}
		set.ACL = append(set.ACL, allow(end, end, tcp(k)))
	}
	if p := segment.Compile(set, now); p.Listed()+p.Split() > 0 {
		t.Errorf("%d places are listed, %d split", p.Listed(), p.Split())
	}
}
