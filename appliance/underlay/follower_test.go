package underlay

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// TestHops: neighbours are resolved, and followed when they change.
func TestHops(t *testing.T) {
	n := newNetwork(t)
	w := n.follow(Config{Peers: []netip.Addr{far4, far6}})
	link, err := netlink.LinkByName("port0")
	check(t, err)
	from := MAC(link.Attrs().HardwareAddr)
	w.wantHop(far4, Hop{Source: own4, Next: far4, MAC: n.far, From: from, MTU: 1600})
	w.wantHop(far6, Hop{Source: own6, Next: far6, MAC: n.far, From: from, MTU: 1600})
	other := MAC{2, 0, 0, 0, 0, 9}
	check(t, netlink.NeighSet(&netlink.Neigh{LinkIndex: n.port.Index, IP: far4.AsSlice(), HardwareAddr: other[:], State: netlink.NUD_REACHABLE}))
	w.wantHop(far4, Hop{Source: own4, Next: far4, MAC: other, From: from, MTU: 1600})
	check(t, netlink.LinkSetMTU(link, 1500))
	w.wantHop(far4, Hop{Source: own4, Next: far4, MAC: other, From: from, MTU: 1500})
	check(t, netlink.NeighDel(&netlink.Neigh{LinkIndex: n.port.Index, IP: far4.AsSlice()}))
	w.wantHop(far4, Hop{Source: own4, Next: far4, MAC: n.far, From: from, MTU: 1500}) // asked for again
	check(t, netlink.LinkSetDown(link))
	w.want("trouble", func(s *State) bool { h := s.Hops[far4]; return !h.Good() })
	check(t, netlink.LinkSetUp(link))
	w.wantHop(far4, Hop{Source: own4, Next: far4, MAC: n.far, From: from, MTU: 1500})
}

// TestRoutes: peers behind a gateway, by routes that come and go.
func TestRoutes(t *testing.T) {
	n := newNetwork(t)
	peer := netip.MustParseAddr("203.0.113.7")
	w := n.follow(Config{Peers: []netip.Addr{peer}})
	w.want("trouble", func(s *State) bool { return strings.HasPrefix(s.Hops[peer].Trouble, "no route: ") })
	_, network, err := net.ParseCIDR("203.0.113.0/24")
	check(t, err)
	route := &netlink.Route{Dst: network, Gw: far4.AsSlice(), MTU: 1400}
	check(t, netlink.RouteAdd(route))
	w.want("way by the gateway", func(s *State) bool {
		h := s.Hops[peer]
		return h.Good() && h.Next == far4 && h.MAC == n.far && h.MTU == 1400 && h.Source == own4
	})
	check(t, netlink.RouteDel(route))
	w.want("trouble", func(s *State) bool { h := s.Hops[peer]; return !h.Good() })
	w.SetPeers([]netip.Addr{own4, far4})
	w.want("other peers", func(s *State) bool {
		return len(s.Hops) == 2 && s.Hops[own4].Trouble == "it is an address of this machine" && s.Hops[far4].MAC == n.far
	})
}

// TestSilentPeer: one that does not answer is said to be unreachable, and found when it
// answers.
func TestSilentPeer(t *testing.T) {
	n := newNetwork(t)
	silent := netip.MustParseAddr("192.0.2.77")
	w := n.follow(Config{Peers: []netip.Addr{silent}})
	w.want("question", func(s *State) bool { h := s.Hops[silent]; return !h.Good() })
	n.inThere(func() {
		link, err := netlink.LinkByName("far0")
		check(t, err)
		n.address(link, silent)
	})
	w.want("answer", func(s *State) bool { h := s.Hops[silent]; return h.Good() && h.MAC == n.far })
}

// TestForwarding: the FDB of devices that are followed, and of no others.
func TestForwarding(t *testing.T) {
	n := newNetwork(t)
	red, other := n.vxlan("vxlan100", 100), n.vxlan("vxlan300", 300)
	a, b := MAC{2, 0, 0, 0, 0, 1}, MAC{2, 0, 0, 0, 0, 2}
	check(t, netlink.NeighAppend(fdb(red, a, "192.0.2.2", 0)))
	w := n.follow(Config{Follow: []string{"vxlan100", "vxlan200"}})
	wantEntries := func(texts ...string) {
		t.Helper()
		took := w.want(strings.Join(texts, "; "), func(s *State) bool { return slices.Equal(s.texts(), texts) })
		t.Logf("%v after %v", texts, took)
	}
	wantEntries("vxlan100 100 020000000001 192.0.2.2")
	check(t, netlink.NeighSet(fdb(red, a, "192.0.2.3", 0))) // a move
	wantEntries("vxlan100 100 020000000001 192.0.2.3")
	check(t, netlink.NeighAppend(fdb(other, a, "192.0.2.9", 0)))
	check(t, netlink.NeighAppend(fdb(red, MAC{}, "192.0.2.2", 0)))
	check(t, netlink.NeighAppend(fdb(red, MAC{}, "192.0.2.5", 0)))
	check(t, netlink.NeighAppend(fdb(red, b, "192.0.2.2", 777)))
	wantEntries("vxlan100 100 000000000000 192.0.2.2", "vxlan100 100 000000000000 192.0.2.5",
		"vxlan100 100 020000000001 192.0.2.3", "vxlan100 100 020000000002 192.0.2.2 to 777")
	if h := w.last.Hops[far4]; h.Next != far4 {
		t.Errorf("no way to a peer that the FDB names: %+v", h)
	}
	check(t, netlink.NeighDel(fdb(red, MAC{}, "192.0.2.2", 0)))
	check(t, netlink.NeighDel(fdb(red, b, "192.0.2.2", 777)))
	blue := n.vxlan("vxlan200", 200)
	check(t, netlink.NeighAppend(fdb(blue, a, "192.0.2.4", 0)))
	wantEntries("vxlan100 100 000000000000 192.0.2.5", "vxlan100 100 020000000001 192.0.2.3", "vxlan200 200 020000000001 192.0.2.4")
	check(t, netlink.LinkDel(red))
	wantEntries("vxlan200 200 020000000001 192.0.2.4")
	if got := w.last.Devices; len(got) != 2 || got[0].Trouble != "there is no such device" || got[1].VNI != 200 || got[1].Entries != 1 {
		t.Errorf("%+v", got)
	}
}

// TestBridge: a bridge stands for its VXLAN devices.
func TestBridge(t *testing.T) {
	n := newNetwork(t)
	attrs := netlink.NewLinkAttrs()
	attrs.Name = "br0"
	bridge := &netlink.Bridge{LinkAttrs: attrs}
	check(t, netlink.LinkAdd(bridge))
	w := n.follow(Config{Follow: []string{"br0"}})
	w.want("trouble", func(s *State) bool { return s.Devices[0].Trouble == "none of its ports is a VXLAN device" })
	red := n.vxlan("vxlan100", 100)
	check(t, netlink.NeighAppend(fdb(red, MAC{2}, "192.0.2.2", 0)))
	check(t, netlink.LinkSetMaster(red, bridge))
	w.want("its port", func(s *State) bool { return len(s.Entries) == 1 && s.Devices[0].Name == "vxlan100" })
	check(t, netlink.LinkSetNoMaster(red))
	w.want("nothing", func(s *State) bool { return len(s.Entries) == 0 })
}

// TestOverrun: what was not heard is found again.
func TestOverrun(t *testing.T) {
	const many = 3000
	n := newNetwork(t)
	red := n.vxlan("vxlan100", 100)
	check(t, netlink.NeighAppend(fdb(red, MAC{4}, "192.0.2.2", 0)))
	w := n.follow(Config{Follow: []string{"vxlan100"}})
	w.want("first", func(s *State) bool { return len(s.Entries) == 1 })
	check(t, w.socket.SetReceiveBufferSize(1<<14, false))
	w.mu.Lock() // it is deaf
	time.Sleep(10 * time.Millisecond)
	check(t, netlink.NeighDel(fdb(red, MAC{4}, "192.0.2.2", 0)))
	for i := range many {
		check(t, netlink.NeighAppend(fdb(red, MAC{2, 0, 0, 0, byte(i >> 8), byte(i)}, "192.0.2.2", 0)))
	}
	w.mu.Unlock()
	w.want("all of them", func(s *State) bool { return len(s.Entries) == many && s.Entries[0].MAC[0] == 2 })
	if err := w.Trouble(); err != nil {
		t.Error(err)
	}
}

// errnoOf is how the kernel writes an error.
func errnoOf(e syscall.Errno) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(-int32(e))) }

// TestRefusedDump: a dump that the kernel refuses, or ends before its end, takes nothing
// away, and is asked for again.
func TestRefusedDump(t *testing.T) {
	for name, answer := range map[string]syscall.NetlinkMessage{
		"refused": {Header: syscall.NlMsghdr{Type: unix.NLMSG_ERROR}, Data: errnoOf(unix.EBUSY)},
		"cut off": {Header: syscall.NlMsghdr{Type: unix.NLMSG_DONE}, Data: errnoOf(unix.ENOMEM)},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t)
			red := n.vxlan("vxlan100", 100)
			check(t, netlink.NeighAppend(fdb(red, MAC{2}, "192.0.2.2", 0)))
			w := n.follow(Config{Follow: []string{"vxlan100"}})
			w.want("first", func(s *State) bool { return len(s.Entries) == 1 })
			w.mu.Lock()
			w.socket.pending, w.socket.seq = slices.Clone(dumps[3:]), 1<<31 // the answers of another are none of it
			w.socket.round++
			w.mirror.generation = w.socket.round
			answer.Header.Seq, answer.Header.Pid = w.socket.seq, w.socket.pid
			w.take([]syscall.NetlinkMessage{answer})
			kept := len(w.mirror.fdb)
			w.mu.Unlock()
			if kept != 1 {
				t.Error("entries are forgotten")
			}
			w.wantWithin(3*time.Second, "end of the dump", func(*State) bool {
				w.states <- w.last // look again
				w.mu.Lock()
				defer w.mu.Unlock()
				return len(w.socket.pending) == 0 && w.failed == nil
			})
		})
	}
}
