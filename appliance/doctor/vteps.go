package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"vxwall/appliance/admin"
)

// Bounds of the probes.
const (
	mostVTEPs = 16
	probeTime = 8 * time.Second // of all VTEPs together
)

// innerMTU is what workloads use unless told otherwise.
const innerMTU = 1500

// lookVTEPs probes VTEPs that were given, or that somebody here knows of.
func lookVTEPs(ctx context.Context, p *patient) []Finding {
	if p.elsewhere() && len(p.VTEPs) == 0 {
		f := finding(NotChecked, "", "a port is not here: its VTEPs may be other machines than those of the same addresses here")
		return []Finding{f.advise("ask where the ports are, such as: nsenter --net=/run/netns/NAME vxwall doctor")}
	}
	if p.mode() == "tap" && len(p.VTEPs) == 0 {
		f := finding(NotChecked, "", "the VTEPs that copies tell of may be out of reach, or others than those of the same addresses here")
		return []Finding{f.advise("name them, if they are to be asked: vxwall doctor --vtep 192.0.2.1")}
	}
	vteps := p.vteps(ctx)
	if len(vteps) == 0 {
		return []Finding{finding(NotChecked, "", "no VTEP is known here").advise("name them: vxwall doctor --vtep 192.0.2.1 --vtep 192.0.2.2")}
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	found := make([]Finding, min(len(vteps), mostVTEPs))
	var all sync.WaitGroup
	for i := range found {
		probe, done := prepare(vteps[i])
		if done != nil {
			found[i] = *done
			continue
		}
		all.Go(func() { defer probe.close(); found[i] = probe.judge(ctx) })
	}
	all.Wait()
	if rest := len(vteps) - len(found); rest > 0 {
		found = append(found, finding(NotChecked, "", "%d more VTEPs are known", rest))
	}
	return found
}

// elsewhere says whether a port is missing: this may be another network namespace.
func (p *patient) elsewhere() bool {
	return slices.ContainsFunc(p.ports, func(at port) bool { return at.err != nil })
}

// vteps are the VTEPs that were given, else those of the configuration, of the forwarding
// databases of VXLAN devices and of live flows, which anybody may begin: they come last.
func (p *patient) vteps(ctx context.Context) []netip.Addr {
	if len(p.VTEPs) > 0 {
		return p.VTEPs
	}
	var list []netip.Addr
	add := func(addr netip.Addr) {
		if addr = addr.Unmap(); addr.IsValid() && !addr.IsUnspecified() && !addr.IsMulticast() && !slices.Contains(list, addr) {
			list = append(list, addr)
		}
	}
	for i := range p.Config.Peer {
		addr, _ := netip.ParseAddr(p.Config.Peer[i].Address)
		add(addr)
	}
	devices, _ := vxlanDevices()
	for _, d := range devices {
		entries, _ := netlink.NeighList(d.Index, unix.AF_BRIDGE)
		for _, e := range entries {
			addr, _ := netip.AddrFromSlice(e.IP)
			add(addr)
		}
	}
	if p.daemon != nil {
		ctx, cancel := context.WithTimeout(ctx, askTime)
		defer cancel()
		flows, _ := admin.NewClient(p.Config.Admin.Socket).Flows(ctx, &admin.FlowQuery{Limit: 1000})
		for _, f := range flows.Flows {
			for _, text := range []string{f.Forth.VTEP, f.Back.VTEP} {
				addr, _ := netip.ParseAddr(text)
				add(addr)
			}
		}
	}
	return list
}

// prepare opens a probe, or says why there can be none.
func prepare(to netip.Addr) (*probe, *Finding) {
	about := to.String()
	refused := func(f Finding) (*probe, *Finding) { return nil, &f }
	routes, err := netlink.RouteGet(to.AsSlice())
	if err != nil || len(routes) == 0 {
		f := finding(NotChecked, about, "there is no way to it from here: the ports of a wire have no addresses")
		return refused(f.advise("ask at a VTEP: vxwall doctor --vtep %s", about))
	}
	link, err := netlink.LinkByIndex(routes[0].LinkIndex)
	if err != nil {
		return refused(finding(NotChecked, about, "%v", err))
	}
	if link.Type() == "device" && link.Attrs().EncapType == "loopback" {
		return refused(finding(OK, about, "it is this machine"))
	}
	p, err := openProbe(to)
	if err != nil {
		return refused(finding(NotChecked, about, "%v", err))
	}
	p.through, p.mtu, p.next = link.Attrs().Name, link.Attrs().MTU, to
	if gw, ok := netip.AddrFromSlice(routes[0].Gw); ok {
		p.next = gw.Unmap()
	}
	p.neighbours = func() ([]netlink.Neigh, error) { return netlink.NeighList(link.Attrs().Index, p.family()) }
	return p, nil
}

// judge says whether a VTEP answers, and how large packets to it may be.
func (p *probe) judge(ctx context.Context) Finding {
	about := p.to.String()
	mtu, took, err := p.search(ctx)
	switch {
	case err != nil:
		return finding(NotChecked, about, "%v", err)
	case mtu == 0 && p.resolved():
		return finding(Warning, about, "it answers no ICMP echo requests (sent through %s): it is down, or ICMP is filtered", p.through)
	case mtu == 0:
		f := finding(Problem, about, "nobody there: %s has no MAC address for %s", p.through, p.next)
		return f.advise("is it up, in this network, and is vxwall, or the switch, between here and there?")
	}
	return p.judgeMTU(mtu, took)
}

// judgeMTU says what a path MTU means for inner packets.
func (p *probe) judgeMTU(mtu int, took time.Duration) Finding {
	about, overhead := p.to.String(), p.overhead()
	text := fmt.Sprintf("answers in %v through %s; path MTU %d, inner packets of up to %d bytes", took.Round(10*time.Microsecond), p.through, mtu, mtu-overhead)
	if mtu >= innerMTU+overhead {
		return finding(OK, about, "%s", text)
	}
	f := finding(Warning, about, "%s: workloads with an MTU of %d lose large packets", text, innerMTU)
	if mtu == p.mtu {
		f = f.mend(shell("ip link set dev %s mtu %d", p.through, innerMTU+overhead))
		return f.advise("on the way, too, the MTU must be %d; or set that of the workloads to %d", innerMTU+overhead, mtu-overhead)
	}
	return f.advise("raise the MTU on the way to %d, or set that of the workloads to %d", innerMTU+overhead, mtu-overhead)
}

// overhead of VXLAN: outer IP, UDP, VXLAN and inner Ethernet headers.
func (p *probe) overhead() int {
	if p.to.Is4() {
		return 20 + 8 + 8 + 14
	}
	return 40 + 8 + 8 + 14
}

// resolved says whether the next hop has a MAC address.
func (p *probe) resolved() bool {
	list, err := p.neighbours()
	if err != nil {
		return true // who knows
	}
	const known = unix.NUD_REACHABLE | unix.NUD_STALE | unix.NUD_DELAY | unix.NUD_PROBE | unix.NUD_PERMANENT | unix.NUD_NOARP
	return slices.ContainsFunc(list, func(n netlink.Neigh) bool {
		addr, _ := netip.AddrFromSlice(n.IP)
		return addr.Unmap() == p.next && n.State&known != 0
	})
}
