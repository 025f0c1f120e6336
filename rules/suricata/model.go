package suricata

import "net/netip"

// Action of a rule.
type Action uint8

// The actions. Reject is rejectsrc's other name.
const (
	Alert Action = iota
	Pass
	Drop
	Reject     // drop, and answer the sender
	RejectDst  // drop, and answer the receiver
	RejectBoth // drop, and answer both
)

// Signature is one rule.
type Signature struct {
	File string
	Line int    // of the rule's first character, from 1
	Text string // as written, without line continuations

	Action        Action
	Protocol      string // in small letters: "tcp", "http", "tcp-pkt", "ip", ...
	Src, Dst      Addresses
	SrcPort       Ports
	DstPort       Ports
	Bidirectional bool // <>, unless both sides are the same
	Transaction   bool // =>: both directions of one transaction; src and dst are the request's

	GID, SID, Rev uint32 // GID is 1 unless given
	Msg           string
	Classtype     string
	Priority      int // as given, else that of the classtype, else 3
	References    []Reference
	Metadata      []Pair
	Target        Target
	NoAlert       bool // noalert, or flowbits:noalert
	AlertToo      bool // alert: a pass rule that raises an alert

	// Matches are the conditions in the order written. Those of one sticky
	// buffer carry its name.
	Matches []Match

	Tags []Tag

	parts []part // where the lines of Text stand in the file
}

// Reference is a reference to what a rule is about.
type Reference struct{ Type, Value string }

// Pair is one entry of metadata.
type Pair struct{ Key, Value string }

// Target says which end is attacked.
type Target uint8

// The targets.
const (
	NoTarget Target = iota
	SrcTarget
	DstTarget
)

// Addresses is a set: inside some of In (none given: everywhere), and in none of
// Not. IPv4 prefixes are IPv4 prefixes, not mapped ones.
type Addresses struct {
	In, Not []Range
}

// Range is an interval of addresses of one family, both ends included.
type Range struct{ First, Last netip.Addr }

// Any says whether the set holds every address.
func (a *Addresses) Any() bool { return len(a.In) == 0 && len(a.Not) == 0 }

// Ports is a set: inside some of In (none given: all), and in none of Not.
type Ports struct {
	In, Not []PortRange
}

// PortRange is an interval of ports, both ends included.
type PortRange struct{ First, Last uint16 }

// Any says whether the set holds every port.
func (p *Ports) Any() bool { return len(p.In) == 0 && len(p.Not) == 0 }

// Match is one condition of a rule: exactly one pointer, or Keyword alone with
// Args for conditions that need no more than that, is set.
type Match struct {
	Keyword string // as written, in its newest name ("http.uri" for http_uri)
	Column  int    // where it stands in Signature.Text, from 1

	// Buffer is the sticky buffer the condition looks into, "" for the payload
	// (of the packet and of the stream). Old content modifiers (http_uri)
	// are read into it too.
	Buffer     string
	Transforms []Transform // applied to the buffer, in order

	// Use counts the sticky buffers of the rule, from 1: conditions with one Use
	// are met by one value of a buffer that has several (dns.query, say). It is
	// 0 for the payload and for old content modifiers.
	Use int

	Side      string // of the sticky buffer in a rule with =>: "to_server", "to_client", "" for its own
	Prefilter bool   // "prefilter" stands behind it

	Content  *Content
	Regexp   *Regexp
	ByteTest *ByteTest
	ByteJump *ByteJump
	ByteMath *ByteMath // byte_math and byte_extract
	DataAt   *DataAt   // isdataat
	Number   *Number   // dsize bsize urilen ttl itype icode icmp_id seq ack window id flow.age ... : Keyword says which
	Flow     *Flow
	Bits     *Bits // flowbits, xbits, hostbits
	Int      *Int  // flowint
	Flags    *TCPFlags
	FragBits *FragBits
	Filter   *Threshold // threshold, detection_filter
	Dataset  *Dataset
	IPRep    *IPRep
	// Addresses are those of vtep.src and vtep.dst; Negated says "!".
	Addresses *Addresses

	// Args are the arguments, split at commas and trimmed, where no pointer
	// is set (app-layer-event, app-layer-protocol, stream-event, decode-event,
	// tls.version, ssh.proto, geoip ...), and in any case as written.
	Args    []string
	Negated bool // of an argument that may be: "!"
}

// Transform changes a buffer before it is looked into.
type Transform struct {
	Name string // "to_lowercase", "url_decode", "xor", "pcrexform" ...
	Arg  string
}

// Value is a number, or the name of a variable of byte_extract or byte_math.
type Value struct {
	N    int64
	Name string // "" for a number
	Set  bool
}

// Content looks for bytes.
type Content struct {
	Pattern []byte
	Negated bool
	Nocase  bool

	Offset, Depth    Value
	Distance, Within Value

	StartsWith, EndsWith bool
	RawBytes             bool

	FastPattern     bool
	FastPatternOnly bool
	ChopOffset      int // of fast_pattern:offset,length
	ChopLength      int // 0: whole
	ReplaceWith     []byte
}

// Relative says whether the place depends on the last match.
func (c *Content) Relative() bool { return c.Distance.Set || c.Within.Set }

// Regexp is pcre:"/pattern/flags".
type Regexp struct {
	Pattern  string
	Negated  bool
	Relative bool // R
	RawBytes bool // B
	NoCase   bool // i
	DotAll   bool // s
	Multi    bool // m
	Extended bool // x
	Anchored bool // A
	DollarE  bool // E: $ only at the very end
	Ungreedy bool // G
	// Captures are variables that groups are stored in: "flow:name", "pkt:name".
	Captures []string
}

// Compare is a comparison.
type Compare uint8

// The comparisons.
const (
	Equal Compare = iota
	NotEqual
	Less
	Greater
	LessEqual
	GreaterEqual
	Between    // A < x < B, the keyword's own rule for the ends is applied: both ends are in A..B here inclusive
	NotBetween // the opposite
	BitAnd     // x & A != 0 (byte_test &)
	BitOr      // x | A != 0 (byte_test ^)
	NotBitAnd  // x & A == 0
	NotBitOr
	AllBits // x & A == B
	NotAllBits
)

// Number compares a number of the packet, flow or buffer.
type Number struct {
	Op   Compare
	A, B int64
	Name string // a variable instead of A, "" for none
	Norm bool   // urilen:...,norm
}

// Problem is a rule, or a line, that cannot be used, and why.
type Problem struct {
	File    string
	Line    int
	Column  int
	SID     uint32 // 0: not known
	Keyword string // "" for the header or the file
	Reason  string
	Skipped bool // the rule's own requires asks for another version or keyword: nothing is wrong
}
