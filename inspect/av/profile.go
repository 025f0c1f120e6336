package av

import (
	"time"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// Profile is how the files of some flows are judged. ACL rules name it under inspect.
type Profile struct {
	Name    string
	Engine  Engine
	Monitor bool // report, stop nothing
	Actions Actions

	Protocols []string // of the application; nil for all
	// Skip says per direction of the flow that files are not looked at.
	Skip [2]bool
	// MaxSize is the longest file that is looked at as a whole, in bytes; longer ones are
	// scanned as they pass, and over the limit if they contain others.
	MaxSize int
	// MaxHold is how long the end of a file waits for its verdict.
	MaxHold time.Duration
	// Except says whether a file is let pass whatever is found, by the name of the signature
	// and the file's name; nil for none.
	Except func(finding *Finding, name []byte) bool
}

// wants says whether the profile looks at files of a session in a direction.
func (p *Profile) wants(s *app.Session, dir flow.Direction) bool {
	if p.Skip[dir] {
		return false
	}
	if p.Protocols == nil {
		return true
	}
	name := s.Name()
	for _, protocol := range p.Protocols {
		if protocol == name {
			return true
		}
	}
	return false
}

// act is what is done about a finding.
func (p *Profile) act(f *Finding, name []byte) Action {
	if f.Outcome == Clean || p.Except != nil && p.Except(f, name) {
		return Allow
	}
	return p.Actions[f.Outcome]
}
