package ips

// Verdict on one condition of a signature, for a Tracer.
type Step uint8

// The steps.
const (
	Failed  Step = iota // the condition does not hold
	Waits               // what it looks into is not there yet
	Matched             // all conditions hold
	Silent              // all hold, but a threshold or suppress keeps it silent
)

// Tracer is told of the signatures that were candidates for a packet.
type Tracer interface {
	// Candidate is told of a signature and what came of it. Condition is the index in
	// Signature.Matches of the one that failed or waits, -1 for the rule's header; Header names what of it then.
	Candidate(sig int32, step Step, condition int, header string)
}
