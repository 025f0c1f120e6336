package pipelinetest

import (
	"fmt"

	"vxwall/pipeline"
)

// Rig is a worker to be, and how frames come to it.
type Rig struct {
	Config  pipeline.Config
	Stages  []pipeline.Stage
	Monitor bool

	NoPolicy   bool // publish no program
	Link       pipeline.LinkType
	Gap        int64 // nanoseconds between frames; Gap if zero
	Batch      int   // frames per batch; the most if zero
	KeepFrames bool  // see Queue
	Room       int   // see Queue
}

// Outcome is what became of a frame.
type Outcome struct {
	Forwarded bool
	Stage     string // that dropped it, or for whose reason it passed; else empty
	Reason    pipeline.Reason
}

// String is "forwarded", or "stage: reason", or both.
func (o Outcome) String() string {
	switch {
	case o.Stage == "":
		return map[bool]string{true: "forwarded", false: "lost"}[o.Forwarded]
	case o.Forwarded:
		return fmt.Sprintf("forwarded despite %s: %s", o.Stage, o.Reason)
	}
	return fmt.Sprintf("%s: %s", o.Stage, o.Reason)
}

// Result is what a worker did with the frames.
type Result struct {
	Recorder
	Counters pipeline.Counters
	Sent     []Sent
	Outcomes []Outcome // by frame
}

// Run takes frames through a worker with a configuration and stages.
func Run(cfg pipeline.Config, stages []pipeline.Stage, frames ...[]byte) *Result {
	return Rig{Config: cfg, Stages: stages}.Run(frames...)
}

// Run takes frames through a worker until all is settled. It panics if the
// worker breaks the contract of a queue or miscounts.
func (r Rig) Run(frames ...[]byte) *Result {
	inputs := make([]Input, len(frames))
	for i, f := range frames {
		inputs[i] = Input{Bytes: f, Time: Start + int64(i)*or(r.Gap, Gap), Link: r.Link}
	}
	return r.RunInputs(inputs...)
}

// RunInputs is Run for frames that say when they come and what they begin with.
func (r Rig) RunInputs(inputs ...Input) *Result {
	q := &Queue{Batch: r.Batch, KeepFrames: r.KeepFrames, Room: r.Room, inputs: inputs}
	var current pipeline.Current
	program := &pipeline.Program{Revision: 1, Stages: r.Stages, Monitor: r.Monitor}
	if !r.NoPolicy {
		current.Publish(program)
	}
	result := &Result{}
	w := pipeline.NewWorker(r.Config, q, &current, &result.Recorder)
	if err := w.Run(); err != nil {
		panic(err)
	}
	result.Counters, result.Sent = w.Counters(), q.Sent
	if err := CheckCounters(&result.Counters); err != nil {
		panic(err)
	}
	result.outcomes(len(inputs), program.StageNames())
	return result
}

func (r *Result) outcomes(n int, stages []string) {
	r.Outcomes = make([]Outcome, n)
	for _, d := range r.Drops {
		o := &r.Outcomes[d.Handle-1]
		if o.Stage != "" {
			panic(fmt.Sprintf("pipelinetest: frame %d settled twice", d.Handle))
		}
		o.Stage, o.Reason = stages[d.Stage], d.Reason
	}
	for i := range r.Sent {
		if s := &r.Sent[i]; !s.Answer && !s.Copy {
			o := &r.Outcomes[s.Handle-1]
			if o.Forwarded {
				panic(fmt.Sprintf("pipelinetest: frame %d forwarded twice", s.Handle))
			}
			o.Forwarded = true
		}
	}
}

// Forwarded returns the frames forwarded, answers and copies not included, by handle.
func (r *Result) Forwarded() map[uint64][]byte {
	frames := map[uint64][]byte{}
	for i := range r.Sent {
		if s := &r.Sent[i]; !s.Answer && !s.Copy {
			frames[r.Sent[i].Handle] = r.Sent[i].Bytes
		}
	}
	return frames
}

// Answers returns the frames with which the pipeline spoke for itself.
func (r *Result) Answers() (answers []Sent) {
	for _, s := range r.Sent {
		if s.Answer {
			answers = append(answers, s)
		}
	}
	return answers
}

// Copies returns the frames sent besides, because a packet went to several peers.
func (r *Result) Copies() (copies []Sent) {
	for _, s := range r.Sent {
		if s.Copy {
			copies = append(copies, s)
		}
	}
	return copies
}

// CheckCounters says whether packets and bytes add up.
func CheckCounters(c *pipeline.Counters) error {
	dropped := c.TotalDropped()
	if c.Received.Packets != c.Forwarded.Packets+dropped.Packets+c.Held {
		return fmt.Errorf("count packets: %d received, %d forwarded, %d dropped, %d held",
			c.Received.Packets, c.Forwarded.Packets, dropped.Packets, c.Held)
	}
	if c.Held == 0 && c.Received.Bytes != c.Forwarded.Bytes+dropped.Bytes {
		return fmt.Errorf("count bytes: %d received, %d forwarded, %d dropped",
			c.Received.Bytes, c.Forwarded.Bytes, dropped.Bytes)
	}
	return nil
}
