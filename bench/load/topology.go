package load

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Placement is what runs on which core; negative: wherever the kernel likes.
type Placement struct {
	Load      int  `json:"load"`      // the generator, and this process
	Appliance int  `json:"appliance"` // the system under test
	Split     bool `json:"split"`     // what receives at wall runs on the load's core, not on the appliance's
}

// Topology is where measurements take place: three namespaces, two cables.
//
//	gen [gen0] ——— [eth1] wall [eth2] ——— [sink0] sink
type Topology struct {
	Gen, Wall, Sink *Namespace
	Place           Placement
	ports           map[string]*Port
}

// Port is an end of a cable.
type Port struct {
	Name  string
	Index int
	MAC   net.HardwareAddr
	Space *Namespace
}

// The ports' names.
const (
	Gen0  = "gen0"
	Eth1  = "eth1"
	Eth2  = "eth2"
	Sink0 = "sink0"
)

// portMTU has room for 1450 bytes of inner IP packet, as on a link of 1500 for
// the inner network.
const portMTU = 1600

// NewTopology makes namespaces and cables. Nothing runs in wall yet: it takes
// GRO alone to give eth1 and eth2 the NAPI that frames need.
func NewTopology(place Placement) (*Topology, error) {
	t := &Topology{Place: place, ports: map[string]*Port{}}
	if err := t.build(); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func (t *Topology) build() (err error) {
	for _, n := range []struct {
		name string
		core int
		to   **Namespace
	}{{"gen", t.Place.Load, &t.Gen}, {"wall", t.Place.Appliance, &t.Wall}, {"sink", t.Place.Load, &t.Sink}} {
		if *n.to, err = NewNamespace(n.name, n.core); err != nil {
			return err
		}
	}
	if err := t.cable(Gen0, t.Gen, Eth1); err != nil {
		return err
	}
	return t.cable(Sink0, t.Sink, Eth2)
}

// cable makes a veth pair between a namespace and wall.
func (t *Topology) cable(name string, space *Namespace, peer string) error {
	var wall int
	if err := t.Wall.Do(func() error { wall = unix.Gettid(); return nil }); err != nil {
		return err
	}
	err := space.Do(func() error {
		return netlink.LinkAdd(&netlink.Veth{
			LinkAttrs: netlink.LinkAttrs{Name: name, MTU: portMTU, NumTxQueues: 1, NumRxQueues: 1},
			PeerName:  peer, PeerNamespace: netlink.NsPid(wall), PeerMTU: portMTU, PeerNumTxQueues: 1, PeerNumRxQueues: 1,
		})
	})
	if err != nil {
		return fmt.Errorf("make cable %s to %s: %w", name, peer, err)
	}
	return errors.Join(t.plug(name, space), t.plug(peer, t.Wall))
}

// plug readies a port: no kernel protocols that chat, NAPI, threaded, up.
func (t *Topology) plug(name string, space *Namespace) error {
	p := &Port{Name: name, Space: space}
	t.ports[name] = p
	return space.Do(func() error {
		l, err := netlink.LinkByName(name)
		if err != nil {
			return fmt.Errorf("find %s: %w", name, err)
		}
		p.Index, p.MAC = l.Attrs().Index, l.Attrs().HardwareAddr
		// A kernel without IPv6 has nothing to silence.
		_ = os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/accept_dad", []byte("0"), 0)
		for _, off := range []uint32{setTxChecksum, setTSO, setGSO} {
			if err := ethtool(name, off, false); err != nil {
				return err
			}
		}
		if err := netlink.LinkSetUp(l); err != nil {
			return fmt.Errorf("set %s up: %w", name, err)
		}
		// Only GRO that is switched on while the port is up tells the other end
		// that frames can be redirected to it (veth_set_features, drivers/net/veth.c).
		return ethtool(name, setGRO, true)
	})
}

// Port returns one of the four ports.
func (t *Topology) Port(name string) *Port { return t.ports[name] }

// Settle binds the receiving threads of wall's ports to the appliance's core. An XDP
// program that is attached or detached may give a port new ones, so do it after each
// change. What gen0 and sink0 receive is handled at once by whoever sends it.
func (t *Topology) Settle() error {
	if t.Place.Split {
		return nil // receiving goes on where the sender is
	}
	for _, name := range []string{Eth1, Eth2} {
		p := t.ports[name]
		if err := p.Space.Do(func() error { return p.settle(t.Place.Appliance) }); err != nil {
			return fmt.Errorf("bind what receives at %s: %w", name, err)
		}
	}
	return nil
}

// settle gives a port a receiving thread on a core, and that thread the place in front
// of other processes that an interrupt would have. It shares the core with the system
// under test, which child starts with the same priority.
func (p *Port) settle(core int) error {
	if core < 0 {
		return nil
	}
	if err := os.WriteFile(filepath.Join("/sys/class/net", p.Name, "threaded"), []byte("1"), 0); err != nil {
		return err
	}
	pids, err := napiThreads(p.Index)
	if err == nil && len(pids) == 0 {
		err = errors.New("no NAPI thread")
	}
	if err != nil {
		return err
	}
	for _, pid := range pids {
		if err := errors.Join(pinTask(pid, core), hasten(pid)); err != nil {
			return err
		}
	}
	return nil
}

// highest is the nice value of what must not wait for the rest of the machine.
const highest = -20

// shortSlice makes the scheduler let a thread that wakes up run at once, as long as it
// had less than its share (EEVDF, custom slices: Linux 6.12, sched(7)). Older kernels
// ignore it. It is the least that the kernel takes.
const shortSlice = 100 * time.Microsecond

// hasten lets a thread run soon after it wakes up, without a larger share than the
// system under test has: a real-time thread would starve it under overload.
func hasten(pid int) error {
	attr := &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL, Nice: highest, Runtime: uint64(shortSlice)}
	if err := unix.SchedSetAttr(pid, attr, 0); err != nil {
		return fmt.Errorf("set priority of thread %d: %w", pid, err)
	}
	return nil
}

// Close takes it all down.
func (t *Topology) Close() {
	for _, n := range []*Namespace{t.Gen, t.Sink, t.Wall} {
		if n != nil {
			n.Close()
		}
	}
}
