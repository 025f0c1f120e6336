package unpack

// Outcome is how a walk ended, the gravest of what it met.
type Outcome uint8

// The outcomes, in order of gravity.
const (
	Clean     Outcome = iota // every member was shown whole
	Broken                   // some part is not what its format says, or is of a method not known
	Encrypted                // some member cannot be read without a password
	OverLimit                // some part was not looked at, for it is beyond a limit
	Stopped                  // the visitor had enough
	outcomes
)

var outcomeNames = [outcomes]string{"clean", "broken", "encrypted", "over-limit", "stopped"}

func (o Outcome) String() string { return outcomeNames[o] }

// Result is what a walk came to. The counts go on where Outcome names the
// gravest only: a policy may refuse what is encrypted though a limit was met too.
type Result struct {
	Outcome Outcome
	Limit   Limit // the first one met, if any
	Where   Kind  // the format in which the first of the gravest outcome was met
	Cause   error // of it; the visitor's own when Stopped

	Members   int
	Size      int64 // bytes shown
	Encrypted int   // members
	Broken    int   // members and containers
}

// note counts what was met and keeps the first of the gravest.
func (r *Result) note(o Outcome, where Kind, cause error) {
	switch o {
	case Broken:
		r.Broken++
	case Encrypted:
		r.Encrypted++
	}
	if o > r.Outcome {
		r.Outcome, r.Where, r.Cause = o, where, cause
	}
}
