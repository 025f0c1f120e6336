package stream

// synAck takes a SYN|ACK of a connection that has begun.
func (c Conn) synAck(in *Segment, r *Result) Cause {
	s := c.conn
	switch {
	case s.state >= stEstablished:
		return c.lateSynAck(in, r)
	case s.flags&fourWay != 0:
		return c.fourWaySynAck(in, r)
	case in.Dir == s.opener:
		if s.state == stSynRecv {
			r.Events.add(Ev3whsSynackToserverOnSynRecv)
		} else {
			r.Events.add(Ev3whsSynackInWrongDirection)
		}
		return CauseInvalid
	case s.state == stSynRecv:
		return c.otherSynAck(in, r)
	case !c.answered(in):
		r.Events.add(Ev3whsSynackWithWrongAck)
		return CauseInvalid
	}
	return c.answer(in, r)
}

// answer takes the responder's SYN|ACK.
func (c Conn) answer(in *Segment, r *Result) Cause {
	s := c.conn
	o := &s.half[1-in.Dir]
	if s.flags&fastOpen != 0 && in.Ack == o.isn+1 && o.top != in.Ack {
		r.Events.add(Ev3whsSynackTFODataIgnored)
	}
	s.state = stSynRecv
	cause := c.opening(in, r)
	c.bothTimed()
	c.acknowledge(in, r)
	return cause
}

// bothTimed turns off what only one end asked for (RFC 7323 sections 2 and 3).
func (c Conn) bothTimed() {
	a, b := &c.conn.half[0], &c.conn.half[1]
	if a.flags&b.flags&timed == 0 {
		a.flags &^= timed | stamped
		b.flags &^= timed | stamped
	}
}

// otherSynAck is one more SYN|ACK. With SYN cookies each has another sequence
// number; which counts, the initiator's acknowledgement tells.
func (c Conn) otherSynAck(in *Segment, r *Result) Cause {
	s := c.conn
	h, o := &s.half[in.Dir], &s.half[1-in.Dir]
	switch {
	case in.Ack != o.una:
		r.Events.add(Ev3whsSynackResendWithDifferentAck)
		return CauseInvalid
	case in.Seq == h.isn:
		return c.sameSyn(in, s.answers, r)
	case h.brought(in):
		r.Events.add(Ev3whsSynackResendWithDiffSeq)
		return CauseInvalid
	case s.answers >= maxSyns:
		r.Events.add(Ev3whsSynackFlood)
		return CauseInvalid
	}
	r.Events.add(Ev3whsSynackResendWithDiffSeq)
	s.answers++
	s.answer = h.isn
	c.pool.empty(s, h)
	h.offset = 0
	timedBefore := o.flags & timed
	cause := c.opening(in, r)
	o.flags |= timedBefore
	c.bothTimed()
	return cause
}

// fourWaySynAck is a SYN|ACK where both ends sent a SYN (RFC 9293 section 3.5).
func (c Conn) fourWaySynAck(in *Segment, r *Result) Cause {
	s := c.conn
	h, o := &s.half[in.Dir], &s.half[1-in.Dir]
	switch {
	case in.Ack != o.isn+1:
		r.Events.add(Ev4whsSynackWithWrongAck)
		return CauseInvalid
	case in.Seq != h.isn:
		r.Events.add(Ev4whsSynackWithWrongSyn)
		return CauseInvalid
	}
	s.state = stSynRecv
	c.bothTimed()
	c.acknowledge(in, r)
	return CauseNone
}

// lateSynAck is a SYN|ACK in an open connection: an old one, or the answer to
// a SYN by an end that forgot the connection.
func (c Conn) lateSynAck(in *Segment, r *Result) Cause {
	s := c.conn
	h, o := &s.half[in.Dir], &s.half[1-in.Dir]
	if s.flags&again != 0 && in.Dir != s.retry && in.Ack == s.syns[0]+1 && in.Ack != o.isn+1 {
		c.renew()
		r.Restarted = true
		o.isn, o.next, o.una, o.top = in.Ack-1, in.Ack, in.Ack, in.Ack
		o.flags = known | unscaled
		s.opener = 1 - in.Dir
		return c.answer(in, r)
	}
	switch {
	case in.Dir == s.opener:
		r.Events.add(EvEstSynackToserver)
	case in.Ack != o.isn+1:
		r.Events.add(EvEstSynackResendWithDifferentAck)
	case in.Seq != h.isn:
		r.Events.add(EvEstSynackResendWithDiffSeq)
	default:
		r.Events.add(EvEstSynackResend)
		if len(in.Payload) == 0 {
			return CauseNone
		}
		return c.payload(in, in.Seq+1, r)
	}
	return CauseInvalid
}

// shake takes a segment that has ACK and no SYN before the connection is open. Done says
// that there is no more to it; otherwise the connection is open now.
func (c Conn) shake(in *Segment, r *Result) (cause Cause, done bool) {
	s := c.conn
	switch {
	case s.state == stSynSent:
		return c.early(in, r)
	case s.flags&fourWay != 0:
		return c.fourWayAck(in, r)
	case in.Dir != s.opener:
		return c.responderFirst(in, r)
	}
	h, o := &s.half[in.Dir], &s.half[1-in.Dir]
	if s.answers > 0 && in.Ack == s.answer+1 && in.Ack != o.isn+1 {
		c.pool.empty(s, o)
		o.isn, o.next, o.una, o.top, o.offset = s.answer, in.Ack, in.Ack, in.Ack, 0
		o.flags |= unscaled
	}
	rightAck := in.Ack-(o.isn+1) <= o.top-(o.isn+1)
	rightSeq := in.Seq-(h.isn+1) <= h.top-(h.isn+1) || h.flags&picked != 0
	if !rightAck {
		if rightSeq {
			r.Events.add(Ev3whsRightSeqWrongAckEvasion)
		} else {
			r.Events.add(Ev3whsWrongSeqWrongAck)
		}
		return CauseInvalid, true
	}
	s.state = stEstablished
	if o.flags&finSeen != 0 {
		s.state = finStates[stEstablished][1-in.Dir]
	}
	return CauseNone, false
}

// early is for what comes between SYN and SYN|ACK. Inline it answers nothing but
// an open connection that one end forgot; of a copy the SYN|ACK may be missing.
func (c Conn) early(in *Segment, r *Result) (Cause, bool) {
	h, o := &c.conn.half[in.Dir], &c.conn.half[1-in.Dir]
	if c.pool.cfg.Inline {
		if len(in.Payload) > 0 || in.Dir == c.conn.opener {
			return CauseInvalid, true
		}
		return CauseNone, true
	}
	if in.Dir != c.conn.opener && (len(in.Payload) == 0 || in.Ack-(o.isn+1) > o.top-(o.isn+1)) {
		return CauseNone, true
	}
	if h.flags&known == 0 {
		c.pickUp(in.Dir, in.Seq)
	} else if in.Seq != h.next {
		r.Events.add(Ev3whsAsyncWrongSeq)
	}
	c.conn.state = stEstablished
	return CauseNone, false
}

// responderFirst is for what the responder sends before the handshake is over: with fast
// open it may (RFC 7413 section 4.2).
func (c Conn) responderFirst(in *Segment, r *Result) (Cause, bool) {
	if c.conn.flags&fastOpen != 0 {
		return CauseNone, false
	}
	if len(in.Payload) == 0 {
		r.Events.add(Ev3whsAckInWrongDir)
		return CauseNone, true
	}
	if c.pool.cfg.Inline {
		r.Events.add(Ev3whsAckDataInject)
		return CauseInvalid, true
	}
	c.conn.state = stEstablished // the acknowledgement was lost on its way to us
	return CauseNone, false
}

// fourWayAck ends a handshake in which both ends sent a SYN.
func (c Conn) fourWayAck(in *Segment, r *Result) (Cause, bool) {
	h, o := &c.conn.half[in.Dir], &c.conn.half[1-in.Dir]
	switch {
	case in.Ack-(o.isn+1) > o.top-(o.isn+1):
		r.Events.add(Ev4whsInvalidAck)
		return CauseInvalid, true
	case in.Seq-(h.isn+1) > h.top-(h.isn+1):
		r.Events.add(Ev4whsWrongSeq)
		return CauseInvalid, true
	}
	c.conn.state = stEstablished
	return CauseNone, false
}
