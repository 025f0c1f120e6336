package underlay

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// network is two namespaces with a cable: port0 is ours, and the test's goroutine
// stays there; far is the other end, which answers ARP and neighbour discovery.
type network struct {
	t     *testing.T
	here  netns.NsHandle
	there netns.NsHandle
	port  Port
	far   MAC
}

var (
	own4, own6 = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	far4, far6 = netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8::2")
)

func newNetwork(t *testing.T) *network {
	t.Helper()
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("make a network namespace: %v", err)
		}
		t.Skipf("make a network namespace: %v", err)
	}
	n := &network{t: t}
	var err error
	n.here, err = netns.Get()
	check(t, err)
	n.there, err = netns.New() // and enter it
	check(t, err)
	check(t, netns.Set(n.here))
	t.Cleanup(func() { n.here.Close(); n.there.Close() })
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU = "port0", 1600
	check(t, netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: "far0", PeerNamespace: netlink.NsFd(n.there), PeerMTU: 1600}))
	n.port = Port{"port0", n.ready("port0", own4, own6).Attrs().Index}
	n.inThere(func() { n.far = MAC(n.ready("far0", far4, far6).Attrs().HardwareAddr) })
	return n
}

// inThere calls f in the other namespace.
func (n *network) inThere(f func()) {
	n.t.Helper()
	check(n.t, netns.Set(n.there))
	defer func() { check(n.t, netns.Set(n.here)) }()
	f()
}

// ready gives a device addresses and sets it up.
func (n *network) ready(name string, addrs ...netip.Addr) netlink.Link {
	n.t.Helper()
	link, err := netlink.LinkByName(name)
	check(n.t, err)
	check(n.t, os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/accept_dad", []byte("0"), 0))
	for _, family := range []string{"ipv4", "ipv6"} { // a question that gets lost is asked again soon
		check(n.t, os.WriteFile("/proc/sys/net/"+family+"/neigh/"+name+"/retrans_time_ms", []byte("50"), 0))
	}
	for _, a := range addrs {
		n.address(link, a)
	}
	check(n.t, netlink.LinkSetUp(link))
	return link
}

func (n *network) address(link netlink.Link, a netip.Addr) {
	n.t.Helper()
	bits := 24
	if a.Is6() {
		bits = 64
	}
	check(n.t, netlink.AddrAdd(link, &netlink.Addr{
		IPNet: &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(bits, a.BitLen())}, Flags: unix.IFA_F_NODAD,
	}))
}

// vxlan makes a VXLAN device.
func (n *network) vxlan(name string, vni int) netlink.Link {
	n.t.Helper()
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	device := &netlink.Vxlan{LinkAttrs: attrs, VxlanId: vni, SrcAddr: own4.AsSlice(), Port: 4789}
	check(n.t, netlink.LinkAdd(device))
	check(n.t, netlink.LinkSetUp(device))
	return device
}

// fdb is an entry as `bridge fdb` has it.
func fdb(link netlink.Link, mac MAC, peer string, vni int) *netlink.Neigh {
	return &netlink.Neigh{
		LinkIndex: link.Attrs().Index, Family: unix.AF_BRIDGE, State: netlink.NUD_PERMANENT, Flags: netlink.NTF_SELF,
		HardwareAddr: mac[:], IP: netip.MustParseAddr(peer).AsSlice(), VNI: vni,
	}
}

// watched is a follower whose states are kept.
type watched struct {
	*Follower
	t      *testing.T
	states chan *State
	last   *State
}

func (n *network) follow(cfg Config) *watched {
	n.t.Helper()
	w := &watched{t: n.t, states: make(chan *State, 10_000)}
	cfg.Ports, cfg.Local = []Port{n.port}, []netip.Addr{own4, own6}
	cfg.Publish = func(s *State) { w.states <- s }
	var err error
	w.Follower, err = Start(cfg)
	check(n.t, err)
	n.t.Cleanup(w.Close)
	return w
}

// soon is within what a change may take to get into a state; the goal is far less than a second.
const soon = time.Second

// want waits for a state, and says how long that took.
func (w *watched) want(what string, good func(*State) bool) time.Duration {
	w.t.Helper()
	return w.wantWithin(soon, what, good)
}

func (w *watched) wantWithin(limit time.Duration, what string, good func(*State) bool) time.Duration {
	w.t.Helper()
	begin, late := time.Now(), time.After(limit)
	for w.last == nil || !good(w.last) {
		select {
		case w.last = <-w.states:
		case <-late:
			w.t.Fatalf("no %s within %v; %+v; %v", what, limit, w.last, w.Trouble())
		}
	}
	return time.Since(begin)
}

// wantHop waits for a hop. The first questions may come before the other end hears them.
func (w *watched) wantHop(peer netip.Addr, want Hop) {
	w.t.Helper()
	w.wantWithin(3*time.Second, fmt.Sprintf("hop %+v to %v", want, peer), func(s *State) bool { return s.Hops[peer] == want })
}

// texts are a state's entries as text.
func (s *State) texts() (list []string) {
	for _, e := range s.Entries {
		text := fmt.Sprintf("%s %d %x %v", e.Device, e.VNI, e.MAC, e.Peer)
		if e.To != e.VNI {
			text += fmt.Sprint(" to ", e.To)
		}
		list = append(list, text)
	}
	return list
}
