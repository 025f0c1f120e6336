package app

import (
	"vxwall/pipeline"
	"vxwall/pipeline/stream"
)

// refusals are the reasons for which a segment has no place in its stream.
var refusals = map[stream.Cause]pipeline.Reason{
	stream.CauseInvalid:   pipeline.StreamInvalid,
	stream.CauseUrgent:    pipeline.StreamInvalid,
	stream.CauseMidstream: pipeline.StreamInvalid,
	stream.CauseFlow:      pipeline.StreamLimit,
	stream.CauseMemory:    pipeline.StreamLimit,
	stream.CauseConflict:  pipeline.StreamRewrite,
}

// Refuse drops a segment that cannot be put into its stream.
func Refuse(p *pipeline.Packet, r *stream.Result) pipeline.Verdict {
	if r.Verdict == stream.Reject {
		return p.Reject(refusals[r.Cause], -1)
	}
	return p.Deny(refusals[r.Cause], -1)
}
