package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Bridge is what a Linux gateway would be: two kernel VXLAN devices, ports of one
// bridge. It takes one VNI, FirstVNI, over IPv4; what leaves has the next VNI, for
// a kernel has one device for a VNI.
type Bridge struct{}

// Name is "bridge".
func (Bridge) Name() string { return "bridge" }

// Ways is from gen to the tunnel endpoint in wall. A bridge keeps no state of flows.
func (Bridge) Ways(t *Topology) (there, back Way) {
	return Way{genVTEP.at(t.Port(Gen0)), eth1VTEP.at(t.Port(Eth1))}, Way{}
}

// Start makes the devices.
func (Bridge) Start(_ context.Context, t *Topology) (func() error, error) {
	var u undo
	err := t.Wall.Do(func() error {
		bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "bridge0", MTU: portMTU - 50}}
		if err := add(&u, bridge); err != nil {
			return err
		}
		left := side{t.Port(Eth1), eth1VTEP, genVTEP.at(t.Port(Gen0)), FirstVNI, clientMAC}
		right := side{t.Port(Eth2), eth2VTEP, sinkVTEP.at(t.Port(Sink0)), FirstVNI + 1, serverMAC}
		for _, s := range []side{left, right} {
			if err := s.join(&u, bridge); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = t.Settle()
	}
	if err != nil {
		return nil, errors.Join(err, t.Wall.Do(u.run))
	}
	return func() error { return t.Wall.Do(u.run) }, nil
}

// side is one end of the bridge.
type side struct {
	port        *Port
	local, peer VTEP
	vni         int
	workload    net.HardwareAddr // behind the peer
}

// join gives the port an address and makes a VXLAN device over it a port of the
// bridge, with nothing left to learn or to resolve.
func (s side) join(u *undo, bridge netlink.Link) error {
	if err := address(u, s.port, s.local.IP4); err != nil {
		return err
	}
	if err := neighbour(u, s.port, s.peer); err != nil {
		return err
	}
	device := &netlink.Vxlan{
		LinkAttrs: netlink.LinkAttrs{Name: "vxlan" + s.port.Name, MTU: portMTU - 50, MasterIndex: bridge.Attrs().Index},
		VxlanId:   s.vni, VtepDevIndex: s.port.Index, SrcAddr: s.local.IP4.AsSlice(), Group: s.peer.IP4.AsSlice(), Port: vxlanPort,
	}
	if err := add(u, device); err != nil {
		return err
	}
	err := netlink.NeighSet(&netlink.Neigh{
		LinkIndex: device.Index, Family: unix.AF_BRIDGE, State: netlink.NUD_NOARP, Flags: netlink.NTF_MASTER, HardwareAddr: s.workload,
	})
	if err != nil {
		return fmt.Errorf("set MAC address behind %s: %w", device.Name, err)
	}
	return nil
}

// add makes a device and sets it up.
func add(u *undo, l netlink.Link) error {
	name := l.Attrs().Name
	if err := netlink.LinkAdd(l); err != nil {
		return fmt.Errorf("make %s: %w", name, err)
	}
	u.add(func() error { return netlink.LinkDel(l) })
	if err := netlink.LinkSetUp(l); err != nil {
		return fmt.Errorf("set %s up: %w", name, err)
	}
	return nil
}

// address gives a port an address of a network of 256.
func address(u *undo, p *Port, ip netip.Addr) error {
	l := &netlink.Device{LinkAttrs: netlink.LinkAttrs{Index: p.Index, Name: p.Name}}
	a := &netlink.Addr{IPNet: &net.IPNet{IP: ip.AsSlice(), Mask: net.CIDRMask(24, 32)}}
	if err := netlink.AddrReplace(l, a); err != nil {
		return fmt.Errorf("set address %s of %s: %w", ip, p.Name, err)
	}
	u.add(func() error { return netlink.AddrDel(l, a) })
	return nil
}

// neighbour says which MAC address an endpoint has.
func neighbour(u *undo, p *Port, v VTEP) error {
	n := &netlink.Neigh{LinkIndex: p.Index, State: netlink.NUD_PERMANENT, IP: v.IP4.AsSlice(), HardwareAddr: v.MAC}
	if err := netlink.NeighSet(n); err != nil {
		return fmt.Errorf("set MAC address of %s: %w", v.IP4, err)
	}
	u.add(func() error { return netlink.NeighDel(n) })
	return nil
}
