package clamav

// Target is the type of file that a signature is for, as ClamAV numbers them.
type Target uint8

// The targets.
const (
	AnyFile Target = iota
	PE
	OLE2
	HTML
	Mail
	Graphics
	ELF
	Text
	Unused
	MachO
	PDF
	Flash
	Java
	Internal
	Targets // how many there are
)

// Body is a signature of a file's content (.ndb).
type Body struct {
	Name string
	Ref
	Target  Target
	Offset  Offset
	Pattern Pattern
}

// Base is what an offset counts from.
type Base uint8

// The bases.
const (
	Anywhere    Base = iota
	Start            // n
	End              // EOF-n: Delta back from the end
	EntryPoint       // EP+n, EP-n
	Section          // Sx+n
	LastSection      // SL+n
	InSection        // SEx
	VersionInfo      // VI
)

// Offset is where a pattern may begin: from Base+Delta up to Shift further on.
type Offset struct {
	Base    Base
	Delta   int64
	Shift   uint64
	Section uint32
}

// Pattern is a sequence of parts.
type Pattern struct {
	Parts []Part
	Modifiers
}

// Modifiers change how the bytes of a pattern are compared.
type Modifiers struct {
	NoCase   bool // ::i
	Wide     bool // ::w: a zero byte follows each
	ASCII    bool // ::a: as they are, also if Wide
	FullWord bool // ::f: no letter or digit adjoins
}

// Forever is the length of a gap without end.
const Forever = -1

// Part is a run of bytes with a gap before it.
type Part struct {
	Min, Max int32  // bytes before it; Max may be Forever; both 0 in the first part
	Bytes    []byte // a byte b of a file matches if b&Mask == Bytes
	Mask     []byte // nil: all 0xff
	Specials []Special
}

// Special stands before the byte at index At of its part.
type Special struct {
	At           int32
	Boundary     byte // 'B', 'L' or 'W'; 0: alternatives
	Negated      bool
	Alternatives []Alternative
}

// Alternative is one of several texts.
type Alternative struct{ Bytes, Mask []byte }

// Logical is a signature that combines others (.ldb).
type Logical struct {
	Name string
	Ref
	Block
	Expr Expr
	Subs []Sub
}

// Block is what a logical signature says of the file as a whole.
type Block struct {
	Target        Target
	FileSize      Range
	EntryPoint    Range
	Sections      Range
	Container     string   // "" for any
	Intermediates []string // the innermost last
	Icon          bool     // a group of icons is asked for
	Handler       string   // the file is to be read as another type
}

// Op is a node of an expression.
type Op uint8

// The nodes.
const (
	Is Op = iota // a subsignature
	And
	Or
)

// Compare is how the number of matches is compared.
type Compare uint8

// The comparisons.
const (
	Some Compare = iota // at least one
	Equal
	More
	Less
)

// Expr is an expression over subsignatures.
type Expr struct {
	Op       Op
	Sub      int
	Args     []Expr
	Compare  Compare
	N        uint32
	Distinct uint32 // and so many different ones must match
}

// Sub is a subsignature: one of the three.
type Sub struct {
	Pattern *Pattern
	Offset  Offset // of a Pattern or Regexp
	Regexp  *Regexp
	Bytes   *ByteCompare
}

// Regexp is a regular expression that is tried when other subsignatures match.
type Regexp struct {
	Trigger Expr
	Text    string
	Flags   string // PCRE's i s m x A E U, and ClamAV's g r e
}

// ByteCompare compares a number in the file, by where another subsignature matches.
type ByteCompare struct {
	Sub         int
	Offset      int64
	Base        byte // 'h', 'd', 'i' (raw) or 'a'
	Little      bool
	Exact       bool
	Width       int
	Comparisons []Comparison
}

// Comparison compares with a value.
type Comparison struct {
	Op    byte // '=', '<' or '>'
	Value uint64
}
