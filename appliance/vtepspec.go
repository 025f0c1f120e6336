package appliance

import (
	"net/netip"
	"slices"

	"vxwall/appliance/underlay"
	"vxwall/pipeline/overlay"
)

var dscpModels = map[string]overlay.DSCPModel{"pipe": overlay.DSCPPipe, "uniform": overlay.DSCPUniform, "keep": overlay.DSCPKeep}

var ecnModes = map[string]overlay.ECNMode{"normal": overlay.ECNNormal, "compatibility": overlay.ECNCompatibility}

var groupActions = map[string]overlay.GroupAction{"keep": overlay.GroupKeep, "strip": overlay.GroupStrip, "rewrite": overlay.GroupRewrite}

var unknownActions = map[string]overlay.UnknownAction{"drop": overlay.UnknownDrop, "flood": overlay.UnknownFlood}

// vtepSpec joins the configuration with what the kernel knows: the overlay as it is
// just now.
type vtepSpec struct {
	overlay.Spec
	cfg   *Config
	state *underlay.State

	names    map[string]int         // peers of [[peer]] tables, by name
	peers    map[netip.AddrPort]int // all
	networks map[uint32]int         // by ID
	vnis     map[overlay.VNI]int    // networks that have VNIs of their own, by those
	fed      map[uint32]bool        // networks whose flood list the kernel has
	skipped  int                    // entries of the kernel that do not fit in
}

// overlaySpec makes it. The configuration passed Check and CheckRun.
func overlaySpec(c *Config, state *underlay.State) *vtepSpec {
	s := &vtepSpec{
		cfg: c, state: state, names: map[string]int{}, peers: map[netip.AddrPort]int{},
		networks: map[uint32]int{}, vnis: map[overlay.VNI]int{}, fed: map[uint32]bool{},
	}
	s.Options = overlay.Options{
		TTL: uint8(c.VTEP.TTL), DSCP: dscpModels[c.VTEP.DSCP], PipeDSCP: uint8(c.VTEP.PipeDSCP), ECN: ecnModes[c.VTEP.ECN],
		Checksum6: c.VTEP.Checksum6, ClampMSS: c.VTEP.ClampMSS, Strangers: c.VTEP.Strangers == "accept",
	}
	s.addOwn()
	s.addPeers()
	s.addNetworks()
	s.addEntries()
	s.addFlood()
	s.addSides()
	return s
}

// unreachableMTU is the MTU of an own address that no frame leaves from.
const unreachableMTU = 1500

// addOwn adds our addresses, with the best MTU that a way from them has.
func (s *vtepSpec) addOwn() {
	for _, own := range s.cfg.own() {
		e := overlay.Endpoint{Address: own.As16(), MTU: unreachableMTU}
		for _, hop := range s.state.Hops {
			if hop.Source == own && hop.Good() && hop.MTU >= overlay.MinMTU {
				e.MAC, e.Out, e.MTU = hop.From, hop.Port, hop.MTU
				break
			}
		}
		s.Own = append(s.Own, e)
	}
}

// addPeers adds the peers of the configuration, then those that the kernel's FDB names.
func (s *vtepSpec) addPeers() {
	horizons := map[string]uint16{"": 0}
	for i := range s.cfg.Peer {
		p := &s.cfg.Peer[i]
		if _, known := horizons[p.Horizon]; !known {
			horizons[p.Horizon] = uint16(len(horizons))
		}
		s.names[p.Name] = len(s.Peers)
		s.addPeer(netip.AddrPortFrom(mustVTEP(p.Address), s.cfg.portOf(p)), overlay.Peer{
			Side: uint8(p.Side), Group: horizons[p.Horizon], MTU: p.MTU,
		})
	}
	for i := range s.state.Entries {
		at := s.placeOf(&s.state.Entries[i])
		if _, known := s.peers[at]; !known && s.mayBePeer(at.Addr()) {
			s.addPeer(at, overlay.Peer{})
		}
	}
}

// mayBePeer says whether an address may be that of one more peer.
func (s *vtepSpec) mayBePeer(a netip.Addr) bool {
	return len(s.Peers) < overlay.MaxPeers && s.source(a).IsValid() && !slices.Contains(s.cfg.own(), a)
}

// placeOf is the peer that an entry of the kernel names. Its UDP port is the one of
// all: the kernel's entries have one of their own only where somebody asked for it.
func (s *vtepSpec) placeOf(e *underlay.Entry) netip.AddrPort {
	return netip.AddrPortFrom(e.Peer, s.cfg.Datapath.VXLANPorts[0])
}

func (s *vtepSpec) addPeer(at netip.AddrPort, p overlay.Peer) {
	hop := s.state.Hops[at.Addr()]
	p.Address, p.Port, p.Source = at.Addr().As16(), at.Port(), s.source(at.Addr()).As16()
	if hop.Good() && hop.Source.IsValid() {
		p.Source, p.NextHop, p.Via, p.Out, p.MAC = hop.Source.As16(), hop.MAC, true, hop.Port, hop.From
		if p.MTU == 0 {
			p.MTU = max(hop.MTU, overlay.MinMTU)
		}
	}
	s.peers[at] = len(s.Peers)
	s.Peers = append(s.Peers, p)
}

// source is the address that a peer is spoken to from where the kernel does not say.
func (s *vtepSpec) source(peer netip.Addr) netip.Addr {
	for _, own := range s.cfg.own() {
		if own.Is4() == peer.Is4() {
			return own
		}
	}
	return netip.Addr{}
}

func (s *vtepSpec) addSides() {
	s.Sides = make([]overlay.Side, overlay.MaxSides)
	for i := range s.cfg.Side {
		c := &s.cfg.Side[i]
		side := &s.Sides[c.ID]
		side.Groups, side.GroupMap = groupActions[c.Groups], map[uint16]uint16{}
		for _, g := range c.Map {
			side.GroupMap[g.From] = g.To
		}
	}
}
