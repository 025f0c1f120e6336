package pipelinetest

import (
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// Drop is what an Observer was told of a packet that was dropped, or passed
// for a reason.
type Drop struct {
	Handle     uint64
	Stage      int
	Reason     pipeline.Reason
	Rule       int32
	Forwarded  bool // passed nevertheless: monitor mode, or uninspected
	Monitored  bool
	Encap      bool
	HasFlow    bool
	VNI        uint32
	FrameBytes int
}

// FlowEvent is the start or the end of a flow.
type FlowEvent struct {
	Record flow.Record // as it was then
	Handle uint64      // of the first packet; 0 at the end
	End    flow.End
}

// Recorder is a pipeline.Observer that remembers what it is told.
type Recorder struct {
	Drops  []Drop
	Starts []FlowEvent
	Ends   []FlowEvent
	Founds []FoundEvent
}

// FoundEvent is a finding of the guard.
type FoundEvent struct {
	pipeline.Finding
	Handle uint64
}

// Dropped implements pipeline.Observer.
func (r *Recorder) Dropped(p *pipeline.Packet) {
	r.Drops = append(r.Drops, Drop{
		Handle: p.Handle(), Stage: p.Stage(), Reason: p.Reason(), Rule: p.Rule(), Forwarded: p.Forwarded(),
		Monitored: p.Monitored(), Encap: p.Encapsulated(), HasFlow: p.State() != nil, VNI: p.VNI(), FrameBytes: len(p.Bytes()),
	})
}

// FlowStart implements pipeline.Observer.
func (r *Recorder) FlowStart(p *pipeline.Packet) {
	r.Starts = append(r.Starts, FlowEvent{Record: *p.State(), Handle: p.Handle()})
}

// FlowEnd implements pipeline.Observer.
func (r *Recorder) FlowEnd(record *flow.Record, end flow.End) {
	r.Ends = append(r.Ends, FlowEvent{Record: *record, End: end})
}

// Found implements pipeline.Observer.
func (r *Recorder) Found(p *pipeline.Packet, f *pipeline.Finding) {
	r.Founds = append(r.Founds, FoundEvent{*f, p.Handle()})
}

// Silent is a pipeline.Observer that does nothing.
type Silent struct{}

// Dropped implements pipeline.Observer.
func (Silent) Dropped(*pipeline.Packet) {}

// FlowStart implements pipeline.Observer.
func (Silent) FlowStart(*pipeline.Packet) {}

// FlowEnd implements pipeline.Observer.
func (Silent) FlowEnd(*flow.Record, flow.End) {}

// Found implements pipeline.Observer.
func (Silent) Found(*pipeline.Packet, *pipeline.Finding) {}
