package app

import "vxwall/pipeline/flow"

// identify looks at the next bytes of a direction of unknown protocol. As soon as
// one protocol recognises its own, both ends speak it.
func (t *Tracker) identify(s *Session, in *Input) {
	end := &s.ends[in.Dir]
	if in.Gap > 0 { // what follows a gap is no beginning
		t.giveUp(s, in.Dir)
		return
	}
	if len(in.Data) == 0 && !in.End {
		return
	}
	room := IdentifyDepth - len(end.prefix)
	if end.prefix == nil {
		end.prefix = t.block()
	}
	taken := min(room, len(in.Data))
	end.prefix = append(end.prefix, in.Data[:taken]...)
	protocol, more := t.recognise(s, in, end.prefix)
	if protocol == nil {
		if !more || len(end.prefix) == IdentifyDepth || in.End {
			t.giveUp(s, in.Dir)
		}
		return
	}
	t.start(s, protocol)
	t.catchUp(s, in, taken)
}

// recognise asks the protocols about the beginning of a direction, and says whether
// one of them wants to see more.
func (t *Tracker) recognise(s *Session, in *Input, data []byte) (found Protocol, more bool) {
	for _, p := range t.cfg.Protocols {
		if p.Transport()&s.transport() == 0 {
			continue
		}
		switch p.Identify(data, in.ToServer()) {
		case Yes:
			return p, false
		case More:
			more = true
		}
	}
	return nil, more
}

// transport is that of the session.
func (s *Session) transport() Transport {
	if s.conn.Valid() {
		return TCP
	}
	return UDP
}

// start makes a session one of a protocol.
func (t *Tracker) start(s *Session, p Protocol) {
	s.protocol, s.parser = p, p.Open(&t.pool)
}

// catchUp gives a new parser all that came before it was known: the other end's
// bytes first, if they came first, then those of this direction.
func (t *Tracker) catchUp(s *Session, in *Input, taken int) {
	other := flow.ToInitiator - in.Dir
	if prefix := s.ends[other].prefix; len(prefix) > 0 {
		t.parse(s, &Input{Dir: other, Data: prefix, Stream: in.Stream, Time: in.Time})
	}
	t.parse(s, &Input{Dir: in.Dir, Data: s.ends[in.Dir].prefix, Stream: in.Stream, Time: in.Time})
	if rest := in.Data[taken:]; len(rest) > 0 || in.End {
		t.parse(s, &Input{Dir: in.Dir, Data: rest, End: in.End, Stream: in.Stream, Time: in.Time})
	}
	t.forget(s, flow.ToResponder)
	t.forget(s, flow.ToInitiator)
}

// giveUp says that a direction is of no protocol we know.
func (t *Tracker) giveUp(s *Session, dir flow.Direction) {
	s.ends[dir].gone = true
	t.forget(s, dir)
}

// forget gives the memory of a direction's beginning back.
func (t *Tracker) forget(s *Session, dir flow.Direction) {
	if prefix := s.ends[dir].prefix; prefix != nil {
		t.blocks = append(t.blocks, prefix[:0])
		s.ends[dir].prefix = nil
	}
}

// block returns memory for a direction's beginning.
func (t *Tracker) block() []byte {
	if n := len(t.blocks); n > 0 {
		b := t.blocks[n-1]
		t.blocks = t.blocks[:n-1]
		return b
	}
	return make([]byte, 0, IdentifyDepth)
}
