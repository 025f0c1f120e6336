package load

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"
)

// Size is how large the generator's frames are.
type Size string

// The sizes. All of them count inner IP packets, but Size64.
const (
	Size64   Size = "64"   // inner frames of 64 bytes: 114 bytes on the wire; with inner IPv6 84, the smallest that has room for the mark
	Size1400 Size = "1400" // inner IP packets of 1400 bytes: 1464 bytes on the wire
	SizeIMIX Size = "imix" // 7 of Size64, 4 of 570 bytes, 1 of 1400
)

// mixOf has the inner IP lengths of each size and the order in which they come.
var mixOf = map[Size]struct {
	lengths []int
	mix     [12]uint8
}{
	Size64:   {[]int{50}, [12]uint8{}},
	Size1400: {[]int{1400}, [12]uint8{}},
	SizeIMIX: {[]int{50, 570, 1400}, [12]uint8{0, 1, 0, 0, 1, 0, 2, 0, 1, 0, 1, 0}},
}

// Traffic is what the generator sends.
type Traffic struct {
	Flows    int    `json:"flows"`     // conversations that exist, spread over the VNIs
	VNIs     int    `json:"vnis"`      // FirstVNI and those that follow
	Size     Size   `json:"size"`      //
	NewFlows bool   `json:"new_flows"` // each frame a conversation of its own, Flows is not used
	Flood    int    `json:"flood"`     // after each frame so many of new flows, as stream Stream+1
	OuterV6  bool   `json:"outer_ipv6"`
	InnerV6  bool   `json:"inner_ipv6"`
	Stream   uint16 `json:"-"` // the sink counts each stream apart
}

// FirstVNI is the VNI of the first flow.
const FirstVNI = 5000

// Limits of a Traffic.
const (
	MaxFlows   = 131072 / 3 // the generator has 131072 templates, IMIX takes three for a flow
	MaxVNIs    = 1000
	maxStreams = 16
)

// Check returns an error that names what is out of bounds.
func (t *Traffic) Check() error {
	_, known := mixOf[t.Size]
	switch {
	case !known:
		return fmt.Errorf("size %q is none of 64, imix, 1400", t.Size)
	case t.Flows < 1 || t.Flows > MaxFlows:
		return fmt.Errorf("%d flows are not within 1 to %d", t.Flows, MaxFlows)
	case t.VNIs < 1 || t.VNIs > MaxVNIs:
		return fmt.Errorf("%d VNIs are not within 1 to %d", t.VNIs, MaxVNIs)
	case t.Stream >= maxStreams-1:
		return fmt.Errorf("stream %d is not below %d", t.Stream, maxStreams-1)
	case t.Flood < 0 || t.Flood > 0 && (t.NewFlows || t.InnerV6):
		return fmt.Errorf("flood of %d new flows: it goes with established flows over IPv4", t.Flood)
	}
	return nil
}

// VTEP is a tunnel endpoint: what stands in outer headers.
type VTEP struct {
	MAC net.HardwareAddr
	IP4 netip.Addr
	IP6 netip.Addr
}

func (v VTEP) addr(six bool) netip.Addr {
	if six {
		return v.IP6
	}
	return v.IP4
}

// Way is a direction across the underlay.
type Way struct{ From, To VTEP }

// Back is the other direction.
func (w Way) Back() Way { return Way{w.To, w.From} }

// conversation is an inner flow as its first packet shows it.
type conversation struct {
	vni                  uint32
	client, server       netip.Addr
	clientPort, servPort uint16
}

// Inner addresses: clients of established flows, of new flows, servers.
var (
	clients4, strangers4, servers4 = netip.MustParseAddr("10.200.0.0"), netip.MustParseAddr("10.202.0.0"), netip.MustParseAddr("10.201.0.0")
	clients6, strangers6, servers6 = netip.MustParseAddr("2001:db8:200::"), netip.MustParseAddr("2001:db8:202::"), netip.MustParseAddr("2001:db8:201::")
)

// conversation returns flow i. Of new flows it is what all of them have in common.
func (t *Traffic) conversation(i int) conversation {
	client, stranger, server := clients4, strangers4, servers4
	if t.InnerV6 {
		client, stranger, server = clients6, strangers6, servers6
	}
	c := conversation{
		vni: FirstVNI + uint32(i%t.VNIs), client: plus(client, 1+i/t.VNIs%4000), server: plus(server, 1+i/t.VNIs%250),
		clientPort: uint16(20000 + i%30000), servPort: uint16(7000 + i%16),
	}
	if t.NewFlows {
		c.client, c.clientPort = stranger, 0
	}
	return c
}

// reversed is the conversation as its answers show it.
func (c conversation) reversed() conversation {
	return conversation{c.vni, c.server, c.client, c.servPort, c.clientPort}
}

// outerPort is the outer source port: 49152 to 65535, by the inner headers
// (RFC 7348 section 5).
func (c conversation) outerPort() uint16 {
	h := fnv.New32a()
	fmt.Fprint(h, c)
	return 0xc000 | uint16(h.Sum32()>>18)
}

// plus adds n, below 65536, to an address whose last two bytes are 0.
func plus(a netip.Addr, n int) netip.Addr {
	b := a.AsSlice()
	binary.BigEndian.PutUint16(b[len(b)-2:], uint16(n))
	sum, _ := netip.AddrFromSlice(b)
	return sum
}

// clientMAC and serverMAC are the inner MAC addresses of all flows.
var (
	clientMAC = net.HardwareAddr{2, 0, 0, 0, 0x10, 1}
	serverMAC = net.HardwareAddr{2, 0, 0, 0, 0x10, 2}
)
