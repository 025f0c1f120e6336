package appliance

import "vxwall/pipeline/stream"

// StreamConfig is the [streams] table: how TCP streams are put together for the
// signatures of a profile.
type StreamConfig struct {
	Memory     int    `toml:"memory"`      // bytes, of all workers
	FlowMemory int    `toml:"flow_memory"` // bytes, of one connection
	Depth      int    `toml:"depth"`       // bytes of a direction, 0 for all
	OnLimit    string `toml:"on_limit"`
	OnInvalid  string `toml:"on_invalid"`
	Urgent     string `toml:"urgent"`
	Checksums  string `toml:"checksums"`
}

func defaultStreams() StreamConfig {
	return StreamConfig{Memory: 256 << 20, FlowMemory: 4 << 20, OnLimit: "drop", OnInvalid: "drop", Urgent: "inline", Checksums: "verify"}
}

// The words of the table.
var (
	streamActions = map[string]stream.Action{"drop": stream.ActDrop, "pass": stream.ActPass, "reject": stream.ActReject}
	urgentActions = map[string]stream.Urgent{"inline": stream.UrgentInline, "drop": stream.UrgentDrop, "oob": stream.UrgentOOB, "gap": stream.UrgentGap}
)

// streams is how each of several workers puts streams together. Which connections
// may be joined in the middle is decided by the flow table.
func (c *Config) streams(workers int) stream.PoolConfig {
	s := &c.Streams
	p := stream.PoolConfig{
		Depth: uint64(s.Depth), Memory: max(s.Memory/max(1, workers), minStreamMemory), PerFlow: s.FlowMemory,
		Inline: !c.taps(), Midstream: true, Urgent: urgentActions[s.Urgent], Slab: hugeSlab,
	}
	limit, invalid := streamActions[s.OnLimit], streamActions[s.OnInvalid]
	p.Policy[stream.CauseFlow], p.Policy[stream.CauseMemory] = limit, limit
	p.Policy[stream.CauseInvalid], p.Policy[stream.CauseUrgent] = invalid, invalid
	return p
}

// minStreamMemory is the least that a worker's streams need.
const minStreamMemory = 1 << 20
