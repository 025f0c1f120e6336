package admin

import "time"

// Drops is what was dropped: in total, and the most recent ones.
type Drops struct {
	Totals  []Count `json:"totals"`  // of all workers since the start; of the kernel since the XDP program is there
	Recent  []Drop  `json:"recent"`  // oldest first
	Skipped uint64  `json:"skipped"` // drops of the workers that were not noted: too many at once
	Missed  uint64  `json:"missed"`  // drops behind the cursor that were noted, but are not kept any more, or too many
	Cursor  string  `json:"cursor"`  // for since: only newer ones
}

// Drop is a packet that was dropped.
type Drop struct {
	Time        time.Time `json:"time"`
	Worker      int       `json:"worker"`
	Key                   // as the packet shows it; zero as far as it was not read
	VTEPSrc     string    `json:"vtep_src,omitempty"`
	VTEPDst     string    `json:"vtep_dst,omitempty"`
	Group       uint16    `json:"group,omitempty"`
	Length      int       `json:"length"` // of the frame, bytes
	Stage       string    `json:"stage"`
	Reason      string    `json:"reason"`
	Meaning     string    `json:"meaning"`
	Rule        string    `json:"rule,omitempty"`
	Signature   uint32    `json:"signature_id,omitempty"` // that dropped it, or its flow before
	Says        string    `json:"signature,omitempty"`    // its message
	FromSegment string    `json:"from_segment,omitempty"`
	ToSegment   string    `json:"to_segment,omitempty"`
	Revision    string    `json:"policy_revision,omitempty"`
	Monitored   bool      `json:"monitored,omitempty"` // it passed: the policy only monitors
}

// Limits of the drops that are asked for.
const (
	DefaultDrops = 200
	MaxDrops     = 10_000
)
