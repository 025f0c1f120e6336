package pipelinetest

import "vxwall/pipeline"

// Func is a stage that does what a function says. The function is shared by
// all inspectors.
type Func struct {
	Title  string
	Decide func(p *pipeline.Packet) pipeline.Verdict
}

// Name implements pipeline.Stage.
func (f Func) Name() string { return f.Title }

// Inspector implements pipeline.Stage.
func (f Func) Inspector() pipeline.Inspector { return f }

// Inspect implements pipeline.Inspector.
func (f Func) Inspect(p *pipeline.Packet) pipeline.Verdict { return f.Decide(p) }

// AllowAll has no objection to anything.
func AllowAll() pipeline.Stage {
	return Func{"allow", func(p *pipeline.Packet) pipeline.Verdict { return p.Allow(-1) }}
}

// DropAll denies every flow, and every packet without one.
func DropAll() pipeline.Stage {
	return Func{"deny", func(p *pipeline.Packet) pipeline.Verdict { return p.DenyFlow(pipeline.SegmentDenied, 0, false) }}
}

// RejectAll rejects every flow.
func RejectAll() pipeline.Stage {
	return Func{"reject", func(p *pipeline.Packet) pipeline.Verdict { return p.DenyFlow(pipeline.SegmentRejected, 0, true) }}
}

// DenyIf denies the flows of which a function says so.
func DenyIf(denied func(p *pipeline.Packet) bool) pipeline.Stage {
	return Func{"deny-if", func(p *pipeline.Packet) pipeline.Verdict {
		if denied(p) {
			return p.DenyFlow(pipeline.SegmentDenied, 1, false)
		}
		return p.Allow(0)
	}}
}

// Seen is a stage that shows each packet to a function, then lets it pass.
func Seen(look func(p *pipeline.Packet)) pipeline.Stage {
	return Func{"seen", func(p *pipeline.Packet) pipeline.Verdict {
		look(p)
		return pipeline.Continue
	}}
}
