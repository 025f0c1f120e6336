package stream

// Urgent data: BSD, Linux and Windows take the last urgent byte, the one before
// the urgent pointer, out of the stream, unless the reader asks for it in place
// (SO_OOBINLINE, RFC 6093 section 3).

// urgent does what the configuration says about a segment with urgent data. It need not
// have data itself: the pointer may point at what comes later.
func (c Conn) urgent(in *Segment, r *Result) Cause {
	p := c.pool
	h := &c.conn.half[in.Dir]
	switch {
	case h.flags&stopped != 0:
		return CauseNone
	case p.cfg.Urgent == UrgentInline:
		if p.cfg.Inline && in.ReadOnly {
			return CauseUrgent
		}
		r.ClearUrgent = p.cfg.Inline
		return CauseNone
	case p.cfg.Urgent == UrgentDrop:
		return CauseUrgent
	case in.Urgent == 0:
		return CauseNone // points before the segment
	}
	at := in.Seq + uint32(in.Urgent) - 1
	if in.Flags&SYN != 0 || h.flags&known == 0 || c.tooFar(h, at) {
		return CauseUrgent
	}
	return c.cutOut(h, at, r)
}

// cutOut takes the byte of a sequence number out of a stream. One is remembered: the next must
// wait until the receiver has the last.
func (c Conn) cutOut(h *half, at uint32, r *Result) Cause {
	p := c.pool
	old := int32(at-h.next) < 0
	if h.flags&cutting != 0 && h.cut == at {
		return CauseNone
	}
	if h.flags&cutting != 0 && p.cfg.Inline && (h.flags&acked == 0 || int32(h.una-h.cut) <= 0) {
		return CauseUrgent
	}
	switch {
	case old:
		return CauseUrgent // was inspected as part of the stream
	case int(h.cuts) >= p.cfg.UrgentOOBLimit:
		r.Events.add(EvUrgentOOBLimit)
		return CauseUrgent
	}
	if h.flags&cutting != 0 && int32(h.next-h.cut) > 0 {
		h.low = h.cut + 1
		h.flags |= lowered
	}
	h.cut = at
	h.cuts++
	h.flags |= cutting
	return CauseNone
}

// cutIn returns where in n bytes from a sequence number on the byte lies that is
// taken out, -1 if in none of them.
func (h *half) cutIn(seq uint32, n int) int {
	if h.flags&cutting == 0 || h.cut-seq >= uint32(n) {
		return -1
	}
	return int(h.cut - seq)
}
