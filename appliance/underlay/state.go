package underlay

import (
	"net/netip"
	"slices"
)

// MAC is a hardware address.
type MAC [6]byte

// State is what is known at one time. It is immutable once published.
type State struct {
	Hops    map[netip.Addr]Hop // by peer: those configured and those of Entries
	Entries []Entry            // of the devices that are followed
	Devices []Device           // as configured
}

// Hop says how a peer is reached.
type Hop struct {
	Port    int        // index into Config.Ports
	Source  netip.Addr // own address that frames to the peer come from
	Next    netip.Addr // the peer itself, or a gateway
	MAC     MAC        // of the next hop
	From    MAC        // of the port
	MTU     int        // bytes of an IP packet that get to the peer
	Trouble string     // why the peer cannot be reached, "" if it can: else the rest is not complete
}

// Good says whether frames can be sent to the peer.
func (h *Hop) Good() bool { return h.Trouble == "" }

// Entry is one of a VXLAN device's forwarding database.
type Entry struct {
	Device string
	VNI    uint32
	MAC    MAC        // zero: BUM traffic of the VNI goes there, too
	Peer   netip.Addr //
	To     uint32     // VNI that the peer wants, VNI unless the entry says otherwise
	Static bool       // put there to stay: not learned by the kernel from packets
}

// Flood says whether the entry is one for broadcast, unknown and multicast frames.
func (e *Entry) Flood() bool { return e.MAC == MAC{} }

// Device is a device that is followed.
type Device struct {
	Name    string
	Index   int    // 0: there is no such device just now
	VNI     uint32 // 0 for one that carries many
	Entries int
	Skipped int    // entries that cannot be followed
	Trouble string // why it is not followed, "" if it is
}

// Peers lists the peers in order.
func (s *State) Peers() []netip.Addr {
	list := make([]netip.Addr, 0, len(s.Hops))
	for peer := range s.Hops {
		list = append(list, peer)
	}
	slices.SortFunc(list, netip.Addr.Compare)
	return list
}
