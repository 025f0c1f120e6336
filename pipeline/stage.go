package pipeline

import (
	"sync/atomic"
)

// Stage is one inspector's compiled rules: immutable, shared by all workers.
type Stage interface {
	// Name is the folder's name, and the word for the stage in log and metrics.
	Name() string
	// Inspector returns the part that one worker uses, at start and after each
	// reload.
	Inspector() Inspector
}

// Inspector is a stage's scratch space for one worker, used by one goroutine.
type Inspector interface {
	// Inspect judges a packet. It must not keep p or any slice of it, must not
	// allocate and must not block.
	Inspect(p *Packet) Verdict
}

// Program is all that judges packets at one time: immutable once published.
type Program struct {
	Revision uint32  // of the policy, never 0
	Stages   []Stage // in order, at most MaxStages-StageInspector
	Monitor  bool    // judge and report, drop nothing
}

// Current is the program in force. The zero value has none: everything is
// dropped until Publish.
type Current struct{ program atomic.Pointer[Program] }

// Publish puts a program in force. Each worker takes it with its next batch.
func (c *Current) Publish(p *Program) { c.program.Store(p) }

// Load returns the program in force, nil if there is none.
func (c *Current) Load() *Program { return c.program.Load() }

// Stage numbers of the pipeline's own checks. Inspectors follow, in order.
const (
	StageDecap     = iota // outer headers, VXLAN, inner headers, fragments
	StageGuard            // VTEPs, and who speaks from where
	StageFlow             // flow table and TCP state
	StageEncap            // where a VTEP sends it
	StageInspector        // the first inspector
	MaxStages      = 8
)

// StageNames returns the names of all stages of a program, by stage number.
func (p *Program) StageNames() []string {
	names := []string{"decap", "guard", "flow", "encap"}
	for _, s := range p.Stages {
		names = append(names, s.Name())
	}
	return names
}
