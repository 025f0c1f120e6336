package segment

import "slices"

// matrix has the verdicts of every pair of classes that may meet. A class is
// what some workloads of one place belong to, as far as rules tell them apart.
// Those of sources are rows, those of destinations columns. A row is named by
// the index of its first cell.
type matrix []verdicts

// maxCells bounds the cells of all places (8 bytes each), and maxWork the steps to
// fill them, some 20 ns each. Places beyond have no cells. No place takes more
// than one share of the work that is left, so that an odd one leaves enough to
// the others.
const (
	maxCells = 4 << 20
	maxWork  = 48 << 20
	shares   = 4
)

// matrixBuilder fills the matrix place by place.
type matrixBuilder struct {
	matrix
	*serviceBuilder
	pairs    pairs
	names    *names
	resolved map[grant]int32
	max      limits

	// Of the place under way, see relate.
	stop    int // at which work it is given up
	targets targets
	keep    [2][]bool   // by identifier
	kept    [2][]uint32 // those of keep

	// Scratch.
	reached [][]*slot // by destination: pairs of the row under way
	touched []uint32  // those that were reached
	keys    []uint64
	slots   []*slot
}

func newMatrixBuilder(p pairs, b *serviceBuilder, n *names, max limits) *matrixBuilder {
	m := &matrixBuilder{serviceBuilder: b, pairs: p, names: n, max: max, resolved: map[grant]int32{}}
	for side := range m.keep {
		m.keep[side] = make([]bool, len(p.rows))
	}
	m.reached = make([][]*slot, len(p.rows))
	return m
}

// place makes the cells of a place whose nodes have classes by number: lists of
// identifiers by side. It turns the numbers into rows and columns. It returns
// false, and leaves nothing, if that would take too much.
func (m *matrixBuilder) place(nodes []node, classes [2][][]uint32) bool {
	m.stop = m.work + (m.max.work-m.work)/shares
	if !m.relate(classes) {
		return false
	}
	rows, rowOf := m.reduce(classes, sideFrom)
	columns, columnOf := m.reduce(classes, sideTo)
	if !m.fill(rows, columns) {
		return false
	}
	base := len(m.matrix) - len(rows)*len(columns)
	for i := range nodes {
		c := &nodes[i].class
		if c[sideFrom] != noClass {
			c[sideFrom] = uint32(base) + rowOf[c[sideFrom]]*uint32(len(columns))
		}
		if c[sideTo] != noClass {
			c[sideTo] = columnOf[c[sideTo]]
		}
	}
	return true
}

// fill adds the cells of some rows and columns, all or none.
func (m *matrixBuilder) fill(rows, columns [][]uint32) bool {
	base, saved := len(m.matrix), m.save()
	if base+len(rows)*len(columns) > m.max.cells {
		return false
	}
	for _, ids := range rows {
		if !m.row(ids, columns) {
			m.matrix = m.matrix[:base]
			for _, g := range m.grants[saved.grants:] {
				delete(m.resolved, g)
			}
			m.restore(saved)
			return false
		}
	}
	return true
}

// relate finds the identifiers that matter in a place: those that have pairs
// with another in it. It returns false if that would take too much.
func (m *matrixBuilder) relate(classes [2][][]uint32) bool {
	var all [2][]uint32
	for side := range all {
		for _, ids := range classes[side] {
			all[side] = append(all[side], ids...)
		}
		m.work += len(all[side])
		slices.Sort(all[side])
		all[side] = slices.Compact(all[side])
		for _, id := range m.kept[side] {
			m.keep[side][id] = false
		}
		m.kept[side] = m.kept[side][:0]
	}
	m.targets.set(all[sideTo], len(m.pairs.rows))
	for _, from := range all[sideFrom] {
		for _, sl := range m.slotsOf(from) {
			m.need(sideFrom, from, all[sideFrom])
			m.need(sideTo, sl.to, all[sideTo])
		}
		if m.work > m.stop {
			return false
		}
	}
	related := slices.DeleteFunc(all[sideTo], func(id uint32) bool { return !m.keep[sideTo][id] })
	m.targets.set(related, len(m.pairs.rows))
	return true
}

// slotsOf returns the pairs of a source with the targets, until it is called
// again.
func (m *matrixBuilder) slotsOf(from uint32) []*slot {
	r := &m.pairs.rows[from]
	m.slots = m.targets.appendTo(m.slots[:0], r)
	m.work += 1 + len(m.slots) + min(len(r.slots), len(m.targets.ids))/2
	return m.slots
}

// need keeps an identifier, and those of all that are in the place that a group
// of names may be called by.
func (m *matrixBuilder) need(side int, id uint32, all []uint32) {
	if m.keep[side][id] {
		return
	}
	m.mark(side, id)
	if id < m.names.firstGroup {
		return
	}
	fewer, more := m.names.groups[id-m.names.firstGroup], all
	if len(fewer) > len(more) {
		fewer, more = more, fewer
	}
	m.work += len(fewer)
	for _, member := range fewer {
		if _, ok := slices.BinarySearch(more, member); ok {
			m.mark(side, member)
		}
	}
}

func (m *matrixBuilder) mark(side int, id uint32) {
	m.keep[side][id] = true
	m.kept[side] = append(m.kept[side], id)
}

// reduce leaves out of classes what does not matter, and returns those that
// still differ and which of them each has become.
func (m *matrixBuilder) reduce(classes [2][][]uint32, side int) (distinct [][]uint32, became []uint32) {
	byKey := map[string]uint32{}
	for _, ids := range classes[side] {
		kept := slices.DeleteFunc(slices.Clone(ids), func(id uint32) bool { return !m.keep[side][id] })
		slices.Sort(kept)
		key := numbersKey(kept)
		n, ok := byKey[key]
		if !ok {
			n = uint32(len(distinct))
			byKey[key] = n
			distinct = append(distinct, kept)
		}
		became = append(became, n)
	}
	return distinct, became
}

// row adds the cells of a class of sources, and returns false if that would take
// too much.
func (m *matrixBuilder) row(from []uint32, columns [][]uint32) bool {
	m.reach(from)
	for _, to := range columns {
		m.keys = m.keys[:0]
		for _, id := range to {
			for _, sl := range m.reached[id] {
				m.keys = m.appendKeys(m.keys, sl)
			}
		}
		m.work += 1 + len(to)/4 + len(m.keys)
		v, ok := m.first(m.resolve(m.effective(m.keys), from, to))
		if !ok || m.work > m.stop || len(m.cuts) > m.maxCuts/4*3 { // the rest is for pairs
			return false
		}
		m.matrix = append(m.matrix, v)
	}
	return true
}

// reach notes by destination the pairs that a class of sources has with the
// targets.
func (m *matrixBuilder) reach(from []uint32) {
	for _, id := range m.touched {
		m.reached[id] = m.reached[id][:0]
	}
	m.touched = m.touched[:0]
	for _, id := range from {
		for _, sl := range m.slotsOf(id) {
			m.reached[sl.to] = append(m.reached[sl.to], sl)
			m.touched = append(m.touched, sl.to)
		}
	}
}

// resolve turns grants through groups of names into those through the members
// that two classes have.
func (m *matrixBuilder) resolve(grants []int32, from, to []uint32) []int32 {
	for i, g := range grants {
		plain := m.grants[g]
		if max(plain.from, plain.to) < m.names.firstGroup {
			continue
		}
		m.work += 1 + (len(from)+len(to))/8
		plain.from, plain.to = m.names.member(plain.from, from), m.names.member(plain.to, to)
		n, ok := m.resolved[plain]
		if !ok {
			n = int32(len(m.grants))
			m.work += newTable
			m.grants = append(m.grants, plain)
			m.resolved[plain] = n
		}
		grants[i] = n
	}
	return grants
}
