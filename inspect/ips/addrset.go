package ips

import (
	"bytes"
	"net/netip"
	"slices"

	"vxwall/rules/suricata"
)

// span is an interval of 16-byte addresses, IPv4 mapped, both ends included.
type span struct{ first, last [16]byte }

// addrSet is a set of addresses: spans in order, with room between them.
type addrSet struct {
	spans []span
}

// mappedFirst and mappedLast enclose the IPv4 addresses. A range of IPv6 does not hold them.
var (
	mappedFirst = netip.MustParseAddr("::ffff:0.0.0.0").As16()
	mappedLast  = netip.MustParseAddr("::ffff:255.255.255.255").As16()
	highest     = [16]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}
)

func compare(a, b *[16]byte) int { return bytes.Compare(a[:], b[:]) }

// has says whether the set holds an address.
func (s *addrSet) has(a *[16]byte) bool {
	low, high := 0, len(s.spans)
	for low < high {
		mid := (low + high) / 2
		if compare(&s.spans[mid].last, a) < 0 {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low < len(s.spans) && compare(&s.spans[low].first, a) <= 0
}

// size is about how many addresses the set holds, of IPv6 how many networks of 64 bits.
func (s *addrSet) size() (n float64) {
	for i := range s.spans {
		first, last := number128(&s.spans[i].first), number128(&s.spans[i].last)
		if first.high != last.high {
			n += float64(last.high - first.high)
		} else {
			n += float64(last.low - first.low + 1)
		}
	}
	return n
}

// spansOf returns the spans of a set of the rule language.
func spansOf(a *suricata.Addresses) []span {
	in := []span{{last: highest}}
	if len(a.In) > 0 {
		in = union(a.In)
	}
	for _, not := range union(a.Not) {
		in = subtract(in, not)
	}
	return in
}

func union(ranges []suricata.Range) []span {
	var all []span
	for _, r := range ranges {
		s := span{r.First.As16(), r.Last.As16()}
		if r.First.Is4() {
			all = append(all, s)
			continue
		}
		all = append(all, subtract([]span{s}, span{mappedFirst, mappedLast})...)
	}
	slices.SortFunc(all, func(a, b span) int { return compare(&a.first, &b.first) })
	var out []span
	for _, s := range all {
		if n := len(out); n > 0 && compare(&s.first, &out[n-1].last) <= 0 {
			if compare(&s.last, &out[n-1].last) > 0 {
				out[n-1].last = s.last
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// subtract takes a span out of others.
func subtract(from []span, cut span) (out []span) {
	for _, s := range from {
		if compare(&s.last, &cut.first) < 0 || compare(&s.first, &cut.last) > 0 {
			out = append(out, s)
			continue
		}
		if compare(&s.first, &cut.first) < 0 {
			out = append(out, span{s.first, step(cut.first, -1)})
		}
		if compare(&s.last, &cut.last) > 0 {
			out = append(out, span{step(cut.last, 1), s.last})
		}
	}
	return out
}

// step returns the next address up (1) or down (-1).
func step(a [16]byte, by int) [16]byte {
	for i := 15; i >= 0; i-- {
		a[i] += byte(by)
		if by > 0 && a[i] != 0 || by < 0 && a[i] != 255 {
			break
		}
	}
	return a
}
