package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/vishvananda/netlink"

	"vxwall/appliance/link/afxdp"
)

// lookPort is about what a port is, and what else has it.
func lookPort(p *patient, at *port) []Finding {
	list := one(OK, at.Name, "%s, driver %s, %s", at.kind(), at.Driver, at.state())
	if !at.Ethernet {
		f := finding(Problem, at.Name, "%s does not carry Ethernet frames", at.kind())
		list = []Finding{f.advise("name an Ethernet interface: %s", strings.Join(candidates(), ", "))}
	}
	for _, problem := range at.Problems {
		if !aboutMTU(problem) {
			list = append(list, refusal(at.Name, problem))
		}
	}
	if at.Up && !at.Carrier {
		list = append(list, finding(Problem, at.Name, "it has no carrier: nothing passes").advise("plug in the cable, or set the other end up"))
	}
	if at.Ours && p.daemon == nil {
		f := finding(Warning, at.Name, "the XDP program of a vxwall that does not run is on it (program %d)", at.Program)
		list = append(list, f.advise("start vxwall, which takes it over; or, to end the wire: vxwall detach --port %s", at.Name))
	}
	if p.mode() == "wire" && p.Config.Datapath.OnDeath == "relay" && at.kind() == "hardware" && !at.promiscuous {
		f := finding(Warning, at.Name, "while no vxwall runs it takes only frames that are for itself: on_death = \"relay\" relays no others")
		list = append(list, f.mend(shell("ip link set dev %s promisc on", at.Name)))
	}
	if err := at.busy(); err != nil {
		list = append(list, *err)
	}
	return list
}

func (p *port) kind() string {
	if p.Kind == "device" || p.Kind == "" {
		return "hardware"
	}
	return p.Kind
}

func (p *port) state() string {
	switch {
	case !p.Up:
		return "down"
	case !p.Carrier:
		return "up, no carrier"
	}
	return "up"
}

// busy tells if a port belongs to a bridge or bond, which XDP takes all frames from.
func (p *port) busy() *Finding {
	link, err := netlink.LinkByIndex(p.Index)
	if err != nil || link.Attrs().MasterIndex == 0 {
		return nil
	}
	master := fmt.Sprint(link.Attrs().MasterIndex)
	if m, err := netlink.LinkByIndex(link.Attrs().MasterIndex); err == nil {
		master = m.Attrs().Name
	}
	f := finding(Problem, p.Name, "it belongs to %s, which sees no frame any more once vxwall has the port", master)
	f = f.mend(shell("ip link set dev %s nomaster", p.Name))
	return &f
}

// lookMTU is about frames that are too large for one piece of memory, or for one of
// two ports. Ports that cannot be used at all are told of here too.
func lookMTU(_ context.Context, p *patient) (list []Finding) {
	for i := range p.ports {
		if at := &p.ports[i]; at.err != nil {
			list = append(list, missingPort(at))
		} else {
			list = append(list, p.judgeMTU(at)...)
		}
	}
	if p.mode() == nfqueueMode {
		return one(NotChecked, "", "nfqueue mode has no ports: the kernel hands packets over")
	}
	if len(p.ports) == 0 {
		f := finding(NotChecked, "", "no ports are named")
		list = append(list, f.advise("name them with --port, or in the configuration; Ethernet interfaces here: %s", strings.Join(candidates(), ", ")))
	}
	if ports := p.usable(); len(ports) == 2 && p.Config.Datapath.Mode == "wire" {
		if problem := afxdp.MTUProblem(&ports[0].PortFacts, &ports[1].PortFacts); problem != nil && max(ports[0].MTU, ports[1].MTU) <= afxdp.NativeMTU {
			list = append(list, refusal(strings.TrimPrefix(problem.What, "port "), problem))
		}
	}
	return list
}

// mtu is the one that all ports, and what is behind them, should have: the largest of
// those that are not too large.
func (p *patient) mtu() (mtu int) {
	for _, at := range p.usable() {
		if at.MTU <= afxdp.NativeMTU {
			mtu = max(mtu, at.MTU)
		}
	}
	return cmp.Or(mtu, afxdp.NativeMTU)
}

func missingPort(at *port) Finding {
	var refused *afxdp.ConfigError
	if errors.As(at.err, &refused) {
		return refusal(at.Name, refused)
	}
	return finding(NotChecked, at.Name, "%v", at.err)
}

func aboutMTU(e *afxdp.ConfigError) bool { return strings.HasPrefix(e.Why, "MTU") }

// judgeMTU is about one port. What is too large becomes what the other port has.
func (p *patient) judgeMTU(at *port) []Finding {
	var f Finding
	if i := slices.IndexFunc(at.Problems, aboutMTU); i >= 0 {
		f = finding(Problem, at.Name, "%s", at.Problems[i].Why)
	} else if at.MTU > afxdp.NativeMTU {
		f = finding(Warning, at.Name, "MTU %d: most drivers take native XDP up to %d only", at.MTU, afxdp.NativeMTU)
	} else {
		return one(OK, at.Name, "%d", at.MTU)
	}
	f = f.mend(shell("ip link set dev %s mtu %d", at.Name, p.mtu())).mend(at.peer.mtuCommands(p.mtu())...)
	return []Finding{f.advise("the other end of its cable must have the same MTU")}
}

// candidates are interfaces that could be ports: Ethernet, other than loopback.
func candidates() (names []string) {
	links, err := netlink.LinkList()
	if err != nil {
		return nil
	}
	for _, l := range links {
		if a := l.Attrs(); a.EncapType == "ether" && a.Flags&net.FlagLoopback == 0 && l.Type() != "vxlan" && l.Type() != "bridge" {
			names = append(names, a.Name)
		}
	}
	return names
}
