package scan

import "hash"

// maxSums is how many hashes of sections are computed at one time.
const maxSums = 8

// sectionSums are the hashes of the sections of a program, as far as their bytes came. Only
// those are computed that some signature may know by their size.
type sectionSums struct {
	upTo int64 // offset in the file
	sums [maxSums]sectionSum
}

// sectionSum is one hash; it belongs to a section as long as that goes on.
type sectionSum struct {
	of     int // 1 + index of the section; 0: free
	by     int // algorithm
	hashes [3]hash.Hash
}

// sumSections takes new bytes of the window into the hashes of the sections that they are
// in, and notes a section that is known.
func (s *Scanner) sumSections() {
	if s.program.count == 0 || !s.db.sections.has() {
		return
	}
	if s.upTo == 0 {
		for i := range s.sectionSums.sums {
			s.sectionSums.sums[i].of = 0
		}
	}
	for n := range s.program.count {
		of := &s.program.sections[n]
		first, last := max(s.upTo, of.start), min(s.size, of.start+of.size)
		if of.size == 0 || first >= last {
			continue
		}
		for a := range s.db.sections.lists {
			if s.db.sections.lists[a].wants(of.size) {
				s.sumSection(n, a, s.window[first-s.base:last-s.base], first == of.start, last == of.start+of.size)
			}
		}
	}
	s.upTo = s.size
}

// sumSection takes bytes of a section into one of its hashes.
func (s *Scanner) sumSection(n, algorithm int, data []byte, begins, ends bool) {
	var sum *sectionSum
	for i := range s.sectionSums.sums {
		one := &s.sectionSums.sums[i]
		if begins && one.of == 0 {
			one.of, one.by = n+1, algorithm
			if one.hashes[algorithm] == nil {
				one.hashes[algorithm] = algorithms[algorithm]()
			}
			one.hashes[algorithm].Reset()
			sum = one
			break
		}
		if !begins && one.of == n+1 && one.by == algorithm {
			sum = one
			break
		}
	}
	if sum == nil { // more sections overlap than there is room for
		s.state.full = true
		return
	}
	sum.hashes[algorithm].Write(data)
	if !ends {
		return
	}
	sum.of = 0
	s.spare = sum.hashes[algorithm].Sum(s.spare[:0])
	size := s.program.sections[n].size
	if known, ok := s.db.sections.lists[algorithm].find(s.spare, size); ok && s.hit.Name == "" {
		s.hit = s.db.hit(known)
	}
}
