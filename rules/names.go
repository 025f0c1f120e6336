package rules

import (
	"cmp"
	"slices"
)

var (
	actionNames  = [...]string{Deny: "deny", Reject: "reject", Allow: "allow"}
	modeNames    = [...]string{Enforce: "enforce", Monitor: "monitor"}
	controlNames = [...]string{ControlDeny: "deny", ControlAllow: "allow", ControlPolicy: "policy"}
)

// String is the action's name in rules and events.
func (a Action) String() string { return actionNames[a] }

// String is the mode's name in rules and commands.
func (m Mode) String() string { return modeNames[m] }

// String is the action's name in [control].
func (c ControlAction) String() string { return controlNames[c] }

// SortProblems puts problems in the order of files, lines and columns; what
// concerns a whole file comes after its lines, and what is of other files (those
// that profiles name) after these.
func SortProblems(problems []Problem, files []string) {
	order := make(map[string]int, len(files))
	for i, name := range files {
		order[name] = i
	}
	place := func(p Problem) int {
		if i, ok := order[p.File]; ok {
			return i
		}
		return len(files)
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.File, b.File),
			cmp.Compare(lineOrder(a), lineOrder(b)), cmp.Compare(a.Column, b.Column))
	})
}
