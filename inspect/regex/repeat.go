package regex

// repeat compiles a repetition.
func (c *compiler) repeat(n *node) {
	sub := n.subs[0]
	if sub.kind == nSet {
		c.emit(inst{op: opRun, x: c.setIndex(sub.set), min: int32(n.min), max: int32(n.max), lazy: n.lazy})
		return
	}
	for range n.min {
		c.node(sub)
		if c.err != nil {
			return
		}
	}
	if n.max == unlimited {
		c.loop(n)
		return
	}
	var ends []int32
	for range n.max - n.min {
		ends = append(ends, c.split(n.lazy))
		c.node(sub)
		if c.err != nil {
			return
		}
	}
	for _, at := range ends {
		c.leave(at, n.lazy)
	}
}

// loop compiles a repetition without end. A round that matches nothing ends it.
func (c *compiler) loop(n *node) {
	mark := int32(c.r.slots)
	c.r.slots++
	begin := c.split(n.lazy)
	c.emit(inst{op: opMark, x: mark})
	c.node(n.subs[0])
	c.emit(inst{op: opMoved, x: mark})
	c.emit(inst{op: opJump, x: begin})
	c.leave(begin, n.lazy)
}

// split emits a choice between what follows and what leave says.
func (c *compiler) split(lazy bool) int32 {
	at := c.emit(inst{op: opSplit})
	if lazy {
		c.r.insts[at].y = c.here()
	} else {
		c.r.insts[at].x = c.here()
	}
	return at
}

func (c *compiler) leave(at int32, lazy bool) {
	if lazy {
		c.r.insts[at].x = c.here()
	} else {
		c.r.insts[at].y = c.here()
	}
}

// findFirst collects the bytes that a match beginning at an instruction can begin with.
func (r *Regexp) findFirst(pc int32, seen []bool) {
	if seen[pc] || r.anyFirst {
		return
	}
	seen[pc] = true
	i := &r.insts[pc]
	switch i.op {
	case opByte:
		r.first.add(i.b)
	case opSet:
		r.first.merge(r.sets[i.x])
	case opRun:
		r.first.merge(r.sets[i.x])
		if i.min == 0 {
			r.findFirst(pc+1, seen)
		}
	case opSplit:
		r.findFirst(i.x, seen)
		r.findFirst(i.y, seen)
	case opJump:
		r.findFirst(i.x, seen)
	case opMatch, opBack, opAtomic:
		r.anyFirst = true
	case opLook:
		r.findFirst(i.y, seen)
	default:
		r.findFirst(pc+1, seen)
	}
}
