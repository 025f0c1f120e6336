package overlay

// Unicast finds the peer to which a packet goes whose inner destination is a
// single host. UnknownMAC with no other refusal behind it means: Flood, if
// Floods says so.
func (m *Map) Unicast(a *Arrival, dst []byte, learned *FDB, now int64) (*Tunnel, Refusal) {
	t := m.behind(a, dst, learned, now)
	if t == nil {
		return nil, UnknownMAC
	}
	return t, m.may(a, t)
}

// behind returns the tunnel to the peer behind which a MAC address is.
func (m *Map) behind(a *Arrival, mac []byte, learned *FDB, now int64) *Tunnel {
	if a.net.paired {
		return m.partner(a)
	}
	number := macNumber(mac)
	if i, ok := m.entries[uint64(a.net.number)<<48|number]; ok {
		return &m.tunnels[i]
	}
	if !a.net.learn {
		return nil
	}
	return m.named(learned.lookup(a.ID, number, now))
}

// may says whether a packet may go to a peer.
func (m *Map) may(a *Arrival, t *Tunnel) Refusal {
	if !a.net.paired && a.From != nil {
		if t.addr == a.From.addr {
			return Returning
		}
		if t.group != 0 && t.group == a.From.group {
			return Horizon
		}
	}
	if !t.ready || m.toward(a, t) == noVNI {
		return Unreachable
	}
	return Taken
}

// toward is the VNI of the arrival's network on a peer's side. A network that is
// not listed has none where a listed one has the same.
func (m *Map) toward(a *Arrival, t *Tunnel) uint32 {
	if a.net.number != MaxNetworks {
		return a.net.vnis[t.side]
	}
	if m.mapped {
		if _, taken := m.byVNI[uint32(t.side)<<24|a.vni]; taken {
			return noVNI
		}
	}
	return a.vni
}

// Label makes the VNI and the Group Policy ID of a header to a peer what its side
// wants to see of a packet that arrived with the one in h.
func (m *Map) Label(a *Arrival, t *Tunnel, h *Header) {
	h.VNI = m.toward(a, t)
	if !h.Grouped || t.side == a.side {
		return
	}
	switch side := &m.sides[t.side]; side.Groups {
	case GroupStrip:
		h.Grouped = false
	case GroupRewrite:
		h.Group, h.Grouped = side.group(h.Group)
	}
}

func (s *Side) group(of uint16) (uint16, bool) {
	g, ok := s.GroupMap[of]
	return g, ok
}

// Paired says whether all that arrives here has one destination.
func (a *Arrival) Paired() bool { return a.net.paired }

// Floods says whether unknown unicast goes to the whole flood list.
func (a *Arrival) Floods() bool { return a.net.unknown == UnknownFlood }

// FloodLen is the length of the network's flood list.
func (a *Arrival) FloodLen() int { return len(a.net.flood) }

// FloodTo returns peer i of the flood list, nil if a packet that arrived at a does
// not go there.
func (m *Map) FloodTo(a *Arrival, i int) *Tunnel {
	t := &m.tunnels[a.net.flood[i]]
	if m.may(a, t) != Taken {
		return nil
	}
	return t
}
