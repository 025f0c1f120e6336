package ips

import (
	"encoding/binary"
	"slices"

	"vxwall/pipeline/flow"
)

// Bounds of zones: into how many the addresses are cut at most, and how large a part of the rules has
// to name a set for it to be one that they are cut by.
const (
	maxZones   = 4
	zonedRules = 8 // one in so many
)

// zones cut all addresses by the sets that most rules name, as $HOME_NET: a packet's source and destination are in one
// zone each, and rules stand in groups by both, so that nothing is searched for that addresses rule out.
type zones struct {
	begins []address128 // piece i begins at begins[i]
	zone   []uint8      // by piece
	count  int
	meets  []uint8 // by address set: the zones that have some of its addresses, as bits
}

// address128 is an address as two numbers, which compare faster than bytes.
type address128 struct{ high, low uint64 }

func number128(a *[16]byte) address128 {
	return address128{binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:])}
}

func (a address128) less(b address128) bool {
	return a.high < b.high || a.high == b.high && a.low < b.low
}

// newZones cuts the addresses by the sets of rules.
func (e *Engine) newZones() (z zones) {
	z.cut(e.sets, nil)
	var chosen []int32
	for _, set := range e.setsInUse() {
		var more zones
		if more.cut(e.sets, append(slices.Clone(chosen), set)); more.count <= maxZones {
			z, chosen = more, append(chosen, set)
		}
	}
	for i := range e.sets {
		z.meets = append(z.meets, z.of(&e.sets[i]))
	}
	return z
}

// setsInUse are the sets that many rules name, those of most rules first.
func (e *Engine) setsInUse() (sets []int32) {
	uses := make([]int, len(e.sets))
	for i := range e.rules {
		for _, set := range []int32{e.rules[i].src, e.rules[i].dst} {
			if set != anySet {
				uses[set]++
			}
		}
	}
	for set, n := range uses {
		if n > 0 && n*zonedRules >= len(e.rules) {
			sets = append(sets, int32(set))
		}
	}
	slices.SortStableFunc(sets, func(a, b int32) int { return uses[b] - uses[a] })
	return sets
}

// cut makes the zones: addresses that the same of the chosen sets hold are one.
func (z *zones) cut(sets []addrSet, chosen []int32) {
	begins := [][16]byte{{}}
	for _, n := range chosen {
		for _, s := range sets[n].spans {
			begins = append(begins, s.first)
			if s.last != highest {
				begins = append(begins, step(s.last, 1))
			}
		}
	}
	slices.SortFunc(begins, func(a, b [16]byte) int { return compare(&a, &b) })
	begins = slices.Compact(begins)
	known := map[string]uint8{}
	for i := range begins {
		held := make([]byte, len(chosen))
		for j, n := range chosen {
			if sets[n].has(&begins[i]) {
				held[j] = 1
			}
		}
		zone, ok := known[string(held)]
		if !ok {
			zone = uint8(min(len(known), maxZones))
			known[string(held)] = zone
		}
		z.begins, z.zone = append(z.begins, number128(&begins[i])), append(z.zone, zone)
	}
	z.count = len(known)
}

// piece returns the piece that holds an address.
func (z *zones) piece(a *[16]byte) int {
	n, low, high := number128(a), 0, len(z.begins)
	for high-low > 1 {
		if mid := (low + high) / 2; n.less(z.begins[mid]) {
			high = mid
		} else {
			low = mid
		}
	}
	return low
}

// of returns the zones that have some address of a set, as bits.
func (z *zones) of(set *addrSet) (bits uint8) {
	for i := range set.spans {
		s := &set.spans[i]
		for at, last := z.piece(&s.first), z.piece(&s.last); at <= last; at++ {
			bits |= 1 << z.zone[at]
		}
	}
	return bits
}

// pairs is how many pairs of zones there are, of source and destination.
func (z *zones) pairs() int { return z.count * z.count }

// pair returns the number of a pair of zones.
func (z *zones) pair(src, dst int) int { return src*z.count + dst }

// pairOf returns the pair of a packet's addresses.
func (z *zones) pairOf(k *flow.Key) int {
	if z.count == 1 {
		return 0
	}
	return z.pair(int(z.zone[z.piece(&k.Src)]), int(z.zone[z.piece(&k.Dst)]))
}

// meet says whether a set may hold an address of a zone.
func (z *zones) meet(set int32, zone int) bool { return set == anySet || z.meets[set]&(1<<zone) != 0 }

// mayHold says whether a rule may be about packets of a direction between two zones.
func (z *zones) mayHold(r *rule, dir flow.Direction, src, dst int) bool {
	if r.whole && dir == flow.ToInitiator {
		src, dst = dst, src
	}
	return z.meet(r.src, src) && z.meet(r.dst, dst) || r.both && z.meet(r.src, dst) && z.meet(r.dst, src)
}

// between returns the rules of a list that may be about packets of a direction between the zones of a pair.
func (e *Engine) between(list members, dir flow.Direction, pair int) (out members) {
	src, dst := pair/e.zones.count, pair%e.zones.count
	for _, n := range list {
		if e.zones.mayHold(&e.rules[n], dir, src, dst) {
			out = append(out, n)
		}
	}
	return out
}
