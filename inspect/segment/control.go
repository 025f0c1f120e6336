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
func KindOf(p *pipeline.Packet) Kind {
	switch {
	case p.IsARP():
		return ARP
	case !p.IsIP():
		return Other
	case isND(p):
		return ND
	case isDHCP(&p.Flow):
		return DHCP
	}
	if e := p.Inner(); e != nil && p.Depth() == 0 {
		if e.Broadcast() {
			return Broadcast
		}
		if e.Multicast() {
			return Multicast
		}
	}
	return ByACL
}

func isND(p *pipeline.Packet) bool {
	if p.Flow.Proto != wire.ProtoICMPv6 || wire.IPv6(p.L3()).HopLimit() != ndHopLimit {
		return false
	}
	t := wire.ICMP(p.L4()).Type()
	return t >= wire.ICMPv6RouterSolicit && t <= wire.ICMPv6Redirect
}

// isDHCP wants both ports to be DHCP's: the source port alone is for any
// sender to choose.
func isDHCP(k *flow.Key) bool {
	if k.Proto != wire.ProtoUDP {
		return false
	}
	switch [2]uint16{k.SrcPort, k.DstPort} {
	case [2]uint16{dhcpClient, dhcpServer}, [2]uint16{dhcpServer, dhcpClient}, [2]uint16{dhcpServer, dhcpServer},
		[2]uint16{dhcpv6Client, dhcpv6Server}, [2]uint16{dhcpv6Server, dhcpv6Client}, [2]uint16{dhcpv6Server, dhcpv6Server}:
		return true
	}
	return false
}
