package app

// FileState is how far a file has come.
type FileState uint8

// The states, by their names in EVE.
const (
	FileOpen FileState = iota
	FileClosed
	FileTruncated // a limit was reached, or bytes are missing
	FileError
)

var fileStates = [...]string{"UNKNOWN", "CLOSED", "TRUNCATED", "ERROR"}

// String is the state's name in EVE.
func (s FileState) String() string { return fileStates[s] }

// File is a file carried by a transaction. Its bytes come over time in Body,
// decoded from all encodings of the protocol.
type File struct {
	ID       uint32 // counted from 1 in each flow
	Name     []byte
	Type     []byte // its media type, as the sender claims; may be empty
	Inline   bool   // a body part without a name: looked into, but no file of the rule language
	Body     Body
	State    FileState
	Gaps     bool
	Reported bool // its event was written
}

// Size is the number of bytes that came.
func (f *File) Size() uint64 { return f.Body.Len() }
