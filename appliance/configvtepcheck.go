package appliance

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"vxwall/appliance/link/afxdp"
	"vxwall/pipeline/overlay"
)

// vtepCheck collects what is wrong with the tables of vtep mode.
type vtepCheck struct {
	*Config
	errs  []KeyError
	peers map[string]int // by name
	sides map[[2]int]int // network by side and VNI
}

func (v *vtepCheck) wrong(key, format string, args ...any) {
	v.errs = append(v.errs, KeyError{key, fmt.Sprintf(format, args...)})
}

// checkVTEP checks [vtep], [[peer]], [[network]] and [[side]].
func (c *Config) checkVTEP() []KeyError {
	v := &vtepCheck{Config: c, peers: map[string]int{}, sides: map[[2]int]int{}}
	v.checkOwn()
	v.checkPeers()
	v.checkNetworks()
	v.checkSides()
	return v.errs
}

func (v *vtepCheck) checkOwn() {
	t := &v.VTEP
	if len(t.Addresses) > afxdp.MaxOwn {
		v.wrong("vtep.addresses", "%d addresses, at most %d", len(t.Addresses), afxdp.MaxOwn)
	}
	for i, text := range t.Addresses {
		key := fmt.Sprint("vtep.addresses.", i)
		if _, ok := parseVTEP(text); !ok {
			v.wrong(key, "%q is no address that a VTEP may have, such as 192.0.2.1", text)
		} else if slices.Contains(v.own()[:i], mustVTEP(text)) {
			v.wrong(key, "%s stands there twice", text)
		}
	}
	for i, name := range t.Follow {
		if !isInterface(name) {
			v.wrong(fmt.Sprint("vtep.follow.", i), "%q is no name of a network interface", name)
		}
	}
	if d := t.Ageing; d < time.Second || d > overlay.MaxAgeing {
		v.wrong("vtep.ageing", "%v is not within 1s to %v", d, overlay.MaxAgeing)
	}
}

// parseVTEP reads the address of a VTEP.
func parseVTEP(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	a = a.Unmap()
	return a, err == nil && a.Zone() == "" && !a.IsUnspecified() && !a.IsMulticast() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

func mustVTEP(text string) netip.Addr { a, _ := parseVTEP(text); return a }

// own are the addresses of [vtep].
func (c *Config) own() []netip.Addr {
	list := make([]netip.Addr, len(c.VTEP.Addresses))
	for i, text := range c.VTEP.Addresses {
		list[i] = mustVTEP(text)
	}
	return list
}

func (v *vtepCheck) checkPeers() {
	if len(v.Peer) > overlay.MaxPeers {
		v.wrong("peer", "%d peers, at most %d", len(v.Peer), overlay.MaxPeers)
	}
	places := map[netip.AddrPort]int{}
	for i := range v.Peer {
		v.checkPeer(i, places)
	}
}

func (v *vtepCheck) checkPeer(i int, places map[netip.AddrPort]int) {
	p, key := &v.Peer[i], fmt.Sprintf("peer.%d", i)
	if first, taken := v.peers[p.Name]; p.Name == "" {
		v.wrong(key+".name", "missing (expected a name for other tables, events and status)")
	} else if taken {
		v.wrong(key+".name", "%q is the name of [[peer]] table %d already", p.Name, first+1)
	} else {
		v.peers[p.Name] = i
	}
	address, ok := parseVTEP(p.Address)
	at := netip.AddrPortFrom(address, v.portOf(p))
	switch first, taken := places[at]; {
	case !ok:
		v.wrong(key+".address", "%q is no address that a VTEP may have, such as 192.0.2.2", p.Address)
	case slices.Contains(v.own(), address):
		v.wrong(key+".address", "%v is an address of ours (vtep.addresses)", address)
	case len(v.VTEP.Addresses) > 0 && !slices.ContainsFunc(v.own(), func(o netip.Addr) bool { return o.Is4() == address.Is4() }):
		v.wrong(key+".address", "none of vtep.addresses is of its IP version")
	case taken:
		v.wrong(key+".address", "[[peer]] table %d has this address and UDP port already", first+1)
	}
	places[at] = i
	if p.Port != 0 && !slices.Contains(v.Datapath.VXLANPorts, p.Port) {
		v.wrong(key+".port", "%d is none of datapath.vxlan_ports", p.Port)
	}
	v.checkSide(key+".side", p.Side)
	if p.MTU != 0 && (p.MTU < overlay.MinMTU || p.MTU > overlay.MaxMTU) {
		v.wrong(key+".mtu", "%d is neither 0 nor within %d to %d", p.MTU, overlay.MinMTU, overlay.MaxMTU)
	}
}

// portOf is the UDP port of a peer.
func (c *Config) portOf(p *PeerConfig) uint16 {
	if p.Port != 0 || len(c.Datapath.VXLANPorts) == 0 {
		return p.Port
	}
	return c.Datapath.VXLANPorts[0]
}

func (v *vtepCheck) checkSide(key string, side int) {
	if side < 0 || side >= overlay.MaxSides {
		v.wrong(key, "%d is not within 0 to %d", side, overlay.MaxSides-1)
	}
}

func (v *vtepCheck) checkSides() {
	seen := map[int]int{}
	for i := range v.Side {
		s, key := &v.Side[i], fmt.Sprintf("side.%d", i)
		v.checkSide(key+".id", s.ID)
		if first, taken := seen[s.ID]; taken {
			v.wrong(key+".id", "side %d stands in [[side]] table %d already", s.ID, first+1)
		}
		seen[s.ID] = i
		if _, ok := groupActions[s.Groups]; !ok {
			v.wrong(key+".groups", "%q is none of keep, rewrite, strip", s.Groups)
		}
		from := map[uint16]bool{}
		for n, g := range s.Map {
			if from[g.From] {
				v.wrong(fmt.Sprintf("%s.map.%d.from", key, n), "group %d stands there twice", g.From)
			}
			from[g.From] = true
		}
		if len(s.Map) > 0 && s.Groups != "rewrite" {
			v.wrong(key+".map", `it has no meaning unless groups = "rewrite"`)
		}
	}
}

// parseMAC reads the MAC address of a host.
func parseMAC(text string) (mac [6]byte, ok bool) {
	b, err := net.ParseMAC(text)
	if err != nil || len(b) != len(mac) {
		return mac, false
	}
	mac = [6]byte(b)
	return mac, mac != [6]byte{} && mac[0]&1 == 0
}
