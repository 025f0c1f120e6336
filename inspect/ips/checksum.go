package ips

import (
	"slices"

	"vxwall/pipeline/wire"
	"vxwall/rules/suricata"
)

// checksums are the keywords about checksums, by version of IP and protocol; 0: the IP header's own.
var checksums = map[string]struct{ version, proto uint8 }{
	"ipv4-csum": {4, 0}, "tcpv4-csum": {4, wire.ProtoTCP}, "udpv4-csum": {4, wire.ProtoUDP}, "icmpv4-csum": {4, wire.ProtoICMP},
	"tcpv6-csum": {6, wire.ProtoTCP}, "udpv6-csum": {6, wire.ProtoUDP}, "icmpv6-csum": {6, wire.ProtoICMPv6},
}

// checksum compiles ipv4-csum:invalid and the like, nil if it is none.
func checksum(m *suricata.Match) condition {
	k, ok := checksums[m.Keyword]
	if !ok || !slices.Contains([]string{"valid", "invalid"}, firstArg(m)) {
		return nil
	}
	valid := firstArg(m) == "valid"
	return ask(func(d *Detector) bool {
		if len(d.in.L3) == 0 || d.version != k.version || d.in.Fragment || k.proto != 0 && d.in.Key.Proto != k.proto {
			return false
		}
		return d.checksumHolds(k.proto) == valid
	})
}

func firstArg(m *suricata.Match) string {
	if len(m.Args) == 0 {
		return ""
	}
	return m.Args[0]
}

// checksumHolds verifies a checksum. One that was not filled in (UDP over IPv4) holds.
func (d *Detector) checksumHolds(proto uint8) bool {
	in := d.in
	switch {
	case proto == 0:
		n := min(wire.IPv4(in.L3).HeaderLen(), len(in.L3))
		return wire.Checksum(in.L3[:n], 0) == 0
	case proto == wire.ProtoICMP:
		return wire.Checksum(in.L4, 0) == 0
	case proto == wire.ProtoUDP && len(in.L4) >= 8 && in.L4[6] == 0 && in.L4[7] == 0:
		return true
	}
	return wire.Checksum(in.L4, wire.PseudoSum(&in.Key.Src, &in.Key.Dst, proto, len(in.L4))) == 0
}
