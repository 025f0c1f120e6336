package stream

// maxSyns is how many different SYNs of one connection are remembered: the newest.
const maxSyns = 10

// open begins a connection with its first segment.
func (c Conn) open(in *Segment, r *Result) Cause {
	switch {
	case in.Flags&(SYN|FIN) == SYN|FIN:
		r.Events.add(EvFinSyn)
		return CauseInvalid
	case in.Flags&RST != 0:
		r.Events.add(EvRstButNoSession)
		return CauseInvalid
	case in.Flags&(SYN|ACK) == SYN:
		c.conn.opener = in.Dir
		c.conn.state = stSynSent
		return c.opening(in, r)
	}
	if in.Flags&FIN != 0 {
		r.Events.add(EvFinButNoSession)
	}
	if !c.pool.cfg.Midstream {
		return CauseMidstream
	}
	if in.Flags&ACK == 0 {
		return CauseInvalid
	}
	return c.join(in, r)
}

// join picks up a connection in its middle.
func (c Conn) join(in *Segment, r *Result) Cause {
	c.pickUp(1-in.Dir, in.Ack)
	if in.Flags&SYN != 0 {
		c.conn.opener = 1 - in.Dir
		c.conn.state = stSynRecv
		cause := c.opening(in, r)
		c.acknowledge(in, r)
		return cause
	}
	c.pickUp(in.Dir, in.Seq)
	c.conn.state = stEstablished
	return c.follows(in, r)
}

// opening takes a SYN, and the data it may bring (RFC 9293 section 3.4, RFC
// 7413). A receiver that does not take them gets the same bytes later.
func (c Conn) opening(in *Segment, r *Result) Cause {
	c.begin(in)
	if len(in.Payload) == 0 {
		return CauseNone
	}
	if in.FastOpen {
		c.conn.flags |= fastOpen
	}
	return c.payload(in, in.Seq+1, r)
}

// synchronise takes a SYN of a connection that has begun.
func (c Conn) synchronise(in *Segment, r *Result) Cause {
	s := c.conn
	switch {
	case in.Flags&FIN != 0:
		r.Events.add(EvFinSyn)
		return CauseInvalid
	case in.Flags&ACK != 0:
		return c.synAck(in, r)
	case s.state >= stClosing:
		return c.restart(in, r)
	case s.state >= stEstablished:
		return c.lateSyn(in, r)
	case in.Dir == s.opener:
		return c.otherSyn(in, r)
	case s.state == stSynRecv && s.flags&fourWay == 0:
		r.Events.add(Ev3whsSynToclientOnSynRecv)
		return CauseInvalid
	}
	return c.crossing(in, r)
}

// crossing takes a SYN of the end that did not send the first: simultaneous open, or a
// handshake in four steps. Data it brings again are made equal to those that came first.
func (c Conn) crossing(in *Segment, r *Result) Cause {
	s := c.conn
	h := &s.half[in.Dir]
	switch {
	case s.flags&fourWay == 0:
		s.flags |= fourWay
		return c.opening(in, r)
	case in.Seq == h.isn:
		if s.state == stSynSent {
			c.options(in)
		}
		return c.sameSyn(in, s.answers, r)
	case s.state == stSynRecv:
		r.Events.add(Ev3whsSynResendDiffSeqOnSynRecv)
		return CauseInvalid
	case h.brought(in), s.answers == 255:
		return CauseInvalid
	}
	s.answers++
	c.pool.empty(s, h)
	h.offset = 0
	return c.opening(in, r)
}

// sameSyn takes data of a SYN that comes again. Where there were others with other numbers, it
// must not have any: it may not be the one that counts.
func (c Conn) sameSyn(in *Segment, others uint8, r *Result) Cause {
	switch {
	case len(in.Payload) == 0:
		return CauseNone
	case others > 0:
		return CauseInvalid
	}
	return c.payload(in, in.Seq+1, r)
}

// brought says whether one of two SYNs with different numbers has data. Both would be first
// copies, and which of them is read depends on which SYN its receiver got first.
func (h *half) brought(in *Segment) bool { return h.top != h.isn+1 || len(in.Payload) > 0 }

// restart begins a new connection on the addresses and ports of a closed one.
func (c Conn) restart(in *Segment, r *Result) Cause {
	c.renew()
	r.Restarted = true
	return c.open(in, r)
}

func (c Conn) renew() {
	p, s := c.pool, c.conn
	p.stats.Restarted++
	p.unlist(s)
	p.empty(s, &s.half[0])
	p.empty(s, &s.half[1])
	*s = conn{id: s.id}
	s.half[0].limit, s.half[1].limit = p.cfg.Depth, p.cfg.Depth
}

// lateSyn is a SYN in an open connection. Its receiver answers it with the numbers it
// knows (RFC 5961 section 4), unless it forgot the connection: then its SYN|ACK begins a new one.
func (c Conn) lateSyn(in *Segment, r *Result) Cause {
	s := c.conn
	switch h := &s.half[in.Dir]; {
	case (s.half[0].flags|s.half[1].flags)&resetSent != 0:
	case s.state > stEstablished:
		r.Events.add(EvShutdownSynResend)
	case in.Dir != s.opener:
		r.Events.add(EvEstSynToclient)
	case in.Seq != h.isn:
		r.Events.add(EvEstSynResendDiffSeq)
	default:
		r.Events.add(EvEstSynResend)
	}
	if len(in.Payload) > 0 {
		return CauseInvalid
	}
	s.syns[0], s.retry, s.flags = in.Seq, in.Dir, s.flags|again
	return CauseNone
}

// otherSyn is another SYN of the end that sent the first. Which of them its
// receiver answers is not known yet.
func (c Conn) otherSyn(in *Segment, r *Result) Cause {
	s := c.conn
	h := &s.half[in.Dir]
	switch {
	case in.Seq == h.isn:
		c.options(in) // a retry may ask for less
		return c.sameSyn(in, s.attempts, r)
	case s.state == stSynRecv:
		r.Events.add(Ev3whsSynResendDiffSeqOnSynRecv)
		return CauseInvalid
	case h.brought(in):
		return CauseInvalid
	case s.attempts >= maxSyns:
		r.Events.add(Ev3whsSynFlood)
	}
	s.syns[s.attempts%maxSyns] = h.isn
	if s.attempts++; s.attempts == 10*maxSyns {
		s.attempts = maxSyns
	}
	c.pool.empty(s, h)
	h.offset = 0
	return c.opening(in, r)
}

// answered makes the SYN that a SYN|ACK answers the one that counts. It
// reports whether there is one.
func (c Conn) answered(in *Segment) bool {
	s := c.conn
	h := &s.half[1-in.Dir]
	if in.Ack-(h.isn+1) <= h.top-(h.isn+1) {
		return true
	}
	for _, isn := range s.syns[:min(s.attempts, maxSyns)] {
		if in.Ack == isn+1 {
			c.pool.empty(s, h)
			h.isn, h.next, h.una, h.top, h.offset = isn, in.Ack, in.Ack, in.Ack, 0
			h.flags &^= stamped | timed
			h.flags |= unscaled
			return true
		}
	}
	return false
}
