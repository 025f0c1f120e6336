// Package segmenttest makes large policies, and workloads to try them with,
// for tests and benchmarks of the segment policy.
package segmenttest

import (
	"fmt"
	"math/rand/v2"
	"net/netip"

	"vxwall/rules"
)

// The shape of a synthetic policy: tenants with a VNI each, whose prefixes
// overlap with those of the other tenants, and some segments across tenants.
const (
	tenantSegments = 50   // segments of one tenant
	wideShare      = 40   // one segment of so many is wide
	firstVNI       = 5000 // of the first tenant
)

// Synthetic returns a policy with a number of rules and segments. Policies with
// the same seed and number of segments have the same segments, however many
// rules they have.
func Synthetic(count, segments int, seed int64) *rules.Set {
	g := &generator{Rand: rand.New(rand.NewPCG(uint64(seed), 1)), set: &rules.Set{}}
	g.wide = segments / wideShare
	g.tenants = (segments - g.wide) / tenantSegments
	for i := range segments {
		g.set.Segments = append(g.set.Segments, g.segment(i))
	}
	g.Rand = rand.New(rand.NewPCG(uint64(seed), 2))
	for i := range count {
		g.set.ACL = append(g.set.ACL, g.rule(i))
	}
	return g.set
}

type generator struct {
	*rand.Rand
	set  *rules.Set
	wide int // the first segments are the wide ones

	tenants int
}

func (g *generator) segment(i int) rules.Segment {
	seg := rules.Segment{Name: fmt.Sprint("segment-", i), Pos: rules.Pos{File: "synthetic.toml", Line: i + 1, Column: 1, Width: 1}}
	if i < g.wide {
		g.widen(&seg, i)
		return seg
	}
	tenant, nth := (i-g.wide)/tenantSegments, (i-g.wide)%tenantSegments
	vni := uint32(firstVNI + tenant)
	seg.VNI = []rules.Range{{Lo: vni, Hi: vni}}
	switch {
	case nth == 0: // the whole tenant
		seg.Prefix = []netip.Prefix{prefix4(10, 0, 0, 8), prefix6(0, 0, 32)}
	case nth < 6: // a site of the tenant
		seg.Prefix = []netip.Prefix{prefix4(10, nth, 0, 16), prefix6(nth, 0, 48)}
	case nth == 6: // by group alone
		seg.Group = []rules.Range{{Lo: 17, Hi: 19}}
	case nth == 7: // by MAC alone
		for host := range 4 {
			seg.MAC = append(seg.MAC, mac(tenant, host))
		}
	case nth == 8:
		seg.VNI, seg.Include = nil, []int{i - 1, i - 2}
	default:
		seg.Prefix = []netip.Prefix{prefix4(10, nth%5+1, nth, 24)}
		if nth%4 == 0 {
			seg.Prefix = append(seg.Prefix, prefix6(nth%5+1, nth, 64))
		}
	}
	return seg
}

// widen makes a segment that is not of one tenant alone.
func (g *generator) widen(seg *rules.Segment, i int) {
	lo := func(n int) uint32 { return uint32(firstVNI + i%max(1, g.tenants/n)*n) }
	switch i % 4 {
	case 0: // one place outside
		seg.Prefix = []netip.Prefix{prefix4(172, 16+i%16, i%256, 24)}
	case 1: // a site of some tenants
		seg.VNI = []rules.Range{{Lo: lo(10), Hi: lo(10) + 9}}
		seg.Prefix = []netip.Prefix{prefix4(10, i%5+1, 0, 16)}
	case 2: // a network that all tenants use
		seg.Prefix = []netip.Prefix{prefix4(192, 168, i%256, 24), prefix6(200+i%50, 0, 48)}
	default: // a service address in many tenants
		seg.VNI = []rules.Range{{Lo: lo(100), Hi: lo(100) + 99}}
		seg.Prefix = []netip.Prefix{prefix4(10, 255, i%256, 24)}
	}
}

// baseline is the number of rules that come first and are coarse, as the rules
// of an operator for all tenants are.
const baseline = 1000

// rule makes a rule. Those of the baseline speak of sites of a tenant; of the
// others most are of one tenant, some between a tenant and a wide segment, few
// for anyone.
func (g *generator) rule(i int) rules.ACL {
	rule := rules.ACL{
		Name: fmt.Sprint("rule-", i), Enabled: true, Log: rules.LogEnd,
		Action: []rules.Action{rules.Allow, rules.Allow, rules.Allow, rules.Deny, rules.Reject}[g.IntN(5)],
		Pos:    rules.Pos{File: "synthetic.toml", Line: len(g.set.Segments) + i + 1, Column: 1, Width: 1},
	}
	tenant, names := g.IntN(max(1, g.tenants)), tenantSegments
	if i < baseline {
		tenant, names = i%max(1, g.tenants), 6
	}
	rule.From, rule.To = g.names(tenant, names), g.names(tenant, names)
	switch kind := g.IntN(1000); {
	case kind < 100 && g.wide > 0:
		rule.From = rules.Endpoint{Segments: []int{g.IntN(g.wide)}}
	case kind < 200 && g.wide > 0:
		rule.To = rules.Endpoint{Segments: []int{g.IntN(g.wide)}}
	case kind < 220:
		rule.From = rules.Endpoint{Any: true}
	case kind < 240:
		rule.To = rules.Endpoint{Any: true}
	}
	rule.Service, rule.ServiceText = g.service()
	return rule
}

// names returns one of the first n segments of a tenant, now and then up to
// three.
func (g *generator) names(tenant, n int) rules.Endpoint {
	first := g.wide + tenant*tenantSegments
	n = min(n, len(g.set.Segments)-first)
	var end rules.Endpoint
	for range max(1, g.IntN(6)-2) {
		end.Segments = append(end.Segments, first+g.IntN(n))
	}
	return end
}

func (g *generator) service() ([]rules.Match, []string) {
	switch kind := g.IntN(20); {
	case kind == 0:
		return []rules.Match{rules.AnyService}, nil
	case kind < 4:
		lo := uint32(8000 + g.IntN(1000))
		return []rules.Match{{Lo: 6<<16 | lo, Hi: 6<<16 | lo + 10}, {Lo: 17<<16 | 53, Hi: 17<<16 | 53}},
			[]string{fmt.Sprintf("tcp/%d-%d", lo, lo+10), "udp/53"}
	default:
		port := uint32(ports[g.IntN(len(ports))])
		return []rules.Match{{Lo: 6<<16 | port, Hi: 6<<16 | port}}, []string{fmt.Sprintf("tcp/%d", port)}
	}
}

var ports = []int{22, 25, 80, 443, 1433, 3306, 3389, 5432, 6379, 8080, 9092, 9200}

func prefix4(a, b, c, bits int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(a), byte(b), byte(c), 0}), bits).Masked()
}

// prefix6 returns a prefix of 2001:db8::/32 by site and subnet.
func prefix6(site, subnet, bits int) netip.Prefix {
	return netip.PrefixFrom(address6(site, subnet, 0), bits).Masked()
}

func address6(site, subnet, host int) netip.Addr {
	return netip.AddrFrom16([16]byte{0: 0x20, 1: 0x01, 2: 0x0d, 3: 0xb8, 5: byte(site), 7: byte(subnet), 15: byte(host)})
}

func mac(tenant, host int) [6]byte {
	return [6]byte{2, 0, byte(tenant >> 8), byte(tenant), 0, byte(host)}
}
