package stream

import "bytes"

// payload puts the bytes of a segment in their place, which begins at seq.
func (c Conn) payload(in *Segment, seq uint32, r *Result) Cause {
	h := &c.conn.half[in.Dir]
	if h.flags&(lost|forgot) != 0 && c.pool.cfg.Inline {
		return CauseMemory
	}
	data := c.withinDepth(in, seq, r)
	if end := seq + uint32(len(in.Payload)); int32(end-h.top) > 0 {
		h.top = end
	}
	behind := -int32(seq - h.next)
	if behind > 0 && len(data) > 0 {
		k := min(int(behind), len(data))
		c.again(in, seq, data[:k], r)
		seq, data = seq+uint32(k), data[k:]
	}
	cause := CauseNone
	switch {
	case len(data) == 0:
	case behind >= 0:
		cause = c.inOrder(in, seq, data, r)
	default:
		cause = c.ahead(in, seq, data, r)
	}
	return max(cause, r.Cause)
}

// withinDepth returns what of a payload is to be put together.
func (c Conn) withinDepth(in *Segment, seq uint32, r *Result) []byte {
	h := &c.conn.half[in.Dir]
	if h.flags&(stopped|finished) == stopped && (h.unacked() == 0 || int32(seq-h.next) > farBack) {
		c.pool.empty(c.conn, h)
		h.flags |= finished
	}
	if h.flags&finished != 0 {
		c.unseen(len(in.Payload), r)
		return nil
	}
	left := int64(h.limit) - int64(h.offset) - int64(int32(seq-h.next))
	n := min(max(left, 0), int64(len(in.Payload)))
	if rest := len(in.Payload) - int(n); rest > 0 {
		c.unseen(rest, r)
	}
	return in.Payload[:n]
}

// again makes bytes that came before equal to what came first.
func (c Conn) again(in *Segment, seq uint32, data []byte, r *Result) {
	h := &c.conn.half[in.Dir]
	if n := h.cutIn(seq, len(data)); n >= 0 {
		c.again(in, seq, data[:n], r)
		if in.Flags&URG == 0 || in.Seq+uint32(in.Urgent)-1 != h.cut {
			r.Cause = max(r.Cause, CauseUrgent) // would be read as part of the stream
		}
		seq, data = seq+uint32(n)+1, data[n+1:]
	}
	first, missing := c.pool.old(h, seq)
	if missing > 0 {
		k := min(int(missing), len(data))
		c.forgotten(in, seq, data[:k], r)
		data = data[k:]
	}
	k := min(len(first), len(data))
	c.reconcile(in, data[:k], first[:k], r)
}

// forgotten is for bytes that came before and are not known any more: their
// receiver acknowledged them. If that was a lie, it gets zeros.
func (c Conn) forgotten(in *Segment, seq uint32, data []byte, r *Result) {
	h := &c.conn.half[in.Dir]
	switch {
	case !c.pool.cfg.Inline:
	case h.flags&picked != 0 && int32(seq-h.isn) <= 0:
		c.unseen(len(data), r) // sent before we were there, and perhaps needed
	default:
		for i := range data {
			if data[i] != 0 {
				c.overwrite(in, data[i:], nil, r)
				c.pool.stats.Zeroed++
				return
			}
		}
	}
}

// reconcile makes bytes equal to those that came first for the same place.
func (c Conn) reconcile(in *Segment, data, first []byte, r *Result) {
	if bytes.Equal(data, first) {
		return
	}
	if h := &c.conn.half[in.Dir]; len(in.Payload) != 1 || in.Seq+1 != h.next { // a keep-alive has any byte
		r.Events.add(EvOverlapDifferentData)
		c.pool.stats.Overlapped++
	}
	if c.pool.cfg.Inline {
		c.overwrite(in, data, first, r)
	}
}

// overwrite puts first in the place of data, or zeros.
func (c Conn) overwrite(in *Segment, data, first []byte, r *Result) {
	if in.ReadOnly {
		r.Cause = CauseConflict
		return
	}
	r.Rewritten = true
	if first == nil {
		clear(data)
		return
	}
	copy(data, first)
}

// inOrder adds bytes that nothing is missing before, and what waited for them.
func (c Conn) inOrder(in *Segment, seq uint32, data []byte, r *Result) Cause {
	p, s := c.pool, c.conn
	h := &s.half[in.Dir]
	n := len(data)
	if h.held != none {
		c.meet(in, seq, data, r)
		if r.Cause != CauseNone {
			return r.Cause
		}
		n += p.following(h, seq+uint32(len(data)))
		s.flags |= filling
	}
	cause := p.reserve(s, h, n, in.Now)
	s.flags &^= filling
	if cause != CauseNone {
		return c.noRoom(in, seq+uint32(len(data)), cause, r)
	}
	p.extend(h, data)
	if h.held != none {
		p.follow(s, h)
	}
	r.Fresh |= 1 << in.Dir
	c.atDepth(in.Dir, r)
	return CauseNone
}

// atDepth stops a direction that has come to its depth.
func (c Conn) atDepth(dir uint8, r *Result) {
	h := &c.conn.half[dir]
	if h.offset >= h.limit && h.flags&stopped == 0 {
		h.flags |= stopped
		r.Stopped |= 1 << dir
		r.Events.add(EvDepthReached)
	}
}

// meet makes bytes that fill a gap equal to the pieces behind it where they overlap.
func (c Conn) meet(in *Segment, seq uint32, data []byte, r *Result) {
	p := c.pool
	end := seq + uint32(len(data))
	for at := c.conn.half[in.Dir].held; at != none; at = p.nodes[at].next {
		n := &p.nodes[at]
		if int32(n.seq-end) >= 0 {
			return
		}
		first := p.arena.bytes(n.buf, n.order)[:n.length]
		skip := int(n.seq - seq)
		k := min(len(data)-skip, len(first))
		c.reconcile(in, data[skip:skip+k], first[:k], r)
	}
}

// ahead keeps bytes that something is missing before.
func (c Conn) ahead(in *Segment, seq uint32, data []byte, r *Result) Cause {
	c.conn.flags |= waiting
	cause := c.hold(in, seq, data, r)
	c.conn.flags &^= waiting
	if cause != CauseNone {
		return c.noRoom(in, seq, cause, r)
	}
	r.Ahead = true
	h := &c.conn.half[in.Dir]
	if !c.pool.cfg.Inline && h.flags&acked == 0 && h.heldCount > oneWayPieces {
		c.skipTo(in.Dir, c.pool.nodes[h.held].seq, r)
	}
	return CauseNone
}

// oneWayPieces is how many pieces wait behind a gap of a copy whose other direction is
// not mirrored, so that no acknowledgement will tell of a loss.
const oneWayPieces = 16
