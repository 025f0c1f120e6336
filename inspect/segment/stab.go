package segment

import (
	"cmp"
	"slices"

	"vxwall/rules"
)

// stab answers "which lists of ranges hold this number?" for numbers of a few
// bits: VNIs and groups. Ranges are cut into aligned blocks, and each block
// points to the next wider one around it, so that memory grows with the ranges
// alone, however they overlap. A number that is a block of its own, which most
// VNIs are, is found by one hash probe.
type stab struct {
	single numbers

	// starts are the places where the innermost block, at, changes.
	starts []uint32
	at     []int32

	nodes []stabNode
}

// stabNode is one block: the lists that hold it, and the block around it.
type stabNode struct {
	ids    []int32
	parent int32 // -1: none
}

// stabEntry is one list of ranges and what it is called.
type stabEntry struct {
	ranges []rules.Range
	id     int32
}

// find returns the innermost block around v, -1 if there is none.
func (s *stab) find(v uint32) int32 {
	if n := s.single.get(v); n >= 0 {
		return n
	}
	i, found := slices.BinarySearch(s.starts, v)
	if !found {
		i--
	}
	if i < 0 {
		return -1
	}
	return s.at[i]
}

// chain returns the ids of a node and of all blocks around it, each once.
func (s *stab) chain(n int32) []int32 {
	var ids []int32
	for ; n >= 0; n = s.nodes[n].parent {
		ids = append(ids, s.nodes[n].ids...)
	}
	return ids
}

// newStab builds the table of numbers below 1<<bits.
func newStab(entries []stabEntry, bits uint8) stab {
	type piece struct {
		block
		id int32
	}
	var pieces []piece
	for _, e := range entries {
		for _, r := range e.ranges {
			for _, b := range blocks(r, bits) {
				pieces = append(pieces, piece{b, e.id})
			}
		}
	}
	slices.SortFunc(pieces, func(a, b piece) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.order, a.order), cmp.Compare(a.id, b.id))
	})
	var b stabBuilder
	for i, p := range pieces {
		if i == 0 || p.block != pieces[i-1].block {
			b.open(p.block)
		}
		last := &b.nodes[len(b.nodes)-1]
		last.ids = append(last.ids, p.id)
	}
	b.closeBefore(uint64(1) << bits)
	b.single = newNumbers(b.values)
	return b.stab
}

// stabBuilder takes blocks in order of their start, wider ones first.
type stabBuilder struct {
	stab
	values []numberValue
	stack  []openBlock
}

// openBlock is a block around the place that the builder has come to.
type openBlock struct {
	block
	node int32
}

// open adds the node of a block that was not there before.
func (b *stabBuilder) open(blk block) {
	b.closeBefore(uint64(blk.start))
	node := int32(len(b.nodes))
	b.nodes = append(b.nodes, stabNode{parent: b.top()})
	if blk.order == 0 {
		b.values = append(b.values, numberValue{blk.start, node})
		return
	}
	b.change(blk.start, node)
	b.stack = append(b.stack, openBlock{blk, node})
}

// closeBefore leaves the blocks that end before a place.
func (b *stabBuilder) closeBefore(place uint64) {
	for n := len(b.stack); n > 0 && uint64(b.stack[n-1].end()) < place; n = len(b.stack) {
		end := b.stack[n-1].end()
		b.stack = b.stack[:n-1]
		b.change(end+1, b.top())
	}
}

// top returns the innermost open block, -1 if none is.
func (b *stabBuilder) top() int32 {
	if len(b.stack) == 0 {
		return -1
	}
	return b.stack[len(b.stack)-1].node
}

// change notes that from start on, node is the innermost block.
func (b *stabBuilder) change(start uint32, node int32) {
	if n := len(b.starts); n > 0 && b.starts[n-1] == start {
		b.at[n-1] = node
		return
	}
	b.starts = append(b.starts, start)
	b.at = append(b.at, node)
}
