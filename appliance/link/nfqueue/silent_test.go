package nfqueue

import (
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// silent is an observer that nothing is reported to.
type silent struct{}

func (silent) Dropped(*pipeline.Packet)                  {}
func (silent) FlowStart(*pipeline.Packet)                {}
func (silent) Found(*pipeline.Packet, *pipeline.Finding) {}
func (silent) FlowEnd(*flow.Record, flow.End)            {}
