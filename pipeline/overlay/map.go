package overlay

import (
	"encoding/binary"
	"math/bits"
)

// Map is a Spec in the form that packets are looked up in: immutable once
// published, shared by all workers.
type Map struct {
	own      []Addr
	tunnels  []Tunnel
	index    []uint16      // open addressing by hash of the peer's key: tunnel + 1
	hosts    map[Addr]bool // the peers' addresses, whatever their ports
	networks []network
	byVNI    map[uint32]uint16 // network by side<<24 | VNI
	ids      map[uint32]bool   // of the networks
	entries  map[uint64]uint16 // tunnel by network<<48 | MAC address
	byName   []uint16          // tunnel + 1 by name
	other    *network          // pattern of networks that are not listed
	sides    [MaxSides]Side
	options  Options
	revision uint32
	mapped   bool // some network has another number on the wire than its ID
}

// Addr is an address as two words, read from memory in little endian: it passes through
// registers, while 16 bytes that were just written in pieces take long to be read.
type Addr struct{ Hi, Lo uint64 }

// AddrOf is the Addr of an address.
func AddrOf(a *[16]byte) Addr {
	return Addr{binary.LittleEndian.Uint64(a[:8]), binary.LittleEndian.Uint64(a[8:])}
}

// network is a Network.
type network struct {
	number  uint16
	id      uint32
	vnis    [MaxSides]uint32 // noVNI where it has none
	paired  bool
	pair    [2]uint16
	flood   []uint16
	unknown UnknownAction
	learn   bool
}

const noVNI = 1 << 31

// Refusal says why a packet cannot be taken or sent. Zero: it can.
type Refusal uint8

// The refusals.
const (
	Taken       Refusal = iota
	UnknownVTEP         // the sender is no peer, or not one of this network
	UnknownVNI          // no network has this VNI on this side
	UnknownMAC          // nobody knows where the receiver is
	Unreachable         // the peer's next hop is not known, or it has no VNI for the network
	Returning           // it would go back to the VTEP that it came from
	Horizon             // it would go to another of the sender's split horizon group
	NoReceiver          // nobody to flood it to
)

// Revision counts the Maps published, but for those that differ from the one before in
// nothing but where addresses are: of these, Board.SetPlace tells.
func (m *Map) Revision() uint32 { return m.revision }

// Options are those of the Spec.
func (m *Map) Options() *Options { return &m.options }

// Owns says whether an address is one of our endpoints.
func (m *Map) Owns(address Addr) bool {
	for i := range m.own {
		if m.own[i] == address {
			return true
		}
	}
	return false
}

// Arrival is where a packet came in.
type Arrival struct {
	From *Tunnel // nil for strangers
	ID   uint32  // of the network
	vni  uint32  // as received
	side uint8
	net  *network
}

// Arrive makes a where a packet came in, which the outer source address, the UDP
// destination port and the VNI say.
func (m *Map) Arrive(a *Arrival, src Addr, port uint16, vni uint32) Refusal {
	a.vni, a.side = vni, 0
	if a.From = m.peer(src, port); a.From != nil {
		a.side = a.From.side
	} else if !m.options.Strangers || m.hosts[src] {
		return UnknownVTEP
	}
	if n, ok := m.byVNI[uint32(a.side)<<24|vni]; ok {
		a.net = &m.networks[n]
		a.ID = a.net.id
		if a.net.paired && m.partner(a) == nil {
			return UnknownVTEP
		}
		return Taken
	}
	if m.other == nil || m.ids[vni] { // a network of that ID has another VNI on this side
		return UnknownVNI
	}
	a.net, a.ID = m.other, vni
	return Taken
}

// NetworkID is the ID of the network that a packet belongs to: its VNI, unless
// some networks are mapped.
func (m *Map) NetworkID(src Addr, port uint16, vni uint32) uint32 {
	if !m.mapped {
		return vni
	}
	var a Arrival
	if m.Arrive(&a, src, port, vni) == Taken {
		return a.ID
	}
	return vni
}

// partner is the other end of the pair that an arrival came from, nil if it came
// from neither.
func (m *Map) partner(a *Arrival) *Tunnel {
	switch a.From {
	case &m.tunnels[a.net.pair[0]]:
		return &m.tunnels[a.net.pair[1]]
	case &m.tunnels[a.net.pair[1]]:
		return &m.tunnels[a.net.pair[0]]
	}
	return nil
}

// peer finds a peer by its address and port.
func (m *Map) peer(address Addr, port uint16) *Tunnel {
	if len(m.index) == 0 {
		return nil
	}
	mask := uint64(len(m.index) - 1)
	for at := peerHash(address, port); ; at++ {
		i := m.index[at&mask]
		if i == 0 {
			return nil
		}
		if t := &m.tunnels[i-1]; t.addr == address && t.port == port {
			return t
		}
	}
}

// named returns the tunnel of a name, nil if its peer is gone.
func (m *Map) named(name uint16) *Tunnel {
	if int(name) >= len(m.byName) || m.byName[name] == 0 {
		return nil
	}
	return &m.tunnels[m.byName[name]-1]
}

func peerHash(a Addr, port uint16) uint64 {
	hi, lo := bits.Mul64(a.Hi^0x9e3779b97f4a7c15^uint64(port), a.Lo^0xe7037ed1a0b428db)
	return hi ^ lo
}
