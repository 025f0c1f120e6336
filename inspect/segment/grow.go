package segment

import (
	"maps"
	"net/netip"
	"slices"

	"vxwall/rules"
)

// maxMerged bounds the segments by prefix in the tables of all places together;
// each takes some 120 bytes. A policy with many wide segments and many VNIs would
// multiply them; the places that would go beyond are split.
const maxMerged = 1 << 19

// maxIdentifiers bounds the lists of identifiers that become the classes of all
// places, and what is walked to make them. As of the work, no place takes more
// than one share of what is left; a place that would is split.
const maxIdentifiers = 4 << 20

// grower turns the drafts into the tree.
type grower struct {
	tree
	drafts []*vniDraft
	lists  *lists
	matrix *matrixBuilder
	owns   map[int32][]own // per node of the place under way: the segments of its classes
	merged int             // what maxMerged bounds
	listed int             // what maxIdentifiers bounds
	stop   int             // at which listed the place under way is given up
	max    limits

	// classes is the place under way, whose classes are numbers of lists; nil
	// where all that is split is made, whose classes are in chains.
	classes *classes
	chains  chains
}

// grow makes the tree of all segments.
func grow(set *rules.Set, l *lists, m *matrixBuilder, max limits) *grower {
	var vnis draft[vniDraft]
	for i := range set.Segments {
		plant(&vnis, &set.Segments[i], int32(i))
	}
	g := &grower{max: max, drafts: vnis.order, lists: l, matrix: m, chains: newChains()}
	everywhere := rules.Range{Hi: 1<<vniBits - 1}
	entries := []stabEntry{{[]rules.Range{everywhere}, -1}}
	for id, v := range vnis.order {
		ranges := v.ranges
		if len(ranges) == 0 {
			ranges = []rules.Range{everywhere}
		}
		entries = append(entries, stabEntry{ranges, int32(id)})
	}
	g.vni = newStab(entries, vniBits)
	g.vni.nodes[0].ids = g.vni.nodes[0].ids[1:] // the first, which was there to make the node
	g.vnis = make([]vniNode, len(g.drafts))
	g.settle()
	return g
}

// settle makes the places of all blocks of VNIs, and what those that are split
// ask.
func (g *grower) settle() {
	sizes := make([]int, len(g.vni.nodes))
	split := false
	for i, n := range g.vni.nodes { // a parent comes before what it holds
		if n.parent >= 0 {
			sizes[i] = sizes[n.parent]
		}
		for _, id := range n.ids {
			sizes[i] += g.drafts[id].size()
		}
		p := place{split: true}
		if g.merged+sizes[i] < g.max.merged {
			p = g.place(g.vni.chain(int32(i)))
			g.merged += sizes[i]
		}
		g.places = append(g.places, p)
		split = split || p.split
	}
	if !split {
		return
	}
	g.owns, g.classes = map[int32][]own{}, nil
	for id, v := range g.drafts {
		g.vnis[id] = g.vniNode(v)
		g.vnis[id].space = g.space(v.plain.space)
	}
}

// place makes the place of a block that some lists of VNIs hold. If it would be
// too large it returns one that is split.
func (g *grower) place(ids []int32) place {
	nodes, vnis, groups := len(g.nodes), len(g.vnis), len(g.groups)
	g.owns, g.classes = map[int32][]own{}, newClasses()
	g.stop = g.listed + (g.max.identifiers-g.listed)/shares
	var p place
	all := spaceDraft{{}: nil}
	for _, id := range ids {
		for prefix, owns := range g.drafts[id].plain.space {
			all[prefix] = append(all[prefix], owns...)
		}
	}
	g.classes.always = []uint32{anyone}
	p.space = g.space(all)
	g.classes.always = nil
	for _, id := range ids {
		v := g.vniNode(g.drafts[id])
		if v.filter|v.macs.filter != 0 {
			p.more = append(p.more, int32(len(g.vnis)))
			g.vnis = append(g.vnis, v)
			p.macs |= v.macs.filter
			p.groups |= v.filter
		}
	}
	if g.listed > g.stop {
		g.nodes, g.vnis, g.groups = g.nodes[:nodes], g.vnis[:vnis], g.groups[:groups]
		return place{split: true}
	}
	if !g.matrix.place(g.nodes[nodes:], g.classes.lists) {
		p.listed = true
		g.chains.place(g.nodes[nodes:], g.classes.lists)
	}
	return p
}

func (g *grower) vniNode(d *vniDraft) vniNode {
	v := vniNode{space: space{rest: -1}, macs: g.macs(&d.plain)}
	var entries []stabEntry
	for _, group := range d.groups.order {
		n := g.groupNode(group)
		entries = append(entries, stabEntry{group.ranges, int32(len(g.groups))})
		g.groups = append(g.groups, n)
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

// node adds the node of the segments that have one prefix.
func (g *grower) node(owns []own, parent int32) int32 {
	n := node{best: -1}
	for _, o := range owns {
		if n.best < 0 || o.rank > n.rank || o.rank == n.rank && o.segment < n.best {
			n.best, n.rank = o.segment, o.rank
		}
	}
	at := int32(len(g.nodes))
	if g.classes == nil {
		outer := [2]uint32{noClass, noClass}
		if parent >= 0 {
			outer = g.nodes[parent].class
		}
		n.class = g.chains.add(g.lists.of(owns), outer)
	} else if g.listed <= g.stop {
		all := owns
		if parent >= 0 {
			all = slices.Concat(owns, g.owns[parent])
		}
		g.owns[at] = all
		before := g.lists.steps
		ids := g.lists.of(all)
		g.listed += len(ids[sideFrom]) + len(ids[sideTo]) + len(all) + g.lists.steps - before
		n.class = g.classes.add(ids)
	}
	g.nodes = append(g.nodes, n)
	return at
}
