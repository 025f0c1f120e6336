package lab

import (
	"fmt"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// addOverlay makes the VXLAN device of every workload: in the VTEP's namespace,
// where its packets leave, and then moves it to the workload.
func (l *Lab) addOverlay() error {
	for _, vtep := range l.vteps() {
		for _, vni := range VNIs {
			workload := Workload(vtep, vni)
			if err := l.In(vtep, func() error { return l.addVXLAN(workload) }); err != nil {
				return err
			}
			if err := l.In(workload, func() error { return l.readyWorkload(workload) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// addVXLAN adds a workload's VXLAN device to the current namespace, that of its VTEP,
// and moves it away. Whom it does not know it sends to the other VTEP, or to the one
// in the wall.
func (l *Lab) addVXLAN(workload Place) error {
	vni, six := workload.VNI(), l.over6(workload.VTEP(), workload.VNI())
	other := workload.Peer().VTEP()
	if l.VTEP {
		other = Wall
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.HardwareAddr, attrs.MTU = workload.Device(), workload.MAC(), l.InnerMTU(vni)
	vxlan := &netlink.Vxlan{
		LinkAttrs: attrs, VxlanId: int(vni), Port: VXLANPort, GBP: l.GBP,
		SrcAddr: workload.VTEP().Addr(six).AsSlice(), Group: other.Addr(six).AsSlice(),
	}
	if err := netlink.LinkAdd(vxlan); err != nil {
		return fmt.Errorf("add VXLAN device %s: %w", attrs.Name, err)
	}
	ns, err := os.Open(l.netnsPath(workload))
	if err != nil {
		return fmt.Errorf("open namespace: %w", err)
	}
	defer ns.Close()
	if err := netlink.LinkSetNsFd(vxlan, int(ns.Fd())); err != nil {
		return fmt.Errorf("move VXLAN device %s to %s: %w", attrs.Name, workload, err)
	}
	return nil
}

// readyWorkload readies the VXLAN device of the current namespace.
func (l *Lab) readyWorkload(workload Place) error {
	link, err := netlink.LinkByName(workload.Device())
	if err != nil {
		return fmt.Errorf("find VXLAN device: %w", err)
	}
	if err := addAddresses(link, workload); err != nil {
		return err
	}
	if l.GBP { // else MLD reports have a random group: the kernel keeps another value of theirs where the mark is
		if err := setMark(workload.Device(), 0); err != nil {
			return err
		}
	}
	if err := linkUp(link); err != nil || l.VTEP { // where the others are, it learns
		return err
	}
	peer := workload.Peer()
	err = netlink.NeighAppend(&netlink.Neigh{
		LinkIndex: link.Attrs().Index, Family: unix.AF_BRIDGE, State: netlink.NUD_PERMANENT, Flags: netlink.NTF_SELF,
		HardwareAddr: peer.MAC(), IP: peer.VTEP().Addr(l.Outer6(workload.VNI())).AsSlice(),
	})
	if err != nil {
		return fmt.Errorf("add forwarding entry to %s: %w", link.Attrs().Name, err)
	}
	return nil
}
