package eve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"vxwall/inspect/segment"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	. "vxwall/pipeline/pipelinetest"
	"vxwall/rules"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// policyText has a name of every kind that ends up in events.
const policyText = `
[policy]
log = "both"

[control]
other = "deny"

[[segment]]
name   = "web"
vni    = [100]
prefix = ["10.1.0.0/24", "fd00:1::/64"]

[[segment]]
name   = "db"
vni    = [100]
prefix = ["10.2.0.0/24", "fd00:2::/64"]

[[acl]]
name    = "no-telnet"
from    = ["any"]
to      = ["any"]
service = ["tcp/23", "udp/69"]
action  = "reject"
log     = "both"

[[acl]]
name    = "no-shell"
from    = ["any"]
to      = ["any"]
service = ["tcp/22", "udp/22", "icmp/timestamp-request", "sctp/22"]
action  = "deny"
log     = "both"

[[acl]]
name   = "web-to-db"
from   = ["web"]
to     = ["db"]
action = "allow"
log    = "both"
`

// names is a Policies with one revision, or with any in its map.
type names map[uint32]*rules.Set

func (n names) Policy(revision uint32) (*rules.Set, string) {
	if set := n[revision]; set != nil {
		return set, fmt.Sprintf("%d-test", revision)
	}
	return nil, ""
}

func (n names) Latest() uint32 {
	var latest uint32
	for revision := range n {
		latest = max(latest, revision)
	}
	return latest
}

func parsePolicy(t testing.TB, text string) *rules.Set {
	t.Helper()
	set, problems := rules.Parse(rules.Options{}, rules.Source{Name: "test.toml", Text: []byte(text)})
	if set == nil {
		t.Fatal(problems)
	}
	return set
}

func program(set *rules.Set, revision uint32) *pipeline.Program {
	stage := segment.NewStage(set, segment.Compile(set, time.Time{}), revision, segment.NewBindings(flow.Seed{}))
	return &pipeline.Program{Revision: revision, Stages: []pipeline.Stage{stage}, Monitor: set.Policy.Mode == rules.Monitor}
}

// events takes frames through a worker with a policy and returns what is
// logged, one line each.
func events(t testing.TB, set *rules.Set, frames ...[]byte) []string {
	t.Helper()
	return eventsOf(t, set, testConfig(), frames...)
}

// eventsOf is events for a configuration of the pipeline.
func eventsOf(t testing.TB, set *rules.Set, cfg pipeline.Config, frames ...[]byte) []string {
	t.Helper()
	var out bytes.Buffer
	var current pipeline.Current
	current.Publish(program(set, 1))
	w := NewWriter(Config{Out: &out, Policies: names{1: set}, Capture: true, Wait: true, Ring: 64}, 1)
	worker := pipeline.NewWorker(cfg, NewQueue(frames...), &current, w.Log(0))
	if err := worker.Run(); err != nil {
		t.Fatal(err)
	}
	counters := worker.Counters()
	w.Log(0).Stats(worker.Now(), &counters)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if w.Written() != uint64(len(lines)) || w.Lost() != 0 {
		t.Errorf("written %d, lost %d: want %d and 0", w.Written(), w.Lost(), len(lines))
	}
	return lines
}

func testConfig() pipeline.Config {
	cfg := pipeline.Default()
	cfg.Flow.Capacity = 1024
	cfg.AcceptReserved = true
	return cfg
}

// object of one line.
func parse(t testing.TB, line string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := strictJSON([]byte(line), &o); err != nil {
		t.Fatalf("%v\n%s", err, line)
	}
	return o
}

// strictJSON is json.Unmarshal, and refuses an object with the same key twice.
func strictJSON(b []byte, into any) error {
	if err := json.Unmarshal(b, into); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	return walk(d)
}

func walk(d *json.Decoder) error {
	token, err := d.Token()
	if err != nil || token != json.Delim('{') {
		if token == json.Delim('[') {
			return array(d)
		}
		return err
	}
	seen := map[json.Token]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("key %q twice", key)
		}
		seen[key] = true
		if err := walk(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

func array(d *json.Decoder) error {
	for d.More() {
		if err := walk(d); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}
