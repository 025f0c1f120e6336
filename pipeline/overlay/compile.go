package overlay

import (
	"fmt"
	"maps"
	"math/bits"

	"vxwall/pipeline/wire"
)

// compile checks a Spec and makes a Map of it, without names.
func compile(s *Spec) (*Map, error) {
	m := &Map{
		hosts: make(map[Addr]bool), byVNI: make(map[uint32]uint16), ids: make(map[uint32]bool),
		entries: make(map[uint64]uint16), options: s.Options,
	}
	if m.options.TTL == 0 {
		m.options.TTL = DefaultTTL
	}
	if s.Options.PipeDSCP > 63 {
		return nil, fmt.Errorf("compile overlay: DSCP %d is above 63", s.Options.PipeDSCP)
	}
	if len(s.Sides) > MaxSides || len(s.Peers) > MaxPeers || len(s.Networks) > MaxNetworks {
		return nil, fmt.Errorf("compile overlay: %d sides, %d peers, %d networks: at most %d, %d, %d",
			len(s.Sides), len(s.Peers), len(s.Networks), MaxSides, MaxPeers, MaxNetworks)
	}
	for i, side := range s.Sides {
		m.sides[i] = Side{Groups: side.Groups, GroupMap: maps.Clone(side.GroupMap)}
	}
	if err := m.addEndpoints(s); err != nil {
		return nil, err
	}
	if err := m.addPeers(s); err != nil {
		return nil, err
	}
	for i := range s.Networks {
		if err := m.addNetwork(s, i); err != nil {
			return nil, fmt.Errorf("compile overlay: network %d: %w", s.Networks[i].ID, err)
		}
	}
	if err := m.addOther(s); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Map) addEndpoints(s *Spec) error {
	for i := range s.Own {
		e := &s.Own[i]
		if e.MTU < MinMTU {
			return fmt.Errorf("compile overlay: endpoint %d: MTU %d is below %d", i, e.MTU, MinMTU)
		}
		if e.Out < 0 || e.Out > MaxOut {
			return fmt.Errorf("compile overlay: endpoint %d: port %d of the link is not one of 0 to %d", i, e.Out, MaxOut)
		}
		m.own = append(m.own, AddrOf(&e.Address))
	}
	return nil
}

func (m *Map) addPeers(s *Spec) error {
	m.tunnels = make([]Tunnel, len(s.Peers))
	m.index = make([]uint16, 2<<bits.Len(uint(len(s.Peers))))
	for i := range s.Peers {
		if err := m.addPeer(s, i); err != nil {
			return fmt.Errorf("compile overlay: peer %d: %w", i, err)
		}
	}
	return nil
}

func (m *Map) addPeer(s *Spec, i int) error {
	p := &s.Peers[i]
	from := source(s, &p.Source)
	switch {
	case from == nil:
		return fmt.Errorf("its source address is none of ours")
	case wire.Is4(&p.Address) != wire.Is4(&p.Source):
		return fmt.Errorf("its source address is of another IP version")
	case p.Side >= MaxSides:
		return fmt.Errorf("side %d is not below %d", p.Side, MaxSides)
	case p.MTU != 0 && p.MTU < MinMTU:
		return fmt.Errorf("MTU %d is below %d", p.MTU, MinMTU)
	case p.Via && (p.Out < 0 || p.Out > MaxOut):
		return fmt.Errorf("port %d of the link is not one of 0 to %d", p.Out, MaxOut)
	case m.Owns(AddrOf(&p.Address)):
		return fmt.Errorf("its address is ours")
	case m.peer(AddrOf(&p.Address), p.Port) != nil:
		return fmt.Errorf("another one has its address and UDP port")
	}
	m.tunnels[i].init(p, from, m.options.TTL)
	m.hosts[m.tunnels[i].addr] = true
	mask := uint64(len(m.index) - 1)
	at := peerHash(AddrOf(&p.Address), p.Port)
	for m.index[at&mask] != 0 {
		at++
	}
	m.index[at&mask] = uint16(i + 1)
	return nil
}

func source(s *Spec, address *[16]byte) *Endpoint {
	for i := range s.Own {
		if s.Own[i].Address == *address {
			return &s.Own[i]
		}
	}
	return nil
}

func (m *Map) addNetwork(s *Spec, i int) error {
	in := &s.Networks[i]
	n := network{number: uint16(i), id: in.ID, unknown: in.Unknown, learn: in.Learn}
	if err := n.setVNIs(in); err != nil {
		return err
	}
	if m.ids[in.ID] {
		return fmt.Errorf("there are two of that ID")
	}
	m.ids[in.ID] = true
	for side, vni := range n.vnis {
		if vni == noVNI {
			continue
		}
		key := uint32(side)<<24 | vni
		if other, taken := m.byVNI[key]; taken {
			return fmt.Errorf("VNI %d of side %d belongs to network %d already", vni, side, m.networks[other].id)
		}
		m.byVNI[key] = uint16(i)
		m.mapped = m.mapped || vni != n.id
	}
	if in.Pair != nil {
		a, b := in.Pair[0], in.Pair[1]
		if a == b || !isPeer(s, a) || !isPeer(s, b) {
			return fmt.Errorf("pair of peers %d and %d: not two peers", a, b)
		}
		n.paired, n.pair = true, [2]uint16{uint16(a), uint16(b)}
	}
	if err := n.setFlood(s, in.Flood); err != nil {
		return err
	}
	for _, e := range in.Entries {
		if !isPeer(s, e.Peer) {
			return fmt.Errorf("entry for %x: there is no peer %d", e.MAC, e.Peer)
		}
		m.entries[uint64(i)<<48|macNumber(e.MAC[:])] = uint16(e.Peer)
	}
	m.networks = append(m.networks, n)
	return nil
}

// setVNIs sets what the network is called on each side.
func (n *network) setVNIs(in *Network) error {
	const limit = 1 << 24
	if in.ID >= limit {
		return fmt.Errorf("its ID is not below %d", limit)
	}
	for side := range n.vnis {
		n.vnis[side] = noVNI
		if len(in.VNIs) == 0 {
			n.vnis[side] = in.ID
		}
	}
	for _, v := range in.VNIs {
		if v.Side >= MaxSides || v.VNI >= limit {
			return fmt.Errorf("VNI %d of side %d: not below %d, %d", v.VNI, v.Side, limit, MaxSides)
		}
		if n.vnis[v.Side] != noVNI {
			return fmt.Errorf("two VNIs for side %d", v.Side)
		}
		n.vnis[v.Side] = v.VNI
	}
	return nil
}

func (n *network) setFlood(s *Spec, peers []int) error {
	if len(peers) > MaxFlood {
		return fmt.Errorf("%d peers to flood to, at most %d", len(peers), MaxFlood)
	}
	for _, p := range peers {
		if !isPeer(s, p) {
			return fmt.Errorf("flood list: there is no peer %d", p)
		}
		n.flood = append(n.flood, uint16(p))
	}
	return nil
}

// addOther adds the pattern of networks that are not listed.
func (m *Map) addOther(s *Spec) error {
	if s.Other == nil {
		return nil
	}
	if s.Other.Pair != nil || len(s.Other.VNIs) > 0 || len(s.Other.Entries) > 0 {
		return fmt.Errorf("compile overlay: the pattern of other networks has a pair, VNIs or entries of its own")
	}
	n := network{number: MaxNetworks, unknown: s.Other.Unknown, learn: s.Other.Learn}
	if err := n.setFlood(s, s.Other.Flood); err != nil {
		return fmt.Errorf("compile overlay: other networks: %w", err)
	}
	m.other = &n
	return nil
}

func isPeer(s *Spec, i int) bool { return i >= 0 && i < len(s.Peers) }
