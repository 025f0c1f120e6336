package rules

import (
	"maps"
	"slices"
)

// The protocols that have ports or types.
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
	protoSCTP   = 132
)

// protocols are the IP protocols with a name of their own; any other is
// written ip/number.
var protocols = map[string]uint8{
	"icmp": protoICMP, "igmp": 2, "ipip": 4, "tcp": protoTCP, "udp": protoUDP,
	"dccp": 33, "gre": 47, "esp": 50, "ah": 51, "icmpv6": protoICMPv6,
	"eigrp": 88, "ospf": 89, "pim": 103, "vrrp": 112, "l2tp": 115,
	"sctp": protoSCTP, "udplite": 136,
}

var protocolNames = slices.Sorted(maps.Keys(protocols))

// icmpTypes are the message types of ICMP that are in use (IANA).
var icmpTypes = map[string]uint8{
	"echo-reply": 0, "destination-unreachable": 3, "source-quench": 4, "redirect": 5,
	"echo-request": 8, "router-advertisement": 9, "router-solicitation": 10,
	"time-exceeded": 11, "parameter-problem": 12, "timestamp-request": 13,
	"timestamp-reply": 14, "extended-echo-request": 42, "extended-echo-reply": 43,
}

// icmpv6Types are those of ICMPv6.
var icmpv6Types = map[string]uint8{
	"destination-unreachable": 1, "packet-too-big": 2, "time-exceeded": 3,
	"parameter-problem": 4, "echo-request": 128, "echo-reply": 129,
	"multicast-listener-query": 130, "multicast-listener-report": 131,
	"multicast-listener-done": 132, "router-solicitation": 133,
	"router-advertisement": 134, "neighbor-solicitation": 135,
	"neighbor-advertisement": 136, "redirect": 137, "multicast-listener-report-v2": 143,
	"extended-echo-request": 160, "extended-echo-reply": 161,
}
