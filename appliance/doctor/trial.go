package doctor

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/vishvananda/netlink"

	"vxwall/appliance/link/afxdp"
)

// Tried is what came of trying XDP on a port.
type Tried struct {
	Finding
	Port     string
	Mode     afxdp.Mode // in which vxwall would run there, or does; Auto for none
	ZeroCopy bool
	Workers  int // that the port can keep busy
}

// Try tries XDP on the ports of a case: see afxdp.Try. Ports that have addresses keep
// their queues meanwhile, and those that have a program are left alone.
func Try(c *Case) (list []Tried) {
	if c.Config.Datapath.Mode == nfqueueMode {
		return nil
	}
	for _, name := range c.Config.Datapath.Ports {
		at := examinePort(name, c.Config.Datapath.Pin)
		if at.err != nil {
			continue // see mtu
		}
		tried := at.try(c.Config.Datapath.XDP)
		tried.Check, tried.Text = "measure", printable(tried.Text)
		tried.Port, tried.Workers = name, min(at.Queues, runtime.NumCPU())
		list = append(list, tried)
	}
	return list
}

func (p *port) try(wanted string) Tried {
	if p.Program != 0 {
		return Tried{
			Finding:  finding(NotChecked, p.Name, "not tried: XDP program %d is on it, in %s mode", p.Program, p.Running),
			Mode:     p.Running,
			ZeroCopy: p.XDP.ZeroCopy && p.Running == afxdp.Native,
		}
	}
	bare := p.bare()
	trial, err := afxdp.Try(&p.PortFacts, bare)
	if err != nil {
		return Tried{Finding: finding(NotChecked, p.Name, "%v", err)}
	}
	return p.judgeTrial(wanted, &trial)
}

// bare says whether a port has no address: then nobody on this machine speaks by it.
func (p *port) bare() bool {
	link, err := netlink.LinkByIndex(p.Index)
	if err != nil {
		return false
	}
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		list, err := netlink.AddrList(link, family)
		if err != nil {
			return false
		}
		for _, a := range list {
			if !a.IP.IsLinkLocalUnicast() {
				return false
			}
		}
	}
	return true
}

func (p *port) judgeTrial(wanted string, t *afxdp.Trial) Tried {
	socket := "AF_XDP copies"
	switch {
	case t.Copy != nil && t.ZeroCopy != nil:
		socket = fmt.Sprintf("AF_XDP sockets are refused: %v", t.Copy)
	case t.ZeroCopy == nil:
		socket = "AF_XDP without copying works"
	case errors.Is(t.ZeroCopy, afxdp.ErrNotTried):
		socket += " (that without copying was not tried: the port has addresses)"
	default:
		socket += fmt.Sprintf(" (without copying is refused: %v)", t.ZeroCopy)
	}
	switch {
	case t.Native == nil && wanted != "generic":
		text := fmt.Sprintf("native XDP works, attached in %v; %s", t.Took.Round(time.Millisecond/10), socket)
		return Tried{Finding: p.judgeSocket(OK, text, t), Mode: afxdp.Native, ZeroCopy: t.ZeroCopy == nil}
	case t.Native == nil:
		return Tried{Finding: p.judgeSocket(OK, "native XDP works, and xdp = \"generic\" does without; "+socket, t), Mode: afxdp.Generic}
	case t.Generic == nil:
		return Tried{Finding: p.judgeSocket(Warning, fmt.Sprintf("native XDP is refused (%v), generic XDP works; %s", t.Native, socket), t), Mode: afxdp.Generic}
	}
	f := finding(Problem, p.Name, "XDP is refused, native: %v; generic: %v", t.Native, t.Generic)
	return Tried{Finding: f.advise("see \"dmesg\" for what the driver says, or take another port")}
}

// judgeSocket makes a finding worse if no socket can be had.
func (p *port) judgeSocket(v Verdict, text string, t *afxdp.Trial) Finding {
	if t.Copy != nil && t.ZeroCopy != nil {
		v = Problem
	}
	return finding(v, p.Name, "%s", text)
}
