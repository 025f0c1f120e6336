// Package pagetest follows pages of docs/deploy on hosts that it makes. A host is a
// set of namespaces: network, mounts and processes of its own. It shares this
// machine's programs, but has an empty /etc/openvswitch, /etc/vxwall, /run and /var/log and an /etc/frr of
// its own, so a page may say what one types on a real machine.
//
//	network.go  hosts and the cables between them
//	host.go     what is done on a host
package pagetest

import (
	"fmt"
	"os/exec"
	"strconv"
	"testing"

	"vxwall/bench/lab/labtest"
	"vxwall/bench/page"
)

// Network is some hosts. They go with the test.
type Network struct {
	t     testing.TB
	hosts map[string]*Host
}

// New makes hosts. programs is a directory in front of their PATH.
func New(t testing.TB, programs string, names ...string) *Network {
	t.Helper()
	labtest.NeedRoot(t)
	n := &Network{t: t, hosts: map[string]*Host{}}
	for _, name := range names {
		n.hosts[name] = newHost(t, name, programs)
	}
	return n
}

// Host is the host of a name.
func (n *Network) Host(name string) *Host {
	n.t.Helper()
	h := n.hosts[name]
	if h == nil {
		n.t.Fatalf("no host %q", name)
	}
	return h
}

// End is an interface of a host.
type End struct{ Host, Port string }

// Cable joins two hosts by a veth pair that is up. As an XDP program on the way needs
// it, frames leave with checksums and no larger than the MTU.
func (n *Network) Cable(a, b End, mtu int) {
	n.t.Helper()
	here, there := n.Host(a.Host), n.Host(b.Host)
	out, err := exec.Command("ip", "link", "add", a.Port, "mtu", strconv.Itoa(mtu), "netns", strconv.Itoa(here.first), "type", "veth",
		"peer", "name", b.Port, "mtu", strconv.Itoa(mtu), "netns", strconv.Itoa(there.first)).CombinedOutput()
	if err != nil {
		n.t.Fatalf("cable %v to %v: %v: %s", a, b, err, out)
	}
	here.ready(a.Port)
	there.ready(b.Port)
}

// Switch joins port eth0 of hosts by a bridge on one more host.
func (n *Network) Switch(name string, mtu int, hosts ...string) {
	n.t.Helper()
	s := n.Host(name)
	s.MustRun(fmt.Sprintf("ip link add switch mtu %d type bridge && ip link set switch up", mtu))
	for _, h := range hosts {
		n.Cable(End{name, "to-" + h}, End{h, "eth0"}, mtu)
		s.MustRun("ip link set to-" + h + " master switch")
	}
}

// Follow does what the blocks say, in order, each on its host.
func (n *Network) Follow(path string, blocks []page.Block) {
	n.t.Helper()
	for _, b := range blocks {
		h := n.Host(b.Host)
		var err error
		if b.File != "" {
			err = h.Write(b.File, b.Text)
		} else {
			_, err = h.Run(b.Text)
		}
		if err != nil {
			n.t.Fatalf("%s:%d: on %s: %v", path, b.Line, b.Host, err)
		}
	}
}
