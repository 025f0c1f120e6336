package vethtest

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Config of a Wire. The zero value is one queue and the kernel's MTU.
type Config struct {
	Queues [2]int // of each port, receive and transmit
	MTU    int
}

// Wire is two ports and the hosts behind them.
type Wire struct {
	Ports [2]string // names of the devices to open
	Index [2]int    // their interface indices
	Ends  [2]*End   // what is sent at End i comes in at port i
}

// Ports of every wire; their peers.
var (
	ports = [2]string{"port0", "port1"}
	ends  = [2]string{"end0", "end1"}
)

// New makes a wire. The calling goroutine stays in the wire's namespace, on a
// thread of its own, until the test ends: then all is gone. It skips without the
// right to make namespaces, unless CI is set.
func New(t testing.TB, cfg Config) *Wire {
	t.Helper()
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("make a network namespace: %v", err)
		}
		t.Skipf("make a network namespace: %v", err)
	}
	must(t, os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0))
	w := &Wire{Ports: ports}
	for i := range ports {
		w.Index[i] = addPair(t, i, cfg)
		w.Ends[i] = openEnd(t, ends[i])
	}
	return w
}

func addPair(t testing.TB, i int, cfg Config) (index int) {
	t.Helper()
	queues := max(1, cfg.Queues[i])
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU, attrs.NumRxQueues, attrs.NumTxQueues = ports[i], cfg.MTU, queues, queues
	veth := &netlink.Veth{LinkAttrs: attrs, PeerName: ends[i], PeerNumRxQueues: uint32(queues), PeerNumTxQueues: uint32(queues), PeerMTU: uint32(cfg.MTU)}
	must(t, netlink.LinkAdd(veth))
	for _, name := range []string{ends[i], ports[i]} {
		link, err := netlink.LinkByName(name)
		must(t, err)
		must(t, netlink.LinkSetUp(link))
		index = link.Attrs().Index
	}
	return index
}

// SetDown takes a device of the namespace down, or up again.
func SetDown(t testing.TB, name string, down bool) {
	t.Helper()
	link, err := netlink.LinkByName(name)
	must(t, err)
	if down {
		must(t, netlink.LinkSetDown(link))
	} else {
		must(t, netlink.LinkSetUp(link))
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fmt.Errorf("vethtest: %w", err))
	}
}
