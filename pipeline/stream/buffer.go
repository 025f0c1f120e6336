package stream

// The bytes of a direction that are in order lie in one block, in [start:end].
// They are kept until the receiver acknowledged them, since later copies are
// made equal to them, and History bytes of them as long as nothing comes.

// unacked is how many of the bytes in order are not acknowledged yet.
func (h *half) unacked() uint32 {
	have := h.end - h.start
	if h.flags&acked == 0 {
		return have
	}
	if n := int32(h.next - h.una); n <= 0 {
		return 0
	} else if uint32(n) < have {
		return uint32(n)
	}
	return have
}

// keep is how many of the bytes in order are needed, with some history.
func (p *Pool) keep(h *half, history int) uint32 {
	n := h.fresh + uint32(history)
	if p.cfg.Inline || h.flags&acked != 0 {
		n = max(n, h.unacked())
	}
	return min(n, h.end-h.start)
}

// reserve makes room for n bytes more in order.
func (p *Pool) reserve(c *conn, h *half, n int, now int64) Cause {
	if h.buf != none && int(h.end)+n <= sizeOf(h.order) {
		return CauseNone
	}
	return p.room(c, h, n, now)
}

// extend adds bytes in order, for which there is room.
func (p *Pool) extend(h *half, data []byte) {
	if n := h.cutIn(h.next, len(data)); n >= 0 {
		p.extend(h, data[:n])
		h.next++
		p.stats.Cut++
		p.extend(h, data[n+1:])
		return
	}
	copy(p.arena.bytes(h.buf, h.order)[h.end:], data)
	n := uint32(len(data))
	h.end += n
	h.fresh += n
	h.next += n
	h.offset += uint64(n)
}

// room makes room for n bytes after end: by moving what is kept to the front of
// the block, or into a larger one.
func (p *Pool) room(c *conn, h *half, n int, now int64) Cause {
	live := int(p.keep(h, p.cfg.History))
	if h.buf != none && live+n <= sizeOf(h.order)*3/4 {
		p.compact(h, uint32(live))
		return CauseNone
	}
	least := orderOf(live + n)
	order := max(least, min(orderOf(2*(live+n)), p.arena.top)) // so that bytes are moved seldom
	b, cause := p.get(c, order, now)
	for b == none && order > least {
		order--
		b, cause = p.get(c, order, now)
	}
	if b == none {
		if h.buf != none && live+n <= sizeOf(h.order) {
			p.compact(h, uint32(live))
			return CauseNone
		}
		return cause
	}
	if h.buf != none {
		copy(p.arena.bytes(b, order), p.arena.bytes(h.buf, h.order)[h.end-uint32(live):h.end])
		p.put(c, h.buf, h.order)
	}
	h.buf, h.order, h.start, h.end = b, order, 0, uint32(live)
	h.forgetCut()
	return CauseNone
}

// compact moves the last n bytes to the front of the block.
func (p *Pool) compact(h *half, n uint32) {
	data := p.arena.bytes(h.buf, h.order)
	copy(data, data[h.end-n:h.end])
	h.start, h.end = 0, n
	h.forgetCut()
}

// forgetCut forgets the urgent byte that was taken out before all that is kept.
func (h *half) forgetCut() {
	n := h.end - h.start
	if h.flags&cutting != 0 && int32(h.next-h.cut) > 0 && h.next-h.cut-1 > n {
		h.flags &^= cutting
	}
	if h.flags&lowered != 0 && h.next-h.low > n+1 {
		h.flags &^= lowered
	}
}

// fit gives back what a direction's block is too large by.
func (p *Pool) fit(c *conn, h *half, history int) {
	if h.buf == none {
		return
	}
	n := p.keep(h, history)
	if n == 0 {
		p.put(c, h.buf, h.order)
		h.buf, h.order, h.start, h.end = none, 0, 0, 0
		return
	}
	if order := orderOf(int(n)); order < h.order {
		p.narrow(c, h, order, n)
	}
}

// narrow puts the last n bytes into a smaller block. It is another one if possible: the
// beginning of a large block that stays keeps the rest of it from ever being one again.
func (p *Pool) narrow(c *conn, h *half, order uint8, n uint32) {
	b := p.arena.get(order)
	if b == none {
		p.compact(h, n)
		p.arena.shrink(h.buf, h.order, order)
		c.memory -= uint32(sizeOf(h.order) - sizeOf(order))
		h.order = order
		return
	}
	copy(p.arena.bytes(b, order), p.arena.bytes(h.buf, h.order)[h.end-n:h.end])
	c.memory += uint32(sizeOf(order))
	p.put(c, h.buf, h.order)
	h.buf, h.order, h.start, h.end = b, order, 0, n
	h.forgetCut()
}

// empty gives back all memory of a direction.
func (p *Pool) empty(c *conn, h *half) {
	p.dropHeld(c, h)
	if h.buf != none {
		p.put(c, h.buf, h.order)
	}
	h.buf, h.order, h.start, h.end, h.fresh, h.gap = none, 0, 0, 0, 0, 0
}

// distance is how far before end the byte of a sequence number before next lies.
func (h *half) distance(seq uint32) uint32 {
	n := h.next - seq
	if h.flags&cutting != 0 && n > 0 && h.cut-seq < n {
		n--
	}
	return n
}

// old returns the bytes in order from a sequence number before next on, and how
// many bytes before them are not known any more.
func (p *Pool) old(h *half, seq uint32) (data []byte, missing uint32) {
	if h.buf == none {
		return nil, h.next - seq
	}
	have := h.end - h.start
	if h.flags&lowered != 0 {
		have = min(have, h.distance(h.low))
	}
	back := h.distance(seq)
	if back > have {
		missing, back = back-have, have
	}
	return p.arena.bytes(h.buf, h.order)[h.end-back : h.end], missing
}
