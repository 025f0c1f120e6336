package live

import (
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

// TestEVPN follows docs/deploy/evpn-frr.md.
func TestEVPN(t *testing.T) {
	const path = "../../docs/deploy/evpn-frr.md"
	blocks, err := page.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	n := pagetest.New(t, "", "net", "leaf1", "leaf2", "vxwall")
	n.Switch("net", 1600, "leaf1", "leaf2", "vxwall")
	n.Follow(path, blocks)
	workload(n.Host("leaf1"), "red1", "02:00:00:00:00:01", "10.0.0.1")
	workload(n.Host("leaf2"), "red2", "02:00:00:00:00:02", "10.0.0.2")
	n.Host("leaf1").Run("ip netns exec red1 ping -c 2 -W 1 10.0.0.2")
	n.Host("leaf2").Run("ip netns exec red2 ping -c 2 -W 1 10.0.0.1")
	took := n.Host("vxwall").Eventually("bridge fdb show dev vxlan100 | grep '02:00:00:00:00:01 dst 192.0.2.1'", 20*time.Second)
	t.Logf("FRR told the kernel of a workload after %v", took)
	for _, h := range []string{"leaf1", "leaf2", "vxwall"} {
		t.Log(h, n.Host(h).MustRun("bridge fdb show dev vxlan100; vtysh -c 'show bgp l2vpn evpn summary' || true"))
	}
}
