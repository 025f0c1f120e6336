package lab_test

import (
	"testing"
	"time"

	"vxwall/appliance"
	"vxwall/bench/lab"
	"vxwall/bench/lab/labtest"
)

// TestConfiguration: what the lab writes is what vxwall accepts.
func TestConfiguration(t *testing.T) {
	l := labtest.ForTest(t, lab.Options{})
	s := setup(t, "good")
	s.Config = map[string]any{"datapath.offload": false, "datapath.on_death": "drop"}
	labtest.Start(t, l, s)
	cfg, problems, err := appliance.LoadConfig(l.ConfigFile(), appliance.DefaultConfig())
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	if cfg.Datapath.Offload || cfg.Datapath.OnDeath != "drop" || cfg.Admin.Socket != l.Socket() || cfg.Events.EVE != l.EVE() {
		t.Errorf("%+v", cfg)
	}
}

func TestExamplePolicy(t *testing.T) {
	checked, err := appliance.Check(time.Now(), "rules")
	if err != nil || len(checked.Problems) > 0 {
		t.Error(err, checked.Problems)
	}
}
