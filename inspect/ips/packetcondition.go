package ips

import (
	"encoding/binary"
	"slices"

	"vxwall/inspect/ips/chain"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
	"vxwall/rules/suricata"
)

// numeric compares a number of the packet or its flow.
type numeric struct {
	read   func(d *Detector) (int64, bool)
	number suricata.Number
}

func (n *numeric) holds(d *Detector) bool {
	v, ok := n.read(d)
	return ok && chain.Holds(&n.number, v)
}

// numbers are those of packets and flows, by keyword.
var numbers = map[string]func(d *Detector) (int64, bool){
	"dsize":       func(d *Detector) (int64, bool) { return int64(len(d.in.Payload)), true },
	"ttl":         func(d *Detector) (int64, bool) { return d.ip(8, 7) },
	"tos":         tos,
	"ip_proto":    func(d *Detector) (int64, bool) { return int64(d.in.Key.Proto), true },
	"id":          func(d *Detector) (int64, bool) { return d.ip16(4) },
	"fragoffset":  fragOffset,
	"seq":         func(d *Detector) (int64, bool) { return d.tcp32(4) },
	"ack":         func(d *Detector) (int64, bool) { return d.tcp32(8) },
	"window":      func(d *Detector) (int64, bool) { return d.l4(wire.ProtoTCP, 14, 2) },
	"tcp.mss":     mss,
	"itype":       func(d *Detector) (int64, bool) { return d.icmp(0, 1) },
	"icode":       func(d *Detector) (int64, bool) { return d.icmp(1, 1) },
	"icmpv6.type": func(d *Detector) (int64, bool) { return d.l4(wire.ProtoICMPv6, 0, 1) },
	"icmpv6.code": func(d *Detector) (int64, bool) { return d.l4(wire.ProtoICMPv6, 1, 1) },
	"icmp_id":     func(d *Detector) (int64, bool) { return d.icmpQuery(4) },
	"icmp_seq":    func(d *Detector) (int64, bool) { return d.icmpQuery(6) },
	"icmpv6.mtu":  icmp6MTU,
	"vxlan.vni":   func(d *Detector) (int64, bool) { return int64(d.in.Key.VNI), true },
	"vxlan.group": func(d *Detector) (int64, bool) { return int64(d.in.Group), d.in.HasGroup },
	"vlan.id":     func(d *Detector) (int64, bool) { return vlanID(d) },
	"vlan.layers": func(d *Detector) (int64, bool) { return vlanLayers(d.in.Key.VLAN), true },

	"flow.age":            flowAge,
	"flow.pkts":           func(d *Detector) (int64, bool) { return d.flowSum(d.packets(), 3) },
	"flow.pkts_toserver":  func(d *Detector) (int64, bool) { return d.flowSum(d.packets(), 1) },
	"flow.pkts_toclient":  func(d *Detector) (int64, bool) { return d.flowSum(d.packets(), 2) },
	"flow.bytes":          func(d *Detector) (int64, bool) { return d.flowSum(d.flowBytes(), 3) },
	"flow.bytes_toserver": func(d *Detector) (int64, bool) { return d.flowSum(d.flowBytes(), 1) },
	"flow.bytes_toclient": func(d *Detector) (int64, bool) { return d.flowSum(d.flowBytes(), 2) },
}

// ip reads a byte of the IP header: at one place in IPv4, at another in IPv6.
func (d *Detector) ip(at4, at6 int) (int64, bool) {
	at := at4
	if d.version == 6 {
		at = at6
	}
	if at >= len(d.in.L3) {
		return 0, false
	}
	return int64(d.in.L3[at]), true
}

// ip16 reads two bytes of an IPv4 header.
func (d *Detector) ip16(at int) (int64, bool) {
	if d.version != 4 || len(d.in.L3) < wire.IPv4MinLen {
		return 0, false
	}
	return int64(binary.BigEndian.Uint16(d.in.L3[at:])), true
}

func tos(d *Detector) (int64, bool) {
	switch {
	case d.version == 4 && len(d.in.L3) >= wire.IPv4MinLen:
		return int64(wire.IPv4(d.in.L3).TOS()), true
	case d.version == 6 && len(d.in.L3) >= wire.IPv6Len:
		return int64(wire.IPv6(d.in.L3).TOS()), true
	}
	return 0, false
}

func fragOffset(d *Detector) (int64, bool) {
	v, ok := d.ip16(6)
	return v & 0x1fff, ok
}

// l4 reads a number of a transport header.
func (d *Detector) l4(proto uint8, at, size int) (n int64, ok bool) {
	if d.in.Key.Proto != proto || d.in.Fragment || at+size > len(d.in.L4) {
		return 0, false
	}
	for _, b := range d.in.L4[at : at+size] {
		n = n<<8 | int64(b)
	}
	return n, true
}

func (d *Detector) tcp32(at int) (int64, bool) { return d.l4(wire.ProtoTCP, at, 4) }

func (d *Detector) icmp(at, size int) (int64, bool) {
	if d.in.Key.Proto == wire.ProtoICMPv6 {
		return d.l4(wire.ProtoICMPv6, at, size)
	}
	return d.l4(wire.ProtoICMP, at, size)
}

// queries are the ICMP types that have an identifier and a number.
var queries = []int64{0, 8, 13, 14, 15, 16, 17, 18}

func (d *Detector) icmpQuery(at int) (int64, bool) {
	kind, ok := d.icmp(0, 1)
	if !ok || d.in.Key.Proto == wire.ProtoICMP && !slices.Contains(queries, kind) || d.in.Key.Proto == wire.ProtoICMPv6 && kind != 128 && kind != 129 {
		return 0, false
	}
	return d.icmp(at, 2)
}

func icmp6MTU(d *Detector) (int64, bool) {
	if kind, ok := d.l4(wire.ProtoICMPv6, 0, 1); !ok || kind != 2 {
		return 0, false
	}
	return d.l4(wire.ProtoICMPv6, 4, 4)
}

func mss(d *Detector) (int64, bool) {
	if d.in.Key.Proto != wire.ProtoTCP || len(d.in.L4) < 20 {
		return 0, false
	}
	size := int(d.in.L4[12]>>4) * 4
	if size < 20 || size > len(d.in.L4) {
		return 0, false
	}
	b := wire.TCP(d.in.L4[:size]).MSS()
	if len(b) < 2 {
		return 0, false
	}
	return int64(binary.BigEndian.Uint16(b)), true
}

func vlanID(d *Detector) (int64, bool) {
	v := d.in.Key.VLAN
	if v>>16 != 0 {
		return int64(v >> 16), true
	}
	return int64(v & 0xffff), v != 0
}

func vlanLayers(v uint32) (n int64) {
	if v&0xffff != 0 {
		n++
	}
	if v>>16 != 0 {
		n++
	}
	return n
}

func flowAge(d *Detector) (int64, bool) {
	if d.in.Flow == nil {
		return 0, false
	}
	return (d.in.Time - d.in.Flow.First) / 1e9, true
}

func (d *Detector) packets() (n [2]uint64) {
	if d.in.Flow != nil {
		n = d.in.Flow.Packets
	}
	return n
}

func (d *Detector) flowBytes() (n [2]uint64) {
	if d.in.Flow != nil {
		n = d.in.Flow.Bytes // of frames, with the tunnel
		for dir := range n {
			n[dir] -= min(n[dir], d.in.Flow.Packets[dir]*uint64(d.in.Overhead))
		}
	}
	return n
}

// flowSum adds what is counted in the directions of a set.
func (d *Detector) flowSum(n [2]uint64, dirs int) (sum int64, ok bool) {
	for dir := flow.ToResponder; dir <= flow.ToInitiator; dir++ {
		if dirs&(1<<dir) != 0 {
			sum += int64(n[dir])
		}
	}
	return sum, d.in.Flow != nil
}
