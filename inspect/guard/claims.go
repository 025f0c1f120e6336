package guard

import (
	"vxwall/pipeline"
	"vxwall/pipeline/wire"
)

// said is what a packet says of addresses.
type said struct {
	mac    [16]byte // the sender's, see macSubject
	hasMAC bool

	ip    [16]byte
	owner [16]byte // MAC address that ip is said to belong to
	hasIP bool
	told  bool // by ARP or neighbour discovery
}

// read reads what the inner packet says. It has an Ethernet header.
func (s *said) read(p *pipeline.Packet) {
	*s = said{}
	src := p.Inner().Src()
	s.mac = macSubject(src)
	s.hasMAC = src[0]&1 == 0 && src != [6]byte{}
	switch {
	case p.IsARP():
		s.arp(p.ARP())
	case p.IsIP() && p.Flow.Proto == wire.ProtoICMPv6 && s.neighbour(p):
	case p.IsIP() || p.Fragment():
		s.ip, s.owner = p.Flow.Src, s.mac
		s.hasIP = isHost(&s.ip)
	}
}

// arp reads ARP (RFC 826): a probe has no sender's address.
func (s *said) arp(a wire.ARP) {
	if !a.Valid() {
		return
	}
	s.ip, s.owner = wire.Map4(a.SenderIP()), macSubject(a.SenderMAC())
	s.hasIP, s.told = isHost(&s.ip), true
}

// What RFC 4861 says of neighbour discovery: section 4.1 to 4.4, 4.6.1.
const (
	routerSolicitation, routerAdvertisement = 133, 134
	solicitation, advertisement             = 135, 136

	targetAt, optionsAt              = 8, 24
	solicitedRouterAt, advertisingAt = 8, 16 // where options of the first two begin
	sourceOption, targetOption       = 1, 2
	optionUnit, linkLayerAddress     = 8, 2 // of an option: unit of length, offset
	neighbourHopLimit                = 255
)

// neighbour reads a message of discovery, and reports whether it tells whose an address is:
// those of routers only with an option. A redirect is believed of a router alone, whose
// packet it is. The answer to a search for duplicates is to nobody's: who solicits has no
// address yet.
func (s *said) neighbour(p *pipeline.Packet) bool {
	message := p.L4()
	option, at := byte(sourceOption), optionsAt
	switch message[0] {
	case routerSolicitation:
		at = solicitedRouterAt
	case routerAdvertisement:
		at = advertisingAt
	case solicitation:
	case advertisement:
		option = targetOption
	default:
		return false
	}
	if len(message) < at || wire.IPv6(p.L3()).HopLimit() != neighbourHopLimit {
		return false
	}
	owner, found := linkLayer(message[at:], option)
	if !found && message[0] < solicitation {
		return false
	}
	s.ip, s.owner = p.Flow.Src, s.mac
	if message[0] == advertisement {
		copy(s.ip[:], message[targetAt:optionsAt])
	}
	if found {
		s.owner = owner
	}
	s.hasIP, s.told = isHost(&s.ip), true
	return true
}

// linkLayer looks for the first option of a kind, with a link-layer address.
func linkLayer(options []byte, kind byte) (owner [16]byte, found bool) {
	for len(options) >= optionUnit {
		n := int(options[1]) * optionUnit
		if n == 0 || n > len(options) {
			break
		}
		if options[0] == kind {
			return macSubject([6]byte(options[linkLayerAddress:optionUnit])), true
		}
		options = options[n:]
	}
	return owner, false
}

// isHost says whether an address can be one host's.
func isHost(a *[16]byte) bool {
	if wire.Is4(a) {
		return a[12] != 0 && a[12] < 224
	}
	return a[0] != 0xff && *a != [16]byte{}
}

// macSubject is a MAC address as a subject, or a holder.
func macSubject(mac [6]byte) (s [16]byte) {
	copy(s[:], mac[:])
	return s
}
