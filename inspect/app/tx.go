package app

import "vxwall/pipeline/flow"

// Complete is the progress of a direction in which nothing more comes.
const Complete uint8 = 255

// Users is how many stages remember where they are in a transaction.
const Users = 3

// The users of Tx.Mark.
const (
	UserIPS = iota
	UserAV
	UserLog
)

// Tx is one transaction: a request and its response, or what comes closest in
// the protocol. It is owned by its parser, and borrowed from it until Release.
type Tx struct {
	ID       uint64   // counted from 0 in each flow
	Progress [2]uint8 // per direction: the protocol's own steps, ascending; Complete at the end
	// Changed says per direction whether something came since the stages last looked. The
	// tracker clears it after each packet: a parser that finds it clear knows that all of
	// its bodies in that direction were looked at ([Body.Seen]).
	Changed [2]bool
	Events  EventSet // all of the transaction so far
	Mark    [Users]uint32
	told    EventSet // of Events, reported
	Content
}

// Done says whether nothing more comes in both directions.
func (t *Tx) Done() bool { return t.Progress[0] == Complete && t.Progress[1] == Complete }

// Content is what a transaction of some protocol holds.
type Content interface {
	// Buffer returns instance n (from 0) of a buffer in a direction: false if it
	// is not there, or not yet whole. A buffer that grows (Streaming) is
	// there as soon as it has begun. What is not bound to a direction is there in both that
	// the table of buffers says. Borrowed from the transaction until its parser is called.
	Buffer(id BufferID, dir flow.Direction, n int) (Buffer, bool)
	// Number returns instance n of a number.
	Number(id NumberID, dir flow.Direction, n int) (int64, bool)
	// Files are those carried in a direction, oldest first. Borrowed as buffers are.
	Files(dir flow.Direction) []*File
	// Describe tells the fields of the transaction's event in EVE's form, and
	// says whether it has one now.
	Describe(f Fields) bool
}

// Letter is a content that holds a mail, which events tell in an object of its own.
type Letter interface {
	// DescribeLetter tells the fields of that object, and says whether there is one.
	DescribeLetter(f Fields) bool
}

// Seer is what a Content may be besides: one that is told when all stages looked at what
// changed, so that it need not keep it.
type Seer interface{ Seen() }

// Buffer is a piece of a transaction that rules look into.
type Buffer struct {
	Data   []byte
	Offset uint64 // of Data[0] in the whole, for one that grows and of which only the newest is kept
	Fresh  int    // where in Data begins what was not there at the last packet
	Final  bool   // nothing more comes
}

// Fields takes the fields of an event, as JSON has them. Values are borrowed
// for the time of the call. Implementations escape them.
type Fields interface {
	String(key string, value []byte)
	Int(key string, value int64)
	Bool(key string, value bool)
	Object(key string) // until End; in a list the key is ""
	List(key string)   // until End
	End()
}

// Reset makes a transaction a new one, with the memory of its content kept.
func (t *Tx) Reset(id uint64) { *t = Tx{ID: id, Content: t.Content} }
