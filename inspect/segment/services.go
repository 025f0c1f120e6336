package segment

import (
	"cmp"
	"container/heap"
	"slices"

	"vxwall/rules"
)

// services holds the tables that tell which of a pair's rules takes a service
// point. A table begins with a cut that holds the number of those that follow.
type services struct {
	cuts []cut
}

// cut says that from a point on, up to the next cut, a rule takes the flow.
type cut struct {
	from uint32
	rule int32 // nobody, only, or a rule
}

const (
	nobody = -1 // no rule takes the flow
	only   = -2 // the only rule of the pair does: such tables are shared

	// everyPoint is the table of pairs whose first rule takes all services. A
	// table with the bit onePoint is none: the rest is the point that the only
	// rule of the pair takes.
	everyPoint = 0
	onePoint   = 1 << 30
)

// rule looks a point up in a table.
func (s *services) rule(table, point uint32) int32 {
	if table == everyPoint {
		return only
	}
	if table&onePoint != 0 {
		if table == onePoint|point {
			return only
		}
		return nobody
	}
	cuts := s.cuts[table+1:][:s.cuts[table].from]
	for len(cuts) > 8 {
		half := len(cuts) / 2
		if cuts[half].from > point {
			cuts = cuts[:half]
		} else {
			cuts = cuts[half:]
		}
	}
	rule := int32(nobody)
	for i := range cuts {
		if cuts[i].from > point {
			break
		}
		rule = cuts[i].rule
	}
	return rule
}

// maxCuts bounds the cuts of tables of more than one rule (8 bytes each). What
// would go beyond walks its rules one by one, each with a table of its own.
const maxCuts = 4 << 20

// serviceBuilder makes the tables.
type serviceBuilder struct {
	services
	sets   [][]rules.Range // distinct lists of services; 0: all
	byKey  map[string]int32
	kinds  []uint32          // per set: a bit for each kind
	single []uint32          // per set: the table of pairs with one rule; 0: not made yet
	merged map[string]uint32 // tables of pairs with more than one rule

	maxCuts int
}

func newServiceBuilder(maxCuts int) *serviceBuilder {
	b := &serviceBuilder{maxCuts: maxCuts, services: services{cuts: []cut{{}}}, byKey: map[string]int32{}, merged: map[string]uint32{}}
	b.set([]rules.Match{rules.AnyService})
	return b
}

// set returns the number of a rule's list of services.
func (b *serviceBuilder) set(matches []rules.Match) int32 {
	rs := make([]rules.Range, len(matches))
	for i, m := range matches {
		rs[i] = rules.Range(m)
	}
	rs = canonical(rs)
	key := rangesKey(rs)
	set, ok := b.byKey[key]
	if !ok {
		set = int32(len(b.sets))
		b.sets = append(b.sets, rs)
		b.single = append(b.single, everyPoint)
		b.kinds = append(b.kinds, kindsOf(rs))
		b.byKey[key] = set
	}
	return set
}

// maxPoints is the most points of a set that are told apart.
const maxPoints = 32

// kindsOf returns the bits of the kinds of all points of a set.
func kindsOf(set []rules.Range) uint32 {
	bits, n := uint32(0), uint32(0)
	for _, r := range set {
		if n += r.Hi - r.Lo + 1; n > maxPoints {
			return ^uint32(0)
		}
		for v := r.Lo; v <= r.Hi; v++ {
			bits |= 1 << kind(v)
		}
	}
	return bits
}

// tableOf returns the table of pairs whose only rule has a set of services.
func (b *serviceBuilder) tableOf(set int32) uint32 {
	if rs := b.sets[set]; len(rs) == 1 && rs[0].Lo == rs[0].Hi {
		return onePoint | rs[0].Lo
	}
	if set != 0 && b.single[set] == everyPoint {
		b.single[set] = b.table([]triple{{rule: only}}, []int32{set})
	}
	return b.single[set]
}

// merge returns the table of the rules of one pair, in order, and false if all
// such tables would become too large.
func (b *serviceBuilder) merge(triples []triple, sets []int32) (uint32, bool) {
	key := make([]int32, len(triples))
	for i := range triples {
		key[i] = triples[i].rule
	}
	if t, ok := b.merged[numbersKey(key)]; ok {
		return t, true
	}
	if len(b.cuts)+b.size(sets) > b.maxCuts {
		return 0, false
	}
	t := b.table(triples, sets)
	b.merged[numbersKey(key)] = t
	return t, true
}

func (b *serviceBuilder) table(triples []triple, sets []int32) uint32 {
	t := len(b.cuts)
	b.cuts = append(b.cuts, cut{})
	b.sweep(b.edges(sets))
	b.cuts[t].from = uint32(len(b.cuts) - t - 1)
	for i := t + 1; i < len(b.cuts); i++ {
		if ordinal := b.cuts[i].rule; ordinal >= 0 {
			b.cuts[i].rule = triples[ordinal].rule
		}
	}
	return uint32(t)
}

// size returns the largest number of cuts that a sequence can give.
func (b *serviceBuilder) size(sequence []int32) int {
	n := 0
	for _, set := range sequence {
		n += 2 * len(b.sets[set])
	}
	return n
}

// edge is a point from which on a rule takes flows, or no longer does.
type edge struct {
	point   uint32
	ordinal int32
	begins  bool
}

func (b *serviceBuilder) edges(sequence []int32) []edge {
	var edges []edge
	for ordinal, set := range sequence {
		for _, r := range b.sets[set] {
			edges = append(edges, edge{r.Lo, int32(ordinal), true})
			if r.Hi < rules.AnyService.Hi {
				edges = append(edges, edge{r.Hi + 1, int32(ordinal), false})
			}
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.point, b.point) })
	return edges
}

// sweep walks the edges and writes a cut wherever the first of the rules that
// take the point changes.
func (b *serviceBuilder) sweep(edges []edge) {
	var open ordinals
	ended := map[int32]int{} // ends of rules that are still in the heap
	last := int32(nobody)
	for i, e := range edges {
		if e.begins {
			heap.Push(&open, e.ordinal)
		} else {
			ended[e.ordinal]++
		}
		if i+1 < len(edges) && edges[i+1].point == e.point {
			continue
		}
		for len(open) > 0 && ended[open[0]] > 0 {
			ended[open[0]]--
			heap.Pop(&open)
		}
		first := int32(nobody)
		if len(open) > 0 {
			first = open[0]
		}
		if first != last {
			b.cuts = append(b.cuts, cut{e.point, first})
			last = first
		}
	}
}

// ordinals is a heap of the rules that take the point a sweep has come to.
type ordinals []int32

func (o ordinals) Len() int           { return len(o) }
func (o ordinals) Less(i, j int) bool { return o[i] < o[j] }
func (o ordinals) Swap(i, j int)      { o[i], o[j] = o[j], o[i] }
func (o *ordinals) Push(v any)        { *o = append(*o, v.(int32)) }
func (o *ordinals) Pop() any {
	old := *o
	v := old[len(old)-1]
	*o = old[:len(old)-1]
	return v
}
