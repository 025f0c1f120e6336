package pipeline

// Verdict is what a stage, and in the end the pipeline, says of a packet. The
// zero value drops: a packet nobody ruled on does not pass.
type Verdict uint8

// The verdicts. Continue after the last stage forwards.
const (
	Drop     Verdict = iota
	Continue         // no objection: ask the next stage
	Accept           // forward now, skip the other stages
	Detour           // taken off the fast path: whoever took it settles it later
)

var verdictNames = [...]string{"drop", "continue", "accept", "detour"}

// String is the verdict's name in explanations and tests.
func (v Verdict) String() string { return verdictNames[v] }
