package flow

// TCP control bits (RFC 9293 section 3.1).
const (
	fin = 1 << iota
	syn
	rst
	psh
	ack
	urg
)

// Segment is what matters of a TCP header.
type Segment struct {
	Seq, Ack uint32
	Payload  int // bytes
	Window   uint16
	Scale    uint8 // of the window scale option, in SYN only
	HasScale bool
	Flags    uint8
}

// end is the sequence number after the segment; SYN and FIN count as one.
func (s *Segment) end() uint32 {
	n := s.Seq + uint32(s.Payload)
	if s.Flags&syn != 0 {
		n++
	}
	if s.Flags&fin != 0 {
		n++
	}
	return n
}

// validFlags says whether a TCP sender combines flags so: the list is that of
// Linux conntrack (tcp_valid_flags).
func validFlags(flags uint8) bool {
	switch flags & (fin | syn | rst | ack | urg) {
	case syn, syn | urg, syn | ack, rst, rst | ack, fin | ack, fin | ack | urg, ack, ack | urg:
		return true
	}
	return false
}

// admitTCP is Admit for TCP. r is the packet's live flow or nil.
func (t *Table) admitTCP(p *Packet, r *Record, dir Direction, hash uint32) (*Record, Direction, Refusal) {
	s := p.TCP
	if !validFlags(s.Flags) {
		return r, dir, BadFlags
	}
	if r != nil && s.Flags&(fin|syn|rst) != 0 && r.AnyOffloaded() {
		t.recall(r)
	}
	if r != nil && r.reusedBy(dir, s) {
		t.end(t.number(r), Reused)
		r = nil
	}
	if r == nil {
		return t.openTCP(p, hash)
	}
	refusal := r.check(dir, s)
	if refusal != Admitted && !t.cfg.Passive {
		return r, dir, refusal
	}
	if refusal != BadReset {
		t.track(r, dir, s)
	}
	t.account(r, dir, p)
	return r, dir, Admitted
}

// openTCP begins a flow with a SYN, or in the middle of a connection where
// that is allowed.
func (t *Table) openTCP(p *Packet, hash uint32) (*Record, Direction, Refusal) {
	s, key, dir := p.TCP, *p.Key, ToResponder
	opening := s.Flags&(syn|ack|rst) == syn
	if !opening {
		if s.Flags&rst != 0 || !t.midstream(p.Now) {
			return nil, 0, NoConnection
		}
		if fromResponder(&key, s) {
			key, dir = key.Reverse(), ToInitiator
		}
	}
	r := t.create(&key, hash, p.Now)
	if r == nil {
		return nil, 0, Full
	}
	if !opening {
		r.Flags |= PickedUp
		t.stats.PickedUp++
	}
	t.track(r, dir, s)
	t.account(r, dir, p)
	return r, dir, Admitted
}

// fromResponder guesses who opened a connection whose start was not seen: a
// SYN|ACK comes from the responder, and the responder has the lower port.
func fromResponder(k *Key, s *Segment) bool {
	return s.Flags&(syn|ack) == syn|ack || k.SrcPort < k.DstPort
}

// reusedBy says whether a SYN begins a new connection on the addresses and
// ports of an old one.
func (r *Record) reusedBy(dir Direction, s *Segment) bool {
	if s.Flags&(syn|ack|rst) != syn {
		return false
	}
	// Who opened a connection that was picked up is a guess, which must not
	// let the other end open one.
	return r.Flags&PickedUp != 0 && dir == ToInitiator || r.heardOtherEnd(dir) || r.State == Closed || r.State == Closing && s.Seq != r.tcp[dir].next
}

// heardOtherEnd says whether the packet comes from the other end of a flow that
// was denied from the start: it answers nothing, since nothing got there, and begins a flow of
// its own. Otherwise a packet with a false sender would deny that sender's own.
func (r *Record) heardOtherEnd(dir Direction) bool {
	return dir == ToInitiator && r.Flags&Denied != 0 && r.State == New
}

// check says whether the segment belongs to the connection as far as its state
// tells. Sequence numbers matter for what opens and what resets a connection;
// in between, the receiver is the judge.
func (r *Record) check(dir Direction, s *Segment) Refusal {
	if r.Flags&PickedUp != 0 {
		return Admitted
	}
	switch {
	case s.Flags&rst != 0:
		return r.checkReset(dir, s)
	case r.State == New && !r.opens(dir, s):
		return NoConnection
	case r.Flags&Reset != 0 && s.Payload > 0:
		return NoConnection
	}
	return Admitted
}

// opens says whether the segment may follow a lone SYN: that SYN again, its
// SYN|ACK, a SYN of a simultaneous open, or the bare ACK with which a host
// answers a SYN for a connection it thinks is open (RFC 9293 section 3.5.1).
func (r *Record) opens(dir Direction, s *Segment) bool {
	if dir == ToResponder {
		return s.Flags&(syn|ack) == syn
	}
	if s.Flags&syn != 0 && s.Flags&ack != 0 {
		return r.acksSYN(s)
	}
	return s.Payload == 0 && s.Flags&fin == 0
}

// acksSYN says whether the segment acknowledges the initiator's SYN, and no
// more than was sent with it (RFC 7413 allows data there).
func (r *Record) acksSYN(s *Segment) bool {
	return s.Ack-(r.isn+1) <= r.tcp[ToResponder].next-(r.isn+1)
}

// checkReset refuses a reset that its receiver would ignore (RFC 5961 section
// 3): one blind guess must not end a flow here.
func (r *Record) checkReset(dir Direction, s *Segment) Refusal {
	me, peer := &r.tcp[dir], &r.tcp[1-dir]
	switch {
	case r.State == New && dir == ToInitiator:
		if s.Flags&ack == 0 || !r.acksSYN(s) {
			return BadReset
		}
	case me.seen && s.Seq == me.next, !peer.acked:
	default:
		low, high := peer.ack-peer.window, peer.ack+peer.window
		if s.Seq-low > high-low {
			return BadReset
		}
	}
	return Admitted
}

// track follows the connection with a segment that belongs to it. A SYN in an open
// one is an old one or a guess, and says nothing of its sender.
func (t *Table) track(r *Record, dir Direction, s *Segment) {
	r.TCPFlags[dir] |= s.Flags
	if s.Flags&rst != 0 {
		t.trackReset(r, dir, s)
		return
	}
	opening := s.Flags&syn != 0 && r.State < Established
	if dir == ToResponder && opening {
		r.isn = s.Seq
	}
	near := r.inWindow(dir, s)
	if opening || near && s.Flags&syn == 0 {
		r.tcp[dir].follow(s)
	}
	switch {
	case s.Flags&fin != 0 && r.State < Closed && near:
		r.tcp[dir].fin = true
		if r.tcp[1-dir].fin {
			t.advance(r, Closed)
		} else if r.State < Closing {
			t.advance(r, Closing)
		}
	case r.State == New && dir == ToInitiator && r.Flags&PickedUp != 0:
		t.advance(r, Established)
	case r.State == New && dir == ToInitiator && s.Flags&syn != 0:
		t.advance(r, Answered)
	case r.State == Answered && dir == ToResponder && s.Flags&(syn|ack) == ack:
		t.advance(r, Established)
	case t.cfg.Passive && r.State < Established && s.Flags&(syn|ack) == ack: // the other end was not seen
		t.advance(r, Established)
	}
}

// trackReset closes the connection. Of one that was picked up too little is known to
// refuse a reset (check), but enough to leave it to the receiver if it is a guess.
func (t *Table) trackReset(r *Record, dir Direction, s *Segment) {
	if r.Flags&PickedUp != 0 && !(r.tcp[dir].seen && r.inWindow(dir, s)) {
		return
	}
	r.Flags |= Reset
	t.advance(r, Closed)
}

// inWindow says whether a segment is near what its sender sent before, or what
// its receiver has: one with a guessed number must not close a flow.
func (r *Record) inWindow(dir Direction, s *Segment) bool {
	me, peer, reach := &r.tcp[dir], &r.tcp[1-dir], r.reach(dir)
	near := func(n uint32) bool { return s.Seq-(n-reach) <= 2*reach }
	return !me.seen || near(me.next) || peer.acked && near(peer.ack)
}

// reach is how many bytes a sender may be ahead of what is known of it, or
// behind: its receiver's window, or one that is not scaled.
func (r *Record) reach(dir Direction) uint32 { return max(r.tcp[1-dir].window, 0xffff) }

// follow notes how far a sender got.
func (d *side) follow(s *Segment) {
	if s.Flags&syn != 0 {
		d.next, d.seen = s.end(), true
		d.scale = 0
		if s.HasScale {
			d.scale = s.Scale
		}
	} else if n := s.end(); !d.seen || int32(n-d.next) > 0 {
		d.next, d.seen = n, true
	}
	if s.Flags&ack != 0 {
		if !d.acked || int32(s.Ack-d.ack) > 0 {
			d.ack, d.acked = s.Ack, true
		}
		window := uint32(s.Window)
		if s.Flags&syn == 0 {
			window <<= d.scale
		}
		d.window = max(d.window, window)
	}
}
