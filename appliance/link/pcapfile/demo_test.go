package pcapfile

import (
	"slices"
	"testing"
)

const demo = "../../../bench/demo/vxlan.pcap"

// TestDemoForwarded holds that of a real capture every packet leaves as it
// came, though fragments do so later.
func TestDemoForwarded(t *testing.T) {
	out := t.TempDir() + "/out"
	forward(t, Options{In: demo, Out: out})
	frames := func(path string) []string {
		q, err := inMemory(load(t, path))
		if err != nil {
			t.Fatal(err)
		}
		packets, _, err := receive(t, q)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, p := range packets {
			list = append(list, p.bytes)
		}
		slices.Sort(list)
		return list
	}
	if got, want := frames(out), frames(demo); !slices.Equal(got, want) {
		t.Errorf("%d packets differ from the %d that came", len(got), len(want))
	}
}
