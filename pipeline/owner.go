package pipeline

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// Owner returns a number that all frames between two hosts of a segment share:
// both directions of each of their flows, all fragments of a datagram, and the
// ICMP errors that quote them. A link with several workers gives a frame to
// the worker that the number names, so that no flow state is shared. It hashes
// the VNI and the two inner addresses (ports would tear fragments apart), or
// the inner MAC addresses of what is not IP.
//
// ok is false for frames that the pipeline refuses, or passes without a look
// inside: they may go to any worker.
func Owner(c *Config, frame []byte, seed flow.Seed) (owner uint64, ok bool) {
	if c.Mirror != nil {
		frame, _ = c.Mirror.unwrap(c, frame)
	}
	if c.Plain {
		return ownerOf(c, frame, c.PlainVNI, seed)
	}
	if owner, ok = usualOwner(c, frame, seed); ok {
		return owner, true
	}
	etherType, l3, ok := linkHeader(frame, LinkEthernet, maxOuterVLAN)
	if !ok || etherType != wire.TypeIPv4 && etherType != wire.TypeIPv6 {
		return 0, false
	}
	var h ipHeader
	outer := frame[l3:]
	if h.parse(outer, etherType, c.ExtensionLimit) != OK || h.proto != wire.ProtoUDP || h.fragmented {
		return 0, false
	}
	const headers = wire.UDPLen + wire.VXLANLen
	if len(outer) < h.len+headers {
		return 0, false
	}
	udp := wire.UDP(outer[h.len:])
	vxlan := wire.VXLAN(outer[h.len+wire.UDPLen:])
	end := udp.Len()
	if c.Passive {
		end = min(end, len(udp))
	}
	if end < headers || end > len(udp) || !slices.Contains(c.Ports, udp.DstPort()) || !vxlan.HasVNI() {
		return 0, false
	}
	vni := c.networkOf(outer, udp.DstPort(), vxlan.VNI())
	return ownerOf(c, udp[headers:end:end], vni, seed)
}

// usualOwner is Owner for what nearly all frames are: IPv4 in both places,
// without VLAN tags, options or ICMP. Lengths do not matter to it: frames that
// lie about them are refused by whatever worker gets them.
func usualOwner(c *Config, b []byte, seed flow.Seed) (owner uint64, ok bool) {
	const (
		outer = wire.EthernetLen
		udp   = outer + wire.IPv4MinLen
		vxlan = udp + wire.UDPLen
		ip    = vxlan + wire.VXLANLen + wire.EthernetLen
		end   = ip + wire.IPv4MinLen
	)
	if len(b) < end || at16(b, outer-2) != wire.TypeIPv4 || at16(b, ip-2) != wire.TypeIPv4 || b[outer] != 0x45 || b[ip] != 0x45 {
		return 0, false
	}
	if b[outer+9] != wire.ProtoUDP || at16(b, outer+6)&0x3fff != 0 || b[vxlan]&wire.VXLANFlagI == 0 {
		return 0, false
	}
	if proto := b[ip+9]; proto == wire.ProtoICMP || proto == wire.ProtoICMPv6 || !slices.Contains(c.Ports, at16(b, udp+2)) {
		return 0, false
	}
	p := pair{
		src: host{lo: mapped4(b[ip+12:])}, dst: host{lo: mapped4(b[ip+16:])},
		vni: c.networkOf(b[outer:], at16(b, udp+2), binary.BigEndian.Uint32(b[vxlan+4:])>>8),
	}
	return p.hash(seed), true
}

// ownerOf is Owner for the inner frame.
func ownerOf(c *Config, inner []byte, vni uint32, seed flow.Seed) (uint64, bool) {
	etherType, l3, ok := linkHeader(inner, LinkEthernet, maxInnerVLAN)
	if !ok {
		return 0, false
	}
	if etherType != wire.TypeIPv4 && etherType != wire.TypeIPv6 {
		p := pair{dst: macHost(inner[0:6]), src: macHost(inner[6:12]), vni: vni}
		return p.hash(seed), true
	}
	var h ipHeader
	packet := inner[l3:]
	if h.parse(packet, etherType, c.ExtensionLimit) != OK || h.total > len(packet) && !c.Passive {
		return 0, false
	}
	src, dst := addresses(packet)
	if !h.fragmented && (h.proto == wire.ProtoICMP || h.proto == wire.ProtoICMPv6) {
		asQuoted(&src, &dst, packet, &h)
	}
	p := pair{src: ipHost(&src), dst: ipHost(&dst), vni: vni}
	return p.hash(seed), true
}

// asQuoted replaces the addresses of an ICMP error by those of the packet that
// it quotes. Other ICMP messages keep theirs, and so do fragments of errors:
// they have to meet first.
func asQuoted(src, dst *[16]byte, packet []byte, h *ipHeader) {
	p := Packet{buf: packet, end: uint32(min(h.total, len(packet))), l4: uint16(h.len)}
	p.Flow.Src, p.Flow.Dst, p.Flow.Proto = *src, *dst, h.proto
	if p.end < uint32(p.l4)+wire.ICMPLen || !isICMPError(&p) {
		return
	}
	if quoted, ok := p.quotedKey(quotedLimit); ok {
		*src, *dst = quoted.Src, quoted.Dst
	}
}

// quotedLimit is the number of IPv6 extension headers read in a quoted packet.
const quotedLimit = 64

// pair is two hosts of a segment, host an address of 16 bytes.
type (
	pair struct {
		src, dst host
		vni      uint32
	}
	host struct{ hi, lo uint64 }
)

func ipHost(a *[16]byte) host {
	return host{hi: binary.LittleEndian.Uint64(a[0:8]), lo: binary.LittleEndian.Uint64(a[8:16])}
}

// mapped4 is the second half of an IPv4 address as ipHost makes it.
func mapped4(a []byte) uint64 { return uint64(binary.LittleEndian.Uint32(a))<<32 | 0xffff_0000 }

// macHost is a MAC address as a host that no IP address is: 200::/16 is not in use.
func macHost(mac []byte) host {
	return host{hi: 2, lo: uint64(binary.LittleEndian.Uint32(mac))<<16 | uint64(binary.LittleEndian.Uint16(mac[4:]))}
}

// hash is the same for both directions. It is made like flow.Key.Hash.
func (p *pair) hash(s flow.Seed) uint64 {
	a := fold(p.src.hi^s[0], p.src.lo^s[1])
	b := fold(p.dst.hi^s[0], p.dst.lo^s[1])
	return fold(a+b^s[1], a^b^s[0]^uint64(p.vni)*0x9e3779b97f4a7c15)
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
