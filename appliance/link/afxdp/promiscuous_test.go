package afxdp

import (
	"testing"

	"github.com/vishvananda/netlink"

	"vxwall/appliance/link/afxdp/vethtest"
)

// TestPromiscuousWhileOpen: the ports of a wire take all frames as long as the link is open, and no longer.
func TestPromiscuousWhileOpen(t *testing.T) {
	cfg := testConfig(vethtest.New(t, vethtest.Config{}))
	want := func(when string, n int) {
		t.Helper()
		for _, name := range cfg.Ports {
			port, err := netlink.LinkByName(name)
			check(t, err)
			if got := port.Attrs().Promisc; got != n {
				t.Errorf("%s: %s is promiscuous %d times, want %d", when, name, got, n)
			}
		}
	}
	want("before", 0)
	l, err := Open(cfg)
	check(t, err)
	want("open", 1)
	check(t, l.Close())
	want("closed", 0)
}
