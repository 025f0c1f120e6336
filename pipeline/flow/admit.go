package flow

// Packet is what Admit needs to know of a packet.
type Packet struct {
	Key   *Key
	Now   int64 // nanoseconds since 1970
	Bytes int   // of the outer frame
	TCP   *Segment

	Answer bool // answers a query (ICMP): opens no flow
}

// Admit finds the flow of a packet or begins one, checks that a TCP packet
// belongs to the connection, and counts the packet. The record is nil iff the
// packet is refused and has no flow.
func (t *Table) Admit(p *Packet) (*Record, Direction, Refusal) {
	hash := uint32(p.Key.Hash(t.cfg.Seed))
	r, dir := t.find(p.Key, hash, p.Now)
	if p.TCP != nil {
		return t.admitTCP(p, r, dir, hash)
	}
	if r != nil && r.heardOtherEnd(dir) && !p.Answer {
		t.end(t.number(r), Reused)
		r, dir = nil, ToResponder
	}
	if r == nil {
		key := *p.Key
		if p.Answer && !t.midstream(p.Now) {
			return nil, 0, NoConnection
		}
		if p.Answer || t.cfg.Passive && looksLikeAnswer(p.Key) {
			key, dir = key.Reverse(), ToInitiator
		}
		if r = t.create(&key, hash, p.Now); r == nil {
			return nil, 0, Full
		}
	}
	if r.State == New && (dir == ToInitiator || t.goesOn(r)) {
		t.advance(r, Established)
	}
	t.account(r, dir, p)
	return r, dir, Admitted
}

// midstream says whether a flow may be joined without its beginning.
func (t *Table) midstream(now int64) bool { return t.cfg.Midstream || now < t.cfg.PickupUntil }

// Relate counts a packet that speaks about a flow without being part of it
// (an ICMP error): it neither keeps the flow alive nor changes its state.
func (r *Record) Relate(dir Direction, bytes int) {
	r.Packets[dir]++
	r.Bytes[dir] += uint64(bytes)
}

func (t *Table) account(r *Record, dir Direction, p *Packet) {
	r.Last = max(r.Last, p.Now)
	r.Relate(dir, p.Bytes)
	if t.cfg.Passive {
		t.noteAnswered(r)
	}
}

// advance moves a flow to a later state. A flow that is established need not
// make room for new ones any more, unless it is denied.
func (t *Table) advance(r *Record, s State) {
	sooner := t.cfg.Timeouts.timeout(r)
	r.State = s
	if s >= Established && r.Flags&Denied == 0 && !t.cfg.Passive {
		t.young.remove(t.records, t.number(r))
	}
	if t.cfg.Timeouts.timeout(r) < sooner {
		t.wheel.move(t.records, t.number(r), t.deadline(r))
	}
}
