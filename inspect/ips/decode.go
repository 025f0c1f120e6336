package ips

import (
	"encoding/binary"

	"vxwall/inspect/app"
	"vxwall/pipeline"
)

// decodeEvent is something odd about the headers of a packet, by Suricata's name
// (decode-event:ipv6.frag_overlap).
type decodeEvent uint8

const (
	ipv4TooSmall decodeEvent = iota
	ipv4HeaderTooSmall
	ipv4Truncated
	ipv4BadOptionLength
	ipv4FragmentOverlap
	ipv4FragmentTooLarge
	ipv4FragmentIgnored
	ipv6TooSmall
	ipv6Truncated
	ipv6TruncatedExtension
	ipv6UselessFragment
	ipv6DuplicateFragment
	ipv6FragmentOverlap
	ipv6FragmentTooLarge
	ipv6FragmentLength
	ipv6FragmentIgnored
	tcpTooSmall
	tcpHeaderTooSmall
	tcpBadOptionLength
	udpTooSmall
	icmp4TooSmall
	icmp6TooSmall
	ethernetTooSmall
	vxlanReserved
)

// decodeNames are the names of the events, by number.
var decodeNames = []string{
	ipv4TooSmall: "ipv4.pkt_too_small", ipv4HeaderTooSmall: "ipv4.hlen_too_small", ipv4Truncated: "ipv4.trunc_pkt",
	ipv4BadOptionLength: "ipv4.opt_invalid_len", ipv4FragmentOverlap: "ipv4.frag_overlap", ipv4FragmentTooLarge: "ipv4.frag_pkt_too_large",
	ipv4FragmentIgnored: "ipv4.frag_ignored", ipv6TooSmall: "ipv6.pkt_too_small", ipv6Truncated: "ipv6.trunc_pkt",
	ipv6TruncatedExtension: "ipv6.trunc_exthdr", ipv6UselessFragment: "ipv6.exthdr_useless_fh", ipv6DuplicateFragment: "ipv6.exthdr_dupl_fh",
	ipv6FragmentOverlap: "ipv6.frag_overlap", ipv6FragmentTooLarge: "ipv6.frag_pkt_too_large", ipv6FragmentLength: "ipv6.frag_invalid_length",
	ipv6FragmentIgnored: "ipv6.frag_ignored", tcpTooSmall: "tcp.pkt_too_small", tcpHeaderTooSmall: "tcp.hlen_too_small",
	tcpBadOptionLength: "tcp.opt_invalid_len", udpTooSmall: "udp.pkt_too_small", icmp4TooSmall: "icmpv4.pkt_too_small",
	icmp6TooSmall: "icmpv6.pkt_too_small", ethernetTooSmall: "ethernet.pkt_too_small", vxlanReserved: "vxlan.unknown_payload_type",
}

// DecodeEvents are the names of all decode events, as Options wants them.
func DecodeEvents() []string { return decodeNames }

// pair are the events of IPv4 and IPv6 for one reason.
type pair struct{ v4, v6 decodeEvent }

// ofReason are the events that a refusal before the stages means.
var ofReason = map[pipeline.Reason]pair{
	pipeline.InnerShort:      {ipv4TooSmall, ipv6TooSmall},
	pipeline.InnerBadIP:      {ipv4HeaderTooSmall, ipv6TooSmall},
	pipeline.InnerTruncated:  {ipv4Truncated, ipv6Truncated},
	pipeline.InnerExtension:  {ipv4BadOptionLength, ipv6TruncatedExtension},
	pipeline.ExtensionLimit:  {ipv4BadOptionLength, ipv6TruncatedExtension},
	pipeline.FragmentOverlap: {ipv4FragmentOverlap, ipv6FragmentOverlap},
	pipeline.FragmentBad:     {ipv4FragmentTooLarge, ipv6FragmentTooLarge},
	pipeline.FragmentLimit:   {ipv4FragmentIgnored, ipv6FragmentIgnored},
}

// refusedEvents adds the events of a packet that was refused before the stages.
func refusedEvents(p *pipeline.Packet, set *app.EventSet) {
	ip := p.Unsound()
	if p.IsIP() {
		ip = p.L3()
	}
	v6 := len(ip) > 0 && ip[0]>>4 == 6
	if v6 && len(ip) >= ipv6HeaderLen {
		extensionEvents(ip, set)
	}
	if p.Reason() == pipeline.FragmentBad && set.Has(app.Event(ipv6FragmentLength)) {
		return
	}
	events, ok := ofReason[p.Reason()]
	switch {
	case !ok:
	case v6:
		set.Add(app.Event(events.v6))
	default:
		set.Add(app.Event(events.v4))
	}
}

// IPv6 extension headers (RFC 8200 section 4).
const (
	ipv6HeaderLen = 40
	extHopByHop   = 0
	extRouting    = 43
	extFragment   = 44
	extOptions    = 60
	maxExtensions = 16
)

// extensionEvents adds what is odd about the extension headers of an IPv6 packet, with
// sound lengths.
func extensionEvents(ip []byte, set *app.EventSet) {
	next, at, fragments := ip[6], ipv6HeaderLen, 0
	for range maxExtensions {
		isExtension := next == extFragment || next == extHopByHop || next == extRouting || next == extOptions
		if at+8 > len(ip) {
			if isExtension {
				set.Add(app.Event(ipv6TruncatedExtension))
			}
			return
		}
		switch next {
		case extFragment:
			if fragments++; fragments > 1 {
				set.Add(app.Event(ipv6DuplicateFragment))
			}
			fragmentEvents(ip, at, set)
			next, at = ip[at], at+8
		case extHopByHop, extRouting, extOptions:
			next, at = ip[at], at+8+8*int(ip[at+1])
		default:
			return
		}
	}
}

// fragmentEvents looks at the fragment header at an offset.
func fragmentEvents(ip []byte, at int, set *app.EventSet) {
	field := binary.BigEndian.Uint16(ip[at+2:])
	more, offset := field&1 != 0, field&^7
	if !more && offset == 0 {
		set.Add(app.Event(ipv6UselessFragment))
	}
	if more && (len(ip)-at-8)%8 != 0 {
		set.Add(app.Event(ipv6FragmentLength))
	}
}
