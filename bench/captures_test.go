package bench

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/pcapgo"

	"vxwall/appliance"
)

// captures is how many captures the shared suite has.
const captures = 769

// wrapAll wraps captures in VXLAN with the suite's own tool, all in one run of
// Python: arguments are its folder, the output folder, then the captures.
const wrapAll = `
import sys
sys.path.insert(0, sys.argv[1])
import vxwrap
for i, path in enumerate(sys.argv[3:]):
    vxwrap.convert(path, "%s/%d.pcap" % (sys.argv[2], i))
`

// TestAllCaptures replays every capture of the shared suite, wrapped in VXLAN,
// through a policy that allows everything: packet counts add up, and every
// packet that is forwarded is, byte for byte, one that came in.
func TestAllCaptures(t *testing.T) {
	paths := sharedCaptures(t)
	dir := t.TempDir()
	args := append([]string{"-c", wrapAll, filepath.Join(shared, "conformance"), dir}, paths...)
	if out, err := exec.Command("python3", args...).CombinedOutput(); err != nil {
		t.Fatalf("wrap captures: %v\n%s", err, out)
	}
	policy := allowAll(t, dir)
	var received, forwarded uint64
	dropped := map[string]uint64{}
	for i, path := range paths {
		in, out := fmt.Sprintf("%s/%d.pcap", dir, i), filepath.Join(dir, "out.pcap")
		cfg := appliance.DefaultConfig()
		cfg.Flows.Midstream = "pickup"
		result, err := (&appliance.Replay{Config: cfg, Policy: policy, In: in, Out: out}).Run()
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		compareCaptures(t, path, in, out, &result)
		received += result.Counters.Received.Packets
		forwarded += result.Counters.Forwarded.Packets
		countReasons(dropped, &result)
	}
	t.Logf("%d captures: %d packets received, %d forwarded, dropped by reason: %v", len(paths), received, forwarded, dropped)
}

const shared = "../../shared"

// sharedCaptures returns the captures of the shared suite.
func sharedCaptures(t *testing.T) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(filepath.Join(shared, "conformance", "suite"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(filepath.Base(path), ".pcap") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("find the shared captures beside the checkout: %v", err)
		}
		t.Skipf("the shared captures are not beside the checkout: %v", err)
	}
	if len(paths) != captures {
		t.Fatalf("found %d captures, want %d", len(paths), captures)
	}
	return paths
}

// allowAll loads a policy that lets everything pass.
func allowAll(t *testing.T, dir string) *appliance.Checked {
	t.Helper()
	path := filepath.Join(dir, "allow.toml")
	text := "[policy]\ndefault = \"allow\"\n[control]\nother = \"allow\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	checked, err := appliance.Check(time.Now(), path)
	if err != nil || checked.Failed() {
		t.Fatal(err, checked)
	}
	return checked
}

// compareCaptures checks that the counts add up and that out holds forwarded
// packets of in only, each at most as often as it came.
func compareCaptures(t *testing.T, name, in, out string, r *appliance.Result) {
	t.Helper()
	c := &r.Counters
	dropped := c.TotalDropped().Packets
	came, left := packets(t, in), packets(t, out)
	if c.Received.Packets != c.Forwarded.Packets+dropped || c.Held != 0 {
		t.Errorf("%s: received %d, forwarded %d, dropped %d, held %d", name, c.Received.Packets, c.Forwarded.Packets, dropped, c.Held)
	}
	if int(c.Received.Packets) != len(came) || int(c.Forwarded.Packets) != len(left) {
		t.Errorf("%s: received %d of %d, forwarded %d, wrote %d", name, c.Received.Packets, len(came), c.Forwarded.Packets, len(left))
	}
	times := map[string]int{}
	for _, p := range came {
		times[p]++
	}
	for i, p := range left {
		if times[p]--; times[p] < 0 {
			t.Errorf("%s: forwarded packet %d is none that came in", name, i+1)
			return
		}
	}
}

// packets reads all packets of a capture.
func packets(t *testing.T, path string) (all []string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcapgo.NewReader(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for {
		data, _, err := r.ReadPacketData()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, string(data))
	}
}

func countReasons(dropped map[string]uint64, r *appliance.Result) {
	for stage := range r.Counters.Dropped {
		for reason, tally := range r.Counters.Dropped[stage] {
			if tally.Packets > 0 {
				dropped[reasonName(reason)] += tally.Packets
			}
		}
	}
}
