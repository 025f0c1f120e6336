// Package embedded judges files by ClamAV's signatures without another process: as they
// pass (package scan), and what they contain once they are there as a whole (package
// unpack). An Engine is an av.Engine.
package embedded

import (
	"errors"
	"hash/fnv"
	"sync"

	"vxwall/inspect/av"
	"vxwall/inspect/av/scan"
	"vxwall/inspect/av/unpack"
	"vxwall/rules/clamav"
)

// Engine judges files by compiled signatures.
type Engine struct {
	db       *scan.Database
	limits   unpack.Limits
	version  uint64
	scanners sync.Pool // of members
}

var _ av.Engine = (*Engine)(nil)

// New compiles signatures. What of them cannot be used is a problem.
func New(set *clamav.Set, limits unpack.Limits) (*Engine, []clamav.Problem) {
	db, problems := scan.Compile(set)
	e := &Engine{db: db, limits: limits}
	h := fnv.New64a()
	for _, f := range set.Files {
		h.Write([]byte(f.Name))
	}
	e.version = h.Sum64() ^ uint64(db.Len())
	e.scanners.New = func() any { return db.NewScanner() }
	return e, problems
}

// Name implements av.Engine.
func (e *Engine) Name() string { return "embedded" }

// Version implements av.Engine.
func (e *Engine) Version() uint64 { return e.version }

// Signatures is how many there are.
func (e *Engine) Signatures() int { return e.db.Len() }

// Scanner implements av.Engine.
func (e *Engine) Scanner() av.Scanner { return &scanner{scan: e.db.NewScanner()} }

// Whole implements av.Engine: it judges the members of a file. The file itself was
// scanned as it passed.
func (e *Engine) Whole(file []byte, _ string) av.Finding {
	s := e.scanners.Get().(*scan.Scanner)
	defer e.scanners.Put(s)
	v := visitor{scan: s}
	result := unpack.Walk(file, e.limits, &v)
	switch {
	case v.found.Outcome != av.Clean:
		return v.found
	case result.Outcome == unpack.OverLimit:
		return av.Finding{Outcome: av.OverLimit, Name: result.Limit.Error()}
	case v.full:
		return av.Finding{Outcome: av.OverLimit, Name: tooMuch}
	case result.Outcome == unpack.Encrypted:
		return av.Finding{Outcome: av.Encrypted, Name: "encrypted " + result.Where.String()}
	}
	return av.Finding{}
}

// visitor scans the members that it is shown.
type visitor struct {
	scan  *scan.Scanner
	found av.Finding
	full  bool // more was found in a member than can be remembered
}

var errFound = errors.New("something was found")

// Begin implements unpack.Visitor.
func (v *visitor) Begin(*unpack.Member) { v.scan.Reset() }

// Write implements unpack.Visitor.
func (v *visitor) Write(p []byte) error {
	if v.found.Outcome != av.Clean || v.scan.Write(p) {
		return errFound
	}
	return nil
}

// End implements unpack.Visitor.
func (v *visitor) End(m *unpack.Member) {
	v.full = v.full || v.scan.OverLimit()
	if v.found.Outcome == av.Clean && v.scan.AtEnd() {
		v.found = findingOf(v.scan.Found())
		v.found.Member = path(m)
	}
}

// path is the names of a member and of those that it lies in.
func path(m *unpack.Member) string {
	const longest = 1024
	name := string(m.Name)
	if name == "" {
		name = m.Container.String()
	}
	for p := m.Parent; p != nil && len(name) < longest; p = p.Parent {
		name = string(p.Name) + "/" + name
	}
	return name[:min(len(name), longest)]
}

// tooMuch is the name of the limit of a scanner.
const tooMuch = "more parts of signatures than can be remembered"

// File judges a file with all that it contains.
func (e *Engine) File(file []byte, name string) av.Finding {
	s := e.scanners.Get().(*scan.Scanner)
	defer e.scanners.Put(s)
	if hit := judge(s, file); hit != nil {
		return findingOf(hit)
	}
	return e.Whole(file, name)
}

// judge scans a file that is there as a whole, and returns what is found in it.
func judge(s *scan.Scanner, file []byte) *scan.Hit {
	s.Reset()
	if s.Write(file) || s.AtEnd() {
		return s.Found()
	}
	return nil
}

func findingOf(h *scan.Hit) av.Finding {
	return av.Finding{Outcome: av.Infected, Name: h.Name, Source: h.Pos.String()}
}

const (
	// headLen is how many bytes of a file say what kind it is, but for disk images.
	headLen = 1024
	// isoMagic is where an ISO 9660 image names itself (ECMA-119 section 8).
	isoMagic = 0x8001
)

// scanner is an av.Scanner.
type scanner struct {
	scan    *scan.Scanner
	head    []byte
	room    [headLen]byte
	iso     [5]byte // what stands at isoMagic
	size    int64
	finding av.Finding
}

// Reset implements av.Scanner.
func (s *scanner) Reset() {
	s.scan.Reset()
	s.head, s.iso, s.size, s.finding = s.room[:0], [5]byte{}, 0, av.Finding{}
}

// Write implements av.Scanner.
func (s *scanner) Write(data []byte) bool {
	s.head = append(s.head, data[:min(len(data), headLen-len(s.head))]...)
	if at := isoMagic - s.size; at > -int64(len(s.iso)) && at < int64(len(data)) {
		if at >= 0 {
			copy(s.iso[:], data[at:])
		} else {
			copy(s.iso[-at:], data)
		}
	}
	s.size += int64(len(data))
	return s.note(s.scan.Write(data))
}

// AtEnd implements av.Scanner.
func (s *scanner) AtEnd() bool { return s.note(s.scan.AtEnd()) }

// note makes a finding of what is found.
func (s *scanner) note(found bool) bool {
	if found {
		s.finding = findingOf(s.scan.Found())
	}
	return found
}

// Whole implements av.Scanner.
func (s *scanner) Whole() bool {
	if len(s.head) < headLen {
		return true
	}
	kind := unpack.Sniff(s.head)
	return kind.Opens() || kind == unpack.Unknown && (s.size < isoMagic+5 || string(s.iso[:]) == "CD001")
}

// Found implements av.Scanner.
func (s *scanner) Found() *av.Finding { return &s.finding }
