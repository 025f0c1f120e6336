package appliance

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"vxwall/appliance/eve"
	"vxwall/appliance/link/pcapfile"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/stream"
	"vxwall/rules"
	"vxwall/rules/suricata"
)

// Replay is a capture file to be put through the pipeline.
type Replay struct {
	Config  Config
	Policy  *Checked
	In      string      // capture, "-" for standard input
	Out     string      // capture of what was forwarded, "" for none
	Answers string      // capture of the firewall's own frames, "" for none
	EVE     string      // event log, "-" for standard output, "" for none
	Mode    *rules.Mode // instead of the policy's, if not nil
	Plain   *uint32     // frames are not encapsulated and belong to this VNI
	Stdout  io.Writer
	// Streams is how TCP streams are put together for signatures.
	Streams  *stream.PoolConfig        // nil: as configured
	Payload  bool                      // alerts quote what they are about
	LongIPv6 bool                      // events have IPv6 addresses as Suricata writes them
	Classes  map[string]suricata.Class // by classtype, for alerts
	// Adjust, if not nil, changes the pipeline's configuration last.
	Adjust func(*pipeline.Config)
	// Progress is called now and then with the bytes read and the size of the
	// capture (0 if unknown).
	Progress func(read, total int64)
	// Context ends the replay early; nil does not.
	Context context.Context
}

// ErrStopped says that a replay's Context ended it.
var ErrStopped = errors.New("stopped before the end of the capture")

// Result is what a replay did.
type Result struct {
	Counters pipeline.Counters
	Stages   []string
	Revision string
	Monitor  bool
	Elapsed  time.Duration
	Events   uint64
	Lost     uint64
	Rules    []RuleCount // what each rule decided
}

// Run puts the capture through the pipeline. With an error the result says
// what was done before it, and all output up to there is written.
func (r *Replay) Run() (result Result, err error) {
	if err := r.checkOutputs(); err != nil {
		return result, err
	}
	policies := NewPolicies()
	policy := r.Policy
	if r.Mode != nil {
		policy = policy.withMode(*r.Mode)
	}
	if r.Config.taps() {
		policy = policy.withMode(rules.Monitor)
	}
	policies.Content = contentConfig(r.streams(), r.Config.Streams.Checksums == "ignore")
	policies.Use(policy, nil)
	queue, err := r.open(pcapfile.Options{In: r.In, Out: r.Out, Answers: r.Answers})
	if err != nil {
		return result, err
	}
	observer, closeLog, err := r.openLog(policies)
	if err != nil {
		return result, errors.Join(err, queue.Close())
	}
	counts := newTally(observer, policy.Set)
	cfg := r.pipelineConfig()
	r.Config.addGuard(&cfg, false)
	worker := pipeline.NewWorker(cfg, queue, &policies.Current, counts)
	start := time.Now()
	err = r.run(worker, queue)
	result.Counters = worker.Counters()
	if log, ok := observer.(*eve.Log); ok {
		log.Stats(worker.Now(), &result.Counters)
	}
	err = errors.Join(err, queue.Close(), closeLog(&result))
	program := policies.Current.Load()
	result.Elapsed = time.Since(start)
	result.Stages, result.Monitor = program.StageNames(), program.Monitor
	result.Rules = counts.list()
	_, result.Revision = policies.Policy(policies.Latest())
	return result, err
}

// streams is how TCP streams are put together.
func (r *Replay) streams() stream.PoolConfig {
	if r.Streams != nil {
		return *r.Streams
	}
	return r.Config.streams(1)
}

// withMode returns the same policy in another mode.
func (c *Checked) withMode(mode rules.Mode) *Checked {
	set := *c.Set
	set.Policy.Mode = mode
	return &Checked{Set: &set, Policy: c.Policy, Problems: c.Problems, Signatures: c.Signatures, Files: c.Files}
}

// pipelineConfig is the configuration with what a replay does differently.
func (r *Replay) pipelineConfig() pipeline.Config {
	cfg := r.Config.Pipeline(time.Time{}) // a capture has no start of ours
	cfg.Flow.Seed = r.seed()
	if r.Plain != nil {
		cfg.Plain, cfg.PlainVNI = true, *r.Plain
	}
	if r.Adjust != nil {
		r.Adjust(&cfg)
	}
	return cfg
}

// seed makes flow IDs the same in every replay with one policy, so that two
// replays can be compared. Who made the capture does not know the policy.
func (r *Replay) seed() flow.Seed {
	hash := &r.Policy.Set.Hash
	return flow.Seed{binary.LittleEndian.Uint64(hash[0:8]), binary.LittleEndian.Uint64(hash[8:16])}
}

// run steps the worker to the end of the capture and reports progress.
func (r *Replay) run(worker *pipeline.Worker, queue *pcapfile.Queue) error {
	const every = 256 // batches
	defer r.stops(queue)()
	var err error
	for n := 1; err == nil; n++ {
		err = worker.Step()
		if r.Progress != nil && n%every == 0 {
			r.Progress(queue.Progress())
		}
	}
	if errors.Is(err, pipeline.ErrClosed) {
		err = r.stopped()
	}
	return errors.Join(err, worker.Finish())
}

// open opens the captures. That waits for the first bytes if the input is a
// pipe, but not after the end of the context.
func (r *Replay) open(opts pcapfile.Options) (*pcapfile.Queue, error) {
	if r.Context == nil {
		return pcapfile.Open(opts)
	}
	opened := make(chan func() (*pcapfile.Queue, error))
	go func() {
		queue, err := pcapfile.Open(opts)
		select {
		case opened <- func() (*pcapfile.Queue, error) { return queue, err }:
		case <-r.Context.Done():
			if err == nil {
				queue.Close()
			}
		}
	}()
	select {
	case result := <-opened:
		return result()
	case <-r.Context.Done():
		return nil, r.stopped()
	}
}

// stops makes the end of the context the end of the capture, until the function
// it returns is called.
func (r *Replay) stops(queue *pcapfile.Queue) func() {
	if r.Context == nil {
		return func() {}
	}
	release := context.AfterFunc(r.Context, queue.Stop)
	return func() { release() }
}

// stopped returns an error if the capture ended because the context did.
func (r *Replay) stopped() error {
	if r.Context == nil || r.Context.Err() == nil {
		return nil
	}
	return fmt.Errorf("replay %s: %w", r.In, ErrStopped)
}

// discard observes nothing.
type discard struct{}

func (discard) Dropped(*pipeline.Packet)                  {}
func (discard) FlowStart(*pipeline.Packet)                {}
func (discard) FlowEnd(*flow.Record, flow.End)            {}
func (discard) Found(*pipeline.Packet, *pipeline.Finding) {}
