package scan

import (
	"encoding/binary"

	"vxwall/rules/clamav"
)

// look is a look at a scanner's window for what may stand there.
type look struct {
	*Scanner
	to      *state
	last    bool // the window's end is the file's
	machine machine
}

// search looks at the grams from a place in the window on, and returns where the next search
// begins.
func (l *look) search(from int) int {
	t := l.tables
	next := max(from, len(l.window)-3)
	if t.long.bitmap != nil {
		l.long(&t.long, from)
	}
	if len(t.short.uses) > 0 {
		l.short(&t.short, from)
	}
	return next
}

// long looks at every third place of the file.
func (l *look) long(t *table, from int) {
	window := l.window
	i := from
	if rest := int((l.base + int64(from)) % stride); rest > 0 {
		i += stride - rest
	}
	bitmap, shift := t.bitmap, t.shift
	for ; i+8 <= len(window); i += 2 * stride {
		w := lower(binary.LittleEndian.Uint64(window[i:]))
		a, b := uint32(w), uint32(w>>(8*stride))
		ha, hb := a*mul>>shift, b*mul>>shift
		if (bitmap[ha>>6]>>(ha&63)|bitmap[hb>>6]>>(hb&63))&1 != 0 {
			l.candidate(t, a, i)
			l.candidate(t, b, i+stride)
		}
	}
	for ; i+4 <= len(window); i += stride {
		l.candidate(t, load4(window[i:]), i)
	}
}

// short looks at every place of the file for the grams of short pieces: five in eight bytes.
func (l *look) short(t *table, from int) {
	window, bitmap, shift := l.window, t.bitmap, t.shift
	i := from
	for ; i+8 <= len(window); i += 5 {
		w := lower(binary.LittleEndian.Uint64(window[i:]))
		for n := range 5 {
			gram := uint32(w >> (8 * n))
			if h := gram * mul >> shift; bitmap[h>>6]>>(h&63)&1 != 0 {
				l.candidate(t, gram, i+n)
			}
		}
	}
	for ; i+4 <= len(window); i++ {
		l.candidate(t, load4(window[i:]), i)
	}
}

// candidate compares the pieces that have a gram, which stands at a place in the window.
func (l *look) candidate(t *table, gram uint32, at int) {
	if h := t.hash(gram); t.bitmap[h>>6]>>(h&63)&1 == 0 {
		return
	}
	amid := gram == 0 && l.amidZeros(at)
	for _, u := range t.find(gram) {
		n := u.piece >> 2
		p := &l.db.pieces[n]
		anchor := at - int(u.piece&3)
		if amid && p.narrow || !l.possible(p, anchor) {
			continue
		}
		for back := int(p.least); back <= int(p.most) && back <= anchor; back++ {
			if l.compare(n, p, anchor-back) {
				break
			}
		}
	}
}

// zeros is how many zeros around a gram amidZeros looks at.
const zeros = 32

// amidZeros says whether there are nothing but zeros around a place in the window. A piece
// that fits into them has only zeros too if it stands there, and was found where they begin.
func (l *look) amidZeros(at int) bool {
	if at < zeros || at+zeros+8 > len(l.window) {
		return false
	}
	for i := at - zeros; i <= at+zeros; i += 8 {
		if binary.LittleEndian.Uint64(l.window[i:]) != 0 {
			return false
		}
	}
	return true
}

// possible says whether a piece may stand where its anchor does: it is the first, and where
// its pattern must begin, or the one before it was found.
func (l *look) possible(p *piece, anchor int) bool {
	pattern := &l.db.patterns[p.pattern]
	if !p.first {
		return l.to.counts.partials > 0
	}
	return pattern.offset == 0 || p.least != p.most || l.placed(pattern.offset, l.base+int64(anchor)-int64(p.least))
}

// compare compares a piece at a place in the window, and says whether it stands there.
func (l *look) compare(n uint32, p *piece, at int) bool {
	m := &l.machine
	m.code, m.data, m.first, m.last, m.steps = l.db.code, l.window, l.base == 0, l.last, maxSteps
	switch end := m.run(int(p.code), at); {
	case end >= 0:
		l.piece(n, p, l.base+int64(at), l.base+int64(end))
		return true
	case end == needMore:
		l.to.wait(pending{n, l.base + int64(at)})
	case m.steps <= 0:
		l.to.full = true
	}
	return false
}

// again looks at what had to wait for more of the file.
func (l *look) again() {
	list := l.to.pending[:l.to.counts.pending]
	l.to.counts.pending = 0
	for _, one := range list {
		at := int(one.start - l.base)
		switch {
		case at < 0:
			l.to.full = true
		case one.what&isCompare != 0:
			l.number(one.what, one.start)
		default:
			l.compare(one.what, &l.db.pieces[one.what], at)
		}
	}
}

// piece notes a piece that stands in the file.
func (l *look) piece(n uint32, p *piece, start, end int64) {
	pattern := &l.db.patterns[p.pattern]
	index := n - pattern.first
	if index > 0 {
		begin, ok := l.to.before(p, index, start)
		if !ok {
			return
		}
		start = begin
	} else if !l.placed(pattern.offset, start) {
		return
	}
	if index+1 < uint32(pattern.pieces) {
		l.to.remember(partial{p.pattern, index, start, end}, &l.db.pieces[n+1])
		return
	}
	if l.db.offsets[pattern.offset].Base == clamav.End {
		l.to.atEnd(ending{p.pattern, start})
		return
	}
	l.fact(pattern.fact, start)
}

// fact notes a fact, found at a place.
func (l *look) fact(fact uint32, start int64) {
	if l.to.note(fact) {
		for _, k := range l.db.keys[l.db.firstKey[fact]:l.db.firstKey[fact+1]] {
			if k&isRegexp != 0 {
				l.to.follow(k &^ isRegexp)
			} else {
				l.to.consider(k)
			}
		}
	}
	if len(l.db.compared) > 0 {
		for _, c := range l.db.compared[fact] {
			l.number(c|isCompare, start)
		}
	}
}

// judge looks at the signatures of which a key was found.
func (l *look) judge() {
	if !l.to.dirty || l.to.hit != 0 {
		return
	}
	l.to.dirty = l.last
	for _, n := range l.to.candidates[:l.to.counts.candidates] {
		one := &l.db.logicals[n]
		if (!one.late || l.last) && l.fits(one) && l.to.holds(l.db.rows[one.row:]) {
			l.to.hit = n + 1
			return
		}
	}
}

// fits says whether the file as a whole is one that a signature is for.
func (l *look) fits(one *logical) bool {
	if one.whole < 0 {
		return true
	}
	w := &l.db.wholes[one.whole]
	if l.last && !w.size.Has(uint64(l.size)) || !w.entry.Has(uint64(l.program.entry)) && w.entry != clamav.Unlimited {
		return false
	}
	return w.sections.Has(uint64(l.program.count)) && l.isInside(w)
}

// finish judges what is certain only at the end of the file.
func (l *look) finish() {
	l.again()
	for _, e := range l.to.ends[:l.to.counts.ends] {
		p := &l.db.patterns[e.pattern]
		o := &l.db.offsets[p.offset]
		if at := l.size - o.Delta; e.start >= at && e.start <= at+int64(o.Shift) {
			l.fact(p.fact, e.start)
		}
	}
	l.expressions()
	l.to.dirty = true
	l.judge()
}
