package clamav

import "fmt"

// Level is the functionality level of the engine whose language is read: that of
// ClamAV 1.4. Signatures for other levels are skipped.
const Level = 213

// AnySize stands for "*" in the field of a size.
const AnySize = -1

// Set is all that was read.
type Set struct {
	Files    []File
	Hashes   []Hash // of files
	Sections []Hash // of sections of Windows programs
	Imports  []Hash // of import tables of Windows programs
	Trusted  []Hash // of files in which nothing is found
	Bodies   []Body
	Logical  []Logical
	Members  []Member
	Ignored  []Ignored
	Skipped  []Skipped
	Problems []Problem
}

// File is a database file, or a member of a container.
type File struct {
	Name     string // of a member: container, "/", member
	Official bool   // its container's signature is ClamAV's own
	Version  uint32 // of its container
}

// Ref says where something was read.
type Ref struct {
	File uint32 // index into Set.Files
	Line uint32 // from 1
}

// Pos is a line of a file.
type Pos struct {
	File string
	Line int // from 1; 0: the file as a whole
}

// String is file:line.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Problem is a line that cannot be used, and why.
type Problem struct {
	Pos
	Name   string // of the signature, "" if it is not known
	Field  string // "" for the line as a whole
	Reason string
}

// String is the problem in one line.
func (p Problem) String() string {
	text := p.Pos.String()
	for _, part := range []string{p.Name, p.Field} {
		if part != "" {
			text += ": " + part
		}
	}
	return text + ": " + p.Reason
}

// Pos returns the place of a signature.
func (s *Set) Pos(r Ref) Pos { return Pos{s.Files[r.File].Name, int(r.Line)} }

// Len is the number of signatures.
func (s *Set) Len() int {
	return len(s.Hashes) + len(s.Sections) + len(s.Imports) + len(s.Bodies) + len(s.Logical) + len(s.Members)
}

// Skipped counts what was left out of a file for one reason.
type Skipped struct {
	File   string
	Reason string
	Count  int
}

// Algorithm is that of a hash.
type Algorithm uint8

// The algorithms.
const (
	MD5 Algorithm = iota
	SHA1
	SHA256
)

// Size is the length of a hash in bytes.
func (a Algorithm) Size() int { return [...]int{16, 20, 32}[a] }

// Hash is a signature of a whole: a file, a section, an import table.
type Hash struct {
	Name string
	Ref
	Size      int64 // of what is hashed, or AnySize
	Algorithm Algorithm
	Digest    [32]byte // the first Algorithm.Size() bytes count
}

// Member is a signature of what a container says of a file in it (.cdb).
type Member struct {
	Name string
	Ref
	Container      string // "*" for any
	ContainerSize  Range
	FileName       string // a regular expression, "" for any
	Size, RealSize Range
	Encrypted      int // 0 or 1; -1: either
	Position       Range
	Checksum       uint32
	HasChecksum    bool
}

// Ignored is the name of a signature that does not count.
type Ignored struct {
	Name string
	Ref
	Base string // the database it is in, "" for any (.ign)
}

// Range is a range of numbers, both ends included.
type Range struct{ Min, Max uint64 }

// Unlimited holds all numbers.
var Unlimited = Range{0, 1<<64 - 1}

// Has says whether a number is in the range.
func (r Range) Has(n uint64) bool { return n >= r.Min && n <= r.Max }
