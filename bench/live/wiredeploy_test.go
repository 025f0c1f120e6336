package live

import (
	"path/filepath"
	"testing"
	"time"

	"vxwall/bench/page"
	"vxwall/bench/page/pagetest"
)

// between follows a page about two hosts with vxwall in the wire between them: vxwall
// first, so that the last blocks of the hosts can ping.
func between(t *testing.T, path string) *pagetest.Network {
	t.Helper()
	blocks, err := page.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	n := pagetest.New(t, filepath.Dir(vxwall), "left", "vxwall", "right")
	n.Cable(pagetest.End{Host: "left", Port: "eth0"}, pagetest.End{Host: "vxwall", Port: "eth1"}, 1600)
	n.Cable(pagetest.End{Host: "right", Port: "eth0"}, pagetest.End{Host: "vxwall", Port: "eth2"}, 1600)
	n.Follow(path, page.Select(blocks, "vxwall"))
	n.Host("vxwall").Eventually("vxwall status", 10*time.Second)
	n.Follow(path, page.Select(blocks, "right"))
	n.Follow(path, page.Select(blocks, "left"))
	return n
}

// TestLinuxBridges follows docs/deploy/linux-bridges.md.
func TestLinuxBridges(t *testing.T) {
	n := between(t, "../../docs/deploy/linux-bridges.md")
	right, wall := n.Host("right"), n.Host("vxwall")
	if out, err := right.Run("ip netns exec db ping -c 1 -W 1 10.0.0.1"); err == nil {
		t.Errorf("db may speak to web: %s", out)
	}
	denied(t, wall, 100)
	n.Host("left").MustRun("ip netns exec web ping -c 1 -W 2 -M do -s 1472 10.0.0.2")
}

// denied checks that drops are those of the policy, of a VNI.
func denied(t *testing.T, wall *pagetest.Host, vni uint32) {
	t.Helper()
	d := hostDrops(t, wall)
	found := false
	for _, one := range d.Recent {
		found = found || one.Reason == "segment-denied" && one.VNI == vni && one.Proto == "icmp" && !one.Monitored
	}
	if !found {
		t.Errorf("drops say %+v", d.Recent)
	}
}
