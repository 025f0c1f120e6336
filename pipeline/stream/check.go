package stream

// stale says whether a segment is an old one by its timestamp (PAWS, RFC 7323
// section 5).
func (c Conn) stale(in *Segment) bool {
	h, o := &c.conn.half[in.Dir], &c.conn.half[1-in.Dir]
	return h.flags&stamped != 0 && o.flags&timed != 0 && int32(in.TSVal-h.tsRecent) < 0
}

// stamp keeps the newest timestamp of what is in order. What is ahead of the stream
// must not make look old what is missing, and what its receiver has counts no more.
func (h *half) stamp(in *Segment) {
	end := in.Seq + uint32(len(in.Payload))
	if h.flags&timed == 0 || int32(in.Seq-h.next) > 0 || h.flags&acked != 0 && int32(end-h.una) < 0 {
		return
	}
	h.tsRecent = in.TSVal
	h.flags |= stamped
}

// echoes says whether the answer to a SYN echoes a timestamp that none of the opener's had, or
// one though they had none: it is no answer.
func (c Conn) echoes(in *Segment) bool {
	s := c.conn
	if !in.HasTS || in.TSEcr == 0 || in.Dir == s.opener {
		return false
	}
	h := &s.half[s.opener]
	return h.flags&timed == 0 || in.TSEcr-s.firstTS > h.tsRecent-s.firstTS
}

// checkAck refuses what acknowledges bytes that were never sent, or so old ones
// that no receiver takes it (RFC 5961 section 5): its data would stand in the
// way of the real ones.
func (c Conn) checkAck(in *Segment, r *Result) Cause {
	o := &c.conn.half[1-in.Dir]
	if o.flags&known == 0 {
		c.pickUp(1-in.Dir, in.Ack)
		return CauseNone
	}
	if o.flags&stopped != 0 {
		if int32(in.Ack-o.top) > 0 {
			o.top = in.Ack
		}
		return CauseNone
	}
	ahead := int32(in.Ack - o.top)
	behind := int32(o.una - in.Ack)
	if ahead > 0 && c.conn.half[in.Dir].badUpdate(in, o) {
		r.Events.add(EvPktBadWindowUpdate)
	}
	switch {
	case ahead > 0 && !c.pool.cfg.Inline && ahead < farBack:
		return CauseNone // a segment was lost on its way to us
	case ahead > 0, behind > int32(min(max(o.maxWindow, 1<<16), farBack)):
		r.Events.add(EvPktInvalidAck)
		if in.Flags&FIN != 0 && c.conn.state == stEstablished {
			r.Events.add(EvFinInvalidAck)
		} else {
			r.Events.add(invalidAck[c.conn.state])
		}
		return CauseInvalid
	}
	return CauseNone
}

// badUpdate says whether a segment shrinks the window by more than it has bytes, while it is
// ahead in both directions: what a middlebox was seen to send.
func (h *half) badUpdate(in *Segment, o *half) bool {
	window := h.window(in, o)
	return int32(in.Seq-h.next) > 0 && window < o.maxWindow && o.maxWindow-window > uint32(len(in.Payload))
}

// checkPlace refuses what lies beyond the receiver's window, beyond the end of
// the stream, or too far behind, and an end that is none.
func (c Conn) checkPlace(in *Segment, r *Result) Cause {
	h := &c.conn.half[in.Dir]
	n := uint32(len(in.Payload))
	end := in.Seq + n
	if n == 0 && in.Flags&FIN == 0 {
		return c.checkBare(in, h, r)
	}
	if h.flags&stopped == 0 {
		beyond := h.flags&edged != 0 && int32(in.Seq-h.edge) > 0
		if cause := c.outside(in, r, beyond); cause != CauseNone {
			return cause
		}
		if c.tooFar(h, in.Seq) {
			return c.refuseAt(in, r)
		}
		c.noteRepeat(in, end, r)
	}
	if h.flags&finSeen != 0 {
		if int32(end-h.fin) > 0 || in.Flags&FIN != 0 && end != h.fin {
			return c.refuseAt(in, r)
		}
	} else if in.Flags&FIN != 0 && int32(end-h.top) < 0 {
		return c.refuseAt(in, r) // would cut off what was seen after it
	}
	return CauseNone
}

// checkBare is checkPlace for a segment that only acknowledges. One at a guessed number is not
// believed: it would have us forget what its sender does not have.
func (c Conn) checkBare(in *Segment, h *half, r *Result) Cause {
	reach := int32(min(max(h.maxWindow, 1<<16), farBack))
	apart := h.flags&(stopped|edged|acked) == edged|acked && in.Seq-h.una+uint32(reach) > h.edge-h.una+uint32(reach)+1
	return c.outside(in, r, apart)
}

// outside refuses what is out of the receiver's window. Of copies the last words of
// the receiver about its window may be missing.
func (c Conn) outside(in *Segment, r *Result, is bool) Cause {
	if !is {
		return CauseNone
	}
	cause := c.refuseAt(in, r)
	if c.pool.cfg.Inline {
		return cause
	}
	return CauseNone
}

// farBack is how far behind what is in order a segment may be, in bytes: the largest window (RFC 7323).
const farBack = 1 << 30

// tooFar says whether a sequence number cannot be compared.
func (c Conn) tooFar(h *half, seq uint32) bool {
	d := int32(seq - h.next)
	return d < -farBack || d > farBack
}

// refuseAt refuses a segment for its place.
func (c Conn) refuseAt(in *Segment, r *Result) Cause {
	event := outOfWindow[c.conn.state]
	if in.Flags&FIN != 0 {
		event = finOutOfWindow[c.conn.state]
	}
	r.Events.add(event)
	return CauseInvalid
}

// noteRepeat tells of segments that came before. A keep-alive repeats the last
// byte (RFC 9293 section 3.8.4) and is none.
func (c Conn) noteRepeat(in *Segment, end uint32, r *Result) {
	h := &c.conn.half[in.Dir]
	if len(in.Payload) == 0 || int32(end-h.next) > 0 || len(in.Payload) == 1 && end == h.next {
		return
	}
	r.Events.add(EvPktRetransmission)
	if h.flags&acked == 0 || int32(end-h.una) > 0 {
		return
	}
	r.Events.add(EvPktSpuriousRetransmission)
	switch c.conn.state {
	case stEstablished:
		r.Events.add(EvEstPktBeforeLastAck)
	case stCloseWait:
		r.Events.add(EvClosewaitPktBeforeLastAck)
	}
	if h.next-in.Seq > h.end-h.start {
		r.Events.add(EvSegmentBeforeBaseSeq)
	}
}

var invalidAck = [...]Event{
	stNone: EvPktInvalidAck, stSynSent: EvPktInvalidAck, stSynRecv: EvPktInvalidAck, stEstablished: EvEstInvalidAck,
	stFinWait1: EvFin1InvalidAck, stFinWait2: EvFin2InvalidAck, stCloseWait: EvClosewaitInvalidAck, stClosing: EvClosingInvalidAck,
	stLastAck: EvLastackInvalidAck, stTimeWait: EvTimewaitInvalidAck, stClosed: EvPktInvalidAck,
}

var outOfWindow = [...]Event{
	stNone: EvEstPacketOutOfWindow, stSynSent: EvEstPacketOutOfWindow, stSynRecv: EvEstPacketOutOfWindow,
	stEstablished: EvEstPacketOutOfWindow, stFinWait1: EvFin1AckWrongSeq, stFinWait2: EvFin2AckWrongSeq,
	stCloseWait: EvClosewaitAckOutOfWindow, stClosing: EvClosingAckWrongSeq, stLastAck: EvLastackAckWrongSeq,
	stTimeWait: EvTimewaitAckWrongSeq, stClosed: EvTimewaitAckWrongSeq,
}

var finOutOfWindow = [...]Event{
	stNone: EvFinOutOfWindow, stSynSent: EvFinOutOfWindow, stSynRecv: EvFinOutOfWindow,
	stEstablished: EvFinOutOfWindow, stFinWait1: EvFin1FinWrongSeq, stFinWait2: EvFin2FinWrongSeq,
	stCloseWait: EvClosewaitFinOutOfWindow, stClosing: EvClosingAckWrongSeq, stLastAck: EvLastackAckWrongSeq,
	stTimeWait: EvTimewaitAckWrongSeq, stClosed: EvTimewaitAckWrongSeq,
}
