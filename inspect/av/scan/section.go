package scan

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
)

var algorithms = [3]func() hash.Hash{md5.New, sha1.New, sha256.New}

// sectionSums are the hashes of the sections of a program, as far as their bytes came.
type sectionSums struct {
	upTo int64 // offset in the file
	sums [maxSections][3]hash.Hash
}

// sumSections takes new bytes of the window into the hashes of the sections that they are
// in, and notes a section that is known.
func (s *Scanner) sumSections() {
	for n := range min(s.program.count, maxSections) {
		of := s.program.sections[n]
		first, last := max(s.sectionSums.upTo, of.start), min(s.size, of.start+of.size)
		if of.size == 0 || first >= last {
			continue
		}
		for a := range s.db.sections.lists {
			l := &s.db.sections.lists[a]
			if len(l.all) == 0 || !l.wants(of.size) {
				continue
			}
			sum := s.sectionSums.sums[n][a]
			if sum == nil {
				sum = algorithms[a]()
				s.sectionSums.sums[n][a] = sum
			}
			if first == of.start {
				sum.Reset()
			}
			sum.Write(s.window[first-s.base : last-s.base])
			if last == of.start+of.size {
				s.knowsSection(l, sum.Sum(s.spare[:0]), of.size)
			}
		}
	}
	s.sectionSums.upTo = s.size
}

// knowsSection notes a section whose hash is known.
func (s *Scanner) knowsSection(l *hashList, sum []byte, size int64) {
	s.spare = sum
	if known := l.find(sum, size); known != nil && s.hit.Name == "" {
		s.hit = Hit{Name: known.Name, Pos: known.Pos}
	}
}
