package appliance

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"vxwall/appliance/clamd"
	"vxwall/inspect/av"
	"vxwall/inspect/av/embedded"
	"vxwall/inspect/av/unpack"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/rules"
	"vxwall/rules/clamav"
)

// Files are the ways to judge files, and which flows they judge.
type Files struct {
	Profiles []av.Profile
	byRule   []int32 // profile by index of the ACL rule, -1 for none
	clamds   map[string]*clamd.Client
	engines  map[string]*embedded.Engine
	problems []clamav.Problem // of databases
}

// compileFiles makes the profiles that ACL rules name, nil if none does. Problems are
// errors.
func compileFiles(set *rules.Set, now time.Time) (*Files, []rules.Problem) {
	f := &Files{byRule: make([]int32, len(set.ACL)), clamds: map[string]*clamd.Client{}, engines: map[string]*embedded.Engine{}}
	known := map[int]int32{}
	var problems []rules.Problem
	for i := range set.ACL {
		f.byRule[i] = -1
		n := set.ACL[i].AV - 1
		if n < 0 {
			continue
		}
		at, ok := known[n]
		if !ok {
			at = int32(len(f.Profiles))
			known[n] = at
			profile, err := f.profile(&set.AVs[n], now)
			if err != nil {
				problems = append(problems, rules.Problem{Pos: set.AVs[n].Pos, Message: err.Error()})
			}
			f.Profiles = append(f.Profiles, profile)
		}
		f.byRule[i] = at
	}
	if len(f.Profiles) == 0 {
		return nil, nil
	}
	return f, problems
}

var avActions = map[rules.FileAction]av.Action{
	rules.FileBlock: av.Block, rules.FileAlert: av.Alert, rules.FileAllow: av.Allow,
}

// profile makes one of a policy's.
func (f *Files) profile(a *rules.AV, now time.Time) (av.Profile, error) {
	p := av.Profile{
		Name: a.Name, Monitor: a.Mode == rules.Monitor, Protocols: a.Protocols, MaxSize: int(a.MaxSize), MaxHold: a.MaxHold,
		Skip: [2]bool{flow.ToResponder: !a.Upload, flow.ToInitiator: !a.Download},
		Actions: av.Actions{
			av.Infected: avActions[a.Infected], av.Suspicious: avActions[a.Suspicious], av.Encrypted: avActions[a.Encrypted],
			av.OverLimit: avActions[a.OverLimit], av.Part: avActions[a.Part], av.Error: avActions[a.Error],
		},
	}
	p.Except = exceptions(a.Exceptions, now)
	var err error
	p.Engine, err = f.engine(a)
	return p, err
}

// engine returns who judges the files of a profile.
func (f *Files) engine(a *rules.AV) (av.Engine, error) {
	if a.Engine == rules.EngineClamd {
		return f.clamd(a)
	}
	own, err := f.embedded(a)
	if err != nil || a.Engine == rules.EngineEmbedded {
		return own, err
	}
	other, err := f.clamd(a)
	return av.Both{First: own, Second: other}, err
}

// embedded compiles the databases of a profile. Profiles with the same share them.
func (f *Files) embedded(a *rules.AV) (av.Engine, error) {
	key := strings.Join(a.Databases, "\n")
	if e := f.engines[key]; e != nil {
		return e, nil
	}
	set, problems, err := clamav.Read(a.Databases...)
	if err != nil {
		return nil, err
	}
	e, wrong := embedded.New(set, fileLimits(a))
	if e.Signatures() == 0 {
		return nil, fmt.Errorf("databases have no signature that can be used: expected ClamAV's, such as those in /var/lib/clamav")
	}
	f.engines[key] = e
	f.problems = append(f.problems, append(problems, wrong...)...)
	return e, nil
}

// fileLimits are those of what a file may contain.
func fileLimits(a *rules.AV) unpack.Limits {
	l := unpack.Default
	l.Size = max(l.Size, a.MaxSize)
	l.Time = a.MaxHold
	return l
}

// leftOut are the signatures that cannot be used, as warnings.
func (f *Files) leftOut() []rules.Problem {
	if f == nil {
		return nil
	}
	var list []rules.Problem
	for _, p := range f.problems[:min(len(f.problems), maxLeftOut)] {
		message := "signature is left out: " + p.Reason
		if p.Name != "" {
			message = fmt.Sprintf("signature %s is left out: %s", p.Name, p.Reason)
		}
		list = append(list, rules.Problem{Pos: rules.Pos{File: p.File, Line: p.Line, Column: 1, Width: 1}, Severity: rules.Warning, Message: message})
	}
	if n := len(f.problems) - len(list); n > 0 {
		list = append(list, rules.Problem{Pos: rules.Pos{File: list[0].File}, Severity: rules.Warning,
			Message: fmt.Sprintf("… and %d more signatures are left out", n)})
	}
	return list
}

// clamd returns the client of a profile's clamd. Profiles with the same share it.
func (f *Files) clamd(a *rules.AV) (av.Engine, error) {
	key := fmt.Sprint(a.Clamd, " ", a.MaxHold)
	if c := f.clamds[key]; c != nil {
		return c, nil
	}
	c, err := clamd.New(clamd.Config{Address: a.Clamd, Deadline: a.MaxHold})
	if err != nil {
		return nil, fmt.Errorf("use clamd: %w", err)
	}
	f.clamds[key] = c
	return c, nil
}

// exceptions returns what lets files pass by name, nil for nothing.
func exceptions(list []rules.FileException, now time.Time) func(*av.Finding, []byte) bool {
	list = slices.DeleteFunc(slices.Clone(list), func(e rules.FileException) bool {
		return !e.Expires.IsZero() && !e.Expires.After(now)
	})
	if len(list) == 0 {
		return nil
	}
	return func(f *av.Finding, name []byte) bool {
		return slices.ContainsFunc(list, func(e rules.FileException) bool {
			if e.Signature != "" && e.Signature != f.Name {
				return false
			}
			matched, err := path.Match(e.File, path.Base(string(name)))
			return e.File == "" || err == nil && matched
		})
	}
}

// close ends what the profiles hold open, once nothing is judged by them any more.
func (f *Files) close() {
	if f == nil {
		return
	}
	for _, c := range f.clamds {
		c.Close()
	}
}

// choose returns the profile of a flow, as av.Stage asks for it.
func (f *Files) choose(r *flow.Record) int {
	if rule := r.Judgement.Rule; rule >= 0 && int(rule) < len(f.byRule) {
		return int(f.byRule[rule])
	}
	return -1
}

// stage returns the stage that judges files.
func (f *Files) stage(p *Policies) *av.Stage {
	return &av.Stage{
		Profiles: f.Profiles, Choose: f.choose, App: p.Content, Limits: av.DefaultLimits, Judges: p.Judges, Stats: &p.FileStats,
		Sink: fileSinkOf,
	}
}

// fileSinkOf is the event log of a worker, for the files that it judges.
func fileSinkOf(s *pipeline.Scope) av.Sink {
	if log := logOf(s.Observer()); log != nil {
		return log
	}
	return nil
}
