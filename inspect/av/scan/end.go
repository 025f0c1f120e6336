package scan

import "vxwall/rules/clamav"

// AtEnd says whether a signature were found if the file ended here. More may come after. It
// costs little unless something is there whose place counts from the end, a hash
// has this size, or the file is still short.
func (s *Scanner) AtEnd() bool {
	if s.hit.Name != "" {
		return true
	}
	if s.trusts() {
		return false
	}
	s.ended = s.knowsWhole() || s.certainAtEnd() || s.foundAtEnd()
	return s.ended
}

// Finish is AtEnd: the file ended.
func (s *Scanner) Finish() bool { return s.AtEnd() }

// foundAtEnd looks for what only the end of the file makes a signature.
func (s *Scanner) foundAtEnd() bool {
	s.trial.copyFrom(s.state)
	l := &s.looking
	l.to, l.last = s.trial, true
	if s.begun {
		l.finish()
		s.knowsImports()
	} else {
		s.short()
	}
	return s.certain(s.trial)
}

// certainAtEnd says whether there was a hit that waited for the end.
func (s *Scanner) certainAtEnd() bool {
	if s.state.hit == 0 {
		return false
	}
	s.hit = s.db.hit(s.db.logicals[s.state.hit-1].sig)
	return true
}

// short looks at a file that is in the window as a whole, and forgets what it saw.
func (s *Scanner) short() {
	s.tell()
	s.sumSections()
	s.keepImports()
	s.looking.search(0)
	next := s.next
	s.next = max(0, len(s.window)-3)
	s.looking.finish()
	s.next = next
	s.knowsImports()
	s.target, s.tables, s.upTo = clamav.AnyFile, s.db.targets[0], 0
	s.program = program{entry: -1}
	s.importTable.data, s.importTable.known = s.importTable.data[:0], false
}

// knowsWhole says whether the file is known by its hash.
func (s *Scanner) knowsWhole() bool {
	for i, h := range s.sums {
		l := &s.db.files.lists[i]
		if !s.summing[i] || !l.wants(s.size) {
			continue
		}
		s.spare = h.Sum(s.spare[:0])
		if n, ok := l.find(s.spare, s.size); ok {
			s.hit = s.db.hit(n)
			return true
		}
	}
	return false
}

// trusts says whether the file is one in which nothing is to be found.
func (s *Scanner) trusts() bool {
	for i, h := range s.sums {
		l := &s.db.trusted.lists[i]
		if !s.summing[i] || !l.wants(s.size) {
			continue
		}
		s.spare = h.Sum(s.spare[:0])
		if _, ok := l.find(s.spare, s.size); ok {
			return true
		}
	}
	return false
}
