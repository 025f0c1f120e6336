package scan

import (
	"vxwall/inspect/regex"
	"vxwall/rules/clamav"
)

// Database is compiled signatures: immutable, shared by all scanners.
type Database struct {
	files    hashes // of whole files
	sections hashes // of sections of PE files
	imports  hashes // of import tables
	trusted  hashes

	names []byte // of all signatures
	sigs  []sig
	paths []string // of the files that they are from

	code     []byte
	pieces   []piece
	patterns []pattern
	offsets  []clamav.Offset
	logicals []logical
	rows     []node
	wholes   []whole
	regexps  []expression
	compares []comparison
	compared map[uint32][]uint32 // fact -> compares
	firstKey []uint32            // by fact: where its keys begin
	keys     []uint32            // logicals, or regexps with isRegexp
	targets  [clamav.Targets]*tables
	members  []clamav.Member
}

const isRegexp = 1 << 31

// sig is what a signature is called and where it is from.
type sig struct {
	name uint32 // where it begins; the next one's begins where it ends
	line uint32
	file uint32
}

// tables finds the pieces for one kind of files.
type tables struct{ long, short table }

// piece is a part of a pattern that is compared at once.
type piece struct {
	code    uint32
	pattern uint32
	low     int32  // gap before it
	high    int32  // clamav.Forever for any
	least   uint16 // distance of its anchor from its beginning
	most    uint16
	first   bool // of its pattern
	narrow  bool // it fits into the zeros that amidZeros looks at
}

// pattern is one way to meet a fact: pieces in a row.
type pattern struct {
	first  uint32
	fact   uint32
	offset uint32 // 0: anywhere
	pieces uint8
}

// logical is a signature of a file's content.
type logical struct {
	row   uint32
	sig   uint32
	whole int32 // index into wholes, -1 for none
	late  bool  // nothing is certain before the end of the file
}

// whole is what a signature says of the file as a whole.
type whole struct {
	size, entry, sections clamav.Range
	container             string
	intermediates         []string
}

// expression is a regular expression, tried once its trigger holds.
type expression struct {
	re     *regex.Regexp
	fact   uint32
	row    uint32
	offset uint32
	target clamav.Target
}

// comparison compares a number in the file.
type comparison struct {
	*clamav.ByteCompare
	fact uint32
}

// Len is the number of signatures.
func (d *Database) Len() int { return len(d.sigs) }

// Members are the signatures of what containers say of their files, for those who
// open them.
func (d *Database) Members() []clamav.Member { return d.members }

// hit returns what is told of a signature.
func (d *Database) hit(n uint32) Hit {
	end := uint32(len(d.names))
	if int(n)+1 < len(d.sigs) {
		end = d.sigs[n+1].name
	}
	s := d.sigs[n]
	return Hit{Name: string(d.names[s.name:end]), Pos: clamav.Pos{File: d.paths[s.file], Line: int(s.line)}}
}

// Hit is a signature that was found: its name as ClamAV prints it, and its place.
type Hit struct {
	Name string
	Pos  clamav.Pos
}
