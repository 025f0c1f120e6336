package segmenttest

import (
	"math/rand/v2"
	"net/netip"

	"vxwall/inspect/segment"
	"vxwall/rules"
)

// Queries returns queries for a set of Synthetic. They depend on the segments
// and the seed, not on the rules. Both ends are random workloads of one random
// tenant; some are outside of it, some in no segment at all.
func Queries(set *rules.Set, n int, seed int64) []segment.Query {
	r := rand.New(rand.NewPCG(uint64(seed), 3))
	wide := len(set.Segments) / wideShare
	tenants := max(1, (len(set.Segments)-wide)/tenantSegments)
	out := make([]segment.Query, n)
	for i := range out {
		tenant := r.IntN(tenants)
		service := uint32(6<<16 | ports[r.IntN(len(ports))])
		if r.IntN(5) == 0 {
			service = 17<<16 | 53
		}
		six := r.IntN(4) == 0
		out[i] = segment.Query{
			VNI:     uint32(firstVNI + tenant),
			From:    workload(r, tenant, six),
			To:      workload(r, tenant, six),
			Service: service,
		}
	}
	return out
}

func workload(r *rand.Rand, tenant int, six bool) segment.Endpoint {
	e := segment.Endpoint{MAC: mac(tenant, r.IntN(100))}
	if r.IntN(10) == 0 {
		e.Group = 18
	}
	nth, host := 9+r.IntN(tenantSegments-9), 1+r.IntN(250)
	switch outside := r.IntN(20) == 0; {
	case six && outside:
		e.Addr = address6(200+r.IntN(60), 0, host).As16()
	case six:
		e.Addr = address6(nth%5+1, nth/4*4, host).As16()
	case outside:
		e.Addr = netip.AddrFrom4([4]byte{192, 168, byte(r.IntN(256)), byte(host)}).As16()
	default:
		e.Addr = netip.AddrFrom4([4]byte{10, byte(nth%5 + 1), byte(nth), byte(host)}).As16()
	}
	return e
}
