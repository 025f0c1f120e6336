package ips

import (
	"net/netip"

	"vxwall/rules/suricata"
)

// Options are what signatures refer to, and how they are used.
type Options struct {
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
	Reputation func(addr netip.Addr, category string) (uint8, bool)
	// StreamEvents and DecodeEvents name the events of Input, by number.
	StreamEvents, DecodeEvents []string
	// Apps are the application protocols that are parsed.
	Apps []string
}

// Engine is compiled signatures: immutable, shared by all workers.
type Engine struct {
	sigs []suricata.Signature
}

// Compile makes an engine of the signatures that can be used. The others are
// problems, with the keyword that stands in the way. It keeps sigs.
func Compile(sigs []suricata.Signature, o Options) (*Engine, []suricata.Problem) {
	return &Engine{sigs: sigs}, nil
}

// Signatures are those given to Compile; Alert.Sig is an index.
func (e *Engine) Signatures() []suricata.Signature { return e.sigs }
