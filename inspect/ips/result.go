package ips

import (
	"vxwall/rules/suricata"
)

// NoTx is the transaction of an alert that has none.
const NoTx = ^uint64(0)

// MaxAlerts is how many alerts one packet may raise; more are counted as lost.
// Verdicts are not lost.
const MaxAlerts = 32

// Alert is a signature that matched.
type Alert struct {
	Sig     int32           // index in Engine.Signatures
	Action  suricata.Action // the rule's, or what rate_filter made of it
	Tx      uint64          // ID of the transaction, NoTx for none
	Dropped bool            // the packet is dropped, by this signature or by another one
	Stream  bool            // found in the stream, not in the packet
	App     bool            // found in a transaction
}

// Result is what comes of one packet. It is filled by Detector.Inspect and may
// be used again; nothing in it is borrowed.
type Result struct {
	// Drop says that the packet is dropped, because of the signature By (-1 for none).
	// DropFlow: all that follows of the flow, too. Settled: the flow was dropped before.
	Drop, DropFlow, Settled bool
	Reject                  suricata.Action // Reject, RejectDst, RejectBoth if the ends are to be told; else Alert
	By                      int32
	Rated                   bool // the action is what rate_filter made of it
	// Pass says that a pass rule let the packet through; PassFlow the rest of its flow, too.
	Pass, PassFlow bool
	// Pending says that signatures wait for more of the flow, or for its application to be found: its
	// verdict is not final.
	Pending bool
	// Tagged says that the packet is to be recorded because of a tag, by TaggedBy.
	Tagged   bool
	TaggedBy int32

	alerts [MaxAlerts]Alert
	count  int
	Lost   int // alerts beyond MaxAlerts
}

// Alerts are the signatures that speak, in the order of action and priority.
// Borrowed from the Result.
func (r *Result) Alerts() []Alert { return r.alerts[:r.count] }

// reset empties the result.
func (r *Result) reset() {
	r.Drop, r.DropFlow, r.Settled, r.Pass, r.PassFlow, r.Pending, r.Tagged = false, false, false, false, false, false, false
	r.Rated = false
	r.Reject, r.By, r.TaggedBy, r.count, r.Lost = suricata.Alert, -1, -1, 0, 0
}
