package app

import (
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/stream"
	"vxwall/pipeline/wire"
)

// tcp takes a segment into its stream, and what became whole by it to the parser.
func (t *Tracker) tcp(p *pipeline.Packet, s *Session) {
	t.describe(p)
	u := &t.update
	u.Result = s.conn.Segment(&t.segment)
	if u.Result.Restarted {
		t.restart(s)
	}
	t.mend(p, &u.Result)
	for dir := flow.ToResponder; dir <= flow.ToInitiator; dir++ {
		fresh, end := u.Result.Fresh>>dir&1 != 0 || s.more[dir], u.Result.End>>dir&1 != 0
		if fresh || end {
			t.deliver(s, dir, end)
		}
	}
}

// describe reads what the stream needs of a segment.
func (t *Tracker) describe(p *pipeline.Packet) {
	l4 := p.L4()
	h := wire.TCP(l4)
	payload := p.Payload()
	t.segment = stream.Segment{
		Payload: payload, Now: p.Time(), Seq: h.Seq(), Ack: h.Ack(), Window: h.Window(), Urgent: h.Urgent(),
		Dir: uint8(p.Direction()), Flags: uint8(h.Flags()),
		ReadOnly:    t.watch || p.Reassembled() || p.Depth() > 0 || t.scope.Monitors(),
		BadChecksum: len(payload) > 0 && !t.cfg.IgnoreChecksums && damaged(p, l4),
	}
	t.segment.SetOptions(l4[wire.TCPMinLen : len(l4)-len(payload)])
}

// damaged says whether a segment's checksum is wrong, so that its receiver will not take
// it. One that its sender left to the hardware is not: there is none (0), or the sum of
// the pseudo header alone (Linux, CHECKSUM_PARTIAL).
func damaged(p *pipeline.Packet, l4 []byte) bool {
	pseudo := wire.PseudoSum(&p.Flow.Src, &p.Flow.Dst, wire.ProtoTCP, len(l4))
	if wire.Checksum(l4, pseudo) == 0 {
		return false
	}
	field := wire.TCP(l4).Checksum()
	return field != 0 && field != ^wire.Checksum(nil, pseudo)
}

// mend makes a segment that was changed whole again. One that cannot be is dropped.
func (t *Tracker) mend(p *pipeline.Packet, r *stream.Result) {
	if t.segment.ReadOnly {
		return
	}
	if r.ClearUrgent {
		wire.TCP(p.L4()).ClearUrgent()
	}
	if (r.Rewritten || r.ClearUrgent) && !p.Repair() {
		r.Verdict, r.Cause = stream.Drop, stream.CauseConflict
	}
}

// deliver hands a direction's new bytes to the parser.
func (t *Tracker) deliver(s *Session, dir flow.Direction, end bool) {
	data, offset, fresh, gap := s.conn.Window(uint8(dir))
	t.update.Stream[dir] = Window{Data: data, Offset: offset, Fresh: fresh, Gap: gap}
	t.feed(s, Input{Dir: dir, Data: data[fresh:], Gap: gap, End: end, Stream: true, Time: t.update.Time})
}

// drain delivers what still waits when a flow ends. Copies may have lost what is missing
// before it.
func (t *Tracker) drain(s *Session) {
	if !s.conn.Valid() {
		return
	}
	for dir := flow.ToResponder; dir <= flow.ToInitiator; dir++ {
		more := s.more[dir]
		if t.scope.Passive() {
			r := s.conn.Flush(uint8(dir))
			more = more || r.Fresh != 0
		}
		if more {
			t.deliver(s, dir, false)
		}
	}
}

// consume tells the streams that the stages have looked.
func (t *Tracker) consume(u *Update) {
	s := u.Session
	if !s.conn.Valid() {
		return
	}
	for dir := range u.Stream {
		if w := &u.Stream[dir]; w.Fresh < len(w.Data) {
			s.more[dir] = s.conn.Consumed(uint8(dir))
		}
	}
}

// restart makes a session that of a new connection on the same addresses and ports. What
// users know of the flow stays: a flow that is dropped does not live again by a SYN.
func (t *Tracker) restart(s *Session) {
	t.drop(s)
	t.forget(s, flow.ToResponder)
	t.forget(s, flow.ToInitiator)
	*s = Session{number: s.number, at: s.at, conn: s.conn, Mark: s.Mark, Alerted: s.Alerted, parsers: s.parsers + 1}
}
