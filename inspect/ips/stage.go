package ips

import (
	"slices"

	"vxwall/inspect/app"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/stream"
	"vxwall/pipeline/wire"
	"vxwall/rules/suricata"
)

// Name is the stage's name in log, metric and configuration.
const Name = "ips"

// Sink is told of the signatures that speak. It is called by the worker's goroutine
// and must not keep what it is given.
type Sink interface {
	Alert(at *app.Moment, f *Found)
	// Blocks is told of the signature that drops a packet, nil if its flow was dropped
	// before. rated: rate_filter made it drop. The packet's drop follows.
	Blocks(p *pipeline.Packet, s *suricata.Signature, rated bool)
}

// Found is a signature that speaks, and what it speaks about.
type Found struct {
	*Alert
	Signature *suricata.Signature
	Monitored bool            // the profile drops nothing
	Passed    bool            // a pass rule let the packet through
	Reject    suricata.Action // Reject, RejectDst, RejectBoth if the ends are told; else Alert
	TCP       bool
	Tx        *app.Tx        // nil for none
	Dir       flow.Direction // of the flow
	Stream    []byte         // the newest of the stream in that direction, if it was found there
}

// Profile is a set of signatures that ACL rules name under inspect.
type Profile struct {
	Name    string
	Engine  *Engine
	Monitor bool // report, drop nothing
}

// Stage judges flows by the signatures of the profile that their ACL rule names.
type Stage struct {
	Profiles []Profile
	// Choose returns the profile of a flow, -1 for none: then the flow passes.
	Choose func(*flow.Record) int
	App    *app.Config
	Limits Limits
	// Trace returns who is told of the candidates for a packet, nil for nobody; nil traces nothing.
	Trace func(*pipeline.Packet) Tracer
	Sink  func(*pipeline.Scope) Sink // of a worker; nil, or a nil Sink, is told nothing
}

var _ pipeline.Scoped = (*Stage)(nil)

// Name implements pipeline.Stage.
func (s *Stage) Name() string { return Name }

// Inspector implements pipeline.Stage. A stage needs a scope: without one it
// judges nothing, and so drops.
func (s *Stage) Inspector() pipeline.Inspector { return unscoped{} }

type unscoped struct{}

func (unscoped) Inspect(p *pipeline.Packet) pipeline.Verdict { return p.Deny(pipeline.NoPolicy, -1) }

// worker is what a worker keeps over reloads.
type worker struct {
	tracker *app.Tracker
	state   *State
	sink    Sink
	in      Input
	out     Result
	found   Found
	stage   *inspector // in force
}

type workerKey struct{}

// InspectorIn implements pipeline.Scoped.
func (s *Stage) InspectorIn(scope *pipeline.Scope) pipeline.Inspector {
	w := scope.Part(workerKey{}, func() any { return s.newWorker(scope) }).(*worker)
	i := &inspector{stage: s, worker: w}
	for p := range s.Profiles {
		i.detectors = append(i.detectors, NewDetector(s.Profiles[p].Engine, w.state))
	}
	w.stage = i
	return i
}

func (s *Stage) newWorker(scope *pipeline.Scope) *worker {
	limits := s.Limits
	limits.Sessions = scope.Capacity()
	w := &worker{tracker: app.In(scope, s.App), state: NewState(limits)}
	if s.Sink != nil {
		w.sink = s.Sink(scope)
	}
	scope.OnRefused(func(p *pipeline.Packet) { w.stage.refused(p) })
	w.tracker.OnFinal(func(u *app.Update) { w.stage.final(u) })
	w.tracker.OnRelease(w.state.EndTx)
	w.tracker.OnEnd(func(s *app.Session) { w.state.EndSession(s.Number()) })
	return w
}

// inspector is a stage at work in one worker.
type inspector struct {
	*worker
	stage     *Stage
	detectors []*Detector
}

// Inspect implements pipeline.Inspector.
func (i *inspector) Inspect(p *pipeline.Packet) pipeline.Verdict {
	r := p.State()
	if r == nil {
		return p.Allow(-1)
	}
	profile := i.stage.Choose(r)
	if profile < 0 {
		return p.Allow(-1)
	}
	monitor := i.stage.Profiles[profile].Monitor
	u := i.tracker.Track(p, monitor)
	if u != nil && u.Result.Restarted {
		i.state.RestartSession(u.Session.Number())
	}
	if i.stage.Trace != nil {
		i.detectors[profile].Trace(i.stage.Trace(p))
	}
	if back := flow.ToInitiator - p.Direction(); u != nil && released(u, back) && i.judge(u, back, profile) {
		return i.verdict(p, profile)
	}
	i.fill(p, u)
	i.detectors[profile].Inspect(&i.in, &i.out)
	if u != nil {
		i.tell(u, profile)
		if u.Result.Verdict != stream.Pass && p.Flow.Proto == wire.ProtoTCP && !monitor {
			return app.Refuse(p, &u.Result)
		}
	}
	return i.verdict(p, profile)
}

// fill describes a packet, and what it brought, to the detector.
func (i *inspector) fill(p *pipeline.Packet, u *app.Update) {
	in := &i.in
	in.SetPacket(p)
	if p.IsIP() && len(in.L3) > ipv6HeaderLen && in.L3[0]>>4 == 6 {
		extensionEvents(in.L3, &in.DecodeEvents)
	}
	if u == nil {
		return
	}
	i.fillContent(u, p.Direction())
	if p.Flow.Proto == wire.ProtoTCP {
		syn := wire.TCP(in.L4).Flags()&wire.SYN != 0
		in.Streamed = len(in.Payload) > 0 && u.Result.Uninspected == 0 && u.Result.Verdict == stream.Pass && !syn
		in.StreamEvents[0], in.StreamEvents[1] = u.Result.Events[0], u.Result.Events[1]
	}
}

// fillContent describes what an update brought in a direction.
func (i *inspector) fillContent(u *app.Update, dir flow.Direction) {
	in, s := &i.in, u.Session
	in.Session, in.Dir, in.Txs = s.Number(), dir, u.Txs
	w := &u.Stream[dir]
	in.Stream = app.Buffer{Data: w.Data, Offset: w.Offset, Fresh: w.Fresh, Final: u.Final}
	in.StreamSize = [2]uint64{s.Sent(flow.ToResponder), s.Sent(flow.ToInitiator)}
	in.Events = u.Events
	protocol, how := s.App()
	in.AppState, in.App = AppState(how), ""
	if protocol != nil {
		in.App = protocol.Name()
	}
}

// final judges what the end of a flow completes. Nothing can be dropped any more.
func (i *inspector) final(u *app.Update) {
	profile := i.stage.Choose(u.Record)
	if profile < 0 {
		return
	}
	for dir := flow.ToResponder; dir <= flow.ToInitiator; dir++ {
		i.judge(u, dir, profile)
	}
}

// released says whether a packet brought something in the direction that it does not go: its
// acknowledgement tells that what is missing there will not come.
func released(u *app.Update, dir flow.Direction) bool {
	if w := &u.Stream[dir]; w.Fresh < len(w.Data) {
		return true
	}
	return slices.ContainsFunc(u.Txs, func(tx *app.Tx) bool { return tx.Changed[dir] })
}

// judge judges what an update brought in a direction without a packet of its own. It reports
// whether the flow is to be dropped for it.
func (i *inspector) judge(u *app.Update, dir flow.Direction, profile int) bool {
	i.in = Input{Key: u.Record.Toward(dir), Flow: u.Record, Dir: dir, Time: u.Time}
	i.fillContent(u, dir)
	i.detectors[profile].Inspect(&i.in, &i.out)
	p := u.Packet
	u.Packet = nil // alerts are not about it
	i.tell(u, profile)
	u.Packet = p
	return i.out.DropFlow && !i.out.Settled && !i.stage.Profiles[profile].Monitor
}

// tell hands the alerts of a packet to the sink.
func (i *inspector) tell(u *app.Update, profile int) {
	alerts := i.out.Alerts()
	if len(alerts) == 0 {
		return
	}
	if u.Session != nil {
		u.Session.Alerted = true
	}
	if i.sink == nil {
		return
	}
	p := &i.stage.Profiles[profile]
	for a := range alerts {
		f := &i.found
		*f = Found{
			Alert: &alerts[a], Signature: &p.Engine.Signatures()[alerts[a].Sig], Monitored: p.Monitor,
			Passed: i.out.Pass, Reject: i.out.Reject, TCP: i.in.Key.Proto == wire.ProtoTCP, Dir: i.in.Dir,
		}
		if f.Alert.Stream {
			f.Stream = i.in.Stream.Data
		}
		for _, tx := range u.Txs {
			if f.Alert.Tx == tx.ID {
				f.Tx = tx
			}
		}
		i.sink.Alert(&u.Moment, f)
	}
}

// refused judges a packet that the pipeline refused: by its decode events alone, for all
// else of it may be false. Nothing but an alert comes of it.
func (i *inspector) refused(p *pipeline.Packet) {
	if len(i.detectors) == 0 {
		return
	}
	i.in.SetPacket(p)
	i.in.Refused = true
	refusedEvents(p, &i.in.DecodeEvents)
	if i.in.DecodeEvents.Empty() {
		return
	}
	i.detectors[0].Inspect(&i.in, &i.out)
	i.tell(&app.Update{Moment: app.Moment{Packet: p, Record: p.State(), Time: p.Time()}}, 0)
}

// verdict is what the result means for the packet.
func (i *inspector) verdict(p *pipeline.Packet, profile int) pipeline.Verdict {
	out := &i.out
	if !out.Drop || i.stage.Profiles[profile].Monitor {
		return p.Allow(-1)
	}
	i.blocks(p, i.stage.Profiles[profile].Engine)
	reason, reject := pipeline.Signature, out.Reject != suricata.Alert
	if reject {
		reason = pipeline.SignatureRejected
	}
	if out.DropFlow {
		return p.DenyFlow(reason, out.By, reject)
	}
	if reject {
		return p.Reject(reason, out.By)
	}
	return p.Deny(reason, out.By)
}

// blocks tells the sink which signature drops a packet.
func (i *inspector) blocks(p *pipeline.Packet, e *Engine) {
	if i.sink == nil {
		return
	}
	var s *suricata.Signature
	if i.out.By >= 0 && !i.out.Settled {
		s = &e.Signatures()[i.out.By]
	}
	i.sink.Blocks(p, s, i.out.Rated)
}

// Final implements pipeline.Finalizer: flows without a profile need not be seen.
func (i *inspector) Final(p *pipeline.Packet) bool {
	r := p.State()
	return r != nil && i.stage.Choose(r) < 0
}
