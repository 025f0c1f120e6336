package appliance

import (
	"errors"
	"fmt"
	"os"
	"time"

	"vxwall/appliance/eve"
	"vxwall/inspect/av"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/rules/suricata"
)

// start brings up everything. After an error stop closes what was opened.
func (r *running) start() error {
	steps := []func() error{
		r.connectNotify, r.startJudges, r.loadPolicy, r.listenAdmin, r.openEvents, r.listenMetrics, r.openLink,
		r.startVTEP, r.makeWorkers, r.shedPrivileges,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	r.startWorkers()
	for _, l := range r.listeners {
		r.servers = append(r.servers, r.serve(l, l.handler()))
	}
	r.helpers.Go(r.reloadOnRequest)
	r.helpers.Go(r.watchPorts)
	if r.guard != nil {
		r.helpers.Go(r.settleDisputes)
	}
	if r.vtep != nil {
		r.helpers.Go(r.hearOffloaded)
	}
	if r.Config.Health.Listen != "" {
		r.helpers.Go(r.probeHealth)
	}
	r.Log.Info("started: "+r.describe(), "version", r.Version, "pid", os.Getpid(), "workers", len(r.workers))
	return nil
}

// cleanup has f called when the daemon stops, before what was opened earlier is
// closed.
func (r *running) cleanup(f func() error) { r.cleanups = append(r.cleanups, f) }

func (r *running) connectNotify() error {
	getenv := r.Getenv
	if getenv == nil {
		getenv = os.Getenv
	}
	var err error
	if r.notify, err = newNotifier(getenv); err != nil {
		r.Log.Warn("the service manager is not told how things go", "error", err)
	}
	r.cleanup(func() error { r.notify.close(); return nil })
	return nil
}

// PolicyError is a policy that has problems.
type PolicyError struct{ *Checked }

// Error counts the problems; they are in the Checked.
func (e *PolicyError) Error() string {
	return fmt.Sprintf("load rules: %d problems", len(e.Problems))
}

// loadPolicy puts the policy of the rule files in force. A broken one is no
// ground to start on.
func (r *running) loadPolicy() error {
	checked, err := Check(time.Now(), r.Config.Rules.Paths...)
	if err != nil {
		return err
	}
	if checked.Failed() {
		return &PolicyError{checked}
	}
	r.logProblems(checked.Problems)
	r.use(checked)
	return nil
}

// openEvents opens the event log, if one is wanted.
func (r *running) openEvents() error {
	path := r.Config.Events.EVE
	cfg := eve.Config{Out: r.Stdout, Path: path, Policies: r.policies, Ring: r.Config.Events.Buffer, Retry: true,
		Payload: r.Config.Events.Payload, Classes: suricata.DefaultEnv().Classes}
	switch path {
	case "":
		return nil
	case "-":
		cfg.Path = "standard output"
	default:
		file, err := eve.OpenFile(path)
		if err != nil {
			return err
		}
		cfg.Out, r.eveFile = file, file
		r.cleanup(file.Close)
	}
	r.cleanup(r.closeEvents)
	r.newEvents = func(workers int) { r.events = eve.NewWriter(cfg, workers) }
	return nil
}

// openLink opens the ports. The policy is in force already, and what else may fail
// was done: from here on the XDP program is on the ports, and stays there.
// startJudges starts the goroutines that judge files beside the workers. They end after these.
func (r *running) startJudges() error {
	judges := av.NewJudges(0)
	r.policies.Judges = judges
	r.cleanup(func() error {
		if !r.stuck { // else it may still hand files over
			judges.Close()
		}
		r.policies.closeFiles()
		return nil
	})
	return nil
}

func (r *running) openLink() error {
	cfg := r.Config.Link()
	if r.Config.Datapath.Mode == "vtep" {
		r.vtep = newVTEP(&r.Config)
		cfg.Overlay = r.vtep.Overlay
	}
	link, err := r.Open(cfg)
	if err != nil {
		return err
	}
	r.link = link
	r.cleanup(r.closeLink)
	link.SetRevision(r.inForce.Load().number)
	return nil
}

// makeWorkers makes a worker for each queue of the link, with its own share of
// flows, fragments and answers.
func (r *running) makeWorkers() error {
	queues := r.link.Queues()
	if len(queues) == 0 {
		return errors.New("open link: it has no queue")
	}
	if r.newEvents != nil {
		r.newEvents(len(queues))
	}
	cfg := r.Config.share(len(queues))
	r.policies.Content.Streams = r.Config.streams(len(queues))
	r.policies.Content.IgnoreChecksums = r.Config.Streams.Checksums == "ignore"
	seed := randomSeed()
	var watched pipeline.Config
	watched.Flow.Seed = randomSeed()
	r.guard = r.Config.addGuard(&watched, r.Config.Datapath.Offload)
	for i, queue := range queues {
		c := cfg.Pipeline(r.started)
		c.Guard = watched.Guard
		if r.vtep != nil {
			c.Overlay = r.vtep.Overlay
		}
		c.Flow.Seed = flow.Seed{seed[0] + uint64(i)<<54, seed[1]} // flow IDs of two workers differ, see flow.NewTable
		r.workers = append(r.workers, r.newLiveWorker(c, i, queue))
	}
	return nil
}

// observer is what a worker reports to.
func (r *running) observer(worker int) pipeline.Observer {
	if r.events == nil {
		return discard{}
	}
	return r.events.Log(worker)
}

// shedPrivileges drops what the daemon needed only to get here. The bounds of a
// service manager may have taken them before.
func (r *running) shedPrivileges() error {
	if r.KeepPrivileges {
		return nil
	}
	r.shed = dropPrivileges(neededPrivileges(r.Config.Datapath.Mode)...)
	if errors.Is(r.shed, errThreads) {
		r.Log.Warn(r.shed.Error())
		return nil
	}
	if r.shed != nil {
		return r.shed
	}
	if err := unreadable(r.inForce.Load().checked.Set.Files); err != nil {
		r.Log.Warn("a reload will fail", "error", err)
	}
	return nil
}
