package stream

// Connections that hold more than their history stand in a list, those that
// grew last in front. From its end memory is taken back: what is not needed
// after Idle, what is needed only if there is no other, after Hold without a gap being filled.

// growing notes that a connection took memory.
func (p *Pool) growing(c *conn, now int64) {
	if c.half[0].held|c.half[1].held == none {
		c.waits = now
	}
	p.enlist(c, now)
}

func (p *Pool) enlist(c *conn, now int64) {
	if p.fatHead == c.id && c.flags&inList != 0 {
		c.grown = now
		return
	}
	p.unlist(c)
	c.grown, c.flags = now, c.flags|inList
	c.next, c.prev = p.fatHead, none
	if p.fatHead != none {
		p.state(p.fatHead).prev = c.id
	} else {
		p.fatTail = c.id
	}
	p.fatHead = c.id
}

func (p *Pool) unlist(c *conn) {
	if c.flags&inList == 0 {
		return
	}
	c.flags &^= inList
	if c.prev != none {
		p.state(c.prev).next = c.next
	} else {
		p.fatHead = c.next
	}
	if c.next != none {
		p.state(c.next).prev = c.prev
	} else {
		p.fatTail = c.prev
	}
	c.next, c.prev = none, none
}

// Tick takes memory back from connections that have not grown for a while. The
// worker calls it with each batch; Segment does the same for one connection.
func (p *Pool) Tick(now int64) {
	for i := 0; i < tickConns && p.tidy(now); i++ {
	}
}

// tickConns is for how many connections Tick takes the time.
const tickConns = 64

// tidy is Tick for one connection. It reports whether there was one.
func (p *Pool) tidy(now int64) bool {
	if p.fatTail == none {
		return false
	}
	c := p.state(p.fatTail)
	if now-c.grown < p.cfg.Idle {
		return false
	}
	p.trim(c, now)
	return true
}

// trim leaves a connection what it needs, and no more. What it needs besides
// its history keeps it in the list.
func (p *Pool) trim(c *conn, now int64) {
	p.unlist(c)
	for d := range c.half {
		p.fit(c, &c.half[d])
	}
	if int(c.memory) > 2*sizeOf(orderOf(p.cfg.History)) {
		p.enlist(c, now)
	}
}

// roomTries bounds how many connections are looked at for room.
const roomTries = 8

// makeRoom takes memory back from others than c: first what they do not need, then what
// was needed for too long. It reports whether it got any.
func (p *Pool) makeRoom(c *conn, now int64) bool {
	before := p.arena.used
	for i := 0; i < roomTries && p.fatTail != none && p.arena.used == before; i++ {
		old := p.state(p.fatTail)
		if old == c {
			break
		}
		p.trim(old, now)
		if p.arena.used == before && now-old.waits >= p.cfg.Hold {
			p.abandon(old)
		}
	}
	return p.arena.used < before
}

// abandon takes the memory of a connection that has waited too long for a gap
// to be filled, or for an acknowledgement. Its receiver may have what is
// forgotten here, so nothing that could complete it may pass any more.
func (p *Pool) abandon(c *conn) {
	p.stats.Abandoned++
	p.unlist(c)
	for d := range c.half {
		h := &c.half[d]
		if h.held != none || h.end > h.start && h.unacked() > 0 {
			h.flags |= lost
		}
		p.empty(c, h)
	}
}
