package live

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vxwall/bench/page"
	"vxwall/bench/page/pagetest"
)

// probe asks as the load balancer's health probe does.
const probe = `python3 -c 'import urllib.request as u; u.urlopen("http://10.0.0.4:8080/", timeout=0.5)'`

// TestGatewayLoadBalancer follows docs/deploy/gateway-load-balancer.md.
func TestGatewayLoadBalancer(t *testing.T) {
	const path = "../../docs/deploy/gateway-load-balancer.md"
	blocks, err := page.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	n := pagetest.New(t, filepath.Dir(vxwall), "lb", "vxwall")
	n.Cable(pagetest.End{Host: "lb", Port: "eth0"}, pagetest.End{Host: "vxwall", Port: "eth0"}, 1600)
	n.Follow(path, page.Select(blocks, "vxwall"))
	lb, wall := n.Host("lb"), n.Host("vxwall")
	wall.Eventually("vxwall status", 10*time.Second)
	n.Follow(path, page.Select(blocks, "lb")) // the last block pings

	lb.MustRun(probe)
	if out, err := lb.Run("ip netns exec shop ping -c 1 -W 1 203.0.113.200"); err == nil {
		t.Errorf("the shop may speak to a customer: %s", out)
	}
	drops := wall.MustRun("vxwall drops --json --limit 5")
	if !strings.Contains(drops, "segment-denied") {
		t.Errorf("drops say %s", drops)
	}
	wall.MustRun("pkill -STOP -x vxwall")
	lb.Eventually("! "+probe, 2*time.Second)
	wall.MustRun("pkill -CONT -x vxwall")
	lb.Eventually(probe, 2*time.Second)
	wall.MustRun("pkill -KILL -x vxwall")
	lb.Eventually("! "+probe, time.Second)
	if _, err := lb.Run("ip netns exec customer ping -c 1 -W 1 203.0.113.10"); err == nil {
		t.Error("a dead vxwall passes packets")
	}
}
