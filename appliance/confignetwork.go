package appliance

import (
	"fmt"

	"vxwall/pipeline/overlay"
)

func (v *vtepCheck) checkNetworks() {
	if len(v.Network) > overlay.MaxNetworks {
		v.wrong("network", "%d networks, at most %d", len(v.Network), overlay.MaxNetworks)
	}
	ids := map[int]int{}
	for i := range v.Network {
		n, key := &v.Network[i], fmt.Sprintf("network.%d", i)
		if n.ID < 0 || n.ID > maxVNI {
			v.wrong(key+".id", "%d is not within 0 to %d", n.ID, maxVNI)
		}
		if first, taken := ids[n.ID]; taken {
			v.wrong(key+".id", "%d is the ID of [[network]] table %d already", n.ID, first+1)
		}
		ids[n.ID] = i
		v.checkVNIsOf(n, i)
		v.checkMembers(n, key)
		for name, c := range map[string]choice{".learn": {n.Learn, onOff}, ".unknown": {n.Unknown, unknowns}} {
			if c.value != "" && c.value != c.accepted[0] && c.value != c.accepted[1] {
				v.wrong(key+name, "%q is none of %s, %s", c.value, c.accepted[0], c.accepted[1])
			}
		}
	}
}

var (
	onOff    = []string{"off", "on"}
	unknowns = []string{"drop", "flood"}
)

// checkVNIsOf checks what a network is called on each side: without a word, its ID on
// all of them.
func (v *vtepCheck) checkVNIsOf(n *NetworkConfig, i int) {
	claim := func(key string, side, vni int) {
		if other, taken := v.sides[[2]int{side, vni}]; taken {
			v.wrong(key, "VNI %d of side %d belongs to [[network]] table %d already", vni, side, other+1)
		}
		v.sides[[2]int{side, vni}] = i
	}
	if len(n.VNIs) == 0 {
		for side := range overlay.MaxSides {
			claim(fmt.Sprintf("network.%d.id", i), side, n.ID)
		}
		return
	}
	seen := map[int]bool{}
	for at, s := range n.VNIs {
		key := fmt.Sprintf("network.%d.vnis.%d", i, at)
		v.checkSide(key+".side", s.Side)
		if seen[s.Side] {
			v.wrong(key+".side", "side %d stands there twice", s.Side)
		}
		seen[s.Side] = true
		if s.VNI < 0 || s.VNI > maxVNI {
			v.wrong(key+".vni", "%d is not within 0 to %d", s.VNI, maxVNI)
		}
		claim(key+".vni", s.Side, s.VNI)
	}
}

// checkMembers checks the peers that a network names.
func (v *vtepCheck) checkMembers(n *NetworkConfig, key string) {
	if len(n.Peers) > overlay.MaxFlood {
		v.wrong(key+".peers", "%d peers, at most %d", len(n.Peers), overlay.MaxFlood)
	}
	for i, name := range n.Peers {
		v.checkMember(fmt.Sprintf("%s.peers.%d", key, i), name)
	}
	for i, name := range n.Pair {
		v.checkMember(fmt.Sprintf("%s.pair.%d", key, i), name)
	}
	if len(n.Pair) != 0 && (len(n.Pair) != 2 || n.Pair[0] == n.Pair[1]) {
		v.wrong(key+".pair", "want two different peers")
	}
	if len(n.Pair) != 0 && len(n.Peers)+len(n.MACs) != 0 {
		v.wrong(key+".pair", "what comes from one of a pair leaves for the other: peers and macs have no meaning beside it")
	}
	seen := map[[6]byte]bool{}
	for i := range n.MACs {
		at := fmt.Sprintf("%s.macs.%d", key, i)
		mac, ok := parseMAC(n.MACs[i].MAC)
		if !ok {
			v.wrong(at+".mac", "%q is no MAC address of a host, such as 02:00:00:00:00:01", n.MACs[i].MAC)
		} else if seen[mac] {
			v.wrong(at+".mac", "%s stands there twice", n.MACs[i].MAC)
		}
		seen[mac] = true
		v.checkMember(at+".peer", n.MACs[i].Peer)
	}
}

func (v *vtepCheck) checkMember(key, name string) {
	if _, known := v.peers[name]; !known {
		v.wrong(key, "there is no [[peer]] of the name %q", name)
	}
}
