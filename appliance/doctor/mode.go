package doctor

import (
	"context"

	"vxwall/appliance/link/afxdp"
)

// lookXDP is about how the XDP program runs on the ports.
func lookXDP(_ context.Context, p *patient) (list []Finding) {
	for _, at := range p.usable() {
		list = append(list, p.judgeMode(at))
	}
	if f := p.mixed(); f != nil {
		list = append(list, *f)
	}
	return list
}

func (p *patient) judgeMode(at *port) Finding {
	wanted, native := p.Config.Datapath.XDP, at.XDP.Native
	copies := "AF_XDP copies"
	if at.XDP.ZeroCopy {
		copies = "AF_XDP without copying"
	}
	switch {
	case !at.XDP.Known:
		return finding(NotChecked, at.Name, "the kernel does not say what the driver can do (Linux 6.3 does)")
	case wanted == "native" && !native:
		f := finding(Problem, at.Name, "xdp = \"native\", but %s has no native XDP%s", at.kind(), at.hint())
		if p.split() != nil {
			return f.set(p.File, "xdp", `"generic"`)
		}
		return f.set(p.File, "xdp", `"auto"`)
	case wanted == "generic" && native && p.split() != nil:
		return finding(OK, at.Name, "generic XDP, as the other port asks for")
	case wanted == "generic" && native:
		return finding(Warning, at.Name, "xdp = \"generic\", and the driver has native XDP, which is several times faster").set(p.File, "xdp", `"auto"`)
	case !native:
		f := finding(Warning, at.Name, "generic XDP: %s has no native XDP%s; slow, about a third", at.kind(), at.hint())
		return f.advise("take a port whose driver has native XDP")
	case at.Ours && at.Running == afxdp.Generic:
		return finding(Warning, at.Name, "generic XDP, which an earlier run left; native is there").mend(shell("vxwall detach --port %s", at.Name))
	}
	return finding(OK, at.Name, "native XDP, %s", copies)
}

// hint says why a driver that has native XDP else does not have it now.
func (p *port) hint() string {
	if p.mismatch() != nil {
		return " as its queues are (see queues)"
	}
	return ""
}

// mixed tells if one port runs natively, and would redirect to one that cannot take it.
func (p *patient) mixed() *Finding {
	b := p.split()
	if b == nil || p.Config.Datapath.XDP != "auto" {
		return nil
	}
	f := finding(Problem, b.Name, "native XDP on the other port cannot send frames out of %s (%s): they are lost", b.Name, b.kind())
	f = f.set(p.File, "xdp", `"generic"`)
	return &f
}

// split is the port of a wire that has no native XDP, and takes nothing from the other
// one, which has; nil if the two are alike.
func (p *patient) split() *port {
	ports := p.usable()
	if len(ports) != 2 || p.Config.Datapath.Mode != "wire" || !ports[0].XDP.Known || !ports[1].XDP.Known {
		return nil
	}
	for i, at := range ports {
		if !at.XDP.Native && !at.XDP.TakesFrames && ports[1-i].XDP.Native {
			return at
		}
	}
	return nil
}
