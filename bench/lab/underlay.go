package lab

import (
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"
)

// addUnderlay connects both VTEPs with the wall.
func (l *Lab) addUnderlay() error {
	for vtep, port := range map[Place]string{Left: Port1, Right: Port2} {
		if err := l.In(vtep, func() error { return l.addVTEPPort(vtep, port) }); err != nil {
			return err
		}
		if err := l.In(Wall, func() error { return l.readyWallPort(port) }); err != nil {
			return err
		}
	}
	return nil
}

// addVTEPPort makes the veth between the VTEP of the current namespace and a port
// of the wall. Frames that XDP redirects to it arrive only if it has NAPI, which
// it has with GRO or an XDP program (drivers/net/veth.c).
func (l *Lab) addVTEPPort(vtep Place, port string) error {
	wall, err := os.Open(l.netnsPath(Wall))
	if err != nil {
		return fmt.Errorf("open namespace: %w", err)
	}
	defer wall.Close()
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.HardwareAddr, attrs.MTU = VTEPPort, vtep.MAC(), l.MTU
	attrs.NumTxQueues, attrs.NumRxQueues = l.Queues, l.Queues
	veth := netlink.NewVeth(attrs)
	veth.PeerName, veth.PeerNamespace = port, netlink.NsFd(wall.Fd())
	veth.PeerHardwareAddr = net.HardwareAddr{2, 0, 0, 0, 0xfe, vtep.number()}
	if err := netlink.LinkAdd(veth); err != nil {
		return fmt.Errorf("add veth %s to %s: %w", VTEPPort, port, err)
	}
	if err := setFeatures(VTEPPort, false, sendOffloads...); err != nil {
		return err
	}
	if err := setFeatures(VTEPPort, !l.Exact, "rx-gro"); err != nil {
		return err
	}
	if l.Exact {
		if err := attachPass(veth); err != nil {
			return err
		}
	}
	if err := addAddresses(veth, vtep); err != nil {
		return err
	}
	return l.portUp(veth)
}

// readyWallPort readies a port of the wall, which has no addresses.
func (l *Lab) readyWallPort(port string) error {
	link, err := netlink.LinkByName(port)
	if err != nil {
		return fmt.Errorf("find %s: %w", port, err)
	}
	if err := setFeatures(port, false, sendOffloads...); err != nil {
		return err
	}
	if err := sysctl("ipv6/conf/"+port+"/disable_ipv6", "1"); err != nil {
		return err
	}
	return l.portUp(link)
}

// portUp sets a port up. Only one with NAPI can have threads for it.
func (l *Lab) portUp(port netlink.Link) error {
	if err := linkUp(port); err != nil || !l.Threaded {
		return err
	}
	name := port.Attrs().Name
	if !l.Exact {
		if err := setFeatures(name, true, "rx-gro"); err != nil {
			return err
		}
	}
	return l.setThreaded(name)
}
