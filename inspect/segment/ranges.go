package segment

import (
	"cmp"
	"encoding/binary"
	"slices"

	"vxwall/rules"
)

// canonical returns ranges sorted and merged, so that two lists which mean the
// same numbers are the same list. A range whose ends are swapped is empty.
func canonical(in []rules.Range) []rules.Range {
	out := slices.DeleteFunc(slices.Clone(in), func(r rules.Range) bool { return r.Lo > r.Hi })
	slices.SortFunc(out, func(a, b rules.Range) int { return cmp.Compare(a.Lo, b.Lo) })
	n := 0
	for _, r := range out {
		if n > 0 && uint64(r.Lo) <= uint64(out[n-1].Hi)+1 {
			out[n-1].Hi = max(out[n-1].Hi, r.Hi)
			continue
		}
		out[n] = r
		n++
	}
	return out[:n]
}

// rangesKey returns a map key for canonical ranges.
func rangesKey(rs []rules.Range) string {
	b := make([]byte, 0, 8*len(rs))
	for _, r := range rs {
		b = binary.BigEndian.AppendUint32(b, r.Lo)
		b = binary.BigEndian.AppendUint32(b, r.Hi)
	}
	return string(b)
}

// numbersKey returns a map key for a list of numbers.
func numbersKey[T int | int32 | uint32](ns []T) string {
	return string(appendKey(make([]byte, 0, 4*len(ns)), ns))
}

func appendKey[T int | int32 | uint32](b []byte, ns []T) []byte {
	for _, n := range ns {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return b
}

// block is an aligned range of 1<<order values from start on.
type block struct {
	start uint32
	order uint8
}

// end returns the last value of the block.
func (b block) end() uint32 { return b.start + uint32(uint64(1)<<b.order-1) }

// blocks cuts a range of numbers below 1<<bits into the fewest aligned blocks:
// never more than two per bit. Of two aligned blocks that overlap, one holds
// the other; ranges in general have no such order.
func blocks(r rules.Range, bits uint8) []block {
	var out []block
	hi := min(r.Hi, uint32(1)<<bits-1)
	for lo := r.Lo; lo <= hi; {
		b := block{start: lo}
		for b.order < bits {
			wider := block{start: lo, order: b.order + 1}
			if lo&(uint32(1)<<wider.order-1) != 0 || wider.end() > hi {
				break
			}
			b = wider
		}
		out = append(out, b)
		lo = b.end() + 1
	}
	return out
}
