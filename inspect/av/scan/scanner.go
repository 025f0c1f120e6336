package scan

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"

	"vxwall/rules/clamav"
)

const (
	// headLen is how much of a file is there before its kind is told, and patterns are looked
	// for, unless it is shorter.
	headLen = 4096
	// step is how much is looked at in one go.
	step = 8 << 10
	// history is what is kept of what was looked at: a piece that waits for its end, and
	// what stands before its anchor.
	history = 2 * maxExtent
)

// Scanner looks at one file at a time. It belongs to one goroutine.
type Scanner struct {
	db        *Database
	window    []byte // the newest bytes, from base on
	base      int64
	next      int   // in window: the first place that was not looked at
	expressed int64 // up to where regular expressions were tried
	size      int64
	whole     int64 // what size will be, -1 if that is not known
	begun     bool  // the kind is known
	target    clamav.Target
	tables    *tables
	program   program
	inside    []string
	state     *state
	trial     *state // what AtEnd finds besides
	looking   look
	sums      [3]hash.Hash
	summing   [3]bool
	all       bool // all hashes are wanted
	sectionSums
	importTable
	hit   Hit
	ended bool // the hit is there only if the file ends here
	spare []byte
}

var algorithms = [3]func() hash.Hash{md5.New, sha1.New, sha256.New}

// NewScanner returns a scanner for files.
func (d *Database) NewScanner() *Scanner {
	s := &Scanner{db: d, window: make([]byte, 0, history+step+headLen), state: &state{}, trial: &state{}, spare: make([]byte, 0, 32)}
	s.looking.Scanner = s
	for i, create := range algorithms {
		s.sums[i] = create()
	}
	if len(d.imports.lists[0].sizes)+len(d.imports.lists[1].sizes)+len(d.imports.lists[2].sizes) > 0 {
		s.importTable.data = make([]byte, 0, maxImports)
	}
	s.Reset()
	return s
}

// Reset begins a new file, which is in nothing.
func (s *Scanner) Reset() {
	s.window, s.base, s.next, s.size, s.whole = s.window[:0], 0, 0, 0, -1
	s.begun, s.target, s.tables, s.upTo = false, 0, s.db.targets[0], 0
	s.expressed = 0
	s.program = program{entry: -1}
	s.importTable.data = s.importTable.data[:0]
	s.importTable.known = false
	s.inside = nil
	s.state.reset()
	for i, h := range s.sums {
		h.Reset()
		s.summing[i] = true
	}
	s.ended, s.hit = false, Hit{}
}

// Inside says what the file is in, the innermost last, by ClamAV's names (CL_TYPE_ZIP).
// The slice is kept until Reset.
func (s *Scanner) Inside(containers []string) { s.inside = containers }

// Expect says how long the file will be. Then hashes of other sizes cost nothing, and
// a file that may be a trusted one has no hit before its end.
func (s *Scanner) Expect(size int64) { s.whole = size }

// WantHashes has all hashes of files computed, not only those that signatures need.
func (s *Scanner) WantHashes(all bool) { s.all = all }

// Hashes returns the hashes of what came, zero where none was needed.
func (s *Scanner) Hashes() (m [16]byte, one [20]byte, two [32]byte) {
	for i, into := range [][]byte{m[:], one[:], two[:]} {
		if s.summing[i] {
			copy(into, s.sums[i].Sum(s.spare[:0]))
		}
	}
	return m, one, two
}

// Found is the signature that was found, the zero Hit for none.
func (s *Scanner) Found() *Hit { return &s.hit }

// OverLimit says whether more was found than there is room to remember: then a signature
// may have been missed.
func (s *Scanner) OverLimit() bool { return s.state.full }

// Size is the number of bytes that came.
func (s *Scanner) Size() int64 { return s.size }

// Write takes the next bytes of the file, and says whether a signature was found that no
// further bytes can make wrong.
func (s *Scanner) Write(data []byte) bool {
	if s.ended && len(data) > 0 {
		s.ended, s.hit = false, Hit{}
	}
	if s.hit.Name != "" {
		return true
	}
	for len(data) > 0 {
		n := min(len(data), step)
		if s.begun {
			s.slide(n)
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

// slide makes room for n bytes, letting go of what lies further back than history.
func (s *Scanner) slide(n int) {
	if len(s.window)+n <= cap(s.window) {
		return
	}
	drop := s.next - history
	s.window = s.window[:copy(s.window, s.window[drop:])]
	s.base += int64(drop)
	s.next = history
}

// take looks at some bytes that there is room for in the window.
func (s *Scanner) take(data []byte) bool {
	s.sum(data)
	s.window = append(s.window, data...)
	s.size += int64(len(data))
	if !s.begun {
		if len(s.window) < headLen {
			return false
		}
		s.begun = true
		s.tell()
	}
	s.sumSections()
	s.keepImports()
	l := &s.looking
	l.to, l.last = s.state, false
	if s.state.counts.pending > 0 {
		l.again()
	}
	s.next = l.search(s.next)
	if s.base+int64(s.next) >= s.expressed+step {
		s.expressed = s.base + int64(s.next)
		l.expressions()
	}
	l.judge()
	return s.certain(s.state)
}

// tell finds out what kind of file it is.
func (s *Scanner) tell() {
	s.target = targetOf(s.window)
	s.tables = s.db.targets[s.target]
	s.program.parse(s.window)
}

// sum takes bytes into the hashes that may still be needed.
func (s *Scanner) sum(data []byte) {
	size := s.size + int64(len(data))
	for i, h := range s.sums {
		if !s.summing[i] {
			continue
		}
		files, trusted := &s.db.files.lists[i], &s.db.trusted.lists[i]
		if s.whole >= 0 {
			s.summing[i] = s.all || files.wants(s.whole) || trusted.wants(s.whole)
		} else {
			s.summing[i] = s.all || files.beyond(size) || trusted.beyond(size)
		}
		if s.summing[i] {
			h.Write(data)
		}
	}
}

// certain turns what was found into a hit, unless the file may yet prove to be trusted.
func (s *Scanner) certain(from *state) bool {
	if s.hit.Name != "" {
		return true
	}
	if from.hit == 0 || from == s.state && s.mayBeTrusted() {
		return false
	}
	s.hit = s.db.hit(s.db.logicals[from.hit-1].sig)
	return true
}

func (s *Scanner) mayBeTrusted() bool {
	if s.whole < 0 {
		return false
	}
	for i := range s.db.trusted.lists {
		if s.db.trusted.lists[i].wants(s.whole) {
			return true
		}
	}
	return false
}
