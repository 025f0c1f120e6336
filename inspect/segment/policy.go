package segment

import (
	"time"

	"vxwall/rules"
)

// NoRule is the rule of a [Decision] that the policy's default made.
const NoRule = -1

// Endpoint is one workload of a flow as a packet shows it.
type Endpoint struct {
	Addr    [16]byte // IPv4 as IPv4-mapped
	MAC     [6]byte
	Group   uint16 // 0: untagged
	NoGroup bool   // the group is not known: no criterion on groups is met

	// AnyMAC and AnyGroup say "not given": criteria on it count as met. Only
	// Explain and CheckAsserts look at them; Lookup does not.
	AnyMAC, AnyGroup bool
}

// Query is what the policy judges.
type Query struct {
	VNI      uint32
	From, To Endpoint
	Service  uint32 // service point, see rules.Point
}

// Decision is what the policy says of a query.
type Decision struct {
	Rule   int32 // index into Set.ACL; NoRule: the default decided
	Action rules.Action

	// From and To are the segments through which the rule matched. Where the
	// rule says any, or the default decided, they are the most specific segment
	// that the workload itself belongs to. -1: none.
	From, To int32

	// UsedUnknownGroup says that the destination's group is not known and that
	// with some group the destination might belong to more segments. Such a
	// decision must not be remembered.
	UsedUnknownGroup bool
}

// Policy is a compiled rule set: immutable, shared by all workers.
type Policy struct {
	set  *rules.Set
	now  time.Time
	next time.Time

	usesGroup, usesMAC bool
	groupDenies        []int32 // see findGroupDenies

	tree   tree
	matrix matrix
	services
	names names // the groups of names alone

	// Only for places without a matrix.
	lists listWords
	pairs pairs
}

// UsesGroup reports whether some segment that an active rule names, itself or
// by include, has criteria on groups.
func (p *Policy) UsesGroup() bool { return p.usesGroup }

// UsesMAC reports the same of criteria on MAC addresses.
func (p *Policy) UsesMAC() bool { return p.usesMAC }

// NextChange returns the earliest time after the compilation at which a rule
// expires, and the policy must be compiled again; zero if there is none.
func (p *Policy) NextChange() time.Time { return p.next }

// active reports whether a rule can match at all at a time.
func active(rule *rules.ACL, now time.Time) bool {
	return rule.Enabled && !expired(rule, now)
}

// expired reports whether a rule's time is over.
func expired(rule *rules.ACL, now time.Time) bool {
	return !rule.Expires.IsZero() && !now.Before(rule.Expires)
}
