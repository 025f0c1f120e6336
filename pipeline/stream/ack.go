package stream

// acknowledge notes how far the receiver of the other direction got, and how much
// more it takes.
func (c Conn) acknowledge(in *Segment, r *Result) {
	h, o := &c.conn.half[in.Dir], &c.conn.half[1-in.Dir]
	if o.flags&acked == 0 || int32(in.Ack-o.una) > 0 {
		o.una = in.Ack
		o.flags |= acked
		if o.flags&picked != 0 && int32(o.una-o.isn) > 0 {
			o.flags &^= picked
		}
	}
	window := h.window(in, o)
	if edge := in.Ack + window; o.flags&edged == 0 || int32(edge-o.edge) > 0 {
		o.edge = edge
		o.flags |= edged
	}
	o.maxWindow = max(o.maxWindow, window)
	if int32(o.una-o.next) > 0 && o.flags&stopped == 0 {
		c.skipTo(1-in.Dir, o.una, r)
	}
	if o.flags&forgot != 0 && int32(o.una-o.next) >= 0 {
		o.flags &^= forgot // its receiver had all of it
	}
}

// skipTo gives up what is missing of a direction before a sequence number, since
// its receiver has it, or nobody will. Bytes not yet consumed are in the
// way of a second gap: Consumed goes on then.
func (c Conn) skipTo(dir uint8, to uint32, r *Result) {
	h := &c.conn.half[dir]
	if h.flags&finSeen != 0 && int32(to-h.fin) > 0 {
		to = h.fin
	}
	if h.held != none {
		if first := c.pool.nodes[h.held].seq; int32(to-first) > 0 {
			to = first
		}
	}
	missing := int32(to - h.next)
	if missing <= 0 || h.fresh > 0 {
		return
	}
	if need := c.pool.following(h, to); need > 0 && !c.makeWay(h, need) {
		return
	}
	c.lose(h, uint32(missing), r)
	if h.held != none {
		c.pool.follow(c.conn, h)
	}
	if h.fresh > 0 {
		r.Fresh |= 1 << dir
	}
	c.atDepth(dir, r)
}

// makeWay makes room for pieces that are about to be in order. If there is no memory
// for those of a copy, they are lost.
func (c Conn) makeWay(h *half, n int) bool {
	c.conn.flags |= filling
	cause := c.pool.reserve(c.conn, h, n, c.conn.grown)
	c.conn.flags &^= filling
	if cause == CauseNone {
		return true
	}
	if c.pool.cfg.Inline {
		return false
	}
	c.pool.dropHeld(c.conn, h)
	return true
}

// lose moves on past bytes that did not come.
func (c Conn) lose(h *half, n uint32, r *Result) {
	r.Events.add(EvSeqGap)
	c.pool.stats.Gaps++
	c.pool.stats.GapBytes += uint64(n)
	h.gap += n
	h.next += n
	h.offset += uint64(n)
	h.start = h.end
	if int32(h.next-h.top) > 0 {
		h.top = h.next
	}
}

// noRoom is for bytes that cannot be kept. A copy (tap) cannot be held up: what
// is missing is given up instead.
func (c Conn) noRoom(in *Segment, end uint32, cause Cause, r *Result) Cause {
	if cause == CauseMemory {
		r.Events.add(EvInsertMemcap)
	} else {
		r.Events.add(EvInsertLimit)
	}
	if c.pool.cfg.Inline {
		return cause
	}
	h := &c.conn.half[in.Dir]
	h.fresh = 0
	if h.held != none {
		c.skipTo(in.Dir, c.pool.nodes[h.held].seq, r)
	} else if n := int32(end - h.next); n > 0 {
		c.lose(h, uint32(n), r)
	}
	return cause
}

// Flush gives up what is missing in a direction, as at the end of a capture. The
// result says whether that made bytes fresh. It is for copies: inline, what
// waits behind a gap cannot reach its reader.
func (c Conn) Flush(dir uint8) Result {
	r := Result{Verdict: Pass}
	h := &c.conn.half[dir]
	if h.held != none {
		c.skipTo(dir, c.pool.nodes[h.held].seq, &r)
	}
	c.tellEnd(dir, &r)
	return r
}
