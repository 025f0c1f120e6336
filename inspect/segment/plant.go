package segment

import (
	"math/bits"
	"net/netip"
	"slices"

	"vxwall/rules"
)

// vniBits and groupBits are the widths of the numbers that a stab holds.
const (
	vniBits   = 24
	groupBits = 16
)

// draft is one level of the tree while it grows: segments by their list of
// VNIs, then groups, then MACs. Lists that mean the same are one key, and the
// drafts keep the order in which they came, so that a compilation is
// repeatable.
type draft[T any] struct {
	byKey map[string]*T
	order []*T
}

// at returns the entry of a key, made by the first call for it.
func (d *draft[T]) at(key string, make func() *T) *T {
	if e := d.byKey[key]; e != nil {
		return e
	}
	if d.byKey == nil {
		d.byKey = map[string]*T{}
	}
	e := make()
	d.byKey[key] = e
	d.order = append(d.order, e)
	return e
}

type vniDraft struct {
	ranges  []rules.Range // empty: no criterion
	plain   groupDraft
	groups  draft[groupDraft]
	unknown groupDraft
}

type groupDraft struct {
	ranges []rules.Range
	space  spaceDraft // segments without criteria on MACs
	macs   draft[macDraft]
	owns   int // in all spaces
}

type macDraft struct {
	macs  [][6]byte
	space spaceDraft
}

// spaceDraft holds segments by prefix; the zero prefix stands for none.
type spaceDraft map[netip.Prefix][]own

// own is a segment in a space, by its own criteria.
type own struct {
	segment int32
	rank    uint32
}

// heavy is how many prefixes take the memory of one entry by group or by MAC.
const heavy = 4

// size returns how much there is in a draft, in prefixes of segments.
func (v *vniDraft) size() int {
	n := 1 + v.plain.size() + v.unknown.size()
	for _, g := range v.groups.order {
		n += heavy*len(g.ranges) + g.size()
	}
	return n
}

func (g *groupDraft) size() int {
	n := g.owns
	for _, m := range g.macs.order {
		n += heavy * len(m.macs)
	}
	return n
}

// plant puts a segment's own criteria into the drafts. Segments that have none
// have no place: they are found through what they include.
func plant(vnis *draft[vniDraft], seg *rules.Segment, index int32) {
	if !hasCriteria(seg) {
		return
	}
	ranges := canonical(seg.VNI)
	if len(ranges) == 1 && ranges[0].Lo == 0 && ranges[0].Hi >= 1<<vniBits-1 {
		ranges = nil // every packet has a VNI
	}
	v := vnis.at(rangesKey(ranges), func() *vniDraft { return &vniDraft{ranges: ranges} })
	o := own{index, rank(seg, ranges)}
	if len(seg.Group) == 0 {
		v.plain.plant(seg, o)
		return
	}
	groups := canonical(seg.Group)
	g := v.groups.at(rangesKey(groups), func() *groupDraft { return &groupDraft{ranges: groups} })
	g.plant(seg, o)
	v.unknown.plant(seg, o)
}

func (g *groupDraft) plant(seg *rules.Segment, o own) {
	sp := &g.space
	if len(seg.MAC) > 0 {
		macs := slices.Clone(seg.MAC)
		slices.SortFunc(macs, func(a, b [6]byte) int { return slices.Compare(a[:], b[:]) })
		macs = slices.Compact(macs)
		var key []byte
		for _, m := range macs {
			key = append(key, m[:]...)
		}
		sp = &g.macs.at(string(key), func() *macDraft { return &macDraft{macs: macs} }).space
	}
	if *sp == nil {
		*sp = spaceDraft{}
	}
	if len(seg.Prefix) == 0 {
		(*sp)[netip.Prefix{}] = append((*sp)[netip.Prefix{}], o)
		g.owns++
	}
	for _, p := range seg.Prefix {
		p = unmapped(p)
		if in := (*sp)[p]; len(in) == 0 || in[len(in)-1].segment != o.segment {
			(*sp)[p] = append(in, own{o.segment, o.rank + uint32(p.Bits()+1)<<prefixShift})
			g.owns++
		}
	}
}

// hasCriteria reports whether a segment has criteria of its own.
func hasCriteria(seg *rules.Segment) bool {
	return len(seg.VNI)+len(seg.Prefix)+len(seg.Group)+len(seg.MAC) > 0
}

// unmapped returns a prefix masked, and one of IPv4-mapped addresses as IPv4.
func unmapped(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

// The rank of a segment says how specific its criteria are: a MAC counts more
// than any prefix, a prefix by its length, then a group, then fewer VNIs.
const (
	groupRank   = 1 << 5
	prefixShift = 6
	macRank     = 1 << 14
)

// rank ranks a segment by all but its prefixes; vnis are its canonical VNIs.
func rank(seg *rules.Segment, vnis []rules.Range) uint32 {
	r := uint32(0)
	if len(seg.MAC) > 0 {
		r |= macRank
	}
	if len(seg.Group) > 0 {
		r |= groupRank
	}
	if len(vnis) == 0 {
		return r
	}
	n := uint64(0)
	for _, v := range vnis {
		n += uint64(v.Hi-v.Lo) + 1
	}
	return r | uint32(max(1, vniBits+2-bits.Len64(n)))
}
