package app

import "vxwall/pipeline/flow"

// maxBlocks bounds the directions of a worker's flows whose protocol is sought over more
// than one packet, and so the memory for what they sent: 64 MiB. Of those beyond it the protocol
// stays unknown.
const maxBlocks = 1 << 15

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
	begin, rest := t.begin(end, in.Data)
	protocol, more := t.recognise(s, in, begin)
	if protocol != nil {
		t.start(s, protocol)
		t.catchUp(s, in, begin, rest)
		return
	}
	if !more || len(begin) >= IdentifyDepth || in.End || !t.remember(end, begin) {
		t.giveUp(s, in.Dir)
	}
}

// begin returns what a direction sent so far, with the newest bytes, to the depth, and what
// of these is beyond it. Nothing is copied while one packet holds it all.
func (t *Tracker) begin(end *side, data []byte) (begin, rest []byte) {
	n := min(IdentifyDepth-len(end.prefix), len(data))
	if len(end.prefix) == 0 {
		return data[:n], data[n:]
	}
	end.prefix = append(end.prefix, data[:n]...)
	return end.prefix, data[n:]
}

// remember keeps the beginning of a direction until more comes. It reports false if there
// is no room.
func (t *Tracker) remember(end *side, begin []byte) bool {
	if len(end.prefix) > 0 {
		return true // begin is it
	}
	block := t.block()
	if block == nil {
		return false
	}
	end.prefix = append(block, begin...)
	return true
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
	s.parsers++
}

// catchUp gives a new parser all that came before it was known: the other end's
// bytes, which came first, then those of this direction.
func (t *Tracker) catchUp(s *Session, in *Input, begin, rest []byte) {
	other := flow.ToInitiator - in.Dir
	first, own := s.ends[other].prefix, s.ends[in.Dir].prefix
	s.ends[other].prefix, s.ends[in.Dir].prefix = nil, nil // a parser may leave bytes there
	if len(first) > 0 {
		t.parse(s, Input{Dir: other, Data: first, Stream: in.Stream, Time: in.Time})
	}
	t.parse(s, Input{Dir: in.Dir, Data: begin, End: in.End && len(rest) == 0, Stream: in.Stream, Time: in.Time})
	if len(rest) > 0 {
		t.parse(s, Input{Dir: in.Dir, Data: rest, End: in.End, Stream: in.Stream, Time: in.Time})
	}
	t.free(first)
	t.free(own)
}

// giveUp says that a direction is of no protocol we know.
func (t *Tracker) giveUp(s *Session, dir flow.Direction) {
	s.ends[dir].gone = true
	t.forget(s, dir)
}

// forget gives the memory of a direction's beginning back.
func (t *Tracker) forget(s *Session, dir flow.Direction) {
	t.free(s.ends[dir].prefix)
	s.ends[dir].prefix = nil
}

// free takes a block back.
func (t *Tracker) free(block []byte) {
	if cap(block) >= IdentifyDepth {
		t.blocks = append(t.blocks, block[:0])
	}
}

// block returns memory for a direction's beginning, nil if the bound is reached.
func (t *Tracker) block() []byte {
	if n := len(t.blocks); n > 0 {
		b := t.blocks[n-1]
		t.blocks = t.blocks[:n-1]
		return b
	}
	if t.made == maxBlocks {
		return nil
	}
	t.made++
	return make([]byte, 0, IdentifyDepth)
}
