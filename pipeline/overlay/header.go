package overlay

import (
	"encoding/binary"

	"vxwall/pipeline/wire"
)

const (
	// MaxHeader is the length of the longest outer header: Ethernet, IPv6, UDP, VXLAN.
	MaxHeader = wire.EthernetLen + wire.IPv6Len + wire.UDPLen + wire.VXLANLen
	// underIP is what stands between an outer IP header and the inner frame.
	underIP = wire.UDPLen + wire.VXLANLen
	// firstPort is where the dynamic ports begin (RFC 6335): RFC 7348 section 5
	// wants VXLAN's source port from there.
	firstPort = 49152
)

// Tunnel is a Peer in the form that packets are sent with.
type Tunnel struct {
	addr     Addr
	address  [16]byte
	template [MaxHeader]byte // what all outer headers to the peer have in common
	sum      uint32          // of the IPv4 header in template
	size     int             // of the outer header
	mtu      int
	port     uint16
	group    uint16
	name     uint16
	side     uint8
	out      uint8
	ready    bool // the next hop is known
}

// init makes the tunnel to a peer from an endpoint.
func (t *Tunnel) init(p *Peer, from *Endpoint, ttl uint8) {
	t.addr, t.address, t.port, t.group, t.side = AddrOf(&p.Address), p.Address, p.Port, p.Group, p.Side
	t.ready = p.NextHop != [6]byte{}
	t.mtu, t.out = from.MTU, uint8(from.Out)
	mac := from.MAC
	if p.Via {
		t.out, mac = uint8(p.Out), p.MAC
	}
	if p.MTU != 0 {
		t.mtu = p.MTU
	}
	t.mtu = min(t.mtu, MaxMTU)
	h := append(t.template[:0], p.NextHop[:]...)
	h = append(h, mac[:]...)
	if wire.Is4(&p.Address) {
		h = append(h, 0x08, 0x00, 0x45, 0, 0, 0, 0, 0, 0x40, 0, ttl, wire.ProtoUDP, 0, 0) // do not fragment
		h = append(h, p.Source[12:]...)
		h = append(h, p.Address[12:]...)
	} else {
		h = append(h, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 0, wire.ProtoUDP, ttl)
		h = append(h, p.Source[:]...)
		h = append(h, p.Address[:]...)
	}
	t.sum = uint32(^wire.Checksum(h[wire.EthernetLen:], 0))
	h = append(h, 0, 0)
	h = binary.BigEndian.AppendUint16(h, p.Port)
	h = append(h, 0, 0, 0, 0, wire.VXLANFlagI, 0, 0, 0, 0, 0, 0, 0)
	t.size = len(h)
}

func (t *Tunnel) key() peerKey { return peerKey{t.address, t.port} }

// Address is that of the peer.
func (t *Tunnel) Address() [16]byte { return t.address }

// Port is the UDP port of the peer.
func (t *Tunnel) Port() uint16 { return t.port }

// Ready says whether the next hop to the peer is known.
func (t *Tunnel) Ready() bool { return t.ready }

// Out is the port of the link that leads to the peer.
func (t *Tunnel) Out() int { return int(t.out) }

// HeaderLen is the length of an outer header, Ethernet included.
func (t *Tunnel) HeaderLen() int { return t.size }

// MTU is the length of the longest inner frame, its Ethernet header included,
// that fits into a packet to the peer.
func (t *Tunnel) MTU() int { return t.mtu - (t.size - wire.EthernetLen) }

// Header is what outer headers to one peer differ in.
type Header struct {
	VNI     uint32
	TOS     uint8  // DSCP and ECN
	Entropy uint64 // decides the source port, of 14 bits; the same for both directions of a flow
	GBP     uint8  // flags D and A
	Group   uint16
	Grouped bool // a Group Policy ID is present
	Sum     bool // UDP checksum over IPv6
}

// IsIPv6 says whether packets to the peer go over IPv6.
func (t *Tunnel) IsIPv6() bool { return !t.v4() }

// Put writes the outer header in front of an inner frame: frame begins with room
// for HeaderLen bytes.
func (t *Tunnel) Put(frame []byte, h *Header) {
	t.Head(frame, len(frame)-t.size, h)
	if h.Sum && !t.v4() {
		ip := wire.IPv6(frame[wire.EthernetLen:])
		src, dst := ip.Src(), ip.Dst()
		wire.UDP(ip[wire.IPv6Len:]).FillChecksum(&src, &dst)
	}
}

// Head writes the outer header of an inner frame of a length, but for a UDP checksum,
// to the beginning of b.
func (t *Tunnel) Head(b []byte, inner int, h *Header) {
	copy(b, t.template[:t.size])
	ip, rest := b[wire.EthernetLen:], t.size-wire.EthernetLen-underIP
	udp, vxlan := wire.UDP(ip[rest:]), ip[rest+wire.UDPLen:]
	binary.BigEndian.PutUint16(udp, firstPort|uint16(h.Entropy*0x9e3779b97f4a7c15>>50))
	udp.SetLen(underIP + inner)
	if h.Grouped {
		vxlan[0] |= wire.VXLANFlagG
		vxlan[1] = h.GBP & (wire.GBPFlagD | wire.GBPFlagA)
		binary.BigEndian.PutUint16(vxlan[2:], h.Group)
	}
	binary.BigEndian.PutUint32(vxlan[4:], h.VNI<<8)
	if t.v4() {
		total := wire.IPv4MinLen + underIP + inner
		ip[1] = h.TOS
		wire.IPv4(ip).SetTotalLen(total)
		sum := t.sum + uint32(h.TOS) + uint32(total)
		sum = sum>>16 + sum&0xffff
		binary.BigEndian.PutUint16(ip[10:], ^uint16(sum>>16+sum))
		return
	}
	ip[0], ip[1] = 0x60|h.TOS>>4, h.TOS<<4
	wire.IPv6(ip).SetPayloadLen(underIP + inner)
}

func (t *Tunnel) v4() bool { return t.size == MaxHeader-wire.IPv6Len+wire.IPv4MinLen }
