package nfqueue

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"vxwall/appliance/link/afxdp/vethtest"
	"vxwall/pipeline/wire"
)

// router is a host that forwards between two ports what the suite's frames are: IPv4 from
// 10.0.0.0/16 at port 0 to 10.1.0.0/16 at port 1.
type router struct {
	*vethtest.Wire
	t testing.TB
}

func newRouter(t testing.TB) *router {
	t.Helper()
	r := &router{vethtest.New(t, vethtest.Config{}), t}
	r.sysctl("ip_forward", "1")
	for i, network := range []string{"10.0.0.0/16", "10.1.0.0/16"} {
		port, err := netlink.LinkByName(r.Ports[i])
		check(t, err)
		r.sysctl("conf/"+r.Ports[i]+"/rp_filter", "0")
		check(t, netlink.LinkSetHardwareAddr(port, net.HardwareAddr{2, 0, 0, 0, 0, 2}))
		_, ipNet, err := net.ParseCIDR(network)
		check(t, err)
		check(t, netlink.RouteAdd(&netlink.Route{LinkIndex: r.Index[i], Dst: ipNet, Scope: netlink.SCOPE_LINK}))
		for _, host := range []string{"10.0.0.1", "10.1.0.1"} {
			check(t, netlink.NeighSet(&netlink.Neigh{
				LinkIndex: r.Index[i], State: netlink.NUD_PERMANENT, IP: net.ParseIP(host), HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 1},
			}))
		}
	}
	r.sysctl("conf/all/rp_filter", "0")
	return r
}

func (r *router) sysctl(key, value string) {
	r.t.Helper()
	check(r.t, os.WriteFile("/proc/sys/net/ipv4/"+key, []byte(value), 0))
}

// iptables changes rules of the router.
func (r *router) iptables(args ...string) string {
	r.t.Helper()
	out, err := exec.Command("/usr/sbin/iptables", args...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("iptables %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// send has the router get frames, which leave it as they are given: it takes one from their
// time to live.
func (r *router) send(frames ...[]byte) {
	for _, f := range frames {
		f = append([]byte(nil), f...)
		ip := wire.IPv4(f[wire.EthernetLen:])
		ip[8]++
		ip.SetChecksum()
		r.Ends[0].Send(f)
	}
}

// sent returns the IP packets that left the router.
func (r *router) sent(n int, patience time.Duration) (packets [][]byte) {
	for _, f := range r.Ends[1].Received(n, patience) {
		packets = append(packets, f[wire.EthernetLen:])
	}
	return packets
}

// testConfig is a configuration without rules, for the port of the tests' packets.
func testConfig() Config {
	c := DefaultConfig()
	c.Rules, c.VXLANPorts = false, []uint16{514}
	return c
}

func openLink(t testing.TB, c Config) *Link {
	t.Helper()
	l, err := Open(c)
	check(t, err)
	t.Cleanup(func() {
		for _, q := range l.Queues() { // no worker will empty them
			check(t, q.Close())
		}
		check(t, l.Close())
	})
	return l
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
