package ips

import (
	"encoding/binary"
	"slices"
)

// addressIndex finds the rules of addresses alone that may be about a packet: by the narrower of both
// sides. The addresses of all rules are cut where a set begins or ends, and each piece knows its rules.
type addressIndex struct {
	src, dst pieces
	always   []int32 // broad on both sides
}

// pieces are intervals in order, without gaps: piece i begins at begins[i].
type pieces struct {
	begins [][16]byte
	list   []uint32 // in lists
	lists  [][]int32
}

func (e *Engine) newAddressIndex(list members) (x addressIndex) {
	var src, dst members
	for _, n := range list {
		r := &e.rules[n]
		switch {
		case r.both:
			x.always = append(x.always, n)
		case e.narrow(r.src) && (!e.narrow(r.dst) || e.sets[r.src].size() <= e.sets[r.dst].size()):
			src = append(src, n)
		case e.narrow(r.dst):
			dst = append(dst, n)
		default:
			x.always = append(x.always, n)
		}
	}
	x.src = e.cut(src, func(r *rule) int32 { return r.src })
	x.dst = e.cut(dst, func(r *rule) int32 { return r.dst })
	return x
}

// narrow says whether a set is made of few addresses.
func (e *Engine) narrow(set int32) bool {
	if set == anySet {
		return false
	}
	for _, s := range e.sets[set].spans {
		first, last := binary.BigEndian.Uint64(s.first[:8]), binary.BigEndian.Uint64(s.last[:8])
		low, high := binary.BigEndian.Uint64(s.first[8:]), binary.BigEndian.Uint64(s.last[8:])
		if first != last && last-first > 1<<32 || first == last && first == 0 && high-low > 1<<26 {
			return false
		}
	}
	return true
}

// cut makes pieces of the sets of rules.
func (e *Engine) cut(list members, side func(*rule) int32) (p pieces) {
	if len(list) == 0 {
		return p
	}
	var zero [16]byte
	p.begins = append(p.begins, zero)
	for _, n := range list {
		for _, s := range e.sets[side(&e.rules[n])].spans {
			p.begins = append(p.begins, s.first)
			if s.last != highest {
				p.begins = append(p.begins, step(s.last, 1))
			}
		}
	}
	slices.SortFunc(p.begins, func(a, b [16]byte) int { return compare(&a, &b) })
	p.begins = slices.Compact(p.begins)
	members := make([][]int32, len(p.begins))
	for _, n := range list {
		for _, s := range e.sets[side(&e.rules[n])].spans {
			for i := p.at(&s.first); i < len(p.begins) && compare(&p.begins[i], &s.last) <= 0; i++ {
				members[i] = append(members[i], n)
			}
		}
	}
	p.intern(members)
	return p
}

// intern keeps lists that are equal once.
func (p *pieces) intern(members [][]int32) {
	known := map[string]uint32{}
	for _, list := range members {
		key := memberKey(list)
		i, ok := known[key]
		if !ok {
			i = uint32(len(p.lists))
			known[key] = i
			p.lists = append(p.lists, list)
		}
		p.list = append(p.list, i)
	}
}

// at returns the piece that holds an address.
func (p *pieces) at(a *[16]byte) int {
	low, high := 0, len(p.begins)
	for high-low > 1 {
		mid := (low + high) / 2
		if compare(&p.begins[mid], a) <= 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// of returns the rules whose set holds an address.
func (p *pieces) of(a *[16]byte) []int32 {
	if len(p.begins) == 0 {
		return nil
	}
	return p.lists[p.list[p.at(a)]]
}
