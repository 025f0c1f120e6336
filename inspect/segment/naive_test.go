package segment_test

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"vxwall/inspect/segment"
	"vxwall/rules"
)

// naive judges a query by the words of the documentation: rule by rule, each
// criterion against the plain values. It shares no code with the package.
func naive(set *rules.Set, now time.Time, q *segment.Query) (int32, rules.Action) {
	for i, rule := range set.ACL {
		if !rule.Enabled || !rule.Expires.IsZero() && !rule.Expires.After(now) {
			continue
		}
		if naiveEnd(set, rule.From, q.VNI, &q.From) && naiveEnd(set, rule.To, q.VNI, &q.To) &&
			slices.ContainsFunc(rule.Service, func(m rules.Match) bool { return m.Lo <= q.Service && q.Service <= m.Hi }) {
			return int32(i), rule.Action
		}
	}
	return segment.NoRule, set.Policy.Default
}

func naiveEnd(set *rules.Set, end rules.Endpoint, vni uint32, e *segment.Endpoint) bool {
	return end.Any || slices.ContainsFunc(end.Segments, func(i int) bool { return naiveMember(set, i, vni, e) })
}

// naiveMember says whether a workload belongs to a segment.
func naiveMember(set *rules.Set, i int, vni uint32, e *segment.Endpoint) bool {
	return naiveOwn(&set.Segments[i], vni, e) ||
		slices.ContainsFunc(set.Segments[i].Include, func(in int) bool { return naiveMember(set, in, vni, e) })
}

// naiveOwn says whether a workload meets all criteria of a segment.
func naiveOwn(s *rules.Segment, vni uint32, e *segment.Endpoint) bool {
	criteria := 0
	met := func(present int, ok bool) bool {
		if present == 0 {
			return true
		}
		criteria++
		return ok
	}
	in := func(rs []rules.Range, v uint32) bool {
		return slices.ContainsFunc(rs, func(r rules.Range) bool { return r.Lo <= v && v <= r.Hi })
	}
	all := met(len(s.VNI), in(s.VNI, vni)) &&
		met(len(s.Prefix), slices.ContainsFunc(s.Prefix, func(p netip.Prefix) bool { return naivePrefix(p, e.Addr) })) &&
		met(len(s.Group), e.AnyGroup || !e.NoGroup && in(s.Group, uint32(e.Group))) &&
		met(len(s.MAC), e.AnyMAC || slices.Contains(s.MAC, e.MAC))
	return all && criteria > 0
}

// naivePrefix compares bit by bit; IPv4 and IPv6 are different worlds.
func naivePrefix(p netip.Prefix, addr [16]byte) bool {
	mapped := bytes.HasPrefix(addr[:], []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})
	if mapped != p.Addr().Is4() {
		return false
	}
	want, bits := p.Addr().As16(), p.Bits()
	if mapped {
		bits += 96
	}
	for i := range bits {
		if (want[i/8]^addr[i/8])>>(7-i%8)&1 != 0 {
			return false
		}
	}
	return true
}
