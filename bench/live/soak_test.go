package live

import (
	"context"
	"os"
	"testing"
	"time"

	"vxwall/bench/lab/labtest"
	"vxwall/bench/soak"
)

// TestSoak has flows open and close under load for VXWALL_SOAK, such as 1h; 10 s
// if it is not set. Memory stays flat, no frame is lost, counters add up.
func TestSoak(t *testing.T) { runSoak(t, false) }

// TestVTEPSoak is TestSoak of a VTEP.
func TestVTEPSoak(t *testing.T) { runSoak(t, true) }

func runSoak(t *testing.T, vtep bool) {
	t.Helper()
	labtest.NeedRoot(t)
	last := 10 * time.Second
	if text := os.Getenv("VXWALL_SOAK"); text != "" {
		var err error
		if last, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	report, err := soak.Run(context.Background(), soak.Options{
		Name: labtest.Name(), Binary: vxwall, VTEP: vtep, Duration: last, Every: max(last/60, time.Second), Progress: t.Output(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", *report.Load)
	t.Logf("at the end: %+v; %+v", report.Status.Frames, report.Status.Packets)
	for _, fault := range report.Faults {
		t.Error(fault)
	}
}
