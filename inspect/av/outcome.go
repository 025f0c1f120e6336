package av

import "vxwall/pipeline"

// Outcome is what is known of a file in the end.
type Outcome uint8

// The outcomes, from the harmless to the worst.
const (
	Clean      Outcome = iota
	Encrypted          // cannot be looked into
	Part               // a part of a file of which another was not seen
	OverLimit          // a limit was reached before all was looked at
	Error              // nobody judged it in time
	Suspicious         // by a heuristic
	Infected
	Outcomes int = iota // number of outcomes
)

var outcomeNames = [...]string{"clean", "encrypted", "part", "over-limit", "error", "suspicious", "infected"}

// String is the outcome's name in events, metrics and configuration.
func (o Outcome) String() string { return outcomeNames[o] }

var outcomeReasons = [...]pipeline.Reason{
	Encrypted: pipeline.FileEncrypted, Part: pipeline.FilePart, OverLimit: pipeline.FileOverLimit, Error: pipeline.FileError,
	Suspicious: pipeline.FileSuspicious, Infected: pipeline.FileInfected,
}

// Action is what becomes of a file with an outcome.
type Action uint8

// The actions. The zero value blocks.
const (
	Block Action = iota // drop, and reset both ends
	Alert               // report, let pass
	Allow               // let pass
)

var actionNames = [...]string{"block", "alert", "allow"}

// String is the action's name in events and configuration.
func (a Action) String() string { return actionNames[a] }

// Stops says whether the file does not arrive.
func (a Action) Stops() bool { return a == Block }

// Actions are those of a profile, by outcome. That of Clean is not used.
type Actions [Outcomes]Action

// Finding is what an engine says of a file.
type Finding struct {
	Outcome Outcome
	Name    string // of the signature, as ClamAV prints it; or of the limit or error
	Member  string // in which member of the file it was found, "" for the file itself
	Source  string // where the signature stands: file:line
}
