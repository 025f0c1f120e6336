package segment

import (
	"net/netip"
	"slices"
	"time"

	"vxwall/rules"
)

// direct judges one query by the plain values of a rule set, in time that grows
// with its size. It says for every segment and rule whether and why it fits,
// which the compiled policy cannot. Where an endpoint says AnyMAC or AnyGroup,
// criteria on it are met.
type direct struct {
	set *rules.Set
	now time.Time
	q   *Query
	via [2][]int32 // per side and segment: see members
}

func newDirect(set *rules.Set, now time.Time, q *Query) *direct {
	d := &direct{set: set, now: now, q: q}
	d.via[sideFrom] = members(set, q.VNI, &q.From)
	d.via[sideTo] = members(set, q.VNI, &q.To)
	return d
}

// outside says that a workload does not belong to a segment.
const outside = -1

// members returns for each segment: its own index if a workload meets its
// criteria, the index of an included segment that the workload belongs to, or
// outside.
func members(set *rules.Set, vni uint32, e *Endpoint) []int32 {
	const unknown = -2
	via := slices.Repeat([]int32{unknown}, len(set.Segments))
	var visit func(i int) bool
	visit = func(i int) bool {
		if via[i] != unknown {
			return via[i] != outside
		}
		via[i] = outside
		seg := &set.Segments[i]
		if hasCriteria(seg) && unmet(seg, vni, e) == 0 {
			via[i] = int32(i)
			return true
		}
		for _, in := range seg.Include {
			if visit(in) {
				via[i] = int32(in)
				return true
			}
		}
		return false
	}
	for i := range set.Segments {
		visit(i)
	}
	return via
}

// criterion is one of the kinds of criteria, or a set of them.
type criterion uint8

const (
	byVNI criterion = 1 << iota
	byPrefix
	byGroup
	byMAC
)

// unmet returns the criteria of a segment that a workload does not meet.
func unmet(seg *rules.Segment, vni uint32, e *Endpoint) criterion {
	var c criterion
	if len(seg.VNI) > 0 && rangeOf(seg.VNI, vni) < 0 {
		c |= byVNI
	}
	if len(seg.Prefix) > 0 && prefixOf(seg.Prefix, e) < 0 {
		c |= byPrefix
	}
	if len(seg.Group) > 0 && !e.AnyGroup && (e.NoGroup || rangeOf(seg.Group, uint32(e.Group)) < 0) {
		c |= byGroup
	}
	if len(seg.MAC) > 0 && !e.AnyMAC && !slices.Contains(seg.MAC, e.MAC) {
		c |= byMAC
	}
	return c
}

// rangeOf returns the index of a range that holds a number, -1 if none does.
func rangeOf(rs []rules.Range, v uint32) int {
	return slices.IndexFunc(rs, func(r rules.Range) bool { return r.Lo <= v && v <= r.Hi })
}

// prefixOf returns the index of the longest prefix around an address, -1 if
// there is none.
func prefixOf(ps []netip.Prefix, e *Endpoint) int {
	best, bits, addr := -1, -1, netipAddr(e)
	for i, p := range ps {
		if p = unmapped(p); p.Contains(addr) && p.Bits() > bits {
			best, bits = i, p.Bits()
		}
	}
	return best
}

// netipAddr returns the address of an endpoint, IPv4 as IPv4.
func netipAddr(e *Endpoint) netip.Addr { return netip.AddrFrom16(e.Addr).Unmap() }

// endpoint returns an end of the query.
func (d *direct) endpoint(side int) *Endpoint {
	if side == sideFrom {
		return &d.q.From
	}
	return &d.q.To
}

// named returns the first segment of a rule's end that the workload belongs
// to, -1 if there is none, and whether the end fits: that, or any.
func (d *direct) named(end *rules.Endpoint, side int) (int, bool) {
	if end.Any {
		return -1, true
	}
	for _, i := range end.Segments {
		if d.via[side][i] != outside {
			return i, true
		}
	}
	return -1, false
}

// misfit is a set of reasons for which a rule does not match.
type misfit uint8

const (
	isDisabled misfit = 1 << iota
	isExpired
	otherFrom
	otherTo
	otherService
)

// misfits returns the reasons for which a rule does not match, 0 if it does.
func (d *direct) misfits(rule *rules.ACL) misfit {
	var m misfit
	if !rule.Enabled {
		m |= isDisabled
	}
	if expired(rule, d.now) {
		m |= isExpired
	}
	if _, ok := d.named(&rule.From, sideFrom); !ok {
		m |= otherFrom
	}
	if _, ok := d.named(&rule.To, sideTo); !ok {
		m |= otherTo
	}
	in := func(s rules.Match) bool { return s.Lo <= d.q.Service && d.q.Service <= s.Hi }
	if !slices.ContainsFunc(rule.Service, in) {
		m |= otherService
	}
	return m
}

// first returns the first rule that matches, NoRule if none does.
func (d *direct) first() int {
	for i := range d.set.ACL {
		if d.misfits(&d.set.ACL[i]) == 0 {
			return i
		}
	}
	return NoRule
}

// allows reports whether the query is allowed.
func (d *direct) allows() bool {
	if i := d.first(); i != NoRule {
		return d.set.ACL[i].Action == rules.Allow
	}
	return d.set.Policy.Default == rules.Allow
}
