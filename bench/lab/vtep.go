package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// downlink is the port of right that leads to the third VTEP.
const downlink = "eth1"

// addVTEP makes the wall of a lab with VTEP a host of the underlay, and adds the
// third VTEP behind right:
//
//	left ═══ eth1  wall  eth2 ═══ eth0  right  eth1 ═══ eth0  third
//	.1              .254          .2    198.51.100.1          198.51.100.3
func (l *Lab) addVTEP() error {
	if !l.VTEP {
		return nil
	}
	if err := l.In(Wall, l.readyWall); err != nil {
		return fmt.Errorf("make the wall a VTEP: %w", err)
	}
	if err := l.In(Right, l.addDownlink); err != nil {
		return fmt.Errorf("make right a router: %w", err)
	}
	if err := l.In(Third, l.readyThird); err != nil {
		return fmt.Errorf("ready the third VTEP: %w", err)
	}
	return nil
}

// readyWall gives both ports the wall's address, and makes routes to the VTEPs.
func (l *Lab) readyWall() error {
	for port, vteps := range map[string][]Place{Port1: {Left}, Port2: {Right, Third}} {
		// With a link-local address: the kernel asks for neighbours by that, unless a
		// packet of its own is the reason (net/ipv6/ndisc.c).
		if err := errors.Join(sysctl("ipv6/conf/"+port+"/addr_gen_mode", "0"), sysctl("ipv6/conf/"+port+"/disable_ipv6", "0")); err != nil {
			return err
		}
		link, err := netlink.LinkByName(port)
		if err != nil {
			return err
		}
		if err := patientNeighbours(port); err != nil {
			return err
		}
		for _, six := range []bool{false, true} {
			if err := addHost(link, Wall.Addr(six)); err != nil {
				return err
			}
			for _, vtep := range vteps {
				if err := l.routeTo(link, vtep, six); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// routeTo adds a route to a VTEP out of a port; to the third by way of right.
func (l *Lab) routeTo(link netlink.Link, vtep Place, six bool) error {
	to := vtep.Addr(six)
	route := &netlink.Route{LinkIndex: link.Attrs().Index, Dst: hostOnly(to), Src: Wall.Addr(six).AsSlice()}
	if vtep == Third {
		route.Gw, route.Flags = Right.Addr(six).AsSlice(), int(netlink.FLAG_ONLINK)
	}
	if err := netlink.RouteAdd(route); err != nil {
		return fmt.Errorf("add route to %v: %w", to, err)
	}
	return nil
}

func hostOnly(a netip.Addr) *net.IPNet {
	return &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(a.BitLen(), a.BitLen())}
}

// addHost gives an interface an address without a network.
func addHost(link netlink.Link, a netip.Addr) error {
	err := netlink.AddrAdd(link, &netlink.Addr{IPNet: hostOnly(a), Flags: unix.IFA_F_NODAD})
	if err != nil {
		return fmt.Errorf("add address %v to %s: %w", a, link.Attrs().Name, err)
	}
	return nil
}

// routerAddrs are those of right towards the third VTEP.
var routerAddrs = []string{"198.51.100.1/24", "2001:db8:3::1/64"}

// addDownlink makes the cable from right to the third VTEP, and right a router.
func (l *Lab) addDownlink() error {
	third, err := os.Open(l.netnsPath(Third))
	if err != nil {
		return fmt.Errorf("open namespace: %w", err)
	}
	defer third.Close()
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU = downlink, l.MTU
	veth := netlink.NewVeth(attrs)
	veth.PeerName, veth.PeerNamespace, veth.PeerHardwareAddr = VTEPPort, netlink.NsFd(third.Fd()), Third.MAC()
	veth.PeerMTU = uint32(l.MTU)
	if err := netlink.LinkAdd(veth); err != nil {
		return fmt.Errorf("add veth %s: %w", downlink, err)
	}
	if err := setFeatures(downlink, false, sendOffloads...); err != nil {
		return err
	}
	for _, text := range routerAddrs {
		addr, err := netlink.ParseAddr(text)
		if err == nil {
			addr.Flags = unix.IFA_F_NODAD
			err = netlink.AddrAdd(veth, addr)
		}
		if err != nil {
			return fmt.Errorf("add address %s to %s: %w", text, downlink, err)
		}
	}
	err = errors.Join(sysctl("ipv4/ip_forward", "1"), sysctl("ipv6/conf/all/forwarding", "1"), sysctl("ipv4/conf/all/send_redirects", "0"))
	return errors.Join(err, linkUp(veth))
}

// readyThird readies the third VTEP's port.
func (l *Lab) readyThird() error {
	link, err := netlink.LinkByName(VTEPPort)
	if err != nil {
		return err
	}
	if err := setFeatures(VTEPPort, false, sendOffloads...); err != nil {
		return err
	}
	if err := errors.Join(addAddresses(link, Third), linkUp(link)); err != nil {
		return err
	}
	for _, text := range routerAddrs {
		gateway := netip.MustParsePrefix(text).Addr()
		if err := netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: gateway.AsSlice()}); err != nil {
			return fmt.Errorf("add route by %v: %w", gateway, err)
		}
	}
	return nil
}

// vtepConfig is what the appliance as a VTEP is told: who its peers are.
func (l *Lab) vtepConfig() map[string]any {
	keys := map[string]any{"datapath.mode": "vtep", "vtep.addresses": []string{Wall.Addr4().String(), Wall.Addr6().String()}}
	var peers, networks []map[string]any
	seen := map[netip.Addr]bool{}
	for _, vni := range VNIs {
		var flood []string
		for _, vtep := range l.vteps() {
			addr := vtep.Addr(l.over6(vtep, vni))
			name := PeerName(vtep, addr.Is6())
			if flood = append(flood, name); !seen[addr] {
				peers = append(peers, map[string]any{"name": name, "address": addr.String()})
			}
			seen[addr] = true
		}
		networks = append(networks, map[string]any{"id": vni, "peers": flood})
	}
	keys["peer"], keys["network"] = peers, networks
	return keys
}

// PeerName is what the appliance's configuration calls a VTEP.
func PeerName(vtep Place, six bool) string {
	if six {
		return string(vtep) + "6"
	}
	return string(vtep)
}
