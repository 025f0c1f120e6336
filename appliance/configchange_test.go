package appliance

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"vxwall/rules"
)

func TestDifferences(t *testing.T) {
	a, b := DefaultConfig(), DefaultConfig()
	if got := a.differences(&b); got != nil {
		t.Error(got)
	}
	b.Datapath.Heartbeat++
	b.Rules.Paths = []string{"/other"}
	b.VNI = []VNIConfig{{ID: []any{int64(1)}, OnDeath: "drop"}}
	if got := a.differences(&b); !slices.Equal(got, []string{"datapath.heartbeat", "vni", "rules.paths"}) {
		t.Error(got)
	}
}

// TestReloadOfConfiguration: a reload says what of the configuration file it does
// not put in force.
func TestReloadOfConfiguration(t *testing.T) {
	b := newBox(t, 1)
	file, problems, err := b.daemon.Config, []rules.Problem(nil), error(nil)
	b.daemon.Reread = func() (Config, []rules.Problem, error) { return file, problems, err }
	b.start()
	reload := func(want string) {
		t.Helper()
		r, err := b.client.Reload(context.Background())
		if err != nil || !r.Good || r.Configuration != want {
			t.Errorf("%+v %v, want %s", r, err, want)
		}
		if got := strings.Join(b.status().Attention, "\n"); got != want {
			t.Errorf("attention %s, want %s", got, want)
		}
	}
	reload("")
	file.Datapath.OnDeath, file.Flows.Capacity = "drop", 1
	reload("changed in the configuration, in force after a restart: datapath.on_death, flows.capacity")
	problems = []rules.Problem{{Pos: rules.Pos{File: "vxwall.toml", Line: 3, Column: 1}, Message: "what is this"}}
	reload("the next start will fail: vxwall.toml:3:1: what is this")
	problems, err = nil, errors.New("no such file")
	reload("the next start will fail: no such file")
}
