package scan

import "vxwall/rules/clamav"

// Bounds of what is remembered of a file. Where one is reached the outcome is over-limit.
const (
	factSlots     = 1024
	maxFacts      = 768
	maxPartials   = 128
	perGap        = 32 // of partials of one piece, where the next must follow within some bytes
	maxEnds       = 64
	maxPending    = 48
	maxCandidates = 192
	maxLive       = 16
)

// state is what was found of a file. It is copied to try what the end of the file would
// bring.
type state struct {
	facts      [factSlots]found
	partials   [maxPartials]partial
	ends       [maxEnds]ending
	pending    [maxPending]pending
	candidates [maxCandidates]uint32
	live       [maxLive]uint32 // regular expressions that are tried
	counts                     // of what is in them
	dirty      bool            // something was found since candidates were judged
	full       bool            // there was no room for all that was found
	hit        uint32          // 1 + index of the logical
}

type counts struct{ facts, partials, ends, pending, candidates, live int }

// found is how often a fact was found.
type found struct {
	fact  uint32 // plus 1; 0: free
	times uint32
}

// partial is the beginning of a pattern, up to one of its pieces.
type partial struct {
	pattern, piece uint32
	start, end     int64
}

// ending is a pattern whose place counts from the file's end.
type ending struct {
	pattern uint32
	start   int64
}

// pending is a piece that may stand at a place, once more of the file is there; or with
// isCompare a comparison.
type pending struct {
	what  uint32
	start int64
}

const isCompare = 1 << 31

func (s *state) reset() {
	if s.counts.facts > 0 {
		clear(s.facts[:])
	}
	s.counts, s.dirty, s.full, s.hit = counts{}, false, false, 0
}

// copyFrom makes s a copy.
func (s *state) copyFrom(o *state) {
	if s.counts.facts > 0 || o.counts.facts > 0 {
		s.facts = o.facts
	}
	copy(s.partials[:], o.partials[:o.counts.partials])
	copy(s.ends[:], o.ends[:o.counts.ends])
	copy(s.pending[:], o.pending[:o.counts.pending])
	copy(s.candidates[:], o.candidates[:o.counts.candidates])
	copy(s.live[:], o.live[:o.counts.live])
	s.counts, s.dirty, s.full, s.hit = o.counts, o.dirty, o.full, o.hit
}

// note counts a fact, and says whether it is new.
func (s *state) note(fact uint32) bool {
	s.dirty = true
	for i := fact * mul >> 22; ; i = (i + 1) % factSlots {
		switch f := &s.facts[i]; f.fact {
		case fact + 1:
			f.times = min(f.times+1, 1<<30)
			return false
		case 0:
			if s.counts.facts == maxFacts {
				s.full = true
				return false
			}
			s.counts.facts++
			*f = found{fact + 1, 1}
			return true
		}
	}
}

// count is how often a fact was found.
func (s *state) count(fact uint32) uint32 {
	for i := fact * mul >> 22; ; i = (i + 1) % factSlots {
		switch f := &s.facts[i]; f.fact {
		case fact + 1:
			return f.times
		case 0:
			return 0
		}
	}
}

// before finds the beginning of a pattern, up to the piece before one that begins at a place.
func (s *state) before(p *piece, index uint32, at int64) (start int64, ok bool) {
	for i := range s.partials[:s.counts.partials] {
		one := &s.partials[i]
		if one.pattern != p.pattern || one.piece+1 != index {
			continue
		}
		distance := at - one.end
		if distance >= int64(p.low) && (p.high == clamav.Forever || distance <= int64(p.high)) {
			return one.start, true
		}
	}
	return 0, false
}

// remember notes the beginning of a pattern. next is the piece that must follow: if that may be
// anywhere behind, the first beginning is enough.
func (s *state) remember(one partial, next *piece) {
	same, oldest := 0, -1
	for i := range s.partials[:s.counts.partials] {
		p := &s.partials[i]
		if p.pattern != one.pattern || p.piece != one.piece {
			continue
		}
		if next.high == clamav.Forever || p.end == one.end {
			return
		}
		if same++; oldest < 0 || p.end < s.partials[oldest].end {
			oldest = i
		}
	}
	switch {
	case same >= perGap:
		s.full = s.full || one.end-s.partials[oldest].end <= int64(next.high)
		s.partials[oldest] = one
	case s.counts.partials == maxPartials:
		s.full = true
	default:
		s.partials[s.counts.partials] = one
		s.counts.partials++
	}
}

// atEnd notes a pattern whose place counts from the end: the newest are kept.
func (s *state) atEnd(e ending) {
	if s.counts.ends == maxEnds {
		copy(s.ends[:], s.ends[1:])
		s.counts.ends--
	}
	s.ends[s.counts.ends] = e
	s.counts.ends++
}

// wait notes what must be looked at again.
func (s *state) wait(p pending) {
	if s.counts.pending == maxPending {
		s.full = true
		return
	}
	s.pending[s.counts.pending] = p
	s.counts.pending++
}

// consider notes a signature that is judged from now on.
func (s *state) consider(logical uint32) {
	for _, c := range s.candidates[:s.counts.candidates] {
		if c == logical {
			return
		}
	}
	if s.counts.candidates == maxCandidates {
		s.full = true
		return
	}
	s.candidates[s.counts.candidates] = logical
	s.counts.candidates++
}

// follow notes a regular expression whose trigger may hold.
func (s *state) follow(expression uint32) {
	for _, e := range s.live[:s.counts.live] {
		if e == expression {
			return
		}
	}
	if s.counts.live == maxLive {
		s.full = true
		return
	}
	s.live[s.counts.live] = expression
	s.counts.live++
}
