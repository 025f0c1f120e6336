package appliance

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"vxwall/inspect/app"
	"vxwall/inspect/av"
	"vxwall/inspect/ips"
	"vxwall/inspect/segment"
	"vxwall/pipeline"
	"vxwall/pipeline/stream"
	"vxwall/rules"
)

// Checked is a set of rule files that was loaded, compiled and tested against
// its own asserts.
type Checked struct {
	Set      *rules.Set      // nil if a problem is an error
	Policy   *segment.Policy // compiled at the time of the check; nil as Set
	Problems []rules.Problem // by file, line and column
	// Signatures judge what the ACL lets pass; nil for none.
	Signatures *Signatures
	// Files judge those that flows carry which the ACL lets pass; nil for none.
	Files *Files
}

// Failed says whether the set must not be used.
func (c *Checked) Failed() bool { return c.Set == nil }

// Check loads, compiles and tests rule files. It returns an error only if
// files cannot be read.
func Check(now time.Time, paths ...string) (*Checked, error) {
	defer spare()()
	set, problems, err := rules.Load(rules.Options{Now: now, Inspect: true}, paths...)
	if err != nil {
		return nil, err
	}
	c := &Checked{Set: set, Problems: problems}
	if set == nil {
		return c, nil
	}
	c.Policy = segment.Compile(set, now)
	c.Signatures = compileSignatures(set)
	files, broken := compileFiles(set, now)
	c.Files = files
	failed := segment.CheckAsserts(set, c.Policy)
	failed = append(failed, broken...)
	passed := len(failed) == 0
	failed = append(failed, c.Signatures.leftOut()...)
	failed = append(failed, c.Files.leftOut()...)
	quoteSources(failed)
	c.Problems = append(c.Problems, failed...)
	rules.SortProblems(c.Problems, set.Files)
	if !passed {
		c.Files.close()
		c.Set, c.Policy, c.Signatures, c.Files = nil, nil, nil, nil
	}
	return c, nil
}

// quoteSources fills in the source lines of problems. A file that cannot be
// read again leaves them without.
func quoteSources(problems []rules.Problem) {
	lines := map[string][]string{}
	for i := range problems {
		p := &problems[i]
		if _, known := lines[p.File]; !known {
			text, _ := os.ReadFile(p.File)
			lines[p.File] = strings.Split(string(text), "\n")
		}
		if file := lines[p.File]; p.Line > 0 && p.Line <= len(file) {
			p.Source = strings.TrimSuffix(file[p.Line-1], "\r")
		}
	}
}

// The names of earlier policy revisions are kept for events of flows that one of
// them judged: of so many revisions, and of sets with so many rules together, some
// 400 bytes each.
const (
	keptRevisions = 16
	keptRules     = 1 << 17
)

// Policies holds the policy in force and the names of earlier ones. Any
// goroutine may use it.
type Policies struct {
	Current pipeline.Current
	// Content is how the content of flows is followed, where signatures need it. It is
	// set before the first use and does not change.
	Content *app.Config
	// Judges judge files beside the workers; nil: the workers do. Set before the first use.
	Judges *av.Judges
	// FileStats counts the files that were judged.
	FileStats av.Stats

	bindings *segment.Bindings
	mu       sync.Mutex
	latest   uint32
	trace    func(*pipeline.Packet) ips.Tracer // of the candidates for a packet; nil for none
	files    *Files                            // of the latest revision, nil for none
	judging  *Signatures                       // of the latest revision, nil for none
	known    map[uint32]revision
}

type revision struct {
	set  *rules.Set
	name string
}

// NewPolicies returns one with no policy in force.
func NewPolicies() *Policies {
	return &Policies{
		Content:  contentConfig(stream.PoolConfig{Inline: true, Midstream: true}, false),
		bindings: segment.NewBindings(randomSeed()), known: map[uint32]revision{},
	}
}

// Use puts a checked set in force as the next revision and returns its stage.
// wrap, if not nil, may put another stage around it.
func (p *Policies) Use(c *Checked, wrap func(*segment.Stage) pipeline.Stage) *segment.Stage {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latest++
	p.remember(c.Set)
	p.judging = c.Signatures
	stage := segment.NewStage(c.Set, c.Policy, p.latest, p.bindings)
	first := pipeline.Stage(stage)
	if wrap != nil {
		first = wrap(stage)
	}
	stages := []pipeline.Stage{first}
	if c.Signatures != nil {
		stage := c.Signatures.stage(p.Content)
		stage.Trace = p.trace
		stages = append(stages, stage)
	}
	if c.Files != nil {
		stages = append(stages, c.Files.stage(p))
	}
	if p.files != c.Files {
		p.files.close()
		p.files = c.Files
	}
	p.Current.Publish(&pipeline.Program{
		Revision: p.latest, Stages: stages, Monitor: c.Set.Policy.Mode == rules.Monitor,
	})
	return stage
}

// closeFiles ends what judges files, once no worker is there any more.
func (p *Policies) closeFiles() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files.close()
	p.files = nil
}

// remember notes the names of the latest revision, and forgets old ones. Files that
// did not change are kept once.
func (p *Policies) remember(set *rules.Set) {
	name := fmt.Sprintf("%d-%x", p.latest, set.Hash[:6])
	if before := p.known[p.latest-1].set; before != nil && before.Hash == set.Hash {
		set = before
	}
	p.known[p.latest] = revision{set, name}
	total := 0
	for n := p.latest - 1; p.known[n].set != nil; n-- {
		if earlier := p.known[n].set; earlier != set {
			set, total = earlier, total+len(earlier.ACL)
		}
		if p.latest-n >= keptRevisions || total > keptRules {
			delete(p.known, n)
		}
	}
}

// Policy implements eve.Policies.
func (p *Policies) Policy(number uint32) (*rules.Set, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.known[number]
	return r.set, r.name
}

// Latest implements eve.Policies.
func (p *Policies) Latest() uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.latest
}
