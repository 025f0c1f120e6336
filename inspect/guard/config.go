package guard

import (
	"net/netip"
	"time"
)

// Mode is what happens to packets that come from where they must not.
type Mode uint8

// The modes.
const (
	Off     Mode = iota
	Learn        // they pass, and are reported
	Enforce      // they are dropped
)

var modeNames = [...]string{"off", "learn", "enforce"}

// String is the mode's name in the configuration.
func (m Mode) String() string { return modeNames[m] }

// Sources says which packets bind an IP address to a MAC address.
type Sources uint8

// The sources.
const (
	NoSource   Sources = iota
	Resolution         // ARP and neighbour discovery; what they bind is held against every packet
	Packets            // every packet
)

// Config is what a Guard enforces.
type Config struct {
	Mode        Mode
	AllowNested bool // tunnels inside the tunnel are none of its business
	Networks    []Network
	VTEPs       []Allowed // empty: every VTEP may carry every VNI
	Own         []netip.Addr
	Wire        bool // the link is a wire: a VTEP stays at one of its ports
	Static      []Binding
	Gateways    [][6]byte // stand behind several VTEPs and speak for many addresses

	Addresses   Sources
	Bindings    int           // MAC addresses, and IP addresses, remembered at most
	Age         time.Duration // of silence, after which a binding is forgotten
	MoveAfter   time.Duration // of silence at the old place, after which a move is believed
	Moves       int           // of one address, that are believed within MovesWithin
	MovesWithin time.Duration
	ReportEvery time.Duration // of the same finding

	// Secluded says that somebody may handle a sender's packets which the guard
	// does not see then: see Guard.Inquire.
	Secluded bool
	Seed     [2]uint64 // random
}

// Range is VNIs from Lo to Hi.
type Range struct{ Lo, Hi uint32 }

// Network is what is different for some VNIs. The first that names one counts.
type Network struct {
	VNIs        []Range
	Mode        Mode
	AllowNested bool
}

// Allowed says that VTEPs may carry VNIs, all if there are none.
type Allowed struct {
	VNIs   []Range
	VTEPs  []netip.Prefix // the senders and receivers of the tunnel
	Groups []netip.Prefix // multicast: receivers only
}

// Binding is one that never moves and is never forgotten. A VTEP or MAC address
// that is zero is left open.
type Binding struct {
	VNI       uint32
	MAC       [6]byte
	VTEP      netip.Addr
	Addresses []netip.Addr
}

// Bounds of a Config.
const (
	MinBindings = 64
	MaxBindings = 1 << 22
	MaxStatic   = 4 // one of so many Bindings at most is in Static
	MaxPrefixes = 1 << 14
	maxVNI      = 1<<24 - 1
)

// Default is the configuration that nobody touched, but for the seed.
func Default() Config {
	return Config{
		Addresses: Resolution, Bindings: 1 << 16, Age: 10 * time.Minute,
		MoveAfter: time.Second, Moves: 5, MovesWithin: 3 * time.Minute, ReportEvery: time.Minute,
	}
}
