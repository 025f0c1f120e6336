package load

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestVxwall: the real daemon passes the generator's frames by its last rule, in user
// space and offloaded, and leaves the ports as they were.
func TestVxwall(t *testing.T) {
	top := newTopology(t)
	program := filepath.Join(t.TempDir(), "vxwall")
	if out, err := exec.Command("go", "build", "-o", program, "vxwall/appliance/cmd/vxwall").CombinedOutput(); err != nil {
		t.Fatalf("build vxwall: %v: %s", err, out)
	}
	for _, s := range []System{
		Vxwall{Program: program, Rules: 100}, Vxwall{Program: program, Rules: 100, Offload: true}, VxwallVTEP{Program: program, Rules: 100}, VxwallVTEP{Program: program, Rules: 100, Offload: true}, Redirect{},
	} {
		r, err := NewRig(t.Context(), top, s, Traffic{Flows: 20, VNIs: 2, Size: SizeIMIX})
		if err != nil {
			t.Fatal(err)
		}
		if _, arrived := run(t, r, Order{Rate: 5000, Frames: 480}, Watch{}); arrived.Frames != 480 || arrived.Reordered != 0 {
			t.Errorf("%s: arrived %+v, want 480 frames", s.Name(), arrived)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestReceiveOnAppliance: what receives in wall runs on the appliance's core, and frames
// get through.
func TestReceiveOnAppliance(t *testing.T) {
	newTopology(t) // skips
	if runtime.NumCPU() < 2 {
		t.Skip("one core")
	}
	top, err := NewTopology(DefaultPlacement(false))
	if err != nil {
		t.Fatal(err)
	}
	defer top.Close()
	r, err := NewRig(t.Context(), top, Redirect{}, Traffic{Flows: 10, VNIs: 1, Size: Size64})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, arrived := run(t, r, Order{Rate: 1000, Frames: 100}, Watch{}); arrived.Frames == 0 {
		t.Error("nothing arrived")
	}
	for _, name := range []string{Eth1, Eth2} {
		p := top.Port(name)
		err := top.Wall.Do(func() error {
			threads, err := napiThreads(p.Index)
			if err != nil || len(threads) != 1 {
				t.Errorf("%s has the threads %v, %v", name, threads, err)
				return err
			}
			var set unix.CPUSet
			err = unix.SchedGetaffinity(threads[0], &set)
			if set.Count() != 1 || !set.IsSet(top.Place.Appliance) {
				t.Errorf("%s receives on %v", name, set)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
