package stream

// closes follows how a connection ends: with FIN and what acknowledges it.
func (c Conn) closes(in *Segment) {
	s := c.conn
	h := &s.half[in.Dir]
	if in.Flags&FIN != 0 && h.flags&finSeen == 0 {
		h.fin = in.Seq + uint32(len(in.Payload))
		h.flags |= finSeen
		if int32(h.fin+1-h.top) > 0 {
			h.top = h.fin + 1
		}
		s.state = finStates[s.state][in.Dir]
	}
	if o := &s.half[1-in.Dir]; o.flags&finSeen != 0 && int32(in.Ack-o.fin) > 0 {
		switch {
		case s.state == stFinWait1 && in.Dir == ToResponder:
			s.state = stFinWait2
		case s.state == stClosing:
			s.state = stTimeWait
		case s.state == stLastAck && in.Dir == ToResponder:
			s.state = stClosed
		}
	}
}

// finStates are the states after a FIN, by direction. They are named for the
// responder's end, as in Suricata.
var finStates = [...][2]state{
	stNone: {stNone, stNone}, stSynSent: {stSynSent, stSynSent}, stSynRecv: {stSynRecv, stSynRecv},
	stEstablished: {stCloseWait, stFinWait1},
	stFinWait1:    {stClosing, stFinWait1},
	stFinWait2:    {stTimeWait, stFinWait2},
	stCloseWait:   {stCloseWait, stLastAck},
	stClosing:     {stClosing, stClosing},
	stLastAck:     {stLastAck, stLastAck},
	stTimeWait:    {stTimeWait, stTimeWait},
	stClosed:      {stClosed, stClosed},
}

// resets takes a reset. Its receiver believes one at exactly the number that it
// expects (RFC 5961 section 3), which is somewhere between what it acknowledged
// and what was sent to it. It never has us forget the streams: if it was
// not believed, they go on.
func (c Conn) resets(in *Segment, r *Result) Cause {
	h, o := &c.conn.half[in.Dir], &c.conn.half[1-in.Dir]
	if in.Flags&ACK != 0 && o.flags&known != 0 && o.flags&stopped == 0 && int32(in.Ack-o.top) > 0 {
		r.Events.add(EvRstInvalidAck)
		if c.pool.cfg.Inline {
			return CauseInvalid
		}
	}
	if !c.believed(in, h, o) {
		if c.pool.cfg.Inline {
			return CauseInvalid
		}
		return CauseNone
	}
	h.flags |= resetSent
	return CauseNone
}

// believed says whether the receiver may take a reset for one.
func (c Conn) believed(in *Segment, h, o *half) bool {
	if c.conn.state == stSynSent && in.Dir != c.conn.opener {
		return in.Flags&ACK != 0 && in.Ack-(o.isn+1) <= o.top-(o.isn+1)
	}
	if h.flags&(known|stopped) != known {
		return true
	}
	if !c.pool.cfg.Inline && h.flags&edged != 0 {
		return int32(in.Seq-h.una) >= 0 && int32(in.Seq-h.edge) <= 0
	}
	low := h.isn
	if h.flags&acked != 0 {
		low = h.una
	}
	return in.Seq-low <= h.top-low
}
