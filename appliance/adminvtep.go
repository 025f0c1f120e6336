package appliance

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"vxwall/appliance/admin"
	"vxwall/pipeline"
	"vxwall/pipeline/overlay"
)

// vtepStatus answers what the VTEP knows, nil in other modes.
func (r *running) vtepStatus(c *pipeline.Counters) *admin.VTEP {
	if r.vtep == nil {
		return nil
	}
	cfg, spec, changes, err := r.vtep.inForce()
	stats := r.vtep.FDB.Stats()
	s := &admin.VTEP{
		Addresses: cfg.VTEP.Addresses, Peers: []admin.Peer{}, Networks: []admin.Network{}, Devices: []admin.Device{},
		FDB: admin.FDBStats{
			Learned: stats.Entries, Capacity: cfg.VTEP.Entries, Moves: stats.Moves, Full: stats.Full, Contradictions: stats.Contradictions,
		},
		Strangers: r.vtep.watch.strangers.Load(), Changes: changes, Copies: admin.Tally(c.Copies), Clamped: c.Clamped,
	}
	for _, n := range c.CopiesDropped {
		s.CopiesDropped += n
	}
	s.Moves, s.Stranger = r.vtep.watch.recent()
	if err != nil {
		s.Trouble = err.Error()
	}
	if spec != nil {
		spec.tell(s, r.vtep.census())
	}
	return s
}

// census counts learned addresses.
type census struct {
	networks map[uint32]int
	peers    map[netip.AddrPort]int
}

func (v *vtep) census() census {
	c := census{map[uint32]int{}, map[netip.AddrPort]int{}}
	v.Learned(time.Now().UnixNano(), func(l overlay.Learned) bool {
		c.networks[l.Network]++
		c.peers[netip.AddrPortFrom(addrOf(&l.VTEP), l.Port)]++
		return true
	})
	return c
}

// tell adds peers, networks and devices to a status.
func (s *vtepSpec) tell(to *admin.VTEP, c census) {
	kernel := map[int]bool{}
	for i := range s.state.Entries {
		if at, known := s.peers[s.placeOf(&s.state.Entries[i])]; known {
			kernel[at] = true
		}
	}
	for i := range s.Peers {
		p := s.tellPeer(i)
		p.Kernel, p.Learned = kernel[i], c.peers[s.place(i)]
		to.Peers = append(to.Peers, p)
	}
	for i := range s.Networks {
		n := s.tellNetwork(i)
		n.Learned = c.networks[n.ID]
		delete(c.networks, n.ID)
		to.FDB.Static += n.Static
		to.FDB.Kernel += n.Kernel
		to.Networks = append(to.Networks, n)
	}
	for id, learned := range c.networks { // of no table
		n := admin.Network{ID: id, Learned: learned}
		if s.Other != nil {
			n.Flood = len(s.Other.Flood)
		}
		to.Networks = append(to.Networks, n)
	}
	slices.SortFunc(to.Networks, func(a, b admin.Network) int { return cmp.Compare(a.ID, b.ID) })
	to.FDB.Skipped = s.skipped
	for _, d := range s.state.Devices {
		to.Devices = append(to.Devices, admin.Device{Name: d.Name, VNI: d.VNI, Entries: d.Entries, Skipped: d.Skipped, Trouble: d.Trouble})
	}
}

// place is the address and UDP port of a peer.
func (s *vtepSpec) place(peer int) netip.AddrPort {
	p := &s.Peers[peer]
	return netip.AddrPortFrom(addrOf(&p.Address), p.Port)
}

// name is what a peer is called.
func (s *vtepSpec) name(peer int) string {
	if peer < len(s.cfg.Peer) {
		return s.cfg.Peer[peer].Name
	}
	return s.place(peer).Addr().String()
}

func (s *vtepSpec) tellPeer(i int) admin.Peer {
	p := &s.Peers[i]
	hop := s.state.Hops[addrOf(&p.Address)]
	told := admin.Peer{
		Name: s.name(i), Address: addrOf(&p.Address).String(), Port: p.Port, Side: int(p.Side),
		Source: addrOf(&p.Source).String(), MTU: p.MTU, Ready: p.NextHop != [6]byte{}, Trouble: hop.Trouble,
	}
	if i < len(s.cfg.Peer) {
		told.Horizon = s.cfg.Peer[i].Horizon
	}
	if told.Ready {
		told.NextHop, told.MAC, told.Leaves = hop.Next.String(), macText(p.NextHop), s.cfg.Datapath.Ports[hop.Port]
	} else if told.Trouble == "" {
		told.Trouble = "the kernel was not asked yet"
	}
	return told
}

func (s *vtepSpec) tellNetwork(i int) admin.Network {
	n := &s.Networks[i]
	told := admin.Network{ID: n.ID, Flood: len(n.Flood), Pair: n.Pair != nil}
	for _, v := range n.VNIs {
		if told.VNIs == nil {
			told.VNIs = map[int]uint32{}
		}
		told.VNIs[int(v.Side)] = v.VNI
	}
	if i < len(s.cfg.Network) {
		told.Static = len(s.cfg.Network[i].MACs)
	}
	told.Kernel = len(n.Entries) - told.Static
	return told
}
