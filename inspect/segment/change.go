package segment

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"vxwall/rules"
)

// ChangeKind says what a [Change] does.
type ChangeKind string

// The kinds of changes.
const (
	EnableRule  ChangeKind = "enable-rule"
	ExtendRule  ChangeKind = "extend-rule" // the rule no longer expires
	DisableRule ChangeKind = "disable-rule"
	AddService  ChangeKind = "add-service" // to a rule
	AddPrefix   ChangeKind = "add-prefix"  // to a segment: the address of one end
	AddVNI      ChangeKind = "add-vni"     // to a segment
	AddMAC      ChangeKind = "add-mac"     // to a segment
	SetGroup    ChangeKind = "set-group"   // of the workload at one end
	AddRule     ChangeKind = "add-rule"    // before a rule, or at the end
)

// Change is one edit that flips the verdict on a query: from allow to deny or
// reject, or the other way round. See Apply.
type Change struct {
	Kind    ChangeKind  `json:"kind"`
	Text    string      `json:"text"`
	Rule    *RuleRef    `json:"rule,omitempty"`    // edited; for add-rule the one after the new one, nil: at the end
	Segment *SegmentRef `json:"segment,omitempty"` // edited
	End     string      `json:"end,omitempty"`     // of the query: "from" or "to"
	Value   string      `json:"value,omitempty"`   // service, prefix, VNI, MAC or group
	From    *SegmentRef `json:"from,omitempty"`    // of a new rule; nil: a new segment of the address and VNI
	To      *SegmentRef `json:"to,omitempty"`
	Action  string      `json:"action,omitempty"` // of a new rule

	group  uint16
	action rules.Action
}

// Apply returns a set and a query with the change made. The set given stays as
// it is.
func (c *Change) Apply(set *rules.Set, q Query) (*rules.Set, Query) {
	out := *set
	switch c.Kind {
	case SetGroup:
		e := c.end(&q)
		e.Group, e.NoGroup = c.group, false
		return set, q
	case AddPrefix, AddVNI, AddMAC:
		out.Segments = slices.Clone(set.Segments)
		c.editSegment(&out.Segments[c.Segment.Index], &q)
	case AddRule:
		c.insert(&out, &q)
	default:
		out.ACL = slices.Clone(set.ACL)
		c.editRule(&out.ACL[c.Rule.Index], &q)
	}
	return &out, q
}

// end returns the end of the query that the change speaks of.
func (c *Change) end(q *Query) *Endpoint {
	if c.End == endNames[sideFrom] {
		return &q.From
	}
	return &q.To
}

func (c *Change) editSegment(seg *rules.Segment, q *Query) {
	e := c.end(q)
	switch c.Kind {
	case AddPrefix:
		seg.Prefix = append(slices.Clip(seg.Prefix), hostPrefix(e))
	case AddVNI:
		seg.VNI = append(slices.Clip(seg.VNI), rules.Range{Lo: q.VNI, Hi: q.VNI})
	case AddMAC:
		seg.MAC = append(slices.Clip(seg.MAC), e.MAC)
	}
}

func (c *Change) editRule(rule *rules.ACL, q *Query) {
	switch c.Kind {
	case EnableRule:
		rule.Enabled = true
	case ExtendRule:
		rule.Expires = time.Time{}
	case DisableRule:
		rule.Enabled = false
	case AddService:
		rule.Service = append(slices.Clip(rule.Service), serviceMatch(q.Service))
		rule.ServiceText = append(slices.Clip(rule.ServiceText), rules.ServiceText(q.Service))
	}
}

// insert adds a rule for the query, and the segments that it needs.
func (c *Change) insert(set *rules.Set, q *Query) {
	rule := rules.ACL{
		Name:        "new",
		Service:     []rules.Match{serviceMatch(q.Service)},
		ServiceText: []string{rules.ServiceText(q.Service)},
		Action:      c.action, Log: rules.LogEnd, Enabled: true,
	}
	rule.From = c.target(set, c.From, q.VNI, &q.From)
	rule.To = c.target(set, c.To, q.VNI, &q.To)
	at := len(set.ACL)
	if c.Rule != nil {
		at = c.Rule.Index
	}
	set.ACL = slices.Insert(slices.Clone(set.ACL), at, rule)
}

// target returns an end of a new rule: a segment, or one made for the workload.
func (c *Change) target(set *rules.Set, ref *SegmentRef, vni uint32, e *Endpoint) rules.Endpoint {
	if ref != nil {
		return rules.Endpoint{Segments: []int{ref.Index}}
	}
	set.Segments = append(slices.Clip(set.Segments), rules.Segment{
		Name:   "host-" + netipAddr(e).String(),
		VNI:    []rules.Range{{Lo: vni, Hi: vni}},
		Prefix: []netip.Prefix{hostPrefix(e)},
	})
	return rules.Endpoint{Segments: []int{len(set.Segments) - 1}}
}

// hostPrefix returns the prefix of one address.
func hostPrefix(e *Endpoint) netip.Prefix {
	a := netipAddr(e)
	return netip.PrefixFrom(a, a.BitLen())
}

// text writes the change in words.
func (c *Change) text(q *Query) string {
	switch c.Kind {
	case EnableRule:
		return fmt.Sprintf("enable rule %q", c.Rule.Name)
	case ExtendRule:
		return fmt.Sprintf("extend rule %q, which has expired", c.Rule.Name)
	case DisableRule:
		return fmt.Sprintf("disable rule %q", c.Rule.Name)
	case AddService:
		return fmt.Sprintf("add service %s to rule %q", c.Value, c.Rule.Name)
	case AddPrefix, AddVNI, AddMAC:
		what := map[ChangeKind]string{AddPrefix: "prefix", AddVNI: "vni", AddMAC: "mac"}[c.Kind]
		return fmt.Sprintf("add %s %s to segment %q, for rule %q", what, c.Value, c.Segment.Name, c.Rule.Name)
	case SetGroup:
		return fmt.Sprintf("let %s be in group %s, for rule %q", netipAddr(c.end(q)), c.Value, c.Rule.Name)
	}
	name := func(ref *SegmentRef, e *Endpoint) string {
		if ref == nil {
			return fmt.Sprintf("a new segment of vni %d and %s", q.VNI, hostPrefix(e))
		}
		return fmt.Sprintf("%q", ref.Name)
	}
	where := "at the end"
	if c.Rule != nil {
		where = fmt.Sprintf("before rule %q", c.Rule.Name)
	}
	return fmt.Sprintf("add a rule %s: %s from %s to %s, service %s",
		where, c.Action, name(c.From, &q.From), name(c.To, &q.To), c.Value)
}
