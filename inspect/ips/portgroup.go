package ips

import (
	"encoding/binary"
	"maps"
	"slices"

	"vxwall/pipeline/flow"
)

// Bounds of grouping by port: a rule of more ports is one of any port, and groups have
// at most so many entries for each rule, or the rules of most ports become rules of any.
const (
	manyPorts  = 512
	maxEntries = 32
	fewRules   = 1000 // of any port: so many stand in the groups of each port again, to be searched for at once
)

// serverPorts are the ports of the server that the rule is about in a direction, nil for all.
func (r *rule) serverPorts(dir flow.Direction) portSet {
	if r.both || r.whole {
		return nil
	}
	ports := r.dport
	if dir == flow.ToInitiator {
		ports = r.sport
	}
	if ports.size() > manyPorts {
		return nil
	}
	return ports
}

// byPort sorts rules by the port of the server.
func (e *Engine) byPort(list members, dir flow.Direction, windows bool) *portGroups {
	g := &portGroups{}
	lists := make(map[uint16]members)
	var any members
	entries := 0
	for _, n := range list {
		ports := e.rules[n].serverPorts(dir)
		if ports == nil || entries > maxEntries*(len(list)+64) {
			any = append(any, n)
			continue
		}
		for _, p := range ports {
			for port := int(p.First); port <= int(p.Last); port++ {
				lists[uint16(port)] = append(lists[uint16(port)], n)
				entries++
			}
		}
	}
	if len(any) > 0 {
		g.any = e.build(any, windows)
	}
	if len(lists) == 0 {
		return g
	}
	g.merged = len(any) <= fewRules
	g.byPort, g.groups = make([]uint16, 1<<16), []*group{{}}
	known := map[string]uint16{}
	for _, port := range slices.Sorted(maps.Keys(lists)) {
		members := lists[port]
		key := memberKey(members)
		i, ok := known[key]
		if !ok {
			i = uint16(len(g.groups))
			known[key] = i
			if g.merged {
				members = slices.Sorted(slices.Values(append(slices.Clone(members), any...)))
			}
			g.groups = append(g.groups, e.build(members, windows))
		}
		g.byPort[port] = i
	}
	return g
}

func memberKey(list members) string {
	b := make([]byte, 0, 4*len(list))
	for _, n := range list {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return string(b)
}

// of returns the groups of a port, nil for none.
func (g *portGroups) of(port uint16) [2]*group {
	if g.byPort == nil || g.byPort[port] == 0 {
		return [2]*group{g.any}
	}
	if g.merged {
		return [2]*group{g.groups[g.byPort[port]]}
	}
	return [2]*group{g.any, g.groups[g.byPort[port]]}
}
