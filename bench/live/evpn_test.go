package live

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vxwall/bench/page"
	"vxwall/bench/page/pagetest"
)

// workload gives a host a workload behind its bridge br100: a namespace with a MAC address and an
// IP address of its own.
func workload(h *pagetest.Host, name, mac, ip string) {
	h.MustRun("ip netns add " + name + "\nip link add to-" + name + " type veth peer name eth0 netns " + name + `
ip link set to-` + name + ` master br100 up
ip netns exec ` + name + ` ethtool -K eth0 tx off >/dev/null
ip -n ` + name + ` link set eth0 address ` + mac + `
ip -n ` + name + ` addr add ` + ip + `/24 dev eth0
ip -n ` + name + ` link set eth0 up`)
}

// TestEVPN follows docs/deploy/evpn-frr.md: two leaves that speak EVPN through vxwall, and a
// workload that moves from one to the other.
func TestEVPN(t *testing.T) {
	const path = "../../docs/deploy/evpn-frr.md"
	blocks, err := page.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	n := pagetest.New(t, filepath.Dir(vxwall), "net", "leaf1", "leaf2", "vxwall")
	n.Switch("net", 1600, "leaf1", "leaf2", "vxwall")
	n.Follow(path, blocks)
	leaf1, leaf2, wall := n.Host("leaf1"), n.Host("leaf2"), n.Host("vxwall")
	workload(leaf1, "red1", "02:00:00:00:00:01", "10.0.0.1")
	workload(leaf2, "red2", "02:00:00:00:00:02", "10.0.0.2")
	wall.Eventually("vxwall status", 10*time.Second)
	for _, leaf := range []*pagetest.Host{leaf1, leaf2} {
		leaf.Eventually("bridge fdb show dev vxlan100 | grep '^00:00:00:00:00:00 dst 192.0.2.10'", 20*time.Second)
	}
	took := leaf1.Eventually("ip netns exec red1 ping -c 1 -W 1 10.0.0.2", 10*time.Second)
	t.Logf("the first ping was answered after %v", took)
	leaf1.MustRun("ip netns exec red1 ping -c 5 -i 0.2 -W 1 10.0.0.2")
	if out := leaf1.MustRun("bridge fdb show dev vxlan100 | grep ^02:"); strings.Contains(out, "dst 192.0.2.2") {
		t.Errorf("leaf1 knows the direct way: %s", out)
	}
	wall.Eventually("vxwall fdb --mac 02:00:00:00:00:02 --source kernel | grep 192.0.2.2", 5*time.Second)

	follow(t, leaf1, leaf2, wall)
}

// follow has red2 move from leaf2 to leaf1 while red3, at leaf2, speaks to it.
func follow(t *testing.T, leaf1, leaf2, wall *pagetest.Host) {
	t.Helper()
	workload(leaf2, "red3", "02:00:00:00:00:03", "10.0.0.3")
	leaf2.MustRun("ip netns exec red3 ping -c 2 -i 0.2 -W 1 10.0.0.1 && ip netns exec red3 ping -c 1 -W 1 10.0.0.2")
	leaf2.MustRun("ip netns del red2")
	workload(leaf1, "red2", "02:00:00:00:00:02", "10.0.0.2")
	begin := time.Now()
	leaf1.MustRun("ip netns exec red2 ping -c 1 -W 0.01 10.0.0.9 || true") // it says something
	wall.Eventually("vxwall fdb --mac 02:00:00:00:00:02 --source kernel | grep 192.0.2.1:", 5*time.Second)
	followed := time.Since(begin)
	leaf2.Eventually("ip netns exec red3 ping -c 1 -W 0.2 10.0.0.2", 5*time.Second)
	if reached := time.Since(begin); reached > time.Second {
		t.Errorf("red2 was reached %v after its move, more than a second", reached)
	} else {
		t.Logf("vxwall followed the move after %v, red2 was reached after %v", followed, reached)
	}
}
