package scan

import (
	"encoding/binary"

	"vxwall/rules/clamav"
)

// look is a look at a scanner's window, for what may stand there.
type look struct {
	*Scanner
	to *progress // where it is noted
}

// search looks at all grams from a place in the window up to an end, and returns where
// the next search begins.
func (l *look) search(from, end int) int {
	g, window := &l.db.grams, l.window
	end = min(end, len(window)-gramLen+1)
	if len(g.list) == 0 {
		return max(from, end)
	}
	bitmap, shift := g.bitmap, g.shift
	for i := from; i < end; i++ {
		gram := gramAt(window[i : i+gramLen])
		h := hashOf(gram) >> shift
		if bitmap[h/64]>>(h%64)&1 != 0 {
			l.candidates(gram, i)
		}
	}
	return max(from, end)
}

// candidates compares the pieces that have a gram, which stands at a place in the window.
func (l *look) candidates(gram uint32, at int) {
	s := l.db.grams.slot(gram)
	if s.gram != gram {
		return
	}
	raw := binary.LittleEndian.Uint32(l.window[at:])
	list := l.db.grams.list[s.first : s.first+s.size]
	for i := range list {
		if u := &list[i]; raw&u.mask != u.raw || u.about != l.target && u.about != clamav.AnyFile {
			continue
		}
		n := list[i].piece
		p := &l.db.pieces[n]
		start := at - int(p.gram)
		if start < 0 || start+p.Len() > len(l.window) || !p.matches(l.window[start:]) {
			continue
		}
		l.piece(n, p, start)
	}
}

// piece notes a piece that stands at a place in the window.
func (l *look) piece(n int32, p *piece, at int) {
	pattern := &l.db.patterns[p.pattern]
	k := n - pattern.first
	start := l.base + int64(at)
	end := start + int64(p.Len())
	if k > 0 {
		begin, ok := l.to.before(p.pattern, k-1, start, p.Piece)
		if !ok {
			return
		}
		start = begin
	} else if !l.placed(pattern, start) {
		return
	}
	if k+1 < pattern.pieces {
		next := &l.db.pieces[n+1]
		l.to.remember(partial{p.pattern, k, start, end}, next.Max == clamav.Unbounded && next.Min == 0)
		return
	}
	if pattern.word && !l.alone(at-int(int64(at)+l.base-start), at+p.Len()) {
		return
	}
	l.whole(p.pattern, start)
}

// placed says whether a pattern may begin at an offset of the file. What counts from the
// end is not known yet.
func (l *look) placed(p *pattern, start int64) bool {
	o := &p.offset
	at := o.At
	switch o.Place {
	case clamav.Anywhere, clamav.FromEnd:
		return true
	case clamav.FromEntryPoint:
		if l.program.entry < 0 {
			return false
		}
		at += l.program.entry
	case clamav.FromSection, clamav.FromLast, clamav.InSection:
		n := o.Section
		if o.Place == clamav.FromLast {
			n = l.program.count - 1
		}
		s, ok := l.program.section(n)
		if !ok {
			return false
		}
		if o.Place == clamav.InSection {
			return start >= s.start && start < s.start+s.size
		}
		at += s.start
	}
	return start >= at && start <= at+o.Shift
}

// alone says whether what stands around a pattern in the window are no letters or digits.
func (l *look) alone(start, end int) bool {
	if start > 0 && start <= len(l.window) && wordByte(l.window[start-1]) {
		return false
	}
	return end >= len(l.window) || !wordByte(l.window[end])
}

// whole notes a pattern that is there as a whole.
func (l *look) whole(n int32, start int64) {
	p := &l.db.patterns[n]
	if p.offset.Place == clamav.FromEnd {
		l.to.atEnd(ending{n, start})
		return
	}
	l.met(p)
}

// met notes a pattern that is where it must be.
func (l *look) met(p *pattern) {
	if p.body >= 0 {
		if l.to.hit == 0 {
			l.to.hit = p.body + 1
		}
		return
	}
	one := &l.db.logicals[p.logical]
	l.to.found(one.base+p.sub, p.logical)
	if !one.late && l.to.hit == 0 && l.holds(one) {
		l.to.hit = -(p.logical + 1)
	}
}

// holds says whether a logical signature is met.
func (l *look) holds(one *logical) bool {
	switch {
	case !one.Sections.Holds(int64(l.program.count)), !one.EntryPoint.Holds(l.program.entry):
		return false
	case one.Container != "": // members are scanned without what they are in
		return false
	}
	return one.Expression.Holds(func(sub int) int { return l.to.places(one.base + int32(sub)) })
}

// finish judges what is certain only at the end of the file.
func (l *look) finish() {
	for _, e := range l.to.ends {
		p := &l.db.patterns[e.pattern]
		if at := l.size - p.offset.At; e.start >= at && e.start <= at+p.offset.Shift {
			l.met(p)
		}
	}
	if l.to.hit != 0 {
		return
	}
	last := int32(-1)
	for i := range l.to.counts {
		n := l.to.counts[i].logical
		one := &l.db.logicals[n]
		if n == last || !one.late || !one.Sizes.Holds(l.size) {
			continue
		}
		if last = n; l.holds(one) {
			l.to.hit = -(n + 1)
			return
		}
	}
}
