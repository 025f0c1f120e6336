package ips

import (
	"slices"

	"vxwall/rules/suricata"
)

// portSet is a set of ports: intervals in order. nil holds all.
type portSet []suricata.PortRange

func (s portSet) has(port uint16) bool {
	if s == nil {
		return true
	}
	for _, r := range s {
		if port <= r.Last {
			return port >= r.First
		}
	}
	return false
}

// size is the number of ports in the set.
func (s portSet) size() (n int) {
	if s == nil {
		return 1 << 16
	}
	for _, r := range s {
		n += int(r.Last) - int(r.First) + 1
	}
	return n
}

// portsOf returns the set of the rule language as intervals that do not touch.
func portsOf(p *suricata.Ports) portSet {
	if p.Any() {
		return nil
	}
	in := []suricata.PortRange{{First: 0, Last: 65535}}
	if len(p.In) > 0 {
		in = mergePorts(p.In)
	}
	for _, not := range p.Not {
		in = cutPorts(in, not)
	}
	if in == nil {
		in = []suricata.PortRange{} // no port at all, not every one
	}
	return in
}

func mergePorts(in []suricata.PortRange) (out []suricata.PortRange) {
	sorted := slices.Clone(in)
	slices.SortFunc(sorted, func(a, b suricata.PortRange) int { return int(a.First) - int(b.First) })
	for _, r := range sorted {
		if n := len(out); n > 0 && int(r.First) <= int(out[n-1].Last)+1 {
			out[n-1].Last = max(out[n-1].Last, r.Last)
			continue
		}
		out = append(out, r)
	}
	return out
}

func cutPorts(from []suricata.PortRange, cut suricata.PortRange) (out []suricata.PortRange) {
	for _, r := range from {
		if r.Last < cut.First || r.First > cut.Last {
			out = append(out, r)
			continue
		}
		if r.First < cut.First {
			out = append(out, suricata.PortRange{First: r.First, Last: cut.First - 1})
		}
		if r.Last > cut.Last {
			out = append(out, suricata.PortRange{First: cut.Last + 1, Last: r.Last})
		}
	}
	return out
}
