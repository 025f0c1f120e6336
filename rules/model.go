package rules

import (
	"net/netip"
	"time"

	"vxwall/rules/suricata"
)

// Set is all that the files of one load say, names resolved. It is immutable
// once Load returned it. Rules keep the order of the files (by name) and within
// each file: the first match wins.
type Set struct {
	Policy   Policy
	Control  Control
	Segments []Segment
	Services []Service
	ACL      []ACL
	Asserts  []Assert

	Env        *suricata.Env        // variables and classes of signatures
	Signatures []suricata.Signature // of [[signature]]; every profile has them
	Profiles   []Profile
	AVs        []AV

	Files []string // paths as given or found, in load order

	// Hash is the SHA-256 of the files' base names and bytes in load order, and
	// then those of the files that profiles name.
	Hash [32]byte
}

// Pos is a place in a source file. Line and Column count from 1; Column counts
// characters, not bytes. Width is the number of characters the place covers
// (at least 1). The zero Pos stands for a value that was not written.
type Pos struct {
	File   string
	Line   int
	Column int
	Width  int
}

// Action is what a rule does with a flow. The zero value denies.
type Action uint8

// The actions of a rule, as `action = "…"` and `default = "…"` name them.
const (
	Deny   Action = iota // drop, silently
	Reject               // drop and answer with TCP RST or ICMP unreachable
	Allow                // forward
)

// Mode says whether verdicts bind.
type Mode uint8

// The modes of a policy.
const (
	Enforce Mode = iota // drop what is denied
	Monitor             // judge and report, drop nothing
)

// Log says which flow events a rule writes.
type Log uint8

// The values of `log`; LogBoth is LogStart|LogEnd.
const (
	LogNone  Log = 0
	LogStart Log = 1
	LogEnd   Log = 2
	LogBoth  Log = LogStart | LogEnd
)

// Policy is the [policy] table.
type Policy struct {
	Default Action // for flows that no rule matches; "deny" when absent
	Mode    Mode   // "enforce" when absent
	Log     Log    // for flows that no rule matches; "end" when absent
	Pos     Pos    // of the table header; zero when no file has one
}

// ControlAction is what happens to one kind of control traffic of a segment.
type ControlAction uint8

// The values of the keys of [control].
const (
	ControlDeny   ControlAction = iota
	ControlAllow                // passes without a look at the ACL
	ControlPolicy               // judged by the ACL like any other flow
)

// Control is the [control] table: the traffic without which a segment dies.
// ARP and Other have no ports or addresses an ACL could match, so they are
// allow or deny only.
type Control struct {
	ARP       ControlAction // EtherType 0x0806; default allow
	ND        ControlAction // ICMPv6 types 133-137; default allow
	DHCP      ControlAction // UDP 67/68 and 546/547; default allow
	Broadcast ControlAction // other IP to the broadcast MAC address; default policy
	Multicast ControlAction // other IP to a multicast MAC address; default policy
	Other     ControlAction // neither IP nor ARP (LLDP, STP, EAPOL …); default deny
	Pos       Pos
}

// Segment is a named set of workloads. A workload belongs to it if it meets
// every criterion that is present (non-empty list), or belongs to a segment
// that Include names. A segment without criteria of its own consists of its
// includes alone.
type Segment struct {
	Name        string
	VNI         []Range        // any of these
	Prefix      []netip.Prefix // any of these; masked; IPv4 as IPv4
	Group       []Range        // VXLAN Group Policy ID, any of these
	MAC         [][6]byte      // any of these
	Include     []int          // indices into Set.Segments, no cycles
	Description string
	Pos         Pos // of the name's value
}

// Range is an inclusive range of numbers.
type Range struct{ Lo, Hi uint32 }

// Service is a named list of matches.
type Service struct {
	Name        string
	Match       []Match
	Description string
	Pos         Pos // of the name's value
}

// Match is an inclusive range of service points: protocol<<16 | value, where
// value is the destination port (TCP, UDP, SCTP), type<<8|code (ICMP, ICMPv6)
// or 0..65535 for any. A Match never spans two protocols except AnyService.
type Match struct{ Lo, Hi uint32 }

// AnyService matches every protocol and value.
var AnyService = Match{0, 255<<16 | 0xffff}

// Point returns the service point of a protocol number and value, see [Match].
func Point(proto uint8, value uint16) uint32 { return uint32(proto)<<16 | uint32(value) }

// Endpoint is one side of a rule: any workload, or those of some segments.
type Endpoint struct {
	Any      bool
	Segments []int // indices into Set.Segments; empty iff Any
}

// ACL is one rule. Disabled rules are kept (explain names them) but never
// match; rules whose Expires has passed never match either.
type ACL struct {
	Name        string
	From, To    Endpoint
	Service     []Match // never empty: {AnyService} when `service` is absent
	ServiceText []string
	Action      Action
	App         []string // any of these application protocols; empty: whatever the application
	Inspect     []string // names of profiles
	Profiles    []int    // those of [[ips]], as indices into Set.Profiles
	AV          int      // 1 + the index in Set.AVs of that of [[av]], 0 for none
	Log         Log      // "end" when absent
	Enabled     bool
	Expires     time.Time // zero: never
	Description string
	Pos         Pos // of the name's value
}

// Assert is a unit test of the policy: a flow and the action it must get.
// What it leaves out (MAC addresses, the group of To) counts as whatever a
// segment asks for; the group of From, which every packet shows, counts as 0.
type Assert struct {
	VNI            uint32
	From, To       netip.Addr
	FromMAC, ToMAC *[6]byte
	Group, ToGroup *uint16 // Group is that of From, as the packet carries it
	Service        uint32  // service point
	ServiceText    string
	Expect         Action
	Rule           string // name of the rule that must decide, "" = not checked, "default" = none
	Pos            Pos    // of the table header
	ExpectPos      Pos    // of the value of expect
	RulePos        Pos    // of the value of rule, zero if absent
}
