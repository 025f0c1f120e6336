package underlay

import (
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// FuzzNeighbour: a message that is accepted has no more than its bytes say, and
// one that is cut off is refused.
func FuzzNeighbour(f *testing.F) {
	whole := (&netlink.Ndmsg{Family: unix.AF_BRIDGE, Index: 7, State: netlink.NUD_NOARP}).Serialize()
	whole = append(whole, 10, 0, netlink.NDA_LLADDR, 0, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0, netlink.NDA_DST, 0, 192, 0, 2, 1, 8, 0, netlink.NDA_VNI, 0, 5, 0, 0, 0)
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(whole[:8])
	f.Fuzz(func(t *testing.T, b []byte) {
		n, ok := parseNeighbour(b)
		if ok != (len(b) >= ndmsgLen) && ok {
			t.Fatal("a message without a header")
		}
		if ok && n.hasMAC && len(b) < ndmsgLen+unix.SizeofRtAttr+len(n.mac) {
			t.Fatalf("%+v out of %d bytes", n, len(b))
		}
	})
	n, ok := parseNeighbour(whole)
	if !ok || n.index != 7 || n.mac != (MAC{2, 0, 0, 0, 0, 1}) || n.dst.String() != "192.0.2.1" || n.vni != 5 || !n.hasVNI {
		f.Errorf("%+v %v", n, ok)
	}
	if _, ok := parseNeighbour(whole[:len(whole)-1]); ok {
		f.Error("cut off, but accepted")
	}
}
