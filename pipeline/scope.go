package pipeline

import "vxwall/pipeline/flow"

// Scope is what a worker's inspectors share, and what they keep when a reload
// replaces them: streams that are being put together, application protocols, bits
// that signatures set. It belongs to the worker's goroutine.
type Scope struct {
	worker  *Worker
	parts   map[any]any
	ends    []func(*flow.Record, flow.End)
	judged  []func(*Packet)
	refused []func(*Packet)
	steps   []func()
}

// Scoped is what a Stage may be besides: one whose inspectors keep state in the
// worker's scope. InspectorIn is then called instead of Inspector.
type Scoped interface {
	InspectorIn(s *Scope) Inspector
}

// Part returns what the worker keeps under a key, made by create the first time.
func (s *Scope) Part(key any, create func() any) any {
	part, ok := s.parts[key]
	if !ok {
		part = create()
		s.parts[key] = part
	}
	return part
}

// OnFlowEnd asks for f to be told of each flow that ends, before the observer is.
// It must neither block nor keep the record.
func (s *Scope) OnFlowEnd(f func(*flow.Record, flow.End)) { s.ends = append(s.ends, f) }

// OnJudged asks for f to be called after the stages were asked about a packet,
// once its verdict is known. It must neither block nor keep the packet.
func (s *Scope) OnJudged(f func(*Packet)) { s.judged = append(s.judged, f) }

// OnRefused asks for f to be told of each packet that the pipeline refuses before the
// stages are asked, so that they never see it. It must neither block nor keep the packet.
func (s *Scope) OnRefused(f func(*Packet)) { s.refused = append(s.refused, f) }

// refusedEarly tells those who asked about a packet that no stage saw.
func (w *Worker) refusedEarly(p *Packet) {
	if p.reason == OK || p.stage >= StageEncap || p == &w.piece { // a piece: its datagram was told of
		return
	}
	for _, f := range w.scope.refused {
		f(p)
	}
}

// Number is the number of a live flow in the worker's table: it is that of no other
// live flow, from 1 to Capacity.
func (s *Scope) Number(r *flow.Record) uint32 { return s.worker.table.Number(r) }

// Capacity is the largest number that a flow can have.
func (s *Scope) Capacity() int { return s.worker.table.Capacity() }

// Now is the newest time that the worker knows of, in nanoseconds since 1970.
func (s *Scope) Now() int64 { return s.worker.now }

// Passive says whether packets are copies, of which nothing leaves.
func (s *Scope) Passive() bool { return s.worker.cfg.Passive }

// Monitors says whether what is denied passes nevertheless, now: a reload may change it.
func (s *Scope) Monitors() bool { return s.worker.monitors() }

// Observer is what the worker reports to.
func (s *Scope) Observer() Observer { return s.worker.observer }

// Now is the newest time that a packet brought, in nanoseconds since 1970. It
// is the worker's goroutine's to ask.
func (w *Worker) Now() int64 { return w.now }

// newScope makes the scope of a worker.
func newScope(w *Worker) *Scope { return &Scope{worker: w, parts: map[any]any{}} }

// flowEnd tells all who asked that a flow ends.
func (w *Worker) flowEnd(r *flow.Record, end flow.End) {
	for _, f := range w.scope.ends {
		f(r, end)
	}
	w.observer.FlowEnd(r, end)
}

// inspectorOf returns a stage's part for this worker.
func (w *Worker) inspectorOf(s Stage) Inspector {
	if scoped, ok := s.(Scoped); ok {
		return scoped.InspectorIn(w.scope)
	}
	return s.Inspector()
}
