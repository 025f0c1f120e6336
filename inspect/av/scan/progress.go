package scan

import "vxwall/rules/clamav"

const (
	maxPartials = 256
	maxEnds     = 64
	maxCounts   = 512
	// perGap is how many ends of one piece are kept where the next one must follow within
	// some bytes.
	perGap = 32
)

// progress is what was found of a file. Its size is bounded.
type progress struct {
	partials []partial
	ends     []ending // of patterns whose place counts from the file's end
	counts   []count
	slots    [2 * maxCounts]uint16 // 1 + index in counts, by hash of the sub-signature
	full     bool                  // there was no room for all that was found
	hit      int32                 // 1 + index of the body signature, or minus (1 + that of the logical one); 0 for none
}

// partial is the beginning of a pattern, up to one of its pieces.
type partial struct {
	pattern    int32
	piece      int32 // within the pattern
	start, end int64
}

// ending is a whole pattern.
type ending struct {
	pattern int32
	start   int64
}

// count is in how many places a part of a logical signature was found.
type count struct {
	sub     int32 // among those of all signatures
	logical int32
	places  int32
}

func (p *progress) reset() {
	p.partials, p.ends = p.partials[:0], p.ends[:0]
	if len(p.counts) > 0 {
		p.counts = p.counts[:0]
		clear(p.slots[:])
	}
	p.full, p.hit = false, 0
}

// copyFrom makes p a copy.
func (p *progress) copyFrom(q *progress) {
	p.partials, p.ends, p.counts = append(p.partials[:0], q.partials...), append(p.ends[:0], q.ends...), append(p.counts[:0], q.counts...)
	p.slots, p.full, p.hit = q.slots, q.full, q.hit
}

// before finds the beginning of a pattern up to a piece, whose end has the distance from at
// that the next piece wants.
func (p *progress) before(pattern, piece int32, at int64, gap *clamav.Piece) (start int64, ok bool) {
	for i := range p.partials {
		one := &p.partials[i]
		if one.pattern != pattern || one.piece != piece {
			continue
		}
		distance := at - one.end
		if distance >= int64(gap.Min) && (gap.Max == clamav.Unbounded || distance <= int64(gap.Max)) {
			return one.start, true
		}
	}
	return 0, false
}

// remember notes the beginning of a pattern. unbounded says that the next piece may follow
// anywhere: then the first one is enough.
func (p *progress) remember(new partial, unbounded bool) {
	same, oldest := 0, -1
	for i := range p.partials {
		if p.partials[i].pattern == new.pattern && p.partials[i].piece == new.piece {
			if unbounded {
				return
			}
			if same++; oldest < 0 || p.partials[i].end < p.partials[oldest].end {
				oldest = i
			}
		}
	}
	switch {
	case same >= perGap:
		p.partials[oldest] = new
	case len(p.partials) == maxPartials:
		p.full = true
	default:
		p.partials = append(p.partials, new)
	}
}

// found counts a place of a part of a logical signature.
func (p *progress) found(sub, logical int32) {
	for i := uint32(sub) * 0x9e3779b1 >> 16; ; i++ {
		slot := &p.slots[i%uint32(len(p.slots))]
		if *slot == 0 {
			if len(p.counts) == maxCounts {
				p.full = true
				return
			}
			p.counts = append(p.counts, count{sub: sub, logical: logical, places: 1})
			*slot = uint16(len(p.counts))
			return
		}
		if c := &p.counts[*slot-1]; c.sub == sub {
			c.places = min(c.places+1, 1<<30)
			return
		}
	}
}

// places is in how many places a part was found.
func (p *progress) places(sub int32) int {
	for i := uint32(sub) * 0x9e3779b1 >> 16; ; i++ {
		slot := p.slots[i%uint32(len(p.slots))]
		if slot == 0 {
			return 0
		}
		if c := &p.counts[slot-1]; c.sub == sub {
			return int(c.places)
		}
	}
}

// atEnd notes a pattern whose place counts from the end: the newest are kept.
func (p *progress) atEnd(e ending) {
	if len(p.ends) == maxEnds {
		copy(p.ends, p.ends[1:])
		p.ends = p.ends[:maxEnds-1]
	}
	p.ends = append(p.ends, e)
}
