package doctor

import "vxwall/appliance/link/afxdp"

// lookOffloads is about what happens to frames before XDP sees them.
func lookOffloads(p *patient, at *port) (list []Finding) {
	if at.generic(p.Config.Datapath.XDP) && at.Offloads.GRO {
		f := finding(Problem, at.Name, "GRO merges packets before generic XDP sees them: what is judged, and sent, was never sent so")
		list = append(list, f.mend(shell("ethtool -K %s gro off", at.Name)))
	}
	if at.Offloads.RxVLAN && at.Kind != "veth" && at.Kind != "bridge" {
		f := finding(Warning, at.Name, "the driver takes VLAN tags out of frames (rxvlan): those of a tagged underlay are lost on the way through native XDP")
		list = append(list, f.mend(shell("ethtool -K %s rxvlan off", at.Name)))
	}
	if len(list) == 0 {
		list = one(OK, at.Name, "nothing merges or changes frames before they are seen")
	}
	return list
}

// generic says whether XDP runs, or would run, in the kernel's receive path.
func (p *port) generic(configured string) bool {
	if p.Ours {
		return p.Running == afxdp.Generic
	}
	return configured == "generic" || configured == "auto" && p.XDP.Known && !p.XDP.Native
}
