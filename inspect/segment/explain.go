package segment

import (
	"cmp"
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"time"

	"vxwall/rules"
)

// Explanation says why the policy decides as it does, and what would change it.
type Explanation struct {
	VNI       uint32       `json:"vni"`
	Service   string       `json:"service"`
	From      EndReport    `json:"from"`
	To        EndReport    `json:"to"`
	Assumed   []Assumption `json:"assumed,omitempty"`
	Action    string       `json:"action"`
	Rule      *RuleRef     `json:"rule,omitempty"` // nil: the default decided
	Looked    []RuleReport `json:"rules_looked_at,omitempty"`
	Omitted   int          `json:"rules_omitted,omitempty"` // of those looked at
	Changes   []Change     `json:"changes,omitempty"`       // that would flip the verdict, nearest first
	Decision  Decision     `json:"-"`
	Completed Query        `json:"-"` // the query with what was assumed
}

// RuleRef names a rule and its place.
type RuleRef struct {
	Index  int    `json:"index"`
	Name   string `json:"name"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// SegmentRef names a segment.
type SegmentRef struct {
	Index int    `json:"index"`
	Name  string `json:"name"`
}

// EndReport is what the policy knows of one end.
type EndReport struct {
	Addr     netip.Addr    `json:"addr"`
	Segment  *SegmentRef   `json:"segment,omitempty"` // through which the rule matched, else the most specific
	Segments []Membership  `json:"segments,omitempty"`
	Near     []NearSegment `json:"near,omitempty"`
}

// Membership is a segment that a workload belongs to, and why.
type Membership struct {
	SegmentRef
	Why []string `json:"why"`
}

// NearSegment is a segment of which a workload misses one criterion.
type NearSegment struct {
	SegmentRef
	Missed string `json:"missed"`
}

// RuleReport is a rule that concerns one of the ends, and why it did not match.
type RuleReport struct {
	RuleRef
	Action string   `json:"action"`
	Failed []string `json:"failed,omitempty"` // empty: it matched
}

// The most near segments of an end, and the most rules, that are reported.
const (
	maxNear   = 5
	maxLooked = 20
)

// Explain judges a query as the data plane does, by Lookup, and says why. What
// the query leaves open is assumed such that the first rule matches that could.
func (p *Policy) Explain(q *Query) Explanation {
	full, assumed := p.assume(q)
	var s Scratch
	d := p.Cautious(&full, p.Lookup(&full, &s))
	v := newDirect(p.set, p.now, &full)
	e := Explanation{
		VNI: q.VNI, Service: rules.ServiceText(q.Service), Assumed: assumed,
		From: v.report(sideFrom, d.From), To: v.report(sideTo, d.To),
		Action: d.Action.String(), Decision: d, Completed: full,
	}
	last := len(p.set.ACL) - 1
	if d.Rule != NoRule {
		last = int(d.Rule)
		e.Rule = v.rule(last)
	}
	e.Looked, e.Omitted = v.looked(last)
	e.Changes = v.changes(d)
	return e
}

func (d *direct) rule(i int) *RuleRef {
	r := &d.set.ACL[i]
	return &RuleRef{Index: i, Name: r.Name, File: r.Pos.File, Line: r.Pos.Line, Column: r.Pos.Column}
}

func (d *direct) segment(i int32) *SegmentRef {
	if i < 0 {
		return nil
	}
	return &SegmentRef{Index: int(i), Name: d.set.Segments[i].Name}
}

// report says what one end belongs to, and what it nearly does.
func (d *direct) report(side int, segment int32) EndReport {
	e := d.endpoint(side)
	r := EndReport{Addr: netipAddr(e), Segment: d.segment(segment)}
	for i, via := range d.via[side] {
		if via == outside {
			continue
		}
		why := []string{}
		if int(via) == i {
			why = met(&d.set.Segments[i], d.q.VNI, e)
		} else {
			why = append(why, "includes "+d.set.Segments[via].Name)
		}
		r.Segments = append(r.Segments, Membership{*d.segment(int32(i)), why})
	}
	r.Near = d.near(side)
	return r
}

// near returns the segments of which an end misses one criterion; first those
// that have the address, then those with prefixes next to it.
func (d *direct) near(side int) []NearSegment {
	type miss struct {
		NearSegment
		distance int
	}
	var all []miss
	e := d.endpoint(side)
	for i := range d.set.Segments {
		seg := &d.set.Segments[i]
		c := unmet(seg, d.q.VNI, e)
		if d.via[side][i] != outside || bits.OnesCount8(uint8(c)) != 1 {
			continue
		}
		m := miss{NearSegment{*d.segment(int32(i)), missed(seg, c, d.q.VNI, e)}, 0}
		switch c {
		case byPrefix:
			m.distance = distance(seg.Prefix, netipAddr(e))
		case byVNI:
			m.distance = 129
		}
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b miss) int { return cmp.Compare(a.distance, b.distance) })
	var out []NearSegment
	for _, m := range all[:min(len(all), maxNear)] {
		out = append(out, m.NearSegment)
	}
	return out
}

// distance returns the number of bits that would have to be taken off the
// nearest prefix for it to hold an address.
func distance(ps []netip.Prefix, a netip.Addr) int {
	best := 128
	for _, p := range ps {
		for n := p.Bits(); n >= 0 && p.Addr().BitLen() == a.BitLen(); n-- {
			if wider, _ := p.Addr().Prefix(n); wider.Contains(a) {
				best = min(best, p.Bits()-n)
				break
			}
		}
	}
	return best
}

// looked returns the rules up to one that concern an end of the query, and how
// many of them were left out.
func (d *direct) looked(last int) ([]RuleReport, int) {
	var out []RuleReport
	omitted := 0
	for i := 0; i <= last; i++ {
		rule := &d.set.ACL[i]
		m := d.misfits(rule)
		concerned := m&(otherFrom|otherTo) == 0 ||
			!rule.From.Any && m&otherFrom == 0 || !rule.To.Any && m&otherTo == 0
		if !concerned {
			continue
		}
		if len(out) == maxLooked-1 && i < last {
			omitted++
			continue
		}
		out = append(out, RuleReport{*d.rule(i), rule.Action.String(), d.failed(rule, m)})
	}
	return out, omitted
}

// failed writes the reasons for which a rule does not match.
func (d *direct) failed(rule *rules.ACL, m misfit) []string {
	var out []string
	name := func(i int) string { return d.set.Segments[i].Name }
	if m&isDisabled != 0 {
		out = append(out, "disabled")
	}
	if m&isExpired != 0 {
		out = append(out, "expired "+rule.Expires.Format(time.RFC3339))
	}
	if m&otherFrom != 0 {
		out = append(out, fmt.Sprintf("from: %s is not in %s", netipAddr(&d.q.From), listText(rule.From.Segments, name)))
	}
	if m&otherTo != 0 {
		out = append(out, fmt.Sprintf("to: %s is not in %s", netipAddr(&d.q.To), listText(rule.To.Segments, name)))
	}
	if m&otherService != 0 {
		text := func(s string) string { return s }
		out = append(out, fmt.Sprintf("service: %s is not in %s", rules.ServiceText(d.q.Service), listText(rule.ServiceText, text)))
	}
	return out
}
