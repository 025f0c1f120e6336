package doctor

import (
	"fmt"
	"net"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"vxwall/appliance/link/afxdp"
)

// peer is the other end of a veth. With real hardware the other end is a switch, which
// needs nothing; a veth hands its neighbour's offloads over as they are.
type peer struct {
	space    namespace
	name     string
	mtu      int
	up       bool
	xdp      bool // an XDP program is on it
	offloads afxdp.Offloads
	channels afxdp.Channels
	err      error // it could not be found or looked at
}

// findPeer finds the other end of a veth.
func findPeer(index int) *peer {
	p := &peer{}
	p.err = p.find(index)
	return p
}

func (p *peer) find(index int) error {
	link, err := netlink.LinkByIndex(index)
	if err != nil {
		return err
	}
	at := link.Attrs()
	if at.NetNsID >= 0 {
		space, ok := findNamespace(at.NetNsID)
		if !ok {
			return fmt.Errorf("it is interface %d of a network namespace that cannot be seen from here", at.ParentIndex)
		}
		p.space = space
	}
	return p.space.do(func() error { return p.look(at.ParentIndex) })
}

func (p *peer) look(index int) error {
	link, err := netlink.LinkByIndex(index)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	at := link.Attrs()
	p.name, p.mtu, p.up = at.Name, at.MTU, at.Flags&net.FlagUp != 0
	p.xdp = at.Xdp != nil && at.Xdp.Attached
	p.offloads, p.channels = afxdp.OffloadsOf(fd, at.Name), afxdp.ChannelsOf(fd, at.Name)
	return nil
}

// command is one to be run where the peer is.
func (p *peer) command(format string, args ...any) string {
	return p.space.enter + shell(format, args...)
}

// known says whether there is a peer that could be looked at.
func (p *peer) known() bool { return p != nil && p.err == nil }

// mtuCommands set the MTU of the other end, if that can be reached from here.
func (p *peer) mtuCommands(mtu int) []string {
	if !p.known() || p.mtu == mtu {
		return nil
	}
	return []string{p.command("ip link set dev %s mtu %d", p.name, mtu)}
}

// lookFarEnd is about the other end of a veth.
func lookFarEnd(p *patient, at *port) []Finding {
	switch {
	case at.peer == nil:
		return nil
	case at.peer.err != nil:
		f := finding(NotChecked, at.Name, "the other end of this veth: %v", at.peer.err)
		return []Finding{f.advise("there, run for its interface, here called IF: ethtool -K IF tx off gso off tso off; ethtool -K IF gro on")}
	}
	list := at.farTransmit()
	if p.mode() != "tap" { // which sends nothing
		list = append(list, at.farReceive()...)
	}
	if mtu := p.mtu(); at.peer.mtu != mtu && at.MTU <= afxdp.NativeMTU { // else see mtu
		f := finding(Problem, at.Name, "the other end, %s, has MTU %d instead of %d: larger frames are lost", at.farName(), at.peer.mtu, mtu)
		list = append(list, f.mend(at.peer.command("ip link set dev %s mtu %d", at.peer.name, mtu)))
	}
	if len(list) == 0 {
		return one(OK, at.Name, "%s sends whole packets with checksums, and takes what XDP sends", at.farName())
	}
	return list
}

func (p *port) farName() string {
	if p.peer.space.path == "" {
		return p.peer.name
	}
	return p.peer.name + " in " + strings.TrimPrefix(p.peer.space.path, "/run/netns/")
}

// farTransmit is about what the other end leaves for hardware to do that is not there.
func (p *port) farTransmit() []Finding {
	o, far := p.peer.offloads, p.peer
	if !o.TxChecksum && !o.TSO && !o.GSO {
		return nil
	}
	what := "may be longer than the MTU"
	if o.TxChecksum {
		what = "lack checksums, or are longer than the MTU: VTEPs behind vxwall throw them away"
	}
	f := finding(Problem, p.Name, "packets of a VTEP at %s %s", p.farName(), what)
	return []Finding{f.mend(far.command("ethtool -K %s tx off gso off tso off", far.name))}
}

// farReceive is about frames that XDP redirects to the port: a veth has its other end
// take them by NAPI, which that has only with GRO or an XDP program. GRO that was
// on before the other end was up does not count (drivers/net/veth.c).
func (p *port) farReceive() []Finding {
	far := p.peer
	if !p.XDP.Known || p.XDP.TakesFrames || !p.XDP.Native {
		return nil
	}
	f := finding(Problem, p.Name, "what XDP sends out of it is lost: %s has neither GRO nor an XDP program", p.farName())
	if far.offloads.GRO {
		f = finding(Problem, p.Name, "what XDP sends out of it is lost: GRO of %s was switched on before it was up", p.farName())
		return []Finding{f.mend(far.command("ethtool -K %s gro off", far.name), far.command("ethtool -K %s gro on", far.name))}
	}
	return []Finding{f.mend(far.command("ethtool -K %s gro on", far.name))}
}
