package app

import (
	"vxwall/pipeline/flow"
	"vxwall/pipeline/stream"
)

// Recognition says how far a flow's protocol is known.
type Recognition uint8

// The states. Failed means that what both ends sent is of no protocol we know.
const (
	Unknown Recognition = iota
	Known
	Failed
)

// Session is what is known of the content of one flow. It belongs to the worker's
// tracker; stages borrow it until the flow ends.
type Session struct {
	number   uint32 // of the flow in the worker's table
	at       uint32 // its own place
	protocol Protocol
	parser   Parser
	ends     [2]side
	more     [2]bool     // the stream has more to deliver, behind a gap
	conn     stream.Conn // of TCP
	events   EventSet    // of the flow and no transaction, all so far
	told     EventSet    // of them, reported
	parsers  uint32      // how many there were so far

	// Alerted says that a signature spoke about the flow.
	Alerted bool
	// Mark is what each user remembers of the session; 0 at its beginning.
	Mark [Users]uint32
}

// side is what one end sent, as far as it matters.
type side struct {
	prefix []byte // until the protocol is known; from the tracker's blocks
	gone   bool   // was looked at to the depth, and is of no protocol
	closed bool   // nothing more comes
}

// App is the session's protocol, nil unless Known.
func (s *Session) App() (Protocol, Recognition) {
	switch {
	case s.protocol != nil:
		return s.protocol, Known
	case s.ends[0].gone && s.ends[1].gone:
		return nil, Failed
	}
	return nil, Unknown
}

// Name is the protocol's name in events: "failed" if it is of none, "" while it is
// not known.
func (s *Session) Name() string {
	switch protocol, how := s.App(); how {
	case Known:
		return protocol.Name()
	case Failed:
		return "failed"
	}
	return ""
}

// Number is the number of the session: that of no other live session of the worker,
// from 1.
func (s *Session) Number() uint32 { return s.at }

// Parsers is how many parsers the session had so far. Each counts transactions and files
// anew.
func (s *Session) Parsers() uint32 { return s.parsers }

// Sent is how many bytes a direction's stream brought so far, with gaps (TCP).
func (s *Session) Sent(dir flow.Direction) uint64 {
	if !s.conn.Valid() {
		return 0
	}
	data, offset, _, _ := s.conn.Window(uint8(dir))
	return offset + uint64(len(data))
}

// Events are those of the flow and no transaction, all so far.
func (s *Session) Events() *EventSet { return &s.events }

// Transactions are the session's live transactions, oldest first. Borrowed until
// the next packet of the flow.
func (s *Session) Transactions() []*Tx {
	if s.parser == nil {
		return nil
	}
	return s.parser.Transactions()
}

// identified says whether a direction needs no more looking.
func (s *Session) identified(dir flow.Direction) bool {
	return s.protocol != nil || s.ends[dir].gone
}
