package doctor

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
)

// lookVXLANPorts is about who else wants the UDP ports that mean VXLAN: XDP takes the
// packets before any socket sees them.
func lookVXLANPorts(_ context.Context, p *patient) (list []Finding) {
	ports := p.Config.LinkPorts()
	devices, err := vxlanDevices()
	if err != nil {
		return one(NotChecked, "", "%v", err)
	}
	taken := map[uint16]bool{}
	if p.mode() == nfqueueMode {
		return p.guarded(devices)
	}
	for _, d := range devices {
		if slices.Contains(ports, uint16(d.Port)) && d.Flags&net.FlagUp != 0 {
			list, taken[uint16(d.Port)] = append(list, p.judgeDevice(d)), true
		}
	}
	sockets, err := udpSockets(ports)
	if err != nil {
		return append(list, finding(NotChecked, "", "%v", err))
	}
	for _, s := range sockets {
		owner := ownerOf(s.inode)
		if owner.pid == 0 && taken[s.port] {
			continue // of the kernel's device
		}
		list, taken[s.port] = append(list, p.judgeSocket(s, owner)), true
	}
	for _, port := range ports {
		if !taken[port] {
			list = append(list, finding(OK, fmt.Sprint(port), "nobody else listens there"))
		}
	}
	return list
}

// guarded is about what a host's own vxwall is there for: the VXLAN devices and sockets of
// its ports. Nothing is wrong with them.
func (p *patient) guarded(devices []*netlink.Vxlan) (list []Finding) {
	ports := p.Config.Datapath.VXLANPorts
	users := map[uint16]bool{}
	for _, d := range devices {
		port := uint16(d.Port)
		if !slices.Contains(ports, port) {
			f := finding(Warning, fmt.Sprint(port), "the kernel's VXLAN device %s (VNI %d) has UDP port %d: what it carries is not judged", d.Name, d.VxlanId, port)
			list = append(list, f.advise("add %d to vxlan_ports under [datapath]", port))
			continue
		}
		list, users[port] = append(list, finding(OK, fmt.Sprint(port), "what the kernel's VXLAN device %s (VNI %d) sends and gets is judged", d.Name, d.VxlanId)), true
	}
	sockets, err := udpSockets(ports)
	if err != nil {
		return append(list, finding(NotChecked, "", "%v", err))
	}
	for _, s := range sockets {
		if !users[s.port] {
			list, users[s.port] = append(list, finding(OK, fmt.Sprint(s.port), "a VTEP listens at UDP %s", addressOf(s))), true
		}
	}
	for _, port := range ports {
		if !users[port] {
			list = append(list, finding(Warning, fmt.Sprint(port), "no VTEP of this network namespace has it: there is nothing to judge but what is forwarded"))
		}
	}
	return list
}

func vxlanDevices() (list []*netlink.Vxlan, err error) {
	links, err := netlink.LinkList()
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if d, ok := l.(*netlink.Vxlan); ok {
			list = append(list, d)
		}
	}
	return list, nil
}

// judgeDevice is about a VXLAN device of the kernel. In vtep mode one is the way in
// which FRR says what it knows.
func (p *patient) judgeDevice(d *netlink.Vxlan) Finding {
	about := fmt.Sprint(d.Port)
	if p.Config.Datapath.Mode == "vtep" {
		return finding(OK, about, "the kernel's VXLAN device %s (VNI %d) has it too; what is sent to vxwall's own addresses does not reach it", d.Name, d.VxlanId)
	}
	if d.VtepDevIndex != 0 && !slices.ContainsFunc(p.usable(), func(at *port) bool { return at.Index == d.VtepDevIndex }) {
		return finding(OK, about, "the kernel's VXLAN device %s (VNI %d) has it on another interface", d.Name, d.VxlanId)
	}
	f := finding(Problem, about, "the kernel's VXLAN device %s (VNI %d) listens there: it gets nothing any more of what comes in at the ports", d.Name, d.VxlanId)
	return f.mend(shell("ip link set dev %s down", d.Name)).advise("if the device is not needed: ip link del %s; if it is the VTEP, put vxwall on another machine, or between it and the network", d.Name)
}

// judgeSocket is about a UDP socket. That of a VXLAN device stays in the namespace in
// which the device was made.
func (p *patient) judgeSocket(s socket, owner process) Finding {
	about := fmt.Sprint(s.port)
	if owner.pid == 0 {
		f := finding(Problem, about, "the kernel, or a process that cannot be seen from here, listens at UDP %s: it gets nothing of what comes in at the ports", addressOf(s))
		return f.advise("this may be a VTEP, whose VXLAN devices were moved to other network namespaces: vxwall goes between it and the network")
	}
	f := finding(Problem, about, "%v listens at UDP %s: it gets nothing of what comes in at the ports", owner, addressOf(s))
	return f.mend(owner.end())
}

func addressOf(s socket) string { return netip.AddrPortFrom(s.addr, s.port).String() }
