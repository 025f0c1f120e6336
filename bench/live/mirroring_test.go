package live

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vxwall/appliance/admin"
	"vxwall/bench/page"
	"vxwall/bench/page/pagetest"
)

// hostDrops are the newest drops that a host's vxwall tells.
func hostDrops(t *testing.T, wall *pagetest.Host) (d admin.Drops) {
	t.Helper()
	if err := json.Unmarshal([]byte(wall.MustRun("vxwall drops --json --limit 100")), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestMirroring follows docs/deploy/mirroring.md.
func TestMirroring(t *testing.T) {
	const path = "../../docs/deploy/mirroring.md"
	blocks, err := page.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	n := pagetest.New(t, filepath.Dir(vxwall), "net", "web", "db", "vxwall")
	n.Switch("net", 1600, "web", "db", "vxwall")
	wall := n.Host("vxwall")
	n.Follow(path, page.Select(blocks, "vxwall"))
	wall.Eventually("vxwall status", 10*time.Second)
	n.Follow(path, page.Select(blocks, "db"))
	n.Follow(path, page.Select(blocks, "web")) // the last block pings
	if d := hostDrops(t, wall); len(d.Recent) > 0 {
		t.Errorf("what the policy allows is reported: %+v", d.Recent)
	}
	out, err := n.Host("web").Run("python3 -c 'import socket; socket.create_connection((\"192.0.2.2\", 23), 2)'")
	if err == nil || !strings.Contains(out, "refused") {
		t.Errorf("the other end does not answer: %s, %v", out, err)
	}
	var d admin.Drops
	eventually(t, "report", func() bool { d = hostDrops(t, wall); return len(d.Recent) > 0 })
	for _, one := range d.Recent {
		if !one.Monitored || one.Reason != "segment-denied" || one.VNI != 9001 || one.Service != "tcp/23" && one.SrcPort != 23 {
			t.Errorf("reported: %+v", one)
		}
	}
	if flows := wall.MustRun("vxwall flows --vni 9001"); !strings.Contains(flows, "192.0.2.1") {
		t.Errorf("flows: %s", flows)
	}
}
