package appliance

import (
	"cmp"
	"slices"

	"vxwall/appliance/underlay"
	"vxwall/pipeline/overlay"
)

// addNetworks adds the networks of the configuration, and the pattern of others.
func (s *vtepSpec) addNetworks() {
	for i := range s.cfg.Network {
		c := &s.cfg.Network[i]
		n := s.plain(uint32(c.ID))
		n.Learn = cmp.Or(c.Learn, s.cfg.VTEP.Learn) == "on"
		n.Unknown = unknownActions[cmp.Or(c.Unknown, s.cfg.VTEP.Unknown)]
		for _, v := range c.VNIs {
			n.VNIs = append(n.VNIs, overlay.VNI{Side: uint8(v.Side), VNI: uint32(v.VNI)})
		}
		for _, name := range c.Peers {
			n.Flood = append(n.Flood, s.names[name])
		}
		for _, m := range c.MACs {
			mac, _ := parseMAC(m.MAC)
			n.Entries = append(n.Entries, overlay.Entry{MAC: mac, Peer: s.names[m.Peer]})
		}
		if len(c.Pair) == 2 {
			n.Pair = &[2]int{s.names[c.Pair[0]], s.names[c.Pair[1]]}
		}
		s.addNetwork(n)
	}
	if s.cfg.VTEP.Others == "forward" {
		other := s.plain(0)
		other.Flood = s.everyPeer()
		s.Other = &other
	}
}

// plain is a network as [vtep] says.
func (s *vtepSpec) plain(id uint32) overlay.Network {
	return overlay.Network{ID: id, Learn: s.cfg.VTEP.Learn == "on", Unknown: unknownActions[s.cfg.VTEP.Unknown]}
}

// everyPeer lists the peers of the configuration.
func (s *vtepSpec) everyPeer() (list []int) {
	for i := range min(len(s.cfg.Peer), overlay.MaxFlood) {
		list = append(list, i)
	}
	return list
}

// addEntries adds what the kernel's FDB says. A VNI that is followed is a network,
// with a table or without.
func (s *vtepSpec) addEntries() {
	for i := range s.state.Entries {
		e := &s.state.Entries[i]
		peer, known := s.peers[s.placeOf(e)]
		if !known || e.To != e.VNI {
			s.skipped++
			continue
		}
		n := s.networkOf(e, peer)
		if n == nil || n.Pair != nil {
			s.skipped++
			continue
		}
		if !e.Flood() {
			n.Entries = append(n.Entries, overlay.Entry{MAC: e.MAC, Peer: peer})
			continue
		}
		s.fed[n.ID] = true
		if !slices.Contains(n.Flood, peer) && len(n.Flood) < overlay.MaxFlood {
			n.Flood = append(n.Flood, peer)
		}
	}
}

// networkOf is the network that an entry belongs to: the one that has its VNI on
// the peer's side.
func (s *vtepSpec) networkOf(e *underlay.Entry, peer int) *overlay.Network {
	at, known := s.vnis[overlay.VNI{Side: s.Peers[peer].Side, VNI: e.VNI}]
	if known {
		return &s.Networks[at]
	}
	if at, known = s.networks[e.VNI]; known && len(s.Networks[at].VNIs) > 0 {
		return nil // a network of that ID has another VNI on this side
	}
	if known {
		return &s.Networks[at]
	}
	if len(s.Networks) == overlay.MaxNetworks {
		return nil
	}
	n := s.plain(e.VNI)
	n.VNIs = s.freeSides(e.VNI)
	return s.addNetwork(n)
}

// freeSides are the sides on which no network has a VNI, nil if that is all of them.
func (s *vtepSpec) freeSides(vni uint32) (list []overlay.VNI) {
	for side := range uint8(overlay.MaxSides) {
		at := overlay.VNI{Side: side, VNI: vni}
		if _, taken := s.vnis[at]; !taken {
			list = append(list, at)
		}
	}
	if len(list) == overlay.MaxSides {
		return nil
	}
	return list
}

// addNetwork adds a network. What it returns is valid until the next one is added.
func (s *vtepSpec) addNetwork(n overlay.Network) *overlay.Network {
	at := len(s.Networks)
	s.networks[n.ID] = at
	for _, v := range n.VNIs {
		s.vnis[v] = at
	}
	s.Networks = append(s.Networks, n)
	return &s.Networks[at]
}

// addFlood has networks without a flood list flood to every peer of the
// configuration.
func (s *vtepSpec) addFlood() {
	for i := range s.Networks {
		n := &s.Networks[i]
		if len(n.Flood) == 0 && n.Pair == nil && !s.fed[n.ID] {
			n.Flood = s.everyPeer()
		}
	}
}
