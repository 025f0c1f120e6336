package guard

import (
	"bytes"
	"net/netip"
	"slices"

	"vxwall/pipeline"
)

// span is addresses from lo to hi, IPv4 mapped.
type span struct{ lo, hi [16]byte }

// spans are sorted and do not touch each other.
type spans []span

// spansOf merges prefixes.
func spansOf(prefixes []netip.Prefix) spans {
	var all spans
	for _, p := range prefixes {
		all = append(all, spanOf(p))
	}
	slices.SortFunc(all, func(a, b span) int { return bytes.Compare(a.lo[:], b.lo[:]) })
	merged := all[:0]
	for _, s := range all {
		if n := len(merged); n > 0 && bytes.Compare(s.lo[:], merged[n-1].hi[:]) <= 0 {
			if bytes.Compare(s.hi[:], merged[n-1].hi[:]) > 0 {
				merged[n-1].hi = s.hi
			}
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

func spanOf(p netip.Prefix) span {
	s := span{lo: p.Masked().Addr().As16()}
	s.hi = s.lo
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	for i := bits; i < 128; i++ {
		s.hi[i/8] |= 0x80 >> (i % 8)
	}
	return s
}

// has says whether an address is in one of the spans.
func (s spans) has(a *[16]byte) bool {
	lo, hi := 0, len(s)
	for lo < hi {
		if mid := (lo + hi) / 2; bytes.Compare(s[mid].hi[:], a[:]) < 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < len(s) && bytes.Compare(s[lo].lo[:], a[:]) <= 0
}

// ends are the ends that a tunnel may have.
type ends struct{ vteps, groups spans }

// allowed knows which VTEPs may carry which VNIs.
type allowed struct {
	any   bool // no table: all of them
	all   ends // of every table: known at all
	every ends // of tables that name no VNI
	byVNI []allowedFor
}

// allowedFor is one table.
type allowedFor struct {
	vnis []Range
	ends ends
}

func compileAllowed(tables []Allowed) *allowed {
	a := &allowed{any: len(tables) == 0}
	var all, every Allowed
	for _, t := range tables {
		all.VTEPs, all.Groups = append(all.VTEPs, t.VTEPs...), append(all.Groups, t.Groups...)
		if len(t.VNIs) == 0 {
			every.VTEPs, every.Groups = append(every.VTEPs, t.VTEPs...), append(every.Groups, t.Groups...)
			continue
		}
		a.byVNI = append(a.byVNI, allowedFor{t.VNIs, ends{spansOf(t.VTEPs), spansOf(t.Groups)}})
	}
	a.all, a.every = ends{spansOf(all.VTEPs), spansOf(all.Groups)}, ends{spansOf(every.VTEPs), spansOf(every.Groups)}
	return a
}

// end says whether a VTEP may send a VNI, or receive it.
func (a *allowed) end(vni uint32, vtep *[16]byte, receiver bool) pipeline.Reason {
	if a.any {
		return pipeline.OK
	}
	if !a.all.have(vtep, receiver) {
		return pipeline.VTEPUnknown
	}
	if a.every.have(vtep, receiver) {
		return pipeline.OK
	}
	for i := range a.byVNI {
		if t := &a.byVNI[i]; contains(t.vnis, vni) && t.ends.have(vtep, receiver) {
			return pipeline.OK
		}
	}
	return pipeline.VTEPWrongVNI
}

func (e *ends) have(vtep *[16]byte, receiver bool) bool {
	return e.vteps.has(vtep) || receiver && e.groups.has(vtep)
}

func contains(vnis []Range, vni uint32) bool {
	for _, r := range vnis {
		if r.Lo <= vni && vni <= r.Hi {
			return true
		}
	}
	return false
}
