package segment

import (
	"math/bits"
	"slices"

	"vxwall/rules"
)

// maxCuts bounds the cuts of all tables (8 bytes each). What would go beyond
// walks its rules one by one, each with a table of its own.
const maxCuts = 4 << 20

// serviceBuilder makes the verdicts.
type serviceBuilder struct {
	services
	sets   [][]rules.Range // distinct lists of services; 0: all
	byKey  map[string]int32
	kinds  []uint32            // per set: a bit for each kind
	single []uint32            // per set: its table alone; 0: not made yet
	made   map[string]verdicts // by list of grants
	added  []string            // the keys of made since save
	ofRule []int32             // per rule: its set

	maxCuts int
	work    int // steps taken so far, see maxWork

	// Scratch.
	list  []int32
	edges []uint64 // point<<32 | ordinal of the grant
	open  []uint64 // a bit for each grant that takes the point
	some  []uint64 // a bit for each word of open that has one
	key   []byte
}

func newServiceBuilder(ruleCount, maxCuts int) *serviceBuilder {
	b := &serviceBuilder{maxCuts: maxCuts, byKey: map[string]int32{}, made: map[string]verdicts{}, ofRule: make([]int32, ruleCount)}
	b.cuts = []cut{{}}
	b.grants = []grant{nobody: {rule: NoRule}}
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
		b.single = append(b.single, 0)
		b.kinds = append(b.kinds, kindsOf(rs))
		b.byKey[key] = set
	}
	return set
}

// maxPoints is the most points of a set whose kinds are told apart.
const maxPoints = 128

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

// saved is what restore goes back to.
type saved struct{ cuts, grants int }

// save notes where the tables and grants end.
func (b *serviceBuilder) save() saved {
	b.added = b.added[:0]
	return saved{len(b.cuts), len(b.grants)}
}

// restore drops the tables and grants that were added since save.
func (b *serviceBuilder) restore(to saved) {
	for _, key := range b.added {
		delete(b.made, key)
	}
	b.cuts, b.grants = b.cuts[:to.cuts], b.grants[:to.grants]
}

// first returns the verdicts of some grants in the order of their rules. ok is
// false if all together would become too large.
func (b *serviceBuilder) first(grants []int32) (v verdicts, ok bool) {
	if len(grants) == 0 {
		return verdicts{}, true
	}
	b.key = appendKey(b.key[:0], grants)
	if v, ok := b.made[string(b.key)]; ok {
		return v, true
	}
	size := len(b.cuts)
	for _, g := range grants {
		size += 2 * len(b.setOf(g))
		v.kinds |= b.kinds[b.ofRule[b.grants[g].rule]]
	}
	if size > b.maxCuts {
		return v, false
	}
	v.table = b.table(grants)
	key := string(b.key)
	b.made[key] = v
	b.added = append(b.added, key)
	return v, true
}

// setOf returns the services of a grant's rule.
func (b *serviceBuilder) setOf(grant int32) []rules.Range {
	return b.sets[b.ofRule[b.grants[grant].rule]]
}

// appendKeys appends a key for each grant of a pair: rule<<32 | grant.
func (b *serviceBuilder) appendKeys(keys []uint64, sl *slot) []uint64 {
	for g := sl.grants; g < sl.grants+sl.n; g++ {
		keys = append(keys, uint64(b.grants[g].rule)<<32|uint64(g))
	}
	return keys
}

// effective returns the grants of keys in the order of their rules, until it is
// called again. It leaves out those of one rule but the first, and those after a
// rule that takes all services.
func (b *serviceBuilder) effective(keys []uint64) []int32 {
	slices.Sort(keys)
	b.list = b.list[:0]
	last := int32(NoRule)
	for _, key := range keys {
		rule := int32(key >> 32)
		if rule == last {
			continue
		}
		b.list = append(b.list, int32(uint32(key)))
		last = rule
		if b.ofRule[rule] == 0 {
			break
		}
	}
	return b.list
}

// newTable is the steps to keep a table or a grant, see maxWork.
const newTable = 8

// table adds a table of grants. It walks all points at which one begins or ends
// to take flows, and makes a cut wherever the first that does changes.
func (b *serviceBuilder) table(grants []int32) uint32 {
	b.edges = b.edges[:0]
	for i, g := range grants {
		for _, r := range b.setOf(g) {
			b.edges = append(b.edges, uint64(r.Lo)<<32|uint64(i), uint64(r.Hi+1)<<32|uint64(i))
		}
	}
	slices.Sort(b.edges)
	b.open = append(b.open[:0], make([]uint64, (len(grants)+63)/64)...)
	b.some = append(b.some[:0], make([]uint64, (len(b.open)+63)/64)...)
	b.work += newTable + len(b.edges)*(1+len(b.some)/64)
	start, last := len(b.cuts), int32(nobody)
	b.cuts = append(b.cuts, cut{})
	for i, e := range b.edges {
		b.toggle(uint32(e))
		if i+1 < len(b.edges) && b.edges[i+1]>>32 == e>>32 {
			continue
		}
		if grant := b.firstOpen(grants); grant != last {
			b.cuts = append(b.cuts, cut{uint32(e >> 32), grant})
			last = grant
		}
	}
	b.cuts[start].from = uint32(len(b.cuts) - start - 1)
	return uint32(start)
}

// toggle notes that the grant of an ordinal begins or ends to take points.
func (b *serviceBuilder) toggle(ordinal uint32) {
	at := ordinal / 64
	b.open[at] ^= 1 << (ordinal % 64)
	b.some[at/64] &^= 1 << (at % 64)
	if b.open[at] != 0 {
		b.some[at/64] |= 1 << (at % 64)
	}
}

// firstOpen returns the first grant that takes the point.
func (b *serviceBuilder) firstOpen(grants []int32) int32 {
	for i, word := range b.some {
		if word != 0 {
			at := i*64 + bits.TrailingZeros64(word)
			return grants[at*64+bits.TrailingZeros64(b.open[at])]
		}
	}
	return nobody
}

// chain makes the verdicts of grants in order without a table: more work for a
// lookup, but little memory.
func (b *serviceBuilder) chain(grants []int32) verdicts {
	v := verdicts{table: uint32(len(b.chains)) | chained}
	for _, g := range grants {
		set := b.ofRule[b.grants[g].rule]
		if b.single[set] == 0 {
			b.single[set] = b.table([]int32{g})
		}
		v.kinds |= b.kinds[set]
		b.chains = append(b.chains, link{g, b.single[set]})
	}
	b.chains = append(b.chains, link{grant: nobody})
	return v
}
