package segment

import "math/bits"

// spread is the odd number nearest to 1<<32 over the golden ratio: products
// with it scatter neighbouring numbers over the upper bits.
const spread = 0x9E3779B1

// numbers maps numbers to node indices: a hash table with open addressing, at
// most half full, that is never written after it was built.
type numbers struct {
	slots []numberValue // a power of two of them; value -1: free
	shift uint8
}

type numberValue struct {
	number uint32
	value  int32
}

// newNumbers builds the table. No number may be there twice.
func newNumbers(values []numberValue) numbers {
	width := bits.Len(uint(2*len(values) + 1))
	t := numbers{slots: make([]numberValue, 1<<width), shift: uint8(32 - width)}
	for i := range t.slots {
		t.slots[i].value = -1
	}
	for _, v := range values {
		i := v.number * spread >> t.shift
		for t.slots[i].value >= 0 {
			i = (i + 1) & uint32(len(t.slots)-1)
		}
		t.slots[i] = v
	}
	return t
}

// get returns the value of a number, -1 if it has none.
func (t *numbers) get(number uint32) int32 {
	for i := number * spread >> t.shift; ; i = (i + 1) & uint32(len(t.slots)-1) {
		if s := t.slots[i]; s.value < 0 || s.number == number {
			return s.value
		}
	}
}
