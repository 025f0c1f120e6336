package ips

// Detector is one worker's use of an engine: scratch space. It belongs to the
// worker's goroutine.
type Detector struct {
	engine *Engine
	state  *State
	tracer Tracer
}

// NewDetector returns a detector that keeps what lasts in s.
func NewDetector(e *Engine, s *State) *Detector { return &Detector{engine: e, state: s} }

// Inspect judges a packet and what it brought. It keeps nothing of in, and does
// not allocate.
func (d *Detector) Inspect(in *Input, out *Result) { out.reset() }

// Trace has t told of each candidate from now on; nil ends that.
func (d *Detector) Trace(t Tracer) { d.tracer = t }
