package appliance

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vxwall/inspect/segment"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/rules"
)

const (
	allowAll = "[policy]\ndefault = \"allow\"\n"
	denyAll  = "[policy]\ndefault = \"deny\"\n"
)

func TestCheckFindsAll(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "b.toml"), "[[assert]]\nvni = 1\nfrom = \"10.0.0.1\"\nto = \"10.0.0.2\"\nservice = \"tcp/1\"\nexpect = \"allow\"\r\n")
	writeFile(t, filepath.Join(dir, "a.toml"), `[[assert]]
vni     = 1
from    = "10.0.0.1"
to      = "10.0.0.2"
service = "tcp/1"
expect  = "reject"

[[acl]]
name    = "old"
from    = ["any"]
to      = ["any"]
action  = "allow"
expires = 2025-01-01T00:00:00Z
`)
	c, err := Check(now, dir)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Failed() || c.Policy != nil {
		t.Error("a set whose asserts fail can be used")
	}
	wants := []string{
		"a.toml:6:11: assert fails: ", "a.toml:13:11: expired ", "b.toml:6:10: assert fails: ",
	}
	if len(c.Problems) != len(wants) {
		t.Fatalf("got %v", c.Problems)
	}
	for i, want := range wants {
		if got := c.Problems[i].Error(); !strings.HasPrefix(got, filepath.Join(dir, want)) {
			t.Errorf("problem %d: got %s, want %s…", i, got, want)
		}
	}
	if got := c.Problems[2].Source; got != `expect = "allow"` {
		t.Errorf("the source line of a failing assert is %q", got)
	}
	if strings.Count(c.Problems[0].Detail(), "\n") != 3 {
		t.Errorf("no caret below a failing assert:\n%s", c.Problems[0].Detail())
	}
}

func TestCheckWarnings(t *testing.T) {
	text := allowAll + "[[acl]]\nname = \"old\"\nfrom = [\"any\"]\nto = [\"any\"]\naction = \"deny\"\nexpires = 2025-01-01T00:00:00Z\n"
	if c := checkText(t, text); len(c.Problems) != 1 || c.Problems[0].Severity != rules.Warning || c.Set == nil {
		t.Errorf("got %v", c.Problems)
	}
}

func TestCheckErrors(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "none"): "no such file or directory",
		dir:                        "it holds no file *.toml",
	} {
		if _, err := Check(now, path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestAssertsWithoutSource: a file that is gone since it was read.
func TestAssertsWithoutSource(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gone.toml")
	problems := []rules.Problem{{Pos: rules.Pos{File: path, Line: 3}}, {}}
	quoteSources(problems)
	if problems[0].Source != "" {
		t.Error("a source from nowhere")
	}
	writeFile(t, path, "one line")
	quoteSources(problems)
	if problems[0].Source != "" {
		t.Error("a line that the file does not have")
	}
}

func TestRevisions(t *testing.T) {
	p := NewPolicies()
	if set, name := p.Policy(0); set != nil || name != "" || p.Latest() != 0 || p.Current.Load() != nil {
		t.Error("a policy before the first")
	}
	allow, deny := checkText(t, allowAll), checkText(t, denyAll)
	const uses = 40
	names := map[string]bool{}
	for i := range uint32(uses) {
		c := allow
		if i%2 == 1 {
			c = deny
		}
		stage := p.Use(c, nil)
		set, name := p.Policy(i + 1)
		if set != c.Set || names[name] || stage.Revision != i+1 || p.Latest() != i+1 || p.Current.Load().Revision != i+1 {
			t.Fatalf("revision %d: %q, stage %d, latest %d", i+1, name, stage.Revision, p.Latest())
		}
		names[name] = true
	}
	for i := range uint32(uses) {
		_, name := p.Policy(i + 1)
		if kept := i+1 > uses-keptRevisions; kept != (name != "") {
			t.Errorf("revision %d of %d: name %q", i+1, uses, name)
		}
	}
	if _, name := p.Policy(uses); !strings.HasPrefix(name, "40-") || len(name) != len("40-")+12 {
		t.Errorf("the name is %q: want number and hash of the files", name)
	}
}

func TestUseWrapsAndMonitors(t *testing.T) {
	p := NewPolicies()
	p.Use(checkText(t, "[policy]\nmode = \"monitor\"\n"), nil)
	if program := p.Current.Load(); !program.Monitor || program.StageNames()[pipeline.StageInspector] != segment.Name {
		t.Errorf("%+v", program)
	}
	p.Use(checkText(t, allowAll), func(s *segment.Stage) pipeline.Stage { return pt.Func{Title: "around " + s.Name()} })
	if program := p.Current.Load(); program.Monitor || program.StageNames()[pipeline.StageInspector] != "around segment" {
		t.Errorf("%+v", program)
	}
}

// counter is an Observer that counts what is dropped.
type counter struct {
	discard
	denied atomic.Uint64
}

func (c *counter) Dropped(*pipeline.Packet) { c.denied.Add(1) }

// TestReloadWhileRunning changes the policy under a worker that never stops:
// the same flow is allowed, denied and allowed again; no packet is lost.
func TestReloadWhileRunning(t *testing.T) {
	p := NewPolicies()
	allow, deny := checkText(t, allowAll), checkText(t, denyAll)
	p.Use(allow, nil)
	loop := pt.NewLoop(pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}, pt.Payload("query")))
	seen := &counter{}
	cfg := DefaultConfig()
	cfg.Flows.Capacity = 1024
	worker := pipeline.NewWorker(cfg.Pipeline(time.Time{}), loop, &p.Current, seen)
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		var err error
		for err == nil {
			select {
			case <-stop:
				stopped <- worker.Finish()
				return
			default:
				err = worker.Step()
			}
		}
		stopped <- err
	}()
	for range 5 {
		p.Use(deny, nil)
		waitFor(t, "denied packets after a reload", seen.denied.Load)
		p.Use(allow, nil)
		waitFor(t, "forwarded packets after a reload", func() uint64 { return worker.Counters().Forwarded.Packets })
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	c := worker.Counters()
	if err := pt.CheckCounters(&c); err != nil {
		t.Error(err)
	}
	if c.Flows.Created != 1 {
		t.Errorf("%d flows, want one that lived through all reloads", c.Flows.Created)
	}
}

// waitFor waits until a count grows.
func waitFor(t *testing.T, what string, count func() uint64) {
	t.Helper()
	before, deadline := count(), time.Now().Add(10*time.Second)
	for count() == before {
		if time.Now().After(deadline) {
			t.Fatalf("no %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestRevisionsOfLargeSets: the names of old revisions take a bounded memory, however
// many rules they have; files that did not change are kept once.
func TestRevisionsOfLargeSets(t *testing.T) {
	p := NewPolicies()
	use := func(hash byte) {
		c := checkText(t, allowAll)
		c.Set.Hash, c.Set.ACL = [32]byte{hash}, make([]rules.ACL, keptRules/2)
		p.Use(c, nil)
	}
	kept := func() (list []uint32) {
		for n := range p.Latest() {
			if set, _ := p.Policy(n + 1); set != nil {
				list = append(list, n+1)
			}
		}
		return list
	}
	for range 5 {
		use(1)
	}
	if got := kept(); len(got) != 5 {
		t.Errorf("of one set %v are kept", got)
	}
	for hash := range byte(5) {
		use(2 + hash)
	}
	if got := kept(); !slices.Equal(got, []uint32{8, 9, 10}) {
		t.Errorf("of many sets %v are kept", got)
	}
}

// TestCheckLeftOut holds that rules which the engine cannot use are named, each
// once, and do not stop a load.
func TestCheckLeftOut(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"policy.toml": `
[[ips]]
name = "a"
rules = ["one.rules"]
[[ips]]
name = "b"
rules = ["one.rules"]
[[acl]]
name = "first"
from = "any"
to = "any"
service = "tcp/80"
action = "allow"
inspect = ["a"]
[[acl]]
name = "second"
from = "any"
to = "any"
action = "allow"
inspect = ["a", "b"]
`,
		"one.rules": "alert tcp any any -> any any (content:\"x\"; asn1:oversize_length 9; sid:1;)\nalert tcp any any -> any any (content:\"x\"; sid:2;)\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Check(time.Time{}, filepath.Join(dir, "policy.toml"))
	if err != nil || c.Failed() || len(c.Problems) != 1 || c.Signatures == nil {
		t.Fatalf("%+v %v", c, err)
	}
	p := c.Problems[0]
	if p.Severity != rules.Warning || p.Line != 1 || p.Column != 44 || p.Width != 4 || !strings.HasPrefix(p.Message, "rule 1 is left out: asn1: ") {
		t.Errorf("%s", p.Detail())
	}
}
