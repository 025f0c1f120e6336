package stream

// Connections that hold memory stand in one of two lists, those that changed last in front:
// fat ones may have more than they need, lean ones have what they need and their
// history. After Idle without growth a fat one is made lean. When memory is scarce, that is done
// at once; then lean ones lose their history; then those that have waited for Hold lose what they need.

// list is a list of connections, by number.
type list struct{ head, tail uint32 }

// growing notes that a connection took memory.
func (p *Pool) growing(c *conn, now int64) {
	if c.half[0].held|c.half[1].held == none {
		c.waits = now
	}
	c.grown = now
	if p.fat.head != c.id {
		p.enlist(c, false)
	}
}

// enlist puts a connection in front of a list.
func (p *Pool) enlist(c *conn, lean bool) {
	p.unlist(c)
	l := &p.fat
	c.flags |= inList
	if lean {
		l = &p.lean
		c.flags |= isLean
	}
	c.next, c.prev = l.head, none
	if l.head != none {
		p.state(l.head).prev = c.id
	} else {
		l.tail = c.id
	}
	l.head = c.id
}

func (p *Pool) unlist(c *conn) {
	if c.flags&inList == 0 {
		return
	}
	l := &p.fat
	if c.flags&isLean != 0 {
		l = &p.lean
	}
	c.flags &^= inList | isLean
	if c.prev != none {
		p.state(c.prev).next = c.next
	} else {
		l.head = c.next
	}
	if c.next != none {
		p.state(c.next).prev = c.prev
	} else {
		l.tail = c.prev
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
	if p.fat.tail == none {
		return false
	}
	c := p.state(p.fat.tail)
	if now-c.grown < p.cfg.Idle {
		return false
	}
	p.trim(c, p.cfg.History)
	return true
}

// trim leaves a connection what it needs, and some history.
func (p *Pool) trim(c *conn, history int) {
	for d := range c.half {
		p.fit(c, &c.half[d], history)
	}
	if c.memory == 0 {
		p.unlist(c)
		return
	}
	p.enlist(c, true)
}

// roomTries bounds how many connections are looked at for room.
const roomTries = 8

// makeRoom takes memory back from others than c. It reports whether it got any.
func (p *Pool) makeRoom(c *conn, now int64) bool {
	before := p.arena.used
	for i := 0; i < roomTries && p.arena.used == before; i++ {
		switch {
		case p.fat.tail != none && p.fat.tail != c.id:
			p.trim(p.state(p.fat.tail), p.cfg.History)
		case p.fat.tail != p.fat.head:
			p.enlist(c, false) // out of the way of the others
		case p.lean.tail != none:
			p.squeeze(p.state(p.lean.tail), c, now)
		}
	}
	return p.arena.used < before
}

// squeeze takes the history of a lean connection, or what it needs if it has waited too long. Either
// way it is the newest of its list then.
func (p *Pool) squeeze(old, c *conn, now int64) {
	if old == c {
		p.enlist(old, true)
		return
	}
	before := p.arena.used
	p.trim(old, 0)
	switch {
	case p.arena.used < before:
		p.stats.Squeezed++
	case now-old.waits >= p.cfg.Hold:
		p.abandon(old)
	}
}

// abandon takes the memory of a connection that has waited too long for a gap
// to be filled, or for an acknowledgement. Its receiver may have what is
// forgotten here, so nothing that could complete it may pass any more.
func (p *Pool) abandon(c *conn) {
	p.stats.Abandoned++
	p.unlist(c)
	for d := range c.half {
		h := &c.half[d]
		if h.held != none {
			h.flags |= lost
		}
		if h.unacked() > 0 {
			h.flags |= forgot
		}
		p.empty(c, h)
	}
}
