package segment

import "fmt"

// Assumption is an attribute of a workload that the query left open, and the
// value that was taken for it because a segment asks for it.
type Assumption struct {
	End       string `json:"end"`       // "from" or "to"
	Attribute string `json:"attribute"` // "group" or "mac"
	Value     string `json:"value"`
	Segment   string `json:"segment"` // that asks for the value
}

// endNames are the names of the sides.
var endNames = [2]string{sideFrom: "from", sideTo: "to"}

// assume fills in what a query leaves open, so that the first rule matches that
// could match with some values: no earlier rule can match with any.
func (p *Policy) assume(q *Query) (Query, []Assumption) {
	full := *q
	ends := [2]*Endpoint{&full.From, &full.To}
	leaves := [2]int{-1, -1}
	if p.open(&full.From) || p.open(&full.To) {
		d := newDirect(p.set, p.now, q)
		if i := d.first(); i != NoRule {
			leaves[sideFrom] = d.leaf(sideFrom, i)
			leaves[sideTo] = d.leaf(sideTo, i)
		}
	}
	var out []Assumption
	for side, e := range ends {
		out = append(out, p.fill(e, leaves[side], endNames[side])...)
	}
	return full, out
}

// open reports whether an attribute is left open that rules ask for.
func (p *Policy) open(e *Endpoint) bool {
	return e.AnyGroup && p.usesGroup || e.AnyMAC && p.usesMAC
}

// leaf returns the segment whose own criteria put a workload into the segment
// that a rule names, -1 if the rule says any.
func (d *direct) leaf(side, rule int) int {
	end := &d.set.ACL[rule].From
	if side == sideTo {
		end = &d.set.ACL[rule].To
	}
	i, _ := d.named(end, side)
	for i >= 0 && int(d.via[side][i]) != i {
		i = int(d.via[side][i])
	}
	return i
}

// fill takes the open attributes of an endpoint from a segment's criteria.
func (p *Policy) fill(e *Endpoint, leaf int, end string) []Assumption {
	var out []Assumption
	if e.AnyGroup {
		e.AnyGroup, e.NoGroup, e.Group = false, false, 0
		if leaf >= 0 && len(p.set.Segments[leaf].Group) > 0 {
			e.Group = uint16(p.set.Segments[leaf].Group[0].Lo)
			out = append(out, Assumption{end, "group", fmt.Sprint(e.Group), p.set.Segments[leaf].Name})
		}
	}
	if e.AnyMAC {
		e.AnyMAC, e.MAC = false, [6]byte{}
		if leaf >= 0 && len(p.set.Segments[leaf].MAC) > 0 {
			e.MAC = p.set.Segments[leaf].MAC[0]
			out = append(out, Assumption{end, "mac", macText(e.MAC), p.set.Segments[leaf].Name})
		}
	}
	return out
}
