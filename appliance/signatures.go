package appliance

import (
	"fmt"
	"os"

	"vxwall/appliance/eve"
	"vxwall/inspect/app"
	"vxwall/inspect/app/protocols"
	"vxwall/inspect/ips"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/stream"
	"vxwall/rules/suricata"
)

// Signatures are compiled sets of signatures and which flows they judge.
type Signatures struct {
	Profiles []ips.Profile
	Problems []suricata.Problem // of rules that cannot be used
	byRule   []int32            // profile by index of the ACL rule, -1 for none; nil: all flows have the first
}

// choose returns the profile of a flow, as ips.Stage asks for it.
func (s *Signatures) choose(r *flow.Record) int {
	if s.byRule == nil {
		return 0
	}
	if rule := r.Judgement.Rule; rule >= 0 && int(rule) < len(s.byRule) {
		return int(s.byRule[rule])
	}
	return -1
}

// stage returns the stage that judges by the signatures.
func (s *Signatures) stage(content *app.Config) *ips.Stage {
	return &ips.Stage{Profiles: s.Profiles, Choose: s.choose, App: content, Sink: sinkOf}
}

// contentConfig is how the content of flows is followed. The workers share it.
func contentConfig(streams stream.PoolConfig) *app.Config {
	return &app.Config{Protocols: protocols.All(), Streams: streams, Log: contentLogOf}
}

// sinkOf is the event log of a worker, for its alerts.
func sinkOf(s *pipeline.Scope) ips.Sink {
	if log := logOf(s.Observer()); log != nil {
		return log
	}
	return nil
}

// contentLogOf is the event log of a worker, for what its flows carry.
func contentLogOf(s *pipeline.Scope) app.Log {
	if log := logOf(s.Observer()); log != nil {
		return log
	}
	return nil
}

// logOf finds the event log behind observers that pass everything on.
func logOf(o pipeline.Observer) *eve.Log {
	for {
		switch of := o.(type) {
		case *eve.Log:
			return of
		case *tally:
			o = of.Observer
		case *recentDrops:
			o = of.Observer
		default:
			return nil
		}
	}
}

// readSignatures reads rule files. What of them cannot be used is a problem; an error
// is only what cannot be read.
func readSignatures(env *suricata.Env, paths ...string) (list []suricata.Signature, problems []suricata.Problem, err error) {
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, fmt.Errorf("read signatures: %w", err)
		}
		found, wrong := suricata.Parse(path, text, env)
		list, problems = append(list, found...), append(problems, wrong...)
	}
	list, wrong := suricata.Newest(list)
	return list, append(problems, wrong...), nil
}
