package stream

// Segment takes a segment and says what is to become of it. Segments are given in the
// order in which they would leave.
//
// With Verdict Pass, what the receiver makes of it is what Window shows, sooner
// or later: any byte of the payload is the first that came for its place, or zero if
// its receiver acknowledged it before and it is not known any more. A packet that
// is dropped after this for its content belongs to a flow that must be dropped:
// the same bytes would not be fresh a second time.
func (c Conn) Segment(in *Segment) Result {
	r := Result{Verdict: Pass}
	c.pool.tidy(in.Now)
	if c.conn.flags&bypass != 0 {
		c.unseen(len(in.Payload), &r)
		return r
	}
	if in.Ack != 0 && in.Flags&ACK == 0 {
		r.Events.add(EvPktBrokenAck)
	}
	if cause := c.process(in, &r); cause != CauseNone {
		c.refuse(in, cause, &r)
	}
	c.tellEnd(ToResponder, &r)
	c.tellEnd(ToInitiator, &r)
	if r.Rewritten {
		c.pool.stats.Rewritten++
	}
	return r
}

func (c Conn) process(in *Segment, r *Result) Cause {
	s := c.conn
	switch {
	case in.BadChecksum:
		return CauseInvalid
	case s.state == stNone:
		return c.open(in, r)
	case s.state == stSynSent && c.echoes(in):
		r.Events.add(EvPktInvalidTimestamp)
		return CauseInvalid
	case in.Flags&RST != 0:
		return c.resets(in, r)
	}
	if in.Flags&URG != 0 {
		if cause := c.urgent(in, r); cause != CauseNone {
			return cause
		}
	}
	switch {
	case in.Flags&SYN != 0:
		return c.synchronise(in, r)
	case in.Flags&ACK == 0:
		return CauseInvalid
	case s.state < stEstablished:
		if cause, done := c.shake(in, r); done {
			return cause
		}
	}
	return c.follows(in, r)
}

// follows is for what comes once both ends know each other.
func (c Conn) follows(in *Segment, r *Result) Cause {
	h := &c.conn.half[in.Dir]
	if h.flags&resetSent != 0 { // its sender goes on: somebody else sent it
		h.flags &^= resetSent
		r.Events.add(EvSuspectedRstInject)
	}
	if h.flags&known == 0 {
		c.pickUp(in.Dir, in.Seq)
	}
	if in.HasTS && c.stale(in) {
		r.Events.add(EvPktInvalidTimestamp)
		if len(in.Payload) > 0 || in.Flags&FIN != 0 {
			return CauseInvalid
		}
		return CauseNone // an acknowledgement that was overtaken, of no use to us
	}
	if cause := c.checkAck(in, r); cause != CauseNone {
		return cause
	}
	if cause := c.checkPlace(in, r); cause != CauseNone {
		return cause
	}
	if in.HasTS {
		h.stamp(in)
	}
	c.acknowledge(in, r)
	if len(in.Payload) > 0 {
		if cause := c.payload(in, in.Seq, r); cause != CauseNone {
			return cause
		}
	}
	if in.Flags&FIN != 0 || c.conn.state >= stFinWait1 {
		c.closes(in)
	}
	return CauseNone
}

// refuse does what the policy says about a segment with no place in its stream, or none left.
func (c Conn) refuse(in *Segment, cause Cause, r *Result) {
	p := c.pool
	r.Cause = cause
	if !p.cfg.Inline {
		p.stats.Passed[cause]++
		c.unseen(len(in.Payload)-int(r.Uninspected), r)
		if cause == CauseMidstream {
			c.giveUp(in, cause, r)
		}
		return
	}
	switch p.cfg.Policy[cause] {
	case ActPass:
		p.stats.Passed[cause]++
		c.unseen(len(in.Payload)-int(r.Uninspected), r)
		c.giveUp(in, cause, r)
	case ActReject:
		r.Verdict = Reject
		p.stats.Dropped[cause]++
	default:
		r.Verdict = Drop
		p.stats.Dropped[cause]++
	}
}

// giveUp ends the reassembly that a cause made impossible, where it is to pass.
func (c Conn) giveUp(in *Segment, cause Cause, r *Result) {
	switch cause {
	case CauseMidstream:
		c.conn.flags |= bypass
		r.Stopped = 3
	case CauseFlow, CauseMemory:
		c.Stop(in.Dir)
		r.Stopped |= 1 << in.Dir
	}
}

// unseen counts bytes that pass without having been put together.
func (c Conn) unseen(n int, r *Result) {
	r.Uninspected += uint32(n)
	c.pool.stats.Unseen += uint64(n)
}

// tellEnd notes whether a direction has come to its end.
func (c Conn) tellEnd(dir uint8, r *Result) {
	h := &c.conn.half[dir]
	if h.flags&(finSeen|ended) == finSeen && (h.next == h.fin || h.flags&stopped != 0) {
		h.flags |= ended
		r.End |= 1 << dir
	}
}

// pickUp begins a direction in the middle, at a sequence number.
func (c Conn) pickUp(dir uint8, seq uint32) {
	h := &c.conn.half[dir]
	h.isn, h.next, h.top, h.una = seq-1, seq, seq, seq
	h.flags |= known | picked | unscaled | timed
}

// begin begins a direction with its SYN.
func (c Conn) begin(in *Segment) {
	h := &c.conn.half[in.Dir]
	h.isn, h.next, h.una, h.top = in.Seq, in.Seq+1, in.Seq+1, in.Seq+1
	h.flags = h.flags&stopped | known
	c.options(in)
}

// options takes the options of a SYN.
func (c Conn) options(in *Segment) {
	h := &c.conn.half[in.Dir]
	h.scale = 0
	if in.HasScale {
		h.scale = min(in.Scale, maxWindowScale)
	}
	h.flags &^= timed | stamped
	if in.HasTS {
		h.flags |= timed | stamped
		h.tsRecent = in.TSVal
	}
	if c.conn.firstTS == 0 && in.Dir == c.conn.opener {
		c.conn.firstTS = in.TSVal
	}
}

// window is what an end offers with a segment, in bytes.
func (h *half) window(in *Segment, other *half) uint32 {
	switch {
	case in.Flags&SYN != 0:
		return uint32(in.Window)
	case h.flags&unscaled != 0:
		return uint32(in.Window) << maxWindowScale
	case other.flags&unscaled == 0 && h.scale > 0:
		return uint32(in.Window) << h.scale
	}
	return uint32(in.Window)
}
