package segment

import (
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// DHCP's ports (RFC 2131 section 4.1, RFC 8415 section 7.2).
const (
	dhcpServer   = 67
	dhcpClient   = 68
	dhcpv6Client = 546
	dhcpv6Server = 547
)

// ndHopLimit is what neighbour discovery requires (RFC 4861 section 7.1): no
// router forwarded the message.
const ndHopLimit = 255

// KindOf says which kind of control traffic a packet is, ByACL if none.
//
// ARP and ND keep a segment inside a nested tunnel alive too; DHCP there is
// judged by the ACL. Broadcast and multicast go by the IP address: what has a
// single receiver's address is no such thing, whatever its MAC address says.
func KindOf(p *pipeline.Packet) Kind {
	switch {
	case p.IsARP() && p.ARP().Valid():
		return ARP
	case !p.IsIP():
		return Other
	case isND(p):
		return ND
	case isDHCP(p):
		return DHCP
	case isMulticast(&p.Flow.Dst):
		return Multicast
	case p.Flow.Dst == wire.Map4([4]byte{255, 255, 255, 255}):
		return Broadcast
	}
	return ByACL
}

func isMulticast(a *[16]byte) bool {
	if wire.Is4(a) {
		return a[12]>>4 == 0xe // 224.0.0.0/4
	}
	return a[0] == 0xff
}

// ndMinLen are the shortest messages, in bytes, from router solicitation to
// redirect (RFC 4861 section 4).
var ndMinLen = [...]int{8, 16, 24, 24, 40}

func isND(p *pipeline.Packet) bool {
	ip := p.L3()
	if p.Flow.Proto != wire.ProtoICMPv6 || ip[0]>>4 != 6 || wire.IPv6(ip).HopLimit() != ndHopLimit {
		return false
	}
	h := wire.ICMP(p.L4())
	if h.Type() < wire.ICMPv6RouterSolicit || h.Type() > wire.ICMPv6Redirect {
		return false
	}
	return h.Code() == 0 && len(h) >= ndMinLen[h.Type()-wire.ICMPv6RouterSolicit]
}

// isDHCP wants both ports to be DHCP's, and the payload to begin as DHCP does:
// ports are for any sender to choose.
func isDHCP(p *pipeline.Packet) bool {
	if p.Depth() > 0 || !hasDHCPPorts(&p.Flow) {
		return false
	}
	if wire.Is4(&p.Flow.Src) {
		return isDHCPv4(p.Payload())
	}
	return isDHCPv6(p.Payload())
}

func hasDHCPPorts(k *flow.Key) bool {
	if k.Proto != wire.ProtoUDP {
		return false
	}
	if wire.Is4(&k.Src) {
		return between(k, dhcpClient, dhcpServer)
	}
	return between(k, dhcpv6Client, dhcpv6Server)
}

// between says whether a client and a server, or two servers (relays), speak.
func between(k *flow.Key, client, server uint16) bool {
	return (k.SrcPort == server || k.SrcPort == client && k.DstPort == server) && (k.DstPort == server || k.DstPort == client)
}

// isDHCPv4 looks at the operation and the magic cookie (RFC 2131 section 2).
func isDHCPv4(b []byte) bool {
	return len(b) >= 240 && (b[0] == 1 || b[0] == 2) && [4]byte(b[236:240]) == [4]byte{99, 130, 83, 99}
}

// isDHCPv6 looks at the message type (RFC 8415 section 7.3; IANA has 1 to 36).
func isDHCPv6(b []byte) bool { return len(b) >= 4 && b[0] >= 1 && b[0] <= 36 }
