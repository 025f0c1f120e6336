package rules

import (
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"
)

// containment answers which segments contain a segment: itself, those that
// include it, and those whose criteria all of its criteria lie within.
// Segments are found by a value of each criterion, not by comparing all with
// all. Answers are kept, so that each is found once; when the work allowed is
// spent they come out too small, which makes no rule look covered that is not.
type containment struct {
	segments  []Segment
	criteria  []criteria
	includers [][]int32
	prefixes  bart.Table[bool] // all that are a criterion of some segment
	byValue   map[valueKey][]int32
	around    [][]int32 // answers of containers
	enclosing [][]int32 // answers of enclosers
	mark      []int32   // segments seen in the current search
	stamp     int32
	work      *int // what may still be spent, see coverage
}

// valueKey is one value of each criterion; wild stands for a criterion that is
// absent or has so many values that they are not entered one by one.
type valueKey struct {
	prefix     netip.Prefix // the zero value is wild
	vni, group uint32
	mac        uint64
}

const (
	wild      = ^uint32(0)
	wildMAC   = ^uint64(0)
	maxValues = 4 // of a criterion that are entered one by one
)

func newContainment(segments []Segment, work *int) *containment {
	n := len(segments)
	c := &containment{
		segments: segments, criteria: make([]criteria, n),
		includers: make([][]int32, n), around: make([][]int32, n), enclosing: make([][]int32, n),
		byValue: make(map[valueKey][]int32, n), mark: make([]int32, n), work: work,
	}
	for i := range segments {
		c.criteria[i] = newCriteria(&segments[i])
		for _, k := range segments[i].Include {
			c.includers[k] = append(c.includers[k], int32(i))
		}
		if !c.criteria[i].none() {
			c.enter(int32(i))
		}
	}
	return c
}

// enter makes a segment's own criteria findable by their values.
func (c *containment) enter(i int32) {
	own := &c.criteria[i]
	prefixes := own.prefix
	if len(prefixes) == 0 {
		prefixes = []netip.Prefix{{}}
	}
	for _, p := range prefixes {
		if *c.work < 0 {
			return
		}
		if p.IsValid() {
			c.prefixes.Insert(p, true)
		}
		for _, vni := range values(own.vni) {
			for _, group := range values(own.group) {
				c.enterMACs(i, valueKey{prefix: p, vni: vni, group: group})
			}
		}
	}
}

func (c *containment) enterMACs(i int32, key valueKey) {
	for _, mac := range macValues(c.criteria[i].mac) {
		key.mac = mac
		c.byValue[key] = append(c.byValue[key], i)
		*c.work--
	}
}

// values returns the numbers of a criterion, or wild.
func values(ranges []Range) []uint32 {
	var list []uint32
	for _, r := range ranges {
		if int(r.Hi-r.Lo)+len(list) >= maxValues {
			return []uint32{wild}
		}
		for n := r.Lo; n <= r.Hi; n++ {
			list = append(list, n)
		}
	}
	if list == nil {
		return []uint32{wild}
	}
	return list
}

func macValues(macs [][6]byte) []uint64 {
	if len(macs) == 0 || len(macs) > maxValues {
		return []uint64{wildMAC}
	}
	list := make([]uint64, len(macs))
	for i, m := range macs {
		list[i] = macNumber(m)
	}
	return list
}

func macNumber(m [6]byte) uint64 {
	n := uint64(0)
	for _, b := range m {
		n = n<<8 | uint64(b)
	}
	return n
}

// containers returns the segments that contain segment i, i first, any last.
func (c *containment) containers(i int32) []int32 {
	if c.around[i] == nil {
		c.around[i] = c.findContainers(i)
	}
	return c.around[i]
}

// findContainers seeks the segments that enclose every part of segment i; its
// parts are its own criteria and those of all that it includes.
func (c *containment) findContainers(i int32) []int32 {
	parts := c.reach(i, func(k int32) []int32 { return c.included(k) })
	parts = slices.DeleteFunc(parts, func(k int32) bool { return c.criteria[k].none() })
	count := make(map[int32]int)
	for _, part := range parts {
		if *c.work < 0 {
			break
		}
		for _, k := range c.enclosers(part) {
			count[k]++
			*c.work--
		}
	}
	list := []int32{i}
	for k, n := range count {
		if n == len(parts) && k != i {
			list = append(list, k)
		}
	}
	slices.Sort(list[1:])
	return append(list, anySegment)
}

func (c *containment) included(i int32) []int32 {
	list := make([]int32, len(c.segments[i].Include))
	for n, k := range c.segments[i].Include {
		list[n] = int32(k)
	}
	return list
}

// enclosers returns the segments that contain the own criteria of segment i:
// some other one's criteria do, or it includes such a one.
func (c *containment) enclosers(i int32) []int32 {
	if c.enclosing[i] != nil {
		return c.enclosing[i]
	}
	var list []int32
	for _, k := range c.candidates(i) {
		if *c.work--; *c.work < 0 {
			break
		}
		if c.criteria[i].within(&c.criteria[k]) {
			list = append(list, c.reach(k, func(k int32) []int32 { return c.includers[k] })...)
		}
	}
	slices.Sort(list)
	c.enclosing[i] = slices.Compact(list)
	return c.enclosing[i]
}

// candidates returns the segments of which a value of every criterion is met
// by the first values of segment i.
func (c *containment) candidates(i int32) []int32 {
	own := &c.criteria[i]
	prefixes := []netip.Prefix{{}}
	if len(own.prefix) > 0 {
		for p := range c.prefixes.Supernets(own.prefix[0]) {
			prefixes = append(prefixes, p)
		}
	}
	vnis, groups, macs := firstValue(own.vni), firstValue(own.group), []uint64{wildMAC}
	if len(own.mac) > 0 {
		macs = append(macs, macNumber(own.mac[0]))
	}
	var list []int32
	for _, p := range prefixes {
		for _, vni := range vnis {
			for _, group := range groups {
				for _, mac := range macs {
					list = append(list, c.byValue[valueKey{p, vni, group, mac}]...)
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func firstValue(ranges []Range) []uint32 {
	if len(ranges) == 0 {
		return []uint32{wild}
	}
	return []uint32{wild, ranges[0].Lo}
}

// reach returns i and all that next leads to, however far.
func (c *containment) reach(i int32, next func(int32) []int32) []int32 {
	c.stamp++
	c.mark[i] = c.stamp
	list := []int32{i}
	for n := 0; n < len(list); n++ {
		for _, k := range next(list[n]) {
			*c.work--
			if c.mark[k] != c.stamp {
				c.mark[k] = c.stamp
				list = append(list, k)
			}
		}
	}
	return list
}
