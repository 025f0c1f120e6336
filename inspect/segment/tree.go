package segment

// tree finds the segments of a workload.
//
// Most segments have no criteria but VNIs and prefixes. For each VNI block that
// the policy knows there is one place, with one table of the prefixes of all
// segments that hold the block, and one place for segments without criteria on
// VNIs: two looks find all of them. Where that would take too much memory, and
// for groups and MACs, the tree asks one criterion after the other; what it
// visits has met all criteria before.
type tree struct {
	vni    stab // ids: into vnis
	always place
	places []place // by node of vni
	vnis   []vniNode
	groups []groupNode
	nodes  []uint32 // records one after the other
}

// place is where one block of VNIs leads.
type place struct {
	space         // of all segments that hold the block and have no criteria on groups and MACs
	macs   uint64 // a bit for each MAC of the others, see macBit
	groups uint64 // the same of groups, see groupBit
	more   []int32
	split  bool // none of the above was made: ask all of vnis that hold the block
}

// vniNode holds the segments with one list of VNIs.
type vniNode struct {
	space             // those without criteria on groups and MACs; only for places that are split
	macs    macs      // those with criteria on MACs but not on groups
	filter  uint64    // those with criteria on groups: a bit for each group; 0: there are none
	groups  stab      // ids: into groups
	unknown groupNode // all of them, as if the criterion on groups were met
}

// groupNode holds the segments with one list of VNIs and one of groups.
type groupNode struct {
	space
	macs macs
}

// macs holds the segments with criteria on MACs.
type macs struct {
	filter uint64 // a bit for each MAC, see macBit
	spaces map[[6]byte][]space
}

// space finds segments by prefix.
type space struct {
	prefixes       // into nodes
	rest     int32 // into nodes: segments without prefixes; -1: none
}

// A node holds the segments with one prefix in one space, and all that include
// these. The segments with a covering prefix stand in the same lists if they
// are few, else in the parents. A node is a record of words, so that a look at
// it is one at memory: these, then the identifiers that rules name as from,
// then those that rules name as to.
const (
	nodeParent = iota // -1: none
	nodeBest          // the most specific of the segments that have this prefix
	nodeRank          // how specific its criteria are
	nodeFrom          // number of identifiers
	nodeTo
	nodeWords
)

// The two sides of a rule and of a query.
const (
	sideFrom = 0
	sideTo   = 1
)

// seat is one end of a query on its way through the tree, and what was found.
type seat struct {
	addr    address
	mac     [6]byte
	side    uint8
	noGroup bool
	group   uint16

	macBit   uint64
	groupBit uint64 // all, if it matters that the group is not known

	ids     []uint32 // segments and groups of names that rules know on this side
	best    uint32   // most specific segment, none if there is none
	rank    uint32
	unknown bool // with another group there might be more
}

// init prepares a seat for an end of a query.
func (s *seat) init(e *Endpoint, side uint8) {
	s.addr, s.mac, s.group, s.noGroup = split(&e.Addr), e.MAC, e.Group, e.NoGroup
	s.macBit, s.groupBit = macBit(e.MAC), groupBit(uint32(e.Group))
	if s.noGroup {
		s.groupBit = -uint64(side) // sideTo: all
	}
	s.ids = append(s.ids[:0], anyone)
	s.side, s.best, s.rank, s.unknown = side, none, 0, false
}

// segment returns the index of the most specific segment, -1 if there is none.
func (s *seat) segment() int32 {
	if s.best == none {
		return -1
	}
	return int32(s.best)
}

// find collects what both ends belong to.
func (t *tree) find(vni uint32, from, to *seat) {
	t.at(&t.always, from)
	t.at(&t.always, to)
	n := t.vni.find(vni)
	if n < 0 {
		return
	}
	if t.places[n].split {
		t.ask(n, from)
		t.ask(n, to)
		return
	}
	t.at(&t.places[n], from)
	t.at(&t.places[n], to)
}

// at collects the segments of a place.
func (t *tree) at(p *place, s *seat) {
	t.take(&p.space, s)
	if p.macs&s.macBit|p.groups&s.groupBit == 0 {
		return
	}
	for _, id := range p.more {
		t.more(&t.vnis[id], s)
	}
}

// ask walks all lists of VNIs that hold a block.
func (t *tree) ask(n int32, s *seat) {
	for ; n >= 0; n = t.vni.nodes[n].parent {
		for _, id := range t.vni.nodes[n].ids {
			t.take(&t.vnis[id].space, s)
			t.more(&t.vnis[id], s)
		}
	}
}

// more collects the segments with criteria on groups and MACs.
func (t *tree) more(v *vniNode, s *seat) {
	t.takeMAC(&v.macs, s)
	if v.filter&s.groupBit == 0 {
		return
	}
	if s.noGroup {
		s.unknown = s.unknown || s.side == sideTo && t.anyIn(&v.unknown, s)
		return
	}
	for n := v.groups.find(uint32(s.group)); n >= 0; n = v.groups.nodes[n].parent {
		for _, id := range v.groups.nodes[n].ids {
			t.take(&t.groups[id].space, s)
			t.takeMAC(&t.groups[id].macs, s)
		}
	}
}

func (t *tree) takeMAC(m *macs, s *seat) {
	if m.filter&s.macBit == 0 {
		return
	}
	spaces := m.spaces[s.mac]
	for i := range spaces {
		t.take(&spaces[i], s)
	}
}

// macBit returns the bit of a MAC in a filter.
func macBit(mac [6]byte) uint64 {
	tail := uint32(mac[2])<<24 | uint32(mac[3])<<16 | uint32(mac[4])<<8 | uint32(mac[5])
	return 1 << (tail * spread >> 26)
}

// groupBit returns the bit of a group in a filter.
func groupBit(group uint32) uint64 { return 1 << (group & 63) }

// innermost returns the node of the longest prefix around an address, -1 if
// there is none.
func (sp *space) innermost(addr *address) int32 {
	if n := sp.find(addr); n >= 0 {
		return n
	}
	return sp.rest
}

// take adds the lists of the node that an address leads to, and of its parents.
func (t *tree) take(sp *space, s *seat) {
	at := sp.innermost(&s.addr)
	if at < 0 {
		return
	}
	if n := t.nodes[at : at+nodeWords]; n[nodeRank] > s.rank || n[nodeRank] == s.rank && n[nodeBest] < s.best {
		s.rank, s.best = n[nodeRank], n[nodeBest]
	}
	for at >= 0 {
		s.ids = append(s.ids, t.list(at, s.side)...)
		at = int32(t.nodes[at+nodeParent])
	}
}

// list returns the identifiers of a node for a side.
func (t *tree) list(at int32, side uint8) []uint32 {
	n := t.nodes[at:]
	from, to := n[nodeFrom], n[nodeTo]
	if side == sideFrom {
		return n[nodeWords : nodeWords+from]
	}
	return n[nodeWords+from : nodeWords+from+to]
}

// anyIn reports whether rules know some segment that an end would belong to
// if the criteria on groups were met.
func (t *tree) anyIn(g *groupNode, s *seat) bool {
	if t.known(&g.space, s) {
		return true
	}
	spaces := g.macs.spaces[s.mac]
	for i := range spaces {
		if t.known(&spaces[i], s) {
			return true
		}
	}
	return false
}

// known reports whether an address leads to a node that has a list for its
// side, or a parent that has.
func (t *tree) known(sp *space, s *seat) bool {
	for at := sp.innermost(&s.addr); at >= 0; at = int32(t.nodes[at+nodeParent]) {
		if len(t.list(at, s.side)) > 0 {
			return true
		}
	}
	return false
}
