package segment

// tree finds the classes of a workload.
//
// Most segments have no criteria but VNIs and prefixes. For each VNI block that
// the policy knows, and for all VNIs, there is one place, with one table of the
// prefixes of all segments that hold the block: one look finds all of them.
// Where that would take too much memory, and for groups and MACs, the tree asks
// one criterion after the other; what it visits has met all criteria before.
type tree struct {
	vni    stab    // ids: into vnis; node 0 is all VNIs
	places []place // by node of vni
	vnis   []vniNode
	groups []groupNode
	nodes  []node
}

// place is where one block of VNIs leads.
type place struct {
	space          // of all segments that hold the block and have no criteria on groups and MACs
	macs   uint64  // a bit for each MAC of the others, see macBit
	groups uint64  // the same of groups, see groupBit
	more   []int32 // into vnis: the others
	listed bool    // the classes are lists: there is no matrix
	split  bool    // none of the above was made: ask all of vnis that hold the block
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

// A node stands for the segments with one prefix in one space, and those with a
// covering prefix.
type node struct {
	best int32  // the most specific of the segments that have this prefix, -1 if there is none
	rank uint32 // how specific its criteria are

	// class says by side what rules know of these segments and all that include
	// them: a row and a column of the matrix, a list where the place has none.
	class [2]uint32
}

// noClass is the class of segments that no rule names on a side.
const noClass = ^uint32(0)

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

	classes []uint32
	best    int32 // most specific segment, -1 if there is none
	rank    uint32
	unknown bool // with another group there might be more

	ids []uint32 // what the classes stand for, if they are lists
}

// init prepares a seat for an end of a query.
func (s *seat) init(e *Endpoint, side uint8) {
	s.addr, s.mac, s.group, s.noGroup = split(&e.Addr), e.MAC, e.Group, e.NoGroup
	s.macBit, s.groupBit = macBit(e.MAC), groupBit(uint32(e.Group))
	if s.noGroup {
		s.groupBit = -uint64(side) // sideTo: all
	}
	s.classes = s.classes[:0]
	s.side, s.best, s.rank, s.unknown = side, -1, 0, false
}

// find collects the classes of both ends, and says whether they are lists.
func (t *tree) find(vni uint32, from, to *seat) (listed bool) {
	n := max(0, t.vni.find(vni))
	p := &t.places[n]
	if p.split {
		t.ask(n, from)
		t.ask(n, to)
		return true
	}
	t.at(p, from)
	t.at(p, to)
	return p.listed
}

// at collects the classes of a place.
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
	s.classes = append(s.classes, justAnyone)
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

// take adds the class of the node that an address leads to.
func (t *tree) take(sp *space, s *seat) {
	at := sp.innermost(&s.addr)
	if at < 0 {
		return
	}
	n := &t.nodes[at]
	if n.rank > s.rank || n.rank == s.rank && uint32(n.best) < uint32(s.best) {
		s.rank, s.best = n.rank, n.best
	}
	if c := n.class[s.side]; c != noClass {
		s.classes = append(s.classes, c)
	}
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

// known reports whether an address leads to a node that has a class.
func (t *tree) known(sp *space, s *seat) bool {
	at := sp.innermost(&s.addr)
	return at >= 0 && t.nodes[at].class[s.side] != noClass
}
