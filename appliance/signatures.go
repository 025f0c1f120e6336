package appliance

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"vxwall/appliance/eve"
	"vxwall/inspect/app"
	"vxwall/inspect/app/protocols"
	"vxwall/inspect/ips"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/stream"
	"vxwall/rules"
	"vxwall/rules/suricata"
)

// Signatures are compiled sets of signatures and which flows they judge.
type Signatures struct {
	Profiles []ips.Profile
	Problems []suricata.Problem // of rules that cannot be used
	byRule   []int32            // profile by index of the ACL rule, -1 for none; nil: all flows have the first
}

// compileSignatures compiles the profiles that ACL rules name, nil if none does. Rules
// that name the same profiles share one compiled set.
func compileSignatures(set *rules.Set) *Signatures {
	s := &Signatures{byRule: make([]int32, len(set.ACL))}
	known := map[string]int32{}
	for i := range set.ACL {
		s.byRule[i] = -1
		if len(set.ACL[i].Profiles) == 0 {
			continue
		}
		key := profileNames(set, set.ACL[i].Profiles)
		at, ok := known[key]
		if !ok {
			at = int32(len(s.Profiles))
			known[key] = at
			s.add(set, key, set.ACL[i].Profiles)
		}
		s.byRule[i] = at
	}
	if len(s.Profiles) == 0 {
		return nil
	}
	return s
}

func profileNames(set *rules.Set, profiles []int) string {
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = set.Profiles[p].Name
	}
	return strings.Join(names, " ")
}

// add compiles some profiles of a set together. What a monitoring one would drop is only
// reported when an enforcing one stands beside it.
func (s *Signatures) add(set *rules.Set, name string, profiles []int) {
	first := &set.Profiles[profiles[0]]
	one := ips.Profile{Name: name, Monitor: first.Mode == rules.Monitor}
	for _, p := range profiles {
		one.Monitor = one.Monitor && set.Profiles[p].Mode == rules.Monitor
	}
	var list []suricata.Signature
	options := signatureOptions(set, first)
	for _, p := range profiles {
		profile := &set.Profiles[p]
		options.Thresholds = append(options.Thresholds, profile.Thresholds...)
		for _, sig := range profile.Signatures {
			if profile.Mode == rules.Monitor && !one.Monitor && sig.Action != suricata.Pass {
				sig.Action = suricata.Alert
			}
			list = append(list, sig)
		}
	}
	if len(profiles) > 1 {
		list, _ = suricata.Newest(list) // the same rule in two profiles is no problem
	}
	options.DetectOnly = one.Monitor
	var problems []suricata.Problem
	one.Engine, problems = ips.Compile(list, options)
	s.Profiles, s.Problems = append(s.Profiles, one), append(s.Problems, problems...)
}

// maxLeftOut bounds the rules that are named as ones that cannot be used.
const maxLeftOut = 1000

// leftOut are the rules that the engine cannot use, each once, as warnings.
func (s *Signatures) leftOut() []rules.Problem {
	if s == nil {
		return nil
	}
	var list []rules.Problem
	seen := map[rules.Pos]bool{}
	for i := range s.Problems {
		p := rules.LeftOut(&s.Problems[i])
		if seen[p.Pos] {
			continue
		}
		seen[p.Pos] = true
		if len(list) < maxLeftOut {
			list = append(list, p)
		}
	}
	if n := len(seen) - len(list); n > 0 {
		list = append(list, rules.Problem{Pos: rules.Pos{File: list[0].File}, Severity: rules.Warning,
			Message: fmt.Sprintf("… and %d more rules are left out", n)})
	}
	return list
}

// signatureOptions are those of an engine for a profile of a policy.
func signatureOptions(set *rules.Set, p *rules.Profile) ips.Options {
	dir := "."
	if len(p.Files) > 0 {
		dir = filepath.Dir(p.Files[0])
	}
	return ips.Options{
		Order: p.Order, Apps: protocols.Names(), StreamEvents: stream.EventNames(), DecodeEvents: ips.DecodeEvents(), Dataset: datasetsIn(dir),
		Segment: func(name string) (int32, bool) {
			i := slices.IndexFunc(set.Segments, func(s rules.Segment) bool { return s.Name == name })
			return int32(i), i >= 0
		},
	}
}

// signature is the one that dropped a packet, nil if none did or the policy that judged it
// is not in force any more.
func (p *Policies) signature(j *flow.Judgement, d *recentDrop) *suricata.Signature {
	if d.reason != pipeline.Signature && d.reason != pipeline.SignatureRejected {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.judging == nil || j.Revision != p.latest || d.rule < 0 {
		return nil
	}
	profile := p.judging.choose(&flow.Record{Judgement: *j})
	if profile < 0 {
		return nil
	}
	if list := p.judging.Profiles[profile].Engine.Signatures(); int(d.rule) < len(list) {
		return &list[d.rule]
	}
	return nil
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
func contentConfig(streams stream.PoolConfig, ignoreChecksums bool) *app.Config {
	return &app.Config{Protocols: protocols.All(), Streams: streams, IgnoreChecksums: ignoreChecksums, Log: contentLogOf}
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
