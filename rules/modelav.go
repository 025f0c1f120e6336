package rules

import "time"

// FileAction is what becomes of a file.
type FileAction uint8

// The actions.
const (
	FileBlock FileAction = iota // drop, and reset both ends
	FileAlert                   // report, let pass
	FileAllow                   // let pass
)

var fileActionNames = [...]string{"block", "alert", "allow"}

// String is the action's name in rules and events.
func (a FileAction) String() string { return fileActionNames[a] }

// FileEngine is who judges files.
type FileEngine uint8

// The engines.
const (
	EngineEmbedded FileEngine = iota
	EngineClamd
	EngineBoth // the embedded one, then clamd
)

var fileEngineNames = [...]string{"embedded", "clamd", "both"}

// String is the engine's name in rules.
func (e FileEngine) String() string { return fileEngineNames[e] }

// AV is a way to judge files that ACL rules name in `inspect`.
type AV struct {
	Name      string
	Mode      Mode       // "enforce" when absent
	Engine    FileEngine // "embedded" when absent; "clamd" if only Clamd is there
	Databases []string   // files and directories, as found beside the policy
	Clamd     string     // address; "" for none
	Protocols []string   // of applications; empty for all that carry files

	Upload, Download bool // directions: to and from the side that was connected to

	MaxSize int64         // bytes of a file that is looked into
	MaxHold time.Duration // how long the end of a file waits

	Infected, Suspicious, Encrypted, OverLimit, Part, Error FileAction

	Exceptions  []FileException
	Description string
	Pos         Pos // of the name's value
}

// FileException is a file that passes whatever is found in it.
type FileException struct {
	Signature string    // name of what is found; "" for any
	File      string    // name of the file, with * and ?; "" for any
	Reason    string    // why
	Expires   time.Time // zero: never
}
