package stream

import "encoding/binary"

// TCP control bits (RFC 9293 section 3.1).
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
)

// The directions of a connection: what the end sends that opened it, and what
// the other sends. They are those of package flow.
const (
	ToResponder = iota
	ToInitiator
)

// Segment is a TCP segment as it arrived. There is no time to live in it: a
// segment that dies on its way to the receiver was the first copy of its bytes
// nevertheless, and later copies are made equal to it.
type Segment struct {
	Payload  []byte // borrowed for the call; overwritten in place unless ReadOnly
	Now      int64  // nanoseconds since 1970
	Seq, Ack uint32
	TSVal    uint32 // valid if HasTS, as is TSEcr
	TSEcr    uint32
	Window   uint16 // as in the header
	Urgent   uint16 // urgent pointer, valid with URG
	Dir      uint8  // ToResponder or ToInitiator
	Flags    uint8
	Scale    uint8 // shift of the window, valid if HasScale
	HasScale bool
	HasTS    bool
	FastOpen bool // fast open option (RFC 7413)
	ReadOnly bool // cannot be rewritten: what would have to be is dropped
	// BadChecksum: its receiver will not take it, and what it says does not count.
	// If the caller does not look, bytes that were damaged on their way count as the first copy
	// like any others, and the sender's second try is made equal to them.
	BadChecksum bool
}

// Numbers of TCP options (RFC 9293 section 3.2, RFC 7323, RFC 7413, RFC 6994).
const (
	optEnd         = 0
	optNop         = 1
	optScale       = 3
	optTimestamps  = 8
	optFastOpen    = 34
	optExperiment  = 254
	fastOpenMagic  = 0xf989
	maxWindowScale = 14
)

// SetOptions reads the options of a TCP header, of which b are the bytes. What
// is malformed ends the list, as it does for a receiver.
func (s *Segment) SetOptions(b []byte) {
	// The layout that nearly all segments of a connection have: two fillers and
	// timestamps.
	if len(b) == 12 && binary.BigEndian.Uint32(b) == optNop<<24|optNop<<16|optTimestamps<<8|10 {
		s.setTimestamps(b[4:])
		return
	}
	for len(b) > 0 && b[0] != optEnd {
		if b[0] == optNop {
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			return
		}
		s.setOption(b[0], b[2:b[1]])
		b = b[b[1]:]
	}
}

func (s *Segment) setOption(kind uint8, v []byte) {
	switch {
	case kind == optScale && len(v) == 1:
		s.Scale, s.HasScale = min(v[0], maxWindowScale), true
	case kind == optTimestamps && len(v) == 8:
		s.setTimestamps(v)
	case kind == optFastOpen, kind == optExperiment && len(v) >= 2 && binary.BigEndian.Uint16(v) == fastOpenMagic:
		s.FastOpen = true
	}
}

func (s *Segment) setTimestamps(v []byte) {
	s.TSVal, s.TSEcr, s.HasTS = binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:]), true
}

// Verdict says what is to become of a segment. The zero value drops it.
type Verdict uint8

// The verdicts. Reject drops the segment, and the connection should be reset.
const (
	Drop Verdict = iota
	Pass
	Reject
)

// Cause says why a segment does not pass, or passes without being put together.
type Cause uint8

// The causes. Each but CauseNone has a policy in PoolConfig.
const (
	CauseNone      Cause = iota
	CauseInvalid         // has no place in its connection: its receiver would not take it
	CauseFlow            // the connection's bounds of memory or segments
	CauseMemory          // the bound of all connections
	CauseMidstream       // of a connection whose beginning was not seen
	CauseUrgent          // urgent data
	CauseConflict        // differs from what was sent before, and cannot be rewritten

	causes // number of causes
)

var causeNames = [causes]string{"none", "invalid", "flow-limit", "memory", "midstream", "urgent", "conflict"}

// String is the cause's name.
func (c Cause) String() string { return causeNames[c] }

// Result says what a segment brought.
type Result struct {
	Events      EventSet
	Uninspected uint32 // bytes of the payload that pass without having been put together
	Verdict     Verdict
	Cause       Cause
	// Fresh has bit d set if direction d has bytes to look at: see Conn.Window.
	// The acknowledgement in a segment may release bytes of the other direction.
	Fresh uint8
	// End has bit d set if all that direction d sent was put together, up to its
	// FIN, with this segment. A reset is no end: its receiver may not have believed it.
	End uint8
	// Ahead: bytes of the payload wait behind a gap. See Conn.Ahead.
	Ahead bool
	// Rewritten: the payload was overwritten with the bytes that came first. The
	// caller mends the checksum.
	Rewritten bool
	// ClearUrgent: the caller clears URG and the urgent pointer, and mends the
	// checksum, so that no receiver takes a byte out of the stream.
	ClearUrgent bool
	// Restarted: a new connection begins on the same addresses and ports; what is
	// known of the streams of the old one is void.
	Restarted bool
	// Stopped has bit d set if direction d will not be put together any more.
	Stopped uint8
}
