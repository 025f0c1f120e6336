package appliance

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"vxwall/appliance/admin"
	"vxwall/inspect/segment"
	"vxwall/rules"
)

// whyExpiry is the reason of a reload because a rule's time was over.
const whyExpiry = "expiry"

// request has a reload done soon, in a goroutine of its own. One of its kind that
// was not begun yet will do for this one, too.
func request(reloads chan<- string, why string) {
	select {
	case reloads <- why:
	default:
	}
}

func (r *running) reloadOnRequest() {
	for {
		select {
		case why := <-r.reloads:
			r.reload(why)
		case <-r.expiries:
			r.expire()
		case <-r.quit:
			return
		}
	}
}

// expire ends rules whose time is over, unless another reload did it meanwhile.
func (r *running) expire() {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	if r.expired(time.Now()) {
		r.reloadLocked(whyExpiry)
	}
}

// expired says whether the time of a rule in force is over.
func (r *running) expired(now time.Time) bool {
	next := r.inForce.Load().checked.Policy.NextChange()
	return !next.IsZero() && !now.Before(next)
}

// reload puts another policy in force. Everything is built aside; a problem
// changes nothing. The workers take the policy with their next batch, and each
// flow is judged again with its next packet; no packet or flow is lost.
func (r *running) reload(why string) *admin.Reload {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	return r.reloadLocked(why)
}

func (r *running) reloadLocked(why string) *admin.Reload {
	r.notify.reloading()
	defer r.notify.ready()
	result := &admin.Reload{Time: time.Now().UTC(), Why: why, Old: r.inForce.Load().name, Problems: []admin.Problem{}}
	checked, err := r.nextPolicy(why)
	switch {
	case err != nil:
		result.Error = err.Error()
	case checked.Failed():
		result.Problems = problemsOf(checked.Problems)
	default:
		result.Problems = problemsOf(checked.Problems)
		r.use(checked)
		result.Good = true
	}
	now := r.inForce.Load()
	result.New, result.Rules, result.Segments = now.name, len(now.checked.Set.ACL), len(now.checked.Set.Segments)
	result.Took = time.Since(result.Time).Seconds()
	r.note(result)
	r.logReload(result, checked)
	return result
}

// note notes the result of a reload. An expiry says nothing of the files: what was
// wrong with them before still is.
func (r *running) note(result *admin.Reload) {
	last := r.result.Load()
	switch {
	case result.Why != whyExpiry:
		if result.Good { // refused rules change nothing
			r.reloadVTEP()
		}
		result.Configuration = r.notInForce()
	case last != nil && !last.Good:
		return
	case last != nil:
		result.Configuration = last.Configuration
	}
	r.result.Store(result)
}

// nextPolicy is the policy of the rule files. Where a rule has expired, the set in
// force is compiled anew instead: whatever state the files are in just now, the
// rule must end.
func (r *running) nextPolicy(why string) (*Checked, error) {
	now := time.Now()
	if why != whyExpiry {
		return Check(now, r.Config.Rules.Paths...)
	}
	before := r.inForce.Load().checked
	return &Checked{Set: before.Set, Policy: segment.Compile(before.Set, now), Signatures: before.Signatures, Files: before.Files}, nil
}

// use puts a policy in force: for the workers first, then for what the kernel
// handles by itself. A tap's only monitors.
func (r *running) use(c *Checked) {
	if r.Config.taps() {
		c = c.withMode(rules.Monitor)
	}
	stage := r.policies.Use(c, nil)
	number := r.policies.Latest()
	_, name := r.policies.Policy(number)
	r.inForce.Store(&inForce{checked: c, stage: stage, since: time.Now().UTC(), name: name, number: number})
	if r.link != nil {
		r.link.SetRevision(number)
	}
}

func (r *running) logReload(result *admin.Reload, c *Checked) {
	took := slog.Duration("took", time.Duration(result.Took*float64(time.Second)).Round(time.Millisecond))
	switch {
	case result.Error != "":
		r.Log.Error("reload refused, nothing is changed", "why", result.Why, "policy", result.New, "error", result.Error)
	case !result.Good:
		r.logProblems(c.Problems)
		r.Log.Error("reload refused, nothing is changed", "why", result.Why, "policy", result.New, "problems", len(result.Problems))
	default:
		r.logProblems(c.Problems)
		r.Log.Info("reloaded", "why", result.Why, "policy", result.New, "before", result.Old, "rules", result.Rules, took)
	}
}

// maxLogged is how many problems are logged one by one.
const maxLogged = 20

func (r *running) logProblems(problems []rules.Problem) {
	for i, p := range problems {
		if i == maxLogged {
			r.Log.Error(fmt.Sprintf("… and %d more problems, see `vxwall check`", len(problems)-i))
			return
		}
		level := slog.LevelError
		if p.Severity == rules.Warning {
			level = slog.LevelWarn
		}
		r.Log.Log(context.Background(), level, p.Error())
	}
}

// problemsOf is problems as the admin API tells them.
func problemsOf(problems []rules.Problem) []admin.Problem {
	list := []admin.Problem{}
	for _, p := range problems {
		severity := "error"
		if p.Severity == rules.Warning {
			severity = "warning"
		}
		list = append(list, admin.Problem{
			File: p.File, Line: p.Line, Column: p.Column, Severity: severity, Message: p.Message, Detail: p.Detail(),
		})
	}
	return list
}

// monitors says whether a policy only reports.
func (c *Checked) monitors() bool { return c.Set.Policy.Mode == rules.Monitor }
