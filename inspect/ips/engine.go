package ips

import (
	"net/netip"
	"sync/atomic"

	"vxwall/rules/suricata"
)

// Options are what signatures refer to, and how they are used.
type Options struct {
	// DetectOnly says that nothing is dropped: flows are judged on after a verdict.
	DetectOnly bool
	// Order of actions, first wins; nil: pass, drop, reject, alert.
	Order []suricata.Action
	// Thresholds are those of a threshold file, suppress and rate_filter among them.
	Thresholds []suricata.Threshold
	// Segment returns the number of a segment as flow.Judgement has it; nil: there are none.
	Segment func(name string) (int32, bool)
	// Dataset loads the values of a dataset, one per entry, decoded from the file's
	// form; nil: there are none.
	Dataset func(d *suricata.Dataset) ([]string, error)
	// Reputation returns the score of an address in a category, and whether it has one; nil: none has.
	// It is called for packets, and must not allocate.
	Reputation func(addr netip.Addr, category string) (uint8, bool)
	// StreamEvents and DecodeEvents name the events of Input, by number.
	StreamEvents, DecodeEvents []string
	// GuessTx: an alert about a packet or stream names the transaction that the packet changed, if it
	// changed only one.
	GuessTx bool
	// Apps are the application protocols that are parsed; nil: all that rules name.
	Apps []string
}

// Engine is compiled signatures: immutable, shared by all workers.
type Engine struct {
	options   *Options
	revision  uint32
	sigs      []suricata.Signature
	rules     []rule  // in the order in which they are judged
	decodes   []int32 // those that ask for nothing but a decode event
	sets      []addrSet
	keys      []bufferKey
	addresses addressIndex
	zones     zones
	classes   [classes][2][]*portGroups // by direction and pair of zones
	apps      map[string]*appGroups
	patterns  int  // of the largest group
	tags      bool // some rule has a tag
	content   bool // some rule asks for an application
}

// revisions gives each engine of the process a number of its own: rules that wait in a
// State are known by their places in one engine.
var revisions atomic.Uint32

// Signatures are those given to Compile; Alert.Sig is an index.
func (e *Engine) Signatures() []suricata.Signature { return e.sigs }

// Rules is the number of signatures that are in use.
func (e *Engine) Rules() int { return len(e.rules) }

// Kinds counts the signatures in use by what they are judged with: ip_only, pkt, stream, pd_only, app_layer, app_tx.
func (e *Engine) Kinds() map[string]int {
	counts := map[string]int{}
	for i := range e.rules {
		counts[kindNames[e.rules[i].kind]]++
	}
	return counts
}
