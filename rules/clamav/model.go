package clamav

import "fmt"

// Set is what was read of databases.
type Set struct {
	Hashes   []Hash // of files
	Sections []Hash // of sections of PE files
	Trusted  []Hash // of files in which nothing is found
	Bodies   []Body
	Logicals []Logical
	Ignored  map[string]bool // names of signatures that are not used
	Files    []string        // that were read, in order
}

// Len is the number of signatures.
func (s *Set) Len() int {
	return len(s.Hashes) + len(s.Sections) + len(s.Bodies) + len(s.Logicals)
}

// Pos is a line of a database.
type Pos struct {
	File string
	Line int // from 1
}

// String is file:line.
func (p Pos) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// Problem is something that cannot be used.
type Problem struct {
	Pos
	Name   string // of the signature, "" if it is not known
	Reason string
}

// String is the problem in one line.
func (p Problem) String() string {
	if p.Name == "" {
		return fmt.Sprintf("%s: %s", p.Pos, p.Reason)
	}
	return fmt.Sprintf("%s: %s: %s", p.Pos, p.Name, p.Reason)
}

// Algorithm is that of a hash.
type Algorithm uint8

// The algorithms.
const (
	MD5 Algorithm = iota
	SHA1
	SHA256
)

// AnySize is the size of a hash that files of any size may have.
const AnySize = -1

// Hash is a file, or a section of one, that is known whole.
type Hash struct {
	Algorithm Algorithm
	Sum       [32]byte // as long as the algorithm says
	Size      int64    // in bytes, or AnySize
	Name      string
	Pos       Pos
}

// Target is the kind of files that a signature is about (ClamAV's target types).
type Target uint8

// The targets.
const (
	AnyFile  Target = 0
	PE       Target = 1
	OLE2     Target = 2
	HTML     Target = 3
	Mail     Target = 4
	Graphics Target = 5
	ELF      Target = 6
	Text     Target = 7
	MachO    Target = 9
	PDF      Target = 10
	Flash    Target = 11
	Java     Target = 12
)

// Body is a pattern in the bytes of a file.
type Body struct {
	Name    string
	Target  Target
	Offset  Offset
	Pattern Pattern
	Pos     Pos
}

// Pattern is bytes in a row, in pieces with gaps between them.
type Pattern []Piece

// Piece is a part of a pattern of a fixed length.
type Piece struct {
	Min, Max int    // bytes between it and the piece before; Max is Unbounded for any number
	Value    []byte // matches b if b&Mask == Value, byte by byte
	Mask     []byte // nil: all bits of all bytes
	Fold     bool   // ASCII letters of either case match; those of Value are in lower case
	Choices  []Choice
}

// Unbounded is the Max of a gap without an end.
const Unbounded = -1

// Choice is alternatives for some bytes of a piece, where Mask has no bits.
type Choice struct {
	At  int      // in the piece
	Any []string // one of these, all of one length
	Not bool     // none of Any
}

// Len is the number of bytes that a piece matches.
func (p *Piece) Len() int { return len(p.Value) }

// Logical is several patterns and how many of them must be there.
type Logical struct {
	Name       string
	Target     Target
	Sizes      *Range // of the file
	Sections   *Range // number of sections of a PE file
	EntryPoint *Range // offset of it in the file
	Container  string // kind of file that it is in, "" for any
	Expression Expression
	Subs       []Sub
	Pos        Pos
}

// Range is of numbers, both ends included.
type Range struct{ First, Last int64 }

// Holds says whether a number is in the range; all are in none.
func (r *Range) Holds(n int64) bool { return r == nil || r.First <= n && n <= r.Last }

// Sub is one pattern of a logical signature; each of Variants is a way to meet it.
type Sub struct {
	Offset   Offset
	Variants []Pattern
	FullWord bool // what stands around it are no letters or digits
}
