package av

import (
	"vxwall/inspect/app"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/stream"
	"vxwall/pipeline/wire"
)

// Name is the stage's name in log, metric and configuration.
const Name = "av"

// Limits are those of each worker.
type Limits struct {
	Files  int // judged at a time
	Memory int // bytes of files that are kept to be judged as a whole
	Held   int // packets of one direction of a flow that wait for the verdict on a file
}

// DefaultLimits are those where nothing else is configured.
var DefaultLimits = Limits{Files: 4096, Memory: 256 << 20, Held: 64}

// Sink is told of the files that are judged. It is called by the worker's goroutine and
// must not keep what it is given.
type Sink interface {
	// Judged is told of each file with its finding. The packet of the moment is nil at
	// the end of a flow.
	Judged(at *app.Moment, f *Found)
}

// Found is a file that was judged.
type Found struct {
	*Finding
	Profile   *Profile
	Action    Action
	Monitored bool // the profile stops nothing
	Dir       flow.Direction
	File      []byte // its name, cut after 255 bytes
	Size      uint64 // bytes that came
}

// Stage judges the files of flows by the profile that their ACL rule names.
type Stage struct {
	Profiles []Profile
	// Choose returns the profile of a flow, -1 for none: then the flow passes.
	Choose func(*flow.Record) int
	App    *app.Config
	Limits Limits
	Judges *Judges // nil: files that contain others are judged on the road, as in a replay
	Stats  *Stats
	Sink   func(*pipeline.Scope) Sink // of a worker; nil, or a nil Sink, is told nothing
}

var _ pipeline.Scoped = (*Stage)(nil)

// Name implements pipeline.Stage.
func (s *Stage) Name() string { return Name }

// Inspector implements pipeline.Stage. A stage needs a scope: without one it judges
// nothing, and so drops.
func (s *Stage) Inspector() pipeline.Inspector { return unscoped{} }

type unscoped struct{}

func (unscoped) Inspect(p *pipeline.Packet) pipeline.Verdict { return p.Deny(pipeline.NoPolicy, -1) }

// InspectorIn implements pipeline.Scoped.
func (s *Stage) InspectorIn(scope *pipeline.Scope) pipeline.Inspector {
	w := scope.Part(workerKey{}, func() any { return s.newWorker(scope) }).(*worker)
	i := &inspector{stage: s, worker: w}
	for p := range s.Profiles {
		i.maxHold = max(i.maxHold, int64(s.Profiles[p].MaxHold))
	}
	w.useEngines(s.Profiles)
	w.stage = i
	return i
}

// inspector is a stage at work in one worker.
type inspector struct {
	*worker
	stage   *Stage
	maxHold int64 // the longest of its profiles, nanoseconds
}

// Inspect implements pipeline.Inspector.
func (i *inspector) Inspect(p *pipeline.Packet) pipeline.Verdict {
	r := p.State()
	if r == nil {
		return p.Allow(-1)
	}
	at := i.stage.Choose(r)
	if at < 0 {
		return p.Allow(-1)
	}
	profile := &i.stage.Profiles[at]
	u := i.tracker.Track(p, profile.Monitor)
	if u == nil {
		return p.Allow(-1)
	}
	if u.Result.Verdict != stream.Pass && p.Flow.Proto == wire.ProtoTCP && !profile.Monitor {
		return app.Refuse(p, &u.Result)
	}
	if c := i.known(u.Session); c != nil && u.Result.Restarted { // another connection: its numbers are others
		i.open(c, flow.ToResponder)
		i.open(c, flow.ToInitiator)
	}
	i.follow(u, profile)
	c := i.known(u.Session)
	if c == nil {
		return p.Allow(-1)
	}
	return i.verdict(u, c, profile)
}

// verdict is what the files of a flow mean for a packet.
func (i *inspector) verdict(u *app.Update, c *content, profile *Profile) pipeline.Verdict {
	p := u.Packet
	i.report(u, c, profile)
	enforces := !profile.Monitor && !i.scope.Passive() && !i.scope.Monitors()
	if c.stopped != nil && enforces {
		return p.DenyFlow(outcomeReasons[c.stopped.Outcome], -1, true)
	}
	if !enforces || i.returns == nil {
		return p.Allow(-1)
	}
	return i.pass(u, c)
}

// report acts upon the files that were judged, and forgets those that are over.
func (i *inspector) report(u *app.Update, c *content, profile *Profile) {
	kept := c.files[:0]
	for _, f := range c.files {
		if f.state == judged {
			if stops := i.act(&u.Moment, f, profile); stops && c.stopped == nil {
				stopped := f.finding
				c.stopped = &stopped
			}
			i.freeScanner(f)
			f.state = reported
		}
		if !f.present && (f.state == reported || f.state == open) { // its transaction is over
			i.freeFile(f)
			continue
		}
		f.present = false
		kept = append(kept, f)
	}
	clear(c.files[len(kept):])
	c.files = kept
}

// act does what the profile wants done about a file, and says whether it stops the flow.
func (i *inspector) act(at *app.Moment, f *file, profile *Profile) (stops bool) {
	action := profile.act(&f.finding, f.nameBytes())
	i.stage.Stats.count(f, action)
	if i.sink == nil {
		return action.Stops()
	}
	i.found = Found{
		Finding: &f.finding, Profile: profile, Action: action, Monitored: profile.Monitor, Dir: f.dir, File: f.nameBytes(), Size: f.size,
	}
	i.sink.Judged(at, &i.found)
	return action.Stops()
}

// final judges what the end of a flow completes. Nothing can be stopped any more.
func (i *inspector) final(u *app.Update) {
	at := i.stage.Choose(u.Record)
	if at < 0 {
		return
	}
	profile := &i.stage.Profiles[at]
	i.follow(u, profile)
	if c := i.known(u.Session); c != nil {
		i.report(u, c, profile)
		i.outlive(u, c, profile)
	}
}

// Final implements pipeline.Finalizer: flows without a profile need not be seen.
func (i *inspector) Final(p *pipeline.Packet) bool {
	r := p.State()
	return r != nil && i.stage.Choose(r) < 0
}
