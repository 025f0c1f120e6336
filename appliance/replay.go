package appliance

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"vxwall/appliance/eve"
	"vxwall/appliance/link/pcapfile"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/rules"
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
	// Progress is called now and then with the bytes read and the size of the
	// capture (0 if unknown).
	Progress func(read, total int64)
}

// Result is what a replay did.
type Result struct {
	Counters pipeline.Counters
	Stages   []string
	Revision string
	Monitor  bool
	Elapsed  time.Duration
	Events   uint64
	Lost     uint64
}

// Run puts the capture through the pipeline. With an error the result says
// what was done before it, and all output up to there is written.
func (r *Replay) Run() (result Result, err error) {
	policies := NewPolicies()
	policy := r.Policy
	if r.Mode != nil {
		policy = policy.withMode(*r.Mode)
	}
	policies.Use(policy, nil)
	queue, err := pcapfile.Open(pcapfile.Options{In: r.In, Out: r.Out, Answers: r.Answers})
	if err != nil {
		return result, err
	}
	observer, closeLog, err := r.openLog(policies)
	if err != nil {
		return result, errors.Join(err, queue.Close())
	}
	start := time.Now()
	worker := pipeline.NewWorker(r.pipelineConfig(), queue, &policies.Current, observer)
	err = r.run(worker, queue)
	result.Counters = worker.Counters()
	if log, ok := observer.(*eve.Log); ok {
		log.Stats(worker.Now(), &result.Counters)
	}
	err = errors.Join(err, queue.Close(), closeLog(&result))
	program := policies.Current.Load()
	result.Elapsed = time.Since(start)
	result.Stages, result.Monitor = program.StageNames(), program.Monitor
	_, result.Revision = policies.Policy(policies.Latest())
	return result, err
}

// withMode returns the same policy in another mode.
func (c *Checked) withMode(mode rules.Mode) *Checked {
	set := *c.Set
	set.Policy.Mode = mode
	return &Checked{Set: &set, Policy: c.Policy, Problems: c.Problems}
}

// pipelineConfig is the configuration with what a replay does differently.
func (r *Replay) pipelineConfig() pipeline.Config {
	cfg := r.Config.Pipeline()
	if r.Plain != nil {
		cfg.Plain, cfg.PlainVNI = true, *r.Plain
	}
	return cfg
}

// run steps the worker to the end of the capture and reports progress.
func (r *Replay) run(worker *pipeline.Worker, queue *pcapfile.Queue) error {
	const every = 256 // batches
	var err error
	for n := 1; err == nil; n++ {
		err = worker.Step()
		if r.Progress != nil && n%every == 0 {
			r.Progress(queue.Progress())
		}
	}
	if errors.Is(err, pipeline.ErrClosed) {
		err = nil
	}
	return errors.Join(err, worker.Finish())
}

// openLog opens the event log, if one is wanted. The function it returns
// closes it and notes in the result how much was written.
func (r *Replay) openLog(policies *Policies) (pipeline.Observer, func(*Result) error, error) {
	if r.EVE == "" {
		return discard{}, func(*Result) error { return nil }, nil
	}
	out, closeFile, err := openOutput(r.EVE, r.Stdout)
	if err != nil {
		return nil, nil, fmt.Errorf("open event log: %w", err)
	}
	writer := eve.NewWriter(eve.Config{
		Out: out, Path: r.EVE, Policies: policies, Capture: true, Wait: true, Ring: r.Config.Events.Buffer,
	}, 1)
	return writer.Log(0), func(result *Result) error {
		err := errors.Join(writer.Close(), closeFile())
		result.Events, result.Lost = writer.Written(), writer.Lost()
		return err
	}, nil
}

// openOutput opens a file for writing, "-" for standard output.
func openOutput(path string, stdout io.Writer) (io.Writer, func() error, error) {
	if path == "-" {
		return stdout, func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, nil, err
	}
	return f, f.Close, nil
}

// discard observes nothing.
type discard struct{}

func (discard) Dropped(*pipeline.Packet)       {}
func (discard) FlowStart(*pipeline.Packet)     {}
func (discard) FlowEnd(*flow.Record, flow.End) {}
