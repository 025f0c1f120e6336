package ips

import "vxwall/inspect/ips/chain"

// Step is what came of a candidate, for a Tracer.
type Step uint8

// The steps.
const (
	Failed  Step = iota // the condition does not hold
	Waits               // what it looks into is not there yet
	Matched             // all conditions hold
	Silent              // all hold, but a filter says that it does not count yet
)

var stepNames = [...]string{"failed", "waits", "matched", "filtered"}

// String is the step's name in explanations.
func (s Step) String() string { return stepNames[s] }

// Tracer is told of the signatures that were candidates for a packet.
type Tracer interface {
	// Candidate is told of a signature and what came of it. Condition is the index in
	// Signature.Matches of the one that failed or waits, -1 for the rule's header: part names
	// what of it then ("source port").
	Candidate(sig int32, step Step, condition int, part string)
}

func (d *Detector) trace(r *rule, step Step, condition int, part string) {
	if d.tracer != nil {
		d.tracer.Candidate(r.sig, step, condition, part)
	}
}

// traceOutcome tells what came of one condition that did not match.
func (d *Detector) traceOutcome(r *rule, o chain.Outcome, condition int) {
	step := Failed
	if o == chain.Waits {
		step = Waits
	}
	d.trace(r, step, condition, "")
}

// traceChain tells at which condition the last chain ended; first is its first one.
func (d *Detector) traceChain(r *rule, o chain.Outcome, first int) {
	if d.tracer == nil {
		return
	}
	if d.exam.Link >= 0 {
		first = d.exam.Link
	}
	d.traceOutcome(r, o, first)
}
