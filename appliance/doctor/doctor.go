package doctor

import (
	"context"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"

	"vxwall/appliance"
	"vxwall/appliance/admin"
	"vxwall/appliance/link/afxdp"
	"vxwall/rules"
)

// Case is what is to be looked at.
type Case struct {
	Config   appliance.Config // its defaults where no file was read
	File     string           // that it was read from, "" for none
	Problems []rules.Problem  // of the file
	Err      error            // the file could not be read
	VTEPs    []netip.Addr     // to be probed besides those that are discovered
	Now      time.Time
}

// patient is a case and what several checks ask of it.
type patient struct {
	*Case
	ports  []port
	daemon *admin.Status // nil if none answers
	asked  error         // why not
}

// port is a port, and what is behind it if that is a veth.
type port struct {
	afxdp.PortFacts
	err  error // it cannot be looked at
	peer *peer // nil unless it is a veth

	promiscuous bool // it takes frames whatever their MAC address
}

// check looks at one thing.
type check struct {
	name string
	look func(ctx context.Context, p *patient) []Finding
}

// checks are in the order in which one mends things: the machine, what vxwall is told,
// the ports, the network behind them.
var checks = []check{
	{"kernel", lookKernel},
	{"bpf", forXDP(lookBPF)},
	{"bpf-jit", forXDP(lookJIT)},
	{"af-xdp", forXDP(lookAFXDP)},
	{"bpf-fs", forXDP(lookBPFFS)},
	{"capabilities", lookCapabilities},
	{"locked-memory", forXDP(lookLockedMemory)},
	{"memory", lookMemory},
	{"hugepages", lookHugePages},
	{"configuration", lookConfiguration},
	{"rules", lookRules},
	{"event-log", lookEventLog},
	{"daemon", lookDaemon},
	{"port", eachPort(lookPort)},
	{"mtu", lookMTU},
	{"queues", lookQueues},
	{"xdp", lookXDP},
	{"offloads", eachPort(lookOffloads)},
	{"far-end", eachPort(lookFarEnd)},
	{"queue", lookQueue},
	{"queue-rules", lookQueueRules},
	{"tap", lookTap},
	{"vxlan-port", lookVXLANPorts},
	{"netfilter", lookNetfilter},
	{"vtep", lookVTEPs},
}

// Checks are the names of all checks, in their order.
func Checks() (names []string) {
	for _, c := range checks {
		names = append(names, c.name)
	}
	return names
}

// Examine looks at everything. Interfaces are those of the network namespace of the
// calling thread, which must be locked to its goroutine if it has one of its own.
func Examine(ctx context.Context, c *Case) *Report {
	p := &patient{Case: c}
	p.daemon, p.asked = askDaemon(ctx, c.Config.Admin.Socket)
	for _, name := range c.Config.Datapath.Ports {
		p.ports = append(p.ports, examinePort(name, c.Config.Datapath.Pin))
	}
	r := &Report{}
	for _, check := range checks {
		r.add(check.name, check.look(ctx, p))
	}
	return r
}

func examinePort(name, pin string) (p port) {
	p.PortFacts, p.err = afxdp.Examine(name, pin)
	p.Name = name
	if p.err == nil && p.Kind == "veth" {
		p.peer = findPeer(p.Index)
	}
	if link, err := netlink.LinkByIndex(p.Index); p.err == nil && err == nil {
		p.promiscuous = link.Attrs().Promisc > 0
	}
	return p
}

// usable are the ports that could be looked at.
func (p *patient) usable() (list []*port) {
	for i := range p.ports {
		if p.ports[i].err == nil {
			list = append(list, &p.ports[i])
		}
	}
	return list
}

// eachPort makes a check out of one of a port.
func eachPort(look func(p *patient, at *port) []Finding) func(context.Context, *patient) []Finding {
	return func(_ context.Context, p *patient) (list []Finding) {
		for i := range p.ports {
			if p.ports[i].err == nil {
				list = append(list, look(p, &p.ports[i])...)
			}
		}
		return list
	}
}

// mode is that of the datapath.
func (p *patient) mode() string { return p.Config.Datapath.Mode }

// forXDP makes a check of what XDP needs: other modes do without.
func forXDP(look func(context.Context, *patient) []Finding) func(context.Context, *patient) []Finding {
	return func(ctx context.Context, p *patient) []Finding {
		if p.mode() == nfqueueMode {
			return one(OK, "", "not needed in nfqueue mode")
		}
		return look(ctx, p)
	}
}

// link is the configuration of the link as far as it can be made.
func (p *patient) link() afxdp.Config {
	cfg := afxdp.DefaultConfig()
	d := &p.Config.Datapath
	cfg.Workers, cfg.Ring, cfg.Pin = d.Workers, d.Ring, d.Pin
	for i := range min(len(d.Ports), len(cfg.Ports)) {
		cfg.Ports[i] = d.Ports[i]
	}
	return cfg
}
