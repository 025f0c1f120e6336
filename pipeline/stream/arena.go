package stream

import "math/bits"

// The arena's blocks are powers of two, from one unit to a slab, in bytes. A slab has
// 4 MiB, or as much as the limit if that is less.
const (
	unitShift = 8
	slabShift = 22
	maxOrder  = slabShift - unitShift
)

// none is the number of no block, connection or node.
const none = 0

// A block is named by the number of its first unit in the arena, from 1.
type block = uint32

// arena is memory in blocks: a buddy allocator. The collector sees a few large
// slabs without pointers. Slabs are made when first needed and kept; pages of
// theirs that were never written cost nothing.
type arena struct {
	slabs [][]byte
	meta  [][]unitMeta
	free  [maxOrder + 1]block // heads of the lists of free blocks
	used  int                 // bytes in blocks handed out
	limit int                 // of used, and, rounded up to slabs, of all
	top   uint8               // order of a slab
	slab  func(size int) []byte
}

func newArena(limit int, slab func(size int) []byte) arena {
	if slab == nil {
		slab = func(size int) []byte { return make([]byte, size) }
	}
	return arena{limit: limit, top: min(orderOf(limit), maxOrder), slab: slab}
}

// unitMeta is what is known of a block, at its first unit.
type unitMeta struct {
	next, prev block // of the free list
	order      uint8 // of a free block, +1; 0 if not the beginning of a free one
}

// orderOf is the order of the smallest block for n bytes.
func orderOf(n int) uint8 {
	if n <= 1<<unitShift {
		return 0
	}
	return uint8(bits.Len(uint(n-1)) - unitShift)
}

func sizeOf(order uint8) int { return 1 << (unitShift + order) }

func (a *arena) at(b block) *unitMeta { return &a.meta[(b-1)>>a.top][(b-1)&(1<<a.top-1)] }

// bytes is the memory of a block. It is borrowed until release.
func (a *arena) bytes(b block, order uint8) []byte {
	from := int((b-1)&(1<<a.top-1)) << unitShift
	return a.slabs[(b-1)>>a.top][from : from+sizeOf(order) : from+sizeOf(order)]
}

// get returns a block, none if that would exceed the limit.
func (a *arena) get(order uint8) block {
	if order > a.top || a.used+sizeOf(order) > a.limit {
		return none
	}
	have := order
	for have <= a.top && a.free[have] == none {
		have++
	}
	if have > a.top {
		if len(a.slabs) > (a.limit-1)/sizeOf(a.top) {
			return none // free memory is in too small pieces
		}
		a.grow()
		have = a.top
	}
	b := a.free[have]
	a.unlink(b)
	for have > order {
		have--
		a.link(b+1<<have, have)
	}
	a.used += sizeOf(order)
	return b
}

// grow adds a slab.
func (a *arena) grow() {
	a.slabs = append(a.slabs, a.slab(sizeOf(a.top)))
	a.meta = append(a.meta, make([]unitMeta, 1<<a.top))
	a.link(block(len(a.slabs)-1)<<a.top+1, a.top)
}

// release takes a block back, and joins it with its free neighbours.
func (a *arena) release(b block, order uint8) {
	a.used -= sizeOf(order)
	for order < a.top {
		buddy := (b - 1) ^ 1<<order + 1
		if a.at(buddy).order != order+1 {
			break
		}
		a.unlink(buddy)
		b = min(b, buddy)
		order++
	}
	a.link(b, order)
}

// shrink gives back all of a block but its beginning.
func (a *arena) shrink(b block, from, to uint8) {
	for from > to {
		from--
		a.release(b+1<<from, from)
	}
}

func (a *arena) link(b block, order uint8) {
	m := a.at(b)
	*m = unitMeta{next: a.free[order], order: order + 1}
	if m.next != none {
		a.at(m.next).prev = b
	}
	a.free[order] = b
}

func (a *arena) unlink(b block) {
	m := a.at(b)
	if m.prev != none {
		a.at(m.prev).next = m.next
	} else {
		a.free[m.order-1] = m.next
	}
	if m.next != none {
		a.at(m.next).prev = m.prev
	}
	*m = unitMeta{}
}
