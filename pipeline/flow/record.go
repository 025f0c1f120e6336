package flow

// Direction of a packet within its flow.
type Direction uint8

// ToResponder is the direction of the flow's first packet.
const (
	ToResponder Direction = iota
	ToInitiator
)

// State of a flow. Everything but TCP knows New, Established and nothing else.
type State uint8

// The states, in the order in which a flow goes through them.
const (
	New         State = iota // one direction seen (TCP: SYN)
	Answered                 // TCP: SYN and ACK seen
	Established              // both directions seen (TCP: handshake done or picked up)
	Closing                  // TCP: one FIN seen
	Closed                   // TCP: both FINs or a reset seen
)

var stateNames = [...]string{"new", "answered", "established", "closing", "closed"}

// String is the state's name in events.
func (s State) String() string { return stateNames[s] }

// Flags of a record.
const (
	PickedUp uint8 = 1 << iota // joined in the middle of a TCP connection
	Reset                      // closed by a reset
	Denied                     // to be dropped; stays first in line for eviction
	reported                   // its start was reported
	heard                      // a packet of the direction came; two bits, one for each
	_
	offloaded // someone else handles packets of the direction; two bits, one for each
	_
)

// Judgement is what the ACL decided of a flow, kept so that its next packets
// need no lookup. Revision 0 means not judged yet.
type Judgement struct {
	Revision  uint32 // of the policy that judged
	Rule      int32  // index of the rule, -1 for the default
	From, To  int32  // indices of the segments, -1 for none
	Action    uint8  // a rules.Action
	Log       uint8  // a rules.Log
	Kind      uint8  // how it was decided; package segment defines the values
	Uncertain bool   // depends on what may be learned: judge again
	DstGroup  uint16 // that of the receiver
	SrcGroup  uint16 // Group Policy ID the judgement rests on
	SrcMAC    [6]byte
	DstMAC    [6]byte
}

// Record is what is known of one flow. It is borrowed from the Table until the
// flow ends; the worker hands it to stages and observers for the time of a call.
type Record struct {
	Key Key // as the initiator sends it

	hash uint32 // low bits of the key's hash
	next uint32 // next record of the same bucket, or of the free list
	isn  uint32 // sequence number of the initiator's SYN

	Last  int64 // time of the newest packet
	First int64 // time of the first packet
	ID    uint64

	Packets [2]uint64 // per direction, all that belong to the flow
	Bytes   [2]uint64 // outer frame bytes, per direction

	Judgement Judgement

	VTEP     [2][16]byte // outer source addresses, per direction; zero until seen
	Group    [2]uint16   // Group Policy IDs, per direction, of the newest packet
	TCPFlags [2]uint8    // all flags seen, per direction

	State  State
	Flags  uint8
	bucket uint16 // of the wheel, +1; 0 if in none

	tcp [2]side

	wheelNext, wheelPrev uint32 // deadline list
	youngNext, youngPrev uint32 // list of unanswered flows
}

// Hash is the lower half of the hash of the flow's key.
func (r *Record) Hash() uint32 { return r.hash }

// Heard says whether a packet came from the end that sends in a direction, so
// that Group says what that end speaks as.
func (r *Record) Heard(dir Direction) bool { return r.Flags&(heard<<dir) != 0 }

// SetGroup notes as what the end speaks that sends in a direction.
func (r *Record) SetGroup(dir Direction, group uint16) {
	r.Flags |= heard << dir
	r.Group[dir] = group
}

// Reported says whether the start of the flow was reported.
func (r *Record) Reported() bool { return r.Flags&reported != 0 }

// SetReported notes that the start of the flow was reported.
func (r *Record) SetReported() { r.Flags |= reported }

// Offloaded says whether someone else handles packets of a direction.
func (r *Record) Offloaded(dir Direction) bool { return r.Flags&(offloaded<<dir) != 0 }

// SetOffloaded notes that someone else handles packets of a direction from now
// on. Merge ends that. A record of a table is for Table.SetOffloaded.
func (r *Record) SetOffloaded(dir Direction) { r.Flags |= offloaded << dir }

// AnyOffloaded says whether someone else handles packets of the flow.
func (r *Record) AnyOffloaded() bool { return r.Flags&(offloaded|offloaded<<1) != 0 }

// Merge adds what someone else did with packets of a direction, and notes that
// it does so no more.
func (r *Record) Merge(dir Direction, h *Handled) {
	r.Flags &^= offloaded << dir
	r.Packets[dir] += h.Packets
	r.Bytes[dir] += h.Bytes
	r.Last = max(r.Last, h.Last)
	if r.Key.Proto != protoTCP || h.Packets == 0 {
		return
	}
	r.tcp[dir].follow(&Segment{Seq: h.Next, Ack: h.Ack, Window: h.Window, Flags: ack})
}

// Toward returns the key that packets of a direction show.
func (r *Record) Toward(dir Direction) Key {
	if dir == ToInitiator {
		return r.Key.Reverse()
	}
	return r.Key
}

// side is what is known of one sender of a TCP connection.
type side struct {
	next   uint32 // sequence number after the last byte seen
	ack    uint32 // highest acknowledgement sent, valid if acked
	window uint32 // largest window offered, scaled
	scale  uint8
	seen   bool // next is valid
	acked  bool
	fin    bool
}
