package segment

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"vxwall/rules"
)

// maxMerged bounds the prefixes in the tables of all places together, and the
// lists of VNIs that they are taken from. A policy with many wide segments and
// many VNIs would multiply them; the places that would go beyond are split.
const maxMerged = 1 << 20

// maxFlat is the longest list of a node that repeats those of its parents.
const maxFlat = 64

// grower turns the drafts into the tree.
type grower struct {
	tree
	drafts []*vniDraft
	lists  *lists
	owns   map[int32][]own // per node: the segments of the lists
	nodeAt map[string]int32
	merged int // what maxMerged bounds

	maxMerged int
}

// grow makes the tree of all segments.
func grow(set *rules.Set, l *lists, maxMerged int) tree {
	var vnis draft[vniDraft]
	for i := range set.Segments {
		plant(&vnis, &set.Segments[i], int32(i))
	}
	g := grower{maxMerged: maxMerged, drafts: vnis.order, lists: l, owns: map[int32][]own{}, nodeAt: map[string]int32{}}
	var entries []stabEntry
	var always []int32
	for id, v := range vnis.order {
		g.vnis = append(g.vnis, g.vniNode(v))
		if len(v.ranges) > 0 {
			entries = append(entries, stabEntry{v.ranges, int32(id)})
		} else {
			always = append(always, int32(id))
		}
	}
	g.vni = newStab(entries, vniBits)
	g.always = g.place(always)
	g.settle()
	return g.tree
}

// settle makes the places of all blocks of VNIs.
func (g *grower) settle() {
	sizes := make([]int, len(g.vni.nodes))
	split := false
	for i, n := range g.vni.nodes { // a parent comes before what it holds
		if n.parent >= 0 {
			sizes[i] = sizes[n.parent]
		}
		for _, id := range n.ids {
			sizes[i] += 1 + len(g.drafts[id].plain.space)
		}
		if g.merged+sizes[i] > g.maxMerged {
			g.places = append(g.places, place{split: true})
			split = true
			continue
		}
		g.merged += sizes[i]
		g.places = append(g.places, g.place(g.vni.chain(int32(i))))
	}
	for id := range g.vnis {
		if split {
			g.vnis[id].space = g.space(g.drafts[id].plain.space)
		}
	}
}

// place makes the place of a block that some lists of VNIs hold.
func (g *grower) place(ids []int32) place {
	var p place
	all := spaceDraft{}
	for _, id := range ids {
		for prefix, owns := range g.drafts[id].plain.space {
			all[prefix] = append(all[prefix], owns...)
		}
		if v := &g.vnis[id]; v.filter|v.macs.filter != 0 {
			p.more = append(p.more, id)
			p.macs |= v.macs.filter
			p.groups |= v.filter
		}
	}
	p.space = g.space(all)
	return p
}

func (g *grower) vniNode(d *vniDraft) vniNode {
	v := vniNode{space: space{rest: -1}, macs: g.macs(&d.plain)}
	var entries []stabEntry
	for _, group := range d.groups.order {
		entries = append(entries, stabEntry{group.ranges, int32(len(g.groups))})
		g.groups = append(g.groups, g.groupNode(group))
		v.filter |= groupFilter(group.ranges)
	}
	v.groups = newStab(entries, groupBits)
	v.unknown = g.groupNode(&d.unknown)
	return v
}

// groupFilter returns the bits of the groups in ranges.
func groupFilter(ranges []rules.Range) uint64 {
	filter := uint64(0)
	for _, r := range ranges {
		for v := r.Lo; v <= r.Hi && v < r.Lo+64; v++ {
			filter |= groupBit(v)
		}
	}
	return filter
}

func (g *grower) groupNode(d *groupDraft) groupNode {
	return groupNode{space: g.space(d.space), macs: g.macs(d)}
}

func (g *grower) macs(d *groupDraft) macs {
	var m macs
	for _, md := range d.macs.order {
		if m.spaces == nil {
			m.spaces = map[[6]byte][]space{}
		}
		sp := g.space(md.space)
		for _, mac := range md.macs {
			m.spaces[mac] = append(m.spaces[mac], sp)
			m.filter |= macBit(mac)
		}
	}
	return m
}

func (g *grower) space(d spaceDraft) space {
	sp := space{rest: -1}
	var b prefixBuilder
	for _, p := range slices.SortedFunc(maps.Keys(d), netip.Prefix.Compare) {
		if !p.IsValid() { // comes first
			sp.rest = g.node(d[p], -1)
			continue
		}
		parent := b.around(p)
		if parent < 0 {
			parent = sp.rest
		}
		b.open(p, g.node(d[p], parent))
	}
	sp.prefixes = b.done()
	return sp
}

// node adds the node of the segments that have one prefix, and returns where it
// is.
func (g *grower) node(owns []own, parent int32) int32 {
	best := slices.MinFunc(owns, func(a, b own) int {
		return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(a.segment, b.segment))
	})
	ids := g.lists.of(owns)
	if parent >= 0 && len(g.owns[parent]) < maxFlat && int32(g.nodes[parent+nodeParent]) < 0 {
		all := slices.Concat(owns, g.owns[parent])
		if flat := g.lists.of(all); len(flat[sideFrom])+len(flat[sideTo]) <= maxFlat {
			ids, parent, owns = flat, -1, all
		}
	}
	record := make([]uint32, nodeWords, nodeWords+len(ids[sideFrom])+len(ids[sideTo]))
	record[nodeParent] = uint32(parent)
	record[nodeBest], record[nodeRank] = uint32(best.segment), best.rank
	record[nodeFrom], record[nodeTo] = uint32(len(ids[sideFrom])), uint32(len(ids[sideTo]))
	record = append(append(record, ids[sideFrom]...), ids[sideTo]...)
	key := numbersKey(record)
	if at, ok := g.nodeAt[key]; ok {
		return at
	}
	at := int32(len(g.nodes))
	g.nodeAt[key] = at
	g.nodes = append(g.nodes, record...)
	g.owns[at] = owns
	return at
}
