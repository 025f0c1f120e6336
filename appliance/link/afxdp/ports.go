package afxdp

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"vxwall/appliance/link/afxdp/ring"
)

// overhead is what a frame may have beside the MTU: an Ethernet header and two
// VLAN tags. Frames of the UMEM have headroom too.
const overhead = 14 + 2*4

// frameSizes are those of the UMEM: powers of two, at most a page.
var frameSizes = [...]int{2048, 4096}

// maxMTU is the largest MTU whose frames fit into one frame of the UMEM.
const maxMTU = 4096 - ring.Headroom - overhead

// NativeMTU is the largest MTU with which drivers that give each frame one page
// (veth, virtio_net) take native XDP: a page less headroom, the room of
// skb_shared_info, and headers. A larger one gets generic XDP there.
const NativeMTU = 3498

// frameSize returns the size of the UMEM's frames for an MTU of at most maxMTU.
func frameSize(mtu int) int {
	if mtu+overhead+ring.Headroom <= frameSizes[0] {
		return frameSizes[0]
	}
	return frameSizes[1]
}

// examine looks at the ports, one or two, and checks that they can be used.
func examine(names []string) (ports [2]PortStatus, err error) {
	if len(names) == 2 && names[0] == names[1] {
		return ports, &ConfigError{What: "port " + names[0], Why: "named twice", Fix: "name two interfaces in ports"}
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return ports, fmt.Errorf("look at ports: %w", err)
	}
	defer unix.Close(fd)
	for i, name := range names {
		if ports[i], err = examinePort(fd, name); err != nil {
			return ports, err
		}
	}
	if len(names) == 2 {
		if problem := unequal(&ports[0], &ports[1]); problem != nil {
			return ports, problem
		}
	}
	return ports, nil
}

// unequal is the error of two ports of a wire whose MTUs differ, nil if they do not.
func unequal(a, b *PortStatus) *ConfigError {
	if a.MTU < b.MTU {
		a, b = b, a
	}
	if a.MTU == b.MTU {
		return nil
	}
	return &ConfigError{
		What: "port " + b.Name, Why: fmt.Sprintf("MTU %d, that of %s is %d", b.MTU, a.Name, a.MTU),
		Fix: fmt.Sprintf("run: ip link set dev %s mtu %d", b.Name, a.MTU),
	}
}

func examinePort(fd int, name string) (PortStatus, error) {
	p, up, err := lookAt(fd, name)
	if err != nil {
		return p, err
	}
	if problems := p.problems(fd, up); len(problems) > 0 {
		return p, problems[0]
	}
	return p, nil
}

// lookAt says what a port is, and whether it is up.
func lookAt(fd int, name string) (p PortStatus, up bool, err error) {
	link, err := netlink.LinkByName(name)
	if errors.As(err, new(netlink.LinkNotFoundError)) {
		return p, false, missing(name)
	}
	if err != nil {
		return p, false, fmt.Errorf("look at port %s: %w", name, err)
	}
	attrs := link.Attrs()
	p = PortStatus{Name: name, Index: attrs.Index, MTU: attrs.MTU, Driver: "unknown", Queues: channels(fd, name).receive()}
	if info, err := unix.IoctlGetEthtoolDrvinfo(fd, name); err == nil {
		p.Driver = unix.ByteSliceToString(info.Driver[:])
	}
	if p.Queues == 0 {
		p.Queues, p.Note = 1, "the driver does not say how many queues there are: one is taken"
	}
	return p, attrs.Flags&net.FlagUp != 0, nil
}

// problems lists what keeps a port from being used.
func (p *PortStatus) problems(fd int, up bool) (list []*ConfigError) {
	add := func(why, fix string) { list = append(list, &ConfigError{What: "port " + p.Name, Why: why, Fix: fix}) }
	if !up {
		add("it is down", "run: ip link set dev "+p.Name+" up")
	}
	if p.MTU > maxMTU {
		add(fmt.Sprintf("MTU %d, at most %d bytes can be received in one piece", p.MTU, maxMTU),
			fmt.Sprintf("lower it at both ends of the cable; run: ip link set dev %s mtu %d", p.Name, NativeMTU))
	}
	if p.Queues > MaxQueues {
		add(fmt.Sprintf("%d queues, at most %d can be served", p.Queues, MaxQueues), "run: "+channels(fd, p.Name).command(p.Name, MaxQueues))
	}
	if value(fd, p.Name, unix.ETHTOOL_GFLAGS)&flagLRO != 0 {
		add("large receive offload (LRO) merges packets before they are seen", "run: ethtool -K "+p.Name+" lro off")
	}
	return list
}

// missing is the error of an interface that does not exist.
func missing(name string) error {
	var names []string
	if links, err := netlink.LinkList(); err == nil {
		for _, l := range links {
			names = append(names, l.Attrs().Name)
		}
	}
	return &ConfigError{
		What: "port " + name, Why: "no such interface",
		Fix: "set ports to two of: " + strings.Join(names, ", "),
	}
}

// mergesFrames says whether GRO is on. Native XDP comes before it; generic XDP
// after, and might see packets that no sender sent.
func mergesFrames(name string) bool {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return value(fd, name, unix.ETHTOOL_GGRO) != 0
}

// hasProgram says whether an XDP program is on an interface.
func hasProgram(index int) bool {
	link, err := netlink.LinkByIndex(index)
	return err == nil && link.Attrs().Xdp != nil && link.Attrs().Xdp.Attached
}
