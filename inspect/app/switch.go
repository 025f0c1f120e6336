package app

import "vxwall/pipeline/flow"

// parse hands bytes to the session's parser, and on to the one that it names.
func (t *Tracker) parse(s *Session, given Input) {
	if s.parser.Stopped() {
		return
	}
	t.input = given // not on the stack: what a parser gets would be allocated
	in := &t.input
	s.parser.Parse(in)
	events := s.parser.Events()
	s.events.Merge(&events)
	t.update.Events.Merge(&events)
	if in.Unread > 0 && in.Unread <= len(in.Data) {
		s.ends[in.Dir].prefix = t.keep(s.ends[in.Dir].prefix, in.Data[len(in.Data)-in.Unread:])
	}
}

// keep adds bytes to a direction's beginning, as far as there is room.
func (t *Tracker) keep(prefix, data []byte) []byte {
	if prefix == nil {
		prefix = t.block()
	}
	return append(prefix, data[:min(len(data), IdentifyDepth-len(prefix))]...)
}

// change lets a session go on with the protocol that its parser named, once no
// transaction of the old one is left.
func (t *Tracker) change(s *Session) {
	if s.parser == nil || len(s.parser.Transactions()) > 0 {
		return
	}
	next := s.parser.Switch()
	if next == "" {
		return
	}
	t.drop(s)
	for _, p := range t.cfg.Protocols {
		if p.Name() == next {
			t.start(s, p)
		}
	}
	for dir := flow.ToResponder; dir <= flow.ToInitiator; dir++ {
		s.ends[dir].gone = false
		t.resume(s, dir)
	}
}

// resume gives the bytes that the old parser left to the new one.
func (t *Tracker) resume(s *Session, dir flow.Direction) {
	left := s.ends[dir].prefix
	if left == nil {
		return
	}
	s.ends[dir].prefix = nil
	t.feed(s, Input{Dir: dir, Data: left, Stream: s.conn.Valid(), Time: t.update.Time})
	t.free(left)
}
