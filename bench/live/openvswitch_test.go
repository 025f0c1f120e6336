package live

import "testing"

// TestOpenVSwitch follows docs/deploy/open-vswitch.md.
func TestOpenVSwitch(t *testing.T) {
	n := between(t, "../../docs/deploy/open-vswitch.md")
	left, wall := n.Host("left"), n.Host("vxwall")
	if out, err := left.Run("ip netns exec guest ping -c 1 -W 1 10.0.0.10"); err == nil {
		t.Errorf("guest may speak to db: %s", out)
	}
	denied(t, wall, 200)
	wall.MustRun("vxwall flows --vni 100 | grep -q 'icmp/echo-request 10.0.0.2 -> 10.0.0.10'")
}
