package overlay

// Spec describes the overlay at one time. It is the caller's, who hands it to
// Overlay.Publish and may change it afterwards. Peers are referred to by their
// index in Peers.
type Spec struct {
	Own      []Endpoint
	Peers    []Peer
	Networks []Network
	// Other, unless nil, is the pattern of networks that are not listed: a VNI
	// that no network has on a side is one by itself, with that ID.
	Other   *Network
	Sides   []Side // by number; those that are missing have the zero value
	Options Options
}

// Endpoint is an address of ours to which peers send.
type Endpoint struct {
	Address [16]byte
	MAC     [6]byte // source of frames that leave from here
	MTU     int     // of the link, in bytes of an IP packet
	Out     int     // port of the pipeline's link
}

// Peer is another VTEP, as seen from one of our endpoints. It is told from
// others by address and UDP port: a gateway load balancer, with one address and
// two ports, is two peers.
type Peer struct {
	Address [16]byte
	Port    uint16 // UDP port of its packets to us and of ours to it
	Side    uint8  // the fabric that it belongs to, below MaxSides
	// Group is its split horizon group: what comes from one of the group is not
	// sent to another. 0 is none; what came from a VTEP never goes back to it.
	Group uint16

	Source  [16]byte // the endpoint that speaks to it
	NextHop [6]byte  // MAC address; zero while it is not known: nothing is sent
	// MTU is that of the path, in bytes of an outer IP packet. 0 is the endpoint's.
	MTU int
	// Out and MAC, the port and the source MAC address, are the endpoint's unless
	// Via is set.
	Via bool
	Out int
	MAC [6]byte
}

// Network is a broadcast domain. It may have another VNI on each side.
type Network struct {
	ID   uint32 // names it in policies, flow keys and events, whatever the side
	VNIs []VNI  // one for each side; none: ID on every side
	// Pair, unless nil, are two peers that are each other's only destination:
	// what comes from one leaves for the other, whatever the MAC address. It is
	// for the two tunnels of a gateway load balancer. Flood and the like are
	// not used then.
	Pair    *[2]int
	Entries []Entry // static, or the kernel's: never overridden by what is learned
	Flood   []int   // peers that get broadcast, multicast and unknown unicast
	Unknown UnknownAction
	Learn   bool // from the sources of packets
}

// VNI is the identifier of a network on one side.
type VNI struct {
	Side uint8
	VNI  uint32
}

// Entry says behind which peer a MAC address is.
type Entry struct {
	MAC  [6]byte
	Peer int
}

// UnknownAction says what happens to unicast for MAC addresses that are not
// known.
type UnknownAction uint8

// The actions on unknown unicast.
const (
	UnknownDrop UnknownAction = iota
	UnknownFlood
)

// Side is what a fabric wants to see in packets that come from another.
type Side struct {
	Groups GroupAction
	// GroupMap has, for GroupRewrite, the Group Policy IDs of this side by those
	// of the side they come from. What is not in it leaves without an ID.
	GroupMap map[uint16]uint16
}

// GroupAction says what happens to the Group Policy ID of a packet that goes
// from one side to another.
type GroupAction uint8

// The actions on a Group Policy ID.
const (
	GroupKeep GroupAction = iota
	GroupStrip
	GroupRewrite
)

// Options are choices that hold for all peers.
type Options struct {
	TTL       uint8 // of outer headers; 0 is DefaultTTL
	DSCP      DSCPModel
	PipeDSCP  uint8 // of outer headers, for DSCPPipe
	ECN       ECNMode
	Checksum6 bool // UDP checksum in outer IPv6; else it is 0 (RFC 6935)
	ClampMSS  bool // of TCP SYN, to what fits the paths of both peers
	Strangers bool // take packets from VTEPs that are not in Peers, as from side 0
}

// DefaultTTL is the TTL of outer headers where none is chosen.
const DefaultTTL = 64

// Limits of a Spec.
const (
	MaxSides    = 8
	MaxPeers    = 1 << 14
	MaxNetworks = 1<<16 - 1
	MaxFlood    = 1 << 10 // peers of one network
	MaxOut      = 254     // highest port of a link
	MinMTU      = 256
	MaxMTU      = 65500 // more is taken for this
)
