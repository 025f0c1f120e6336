package afxdp

import (
	"errors"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"vxwall/appliance/link/afxdp/vethtest"
)

// TestTry: what a port can do is found out, and nothing of that stays.
func TestTry(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{Queues: [2]int{2, 2}})
	attrs := netlink.NewLinkAttrs()
	attrs.Name = "br0"
	if err := netlink.LinkAdd(&netlink.Bridge{LinkAttrs: attrs}); err != nil {
		t.Fatal(err)
	}
	for name, native := range map[string]bool{w.Ports[0]: true, "br0": false} {
		at, err := Examine(name, "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := Try(&at, true)
		if err != nil || (got.Native == nil) != native || got.Generic != nil || got.Copy != nil || !errors.Is(got.ZeroCopy, unix.EOPNOTSUPP) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
		if got, err := Try(&at, false); err != nil || got.ZeroCopy != ErrNotTried {
			t.Errorf("%s: %+v %v", name, got, err)
		}
		if programOn(name) != 0 {
			t.Errorf("%s: the program is still there", name)
		}
	}
	at, err := Examine(w.Ports[0], "")
	if err != nil {
		t.Fatal(err)
	}
	at.Program = 7
	if got, err := Try(&at, true); err != nil || got.Native != ErrNotTried || got.Generic != ErrNotTried || got.Copy != ErrNotTried {
		t.Errorf("with a program: %+v %v", got, err)
	}
}
