package stream

// node is a piece of a stream that waits behind a gap. Pieces of a direction are
// in order and do not overlap.
type node struct {
	seq, length uint32
	buf         block
	next        uint32
	order       uint8
}

func (n *node) end() uint32 { return n.seq + n.length }

// hold keeps what of data is new, behind a gap, and makes the rest of it equal
// to what came before.
func (c Conn) hold(in *Segment, seq uint32, data []byte, r *Result) Cause {
	h := &c.conn.half[in.Dir]
	prev, at := c.pool.findHeld(h, seq)
	for len(data) > 0 {
		if at == none || int32(seq-c.pool.nodes[at].seq) < 0 {
			n := len(data)
			if at != none {
				n = min(n, int(c.pool.nodes[at].seq-seq))
			}
			added, cause := c.insert(h, prev, part{seq, data[:n], in.Now})
			if cause != CauseNone {
				return cause
			}
			prev, seq, data = added, seq+uint32(n), data[n:]
			continue
		}
		piece := &c.pool.nodes[at]
		if n := int32(piece.end() - seq); n > 0 {
			k := min(int(n), len(data))
			first := c.pool.arena.bytes(piece.buf, piece.order)[seq-piece.seq:]
			c.reconcile(in, data[:k], first[:k], r)
			seq, data = seq+uint32(k), data[k:]
		}
		prev, at = at, piece.next
	}
	return CauseNone
}

// findHeld returns the last piece that begins at or before a sequence number, and the one
// to look at first.
func (p *Pool) findHeld(h *half, seq uint32) (prev, at uint32) {
	if t := h.heldTail; t != none && int32(seq-p.nodes[t].end()) >= 0 {
		return t, none
	}
	at = h.held
	for at != none && int32(p.nodes[at].end()-seq) <= 0 {
		prev, at = at, p.nodes[at].next
	}
	return prev, at
}

// part is what insert adds.
type part struct {
	seq  uint32
	data []byte
	now  int64
}

// insert puts a piece after another, or in front of all, and returns its node. One that
// goes on where the other ends may find room there.
func (c Conn) insert(h *half, prev uint32, x part) (uint32, Cause) {
	p := c.pool
	if prev != none {
		n := &p.nodes[prev]
		if n.end() == x.seq && int(n.length)+len(x.data) <= sizeOf(n.order) {
			copy(p.arena.bytes(n.buf, n.order)[n.length:], x.data)
			n.length += uint32(len(x.data))
			return prev, CauseNone
		}
	}
	if int(h.heldCount) >= p.cfg.Segments {
		return none, CauseFlow
	}
	order := orderOf(len(x.data))
	b, cause := p.get(c.conn, order, x.now)
	if b == none {
		return none, cause
	}
	copy(p.arena.bytes(b, order), x.data)
	at := p.newNode()
	n := &p.nodes[at]
	*n = node{seq: x.seq, length: uint32(len(x.data)), buf: b, order: order}
	if prev == none {
		n.next, h.held = h.held, at
	} else {
		n.next, p.nodes[prev].next = p.nodes[prev].next, at
	}
	if n.next == none {
		h.heldTail = at
	}
	h.heldCount++
	return at, CauseNone
}

func (p *Pool) newNode() uint32 {
	p.held++
	if at := p.spare; at != none {
		p.spare = p.nodes[at].next
		return at
	}
	p.nodes = append(p.nodes, node{})
	return uint32(len(p.nodes) - 1)
}

// pop forgets the first piece.
func (p *Pool) pop(c *conn, h *half) {
	at := h.held
	n := &p.nodes[at]
	p.put(c, n.buf, n.order)
	h.held = n.next
	n.next, p.spare = p.spare, at
	if h.held == none {
		h.heldTail = none
	}
	h.heldCount--
	p.held--
}

func (p *Pool) dropHeld(c *conn, h *half) {
	for h.held != none {
		p.pop(c, h)
	}
}

// following is how many bytes of pieces go on from a sequence number without a gap.
func (p *Pool) following(h *half, end uint32) int {
	total := 0
	for at := h.held; at != none && int32(p.nodes[at].seq-end) <= 0; at = p.nodes[at].next {
		if n := int32(p.nodes[at].end() - end); n > 0 {
			total += int(n)
			end += uint32(n)
		}
	}
	return total
}

// follow moves pieces that nothing is missing before any more into the buffer of
// what is in order, in which there is room for them.
func (p *Pool) follow(c *conn, h *half) {
	for h.held != none {
		n := &p.nodes[h.held]
		ahead := int32(n.seq - h.next)
		if ahead > 0 {
			return
		}
		if skip := uint32(-ahead); skip < n.length {
			p.extend(h, p.arena.bytes(n.buf, n.order)[skip:n.length])
		}
		p.pop(c, h)
	}
}

// Ahead appends to dst the payload of a segment that waits behind a gap, with up to
// History bytes that wait right before it, and returns where the payload begins. What it
// shows is not the stream yet: enough to tell of an attack early, not to say that there is none.
func (c Conn) Ahead(in *Segment, dst []byte) (data []byte, fresh int) {
	p := c.pool
	begin := len(dst)
	at := in.Seq - uint32(p.cfg.History) // of what comes next
	for i := c.conn.half[in.Dir].held; i != none; i = p.nodes[i].next {
		n := &p.nodes[i]
		if int32(n.seq-in.Seq) >= 0 {
			break
		}
		if int32(n.end()-at) <= 0 {
			continue
		}
		if int32(n.seq-at) > 0 {
			at, dst = n.seq, dst[:begin]
		}
		end := n.end()
		if int32(end-in.Seq) > 0 {
			end = in.Seq
		}
		dst = append(dst, p.arena.bytes(n.buf, n.order)[at-n.seq:end-n.seq]...)
		at = end
	}
	if at != in.Seq {
		dst = dst[:begin]
	}
	fresh = len(dst)
	return append(dst, in.Payload...), fresh
}
