package scan

import (
	"hash"

	"vxwall/rules/clamav"
)

const (
	// headLen is how much of a file is there before its kind is told, and patterns are looked
	// for, unless it is shorter.
	headLen = 4096
	// step is how much is looked at in one go.
	step = 16 << 10
)

// Scanner looks at one file at a time. It belongs to one goroutine.
type Scanner struct {
	db       *Database
	window   []byte // the newest bytes, from base on
	base     int64
	next     int // in window: the first place that was not looked at
	size     int64
	begun    bool // the kind is known
	target   clamav.Target
	program  program
	progress progress
	trial    *progress // what AtEnd finds besides
	looking  look
	sums     [3]hash.Hash
	sectionSums
	hit   Hit
	spare []byte
}

// Hit is a signature that was found.
type Hit struct {
	Name string
	Pos  clamav.Pos
}

// NewScanner returns a scanner for files.
func (d *Database) NewScanner() *Scanner {
	s := &Scanner{db: d, window: make([]byte, 0, headLen+d.before+d.after+step), trial: &progress{}}
	s.looking.Scanner = s
	for i, create := range algorithms {
		if len(d.files.lists[i].all)+len(d.trusted.lists[i].all) > 0 {
			s.sums[i] = create()
		}
	}
	return s
}

// Reset begins a new file.
func (s *Scanner) Reset() {
	s.window, s.base, s.next, s.size = s.window[:0], 0, 0, 0
	s.begun, s.target, s.program.known, s.upTo = false, 0, false, 0
	s.progress.reset()
	for _, h := range s.sums {
		if h != nil {
			h.Reset()
		}
	}
	s.hit = Hit{}
}

// Found is the signature that was found, the zero Hit for none.
func (s *Scanner) Found() *Hit { return &s.hit }

// OverLimit says whether more was found than there is room to remember.
func (s *Scanner) OverLimit() bool { return s.progress.full }

// Size is the number of bytes that came.
func (s *Scanner) Size() int64 { return s.size }

// Write takes the next bytes of the file, and says whether a signature was found that no
// further bytes can make wrong.
func (s *Scanner) Write(data []byte) bool {
	if s.hit.Name != "" {
		return true
	}
	for len(data) > 0 {
		n := min(len(data), step)
		if s.begun = s.begun || len(s.window) >= headLen; s.begun {
			s.slide()
		} else {
			n = min(n, headLen-len(s.window))
		}
		if s.take(data[:n]) {
			return true
		}
		data = data[n:]
	}
	return false
}

// slide lets go of what no piece that is still to be found can begin in.
func (s *Scanner) slide() {
	drop := s.next - s.db.before
	if drop <= 0 {
		return
	}
	s.window = s.window[:copy(s.window, s.window[drop:])]
	s.base += int64(drop)
	s.next -= drop
}

// take looks at some bytes that there is room for in the window.
func (s *Scanner) take(data []byte) bool {
	s.sum(data)
	s.window = append(s.window, data...)
	s.size += int64(len(data))
	if len(s.window) < headLen && s.base == 0 {
		return false
	}
	s.tell(s.window)
	if s.target == clamav.PE {
		s.sumSections()
	}
	s.looking.to = &s.progress
	s.next = s.looking.search(s.next, len(s.window)-s.db.after)
	return s.certain(&s.progress) || s.hit.Name != ""
}

// tell finds out what kind of file it is.
func (s *Scanner) tell(head []byte) {
	if s.base != 0 || s.program.known {
		return
	}
	s.target = targetOf(head)
	s.program.parse(head)
}

// sum takes bytes into the hashes.
func (s *Scanner) sum(data []byte) {
	for _, h := range s.sums {
		if h != nil {
			h.Write(data)
		}
	}
}

// certain turns what was found into a hit.
func (s *Scanner) certain(p *progress) bool {
	switch {
	case p.hit > 0:
		b := &s.db.bodies[p.hit-1]
		s.hit = Hit{Name: b.Name, Pos: b.Pos}
	case p.hit < 0:
		l := &s.db.logicals[-p.hit-1]
		s.hit = Hit{Name: l.Name, Pos: l.Pos}
	default:
		return false
	}
	return true
}

// AtEnd says whether a signature were found if the file ended here. More may come after.
func (s *Scanner) AtEnd() bool {
	if s.hit.Name != "" {
		return true
	}
	if s.trusts() {
		return false
	}
	if s.knowsWhole() {
		return true
	}
	s.trial.copyFrom(&s.progress)
	known := s.program.known
	s.tell(s.window)
	if !known && s.target == clamav.PE { // all of it is in the window
		s.sumSections()
		s.upTo = 0
	}
	s.looking.to = s.trial
	s.looking.search(s.next, len(s.window))
	s.looking.finish()
	if !known { // more of its beginning may come
		s.program.known = false
	}
	return s.hit.Name != "" || s.certain(s.trial)
}

// knowsWhole says whether the file is known by its hash.
func (s *Scanner) knowsWhole() bool {
	for i, h := range s.sums {
		if h == nil || !s.db.files.lists[i].wants(s.size) {
			continue
		}
		s.spare = h.Sum(s.spare[:0])
		if known := s.db.files.lists[i].find(s.spare, s.size); known != nil {
			s.hit = Hit{Name: known.Name, Pos: known.Pos}
			return true
		}
	}
	return false
}

// trusts says whether the file is one in which nothing is to be found.
func (s *Scanner) trusts() bool {
	for i, h := range s.sums {
		if h == nil || !s.db.trusted.lists[i].wants(s.size) {
			continue
		}
		s.spare = h.Sum(s.spare[:0])
		if s.db.trusted.lists[i].find(s.spare, s.size) != nil {
			return true
		}
	}
	return false
}
