package ips

import (
	"testing"

	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

func TestPayloadOfPackets(t *testing.T) {
	w := newWorld(t, lines(
		tcpRule(1, `content:"attack";`), tcpRule(2, `content:"ATTACK"; nocase;`), tcpRule(3, `content:"other";`),
		tcpRule(4, `content:!"attack";`), tcpRule(5, `dsize:<5;`), tcpRule(6, `pcre:"/att[a-c]ck/";`),
		"alert udp any any -> any any (content:\"attack\"; sid:7;)", "alert ip any any -> any any (content:\"attack\"; sid:8;)",
	))
	w.want(w.packet(0, "an attack"), 1, 2, 6, 8)
	w.want(w.packet(0, "abc"), 4, 5)
	w.record.Key = key(wire.ProtoUDP)
	w.want(w.packet(0, "an attack"), 7, 8)
}

func TestHeader(t *testing.T) {
	w := newWorld(t, lines(
		`alert tcp 10.1.0.0/16 any -> 10.2.0.0/16 80 (content:"x"; sid:1;)`,
		`alert tcp !10.1.0.0/16 any -> any any (content:"x"; sid:2;)`,
		`alert tcp any 1024: -> any [80,8080] (content:"x"; sid:3;)`,
		`alert tcp any any -> any !80 (content:"x"; sid:4;)`,
		`alert tcp any 80 <> any any (content:"x"; sid:5;)`,
		`alert tcp any any -> any any (flow:to_server; content:"x"; sid:6;)`,
		`alert tcp any any -> any any (flow:to_client,established; content:"x"; sid:7;)`,
		`alert tcp any any -> any any (flow:not_established; content:"x"; sid:8;)`,
		`alert tcp any 80 -> any any (flow:to_client; content:"x"; sid:9;)`,
	))
	w.want(w.packet(0, "x"), 1, 3, 5, 6)
	w.want(w.packet(1, "x"), 2, 4, 5, 7, 9)
	w.record.State = flow.New
	w.want(w.packet(0, "x"), 1, 3, 5, 6, 8)
}

// The packet that completes the handshake is not of an established flow yet, unless it brings data.
func TestHandshake(t *testing.T) {
	w := newWorld(t, lines(tcpRule(1, `flow:established;`)))
	w.record.State = flow.New
	w.want(w.packet(0, ""))
	w.want(w.packet(1, ""))
	w.record.State = flow.Established
	w.want(w.packet(0, ""))
	w.want(w.packet(0, ""), 1)
	w.record.Packets[0] = 1
	w.want(w.packet(0, "x"), 1)
}

func TestPacketConditions(t *testing.T) {
	w := newWorld(t, lines(
		tcpRule(1, `flags:PA;`), tcpRule(2, `flags:S;`), tcpRule(3, `flags:+P;`), tcpRule(4, `ttl:64;`), tcpRule(5, `ttl:>64;`),
		tcpRule(6, `vxlan.vni:100;`), tcpRule(7, `vxlan.vni:101;`), tcpRule(8, `window:0;`), tcpRule(9, `ip_proto:6;`),
		tcpRule(10, `sameip;`), tcpRule(11, `fragbits:!D;`), tcpRule(12, `tcp.hdr; content:"|50 18|"; offset:12; depth:2;`),
		tcpRule(13, `vtep.src:192.0.2.0/24;`), tcpRule(14, `vxlan.group:7;`), tcpRule(15, `stream_size:client,>,10;`), tcpRule(16, `flow.pkts:>1;`),
	))
	in := w.packet(0, "")
	in.Group, in.HasGroup, in.VTEP[0] = 7, true, wire.Map4([4]byte{192, 0, 2, 1})
	in.StreamSize[0] = 11
	w.want(in, 1, 3, 4, 6, 8, 9, 11, 12, 13, 14, 15)
}

func TestChecksums(t *testing.T) {
	w := newWorld(t, lines(
		tcpRule(1, `ipv4-csum:invalid;`), tcpRule(2, `ipv4-csum:valid;`), tcpRule(3, `tcpv4-csum:invalid;`), tcpRule(4, `tcpv4-csum:valid;`),
		"alert udp any any -> any any (udpv4-csum:valid; sid:5;)", tcpRule(6, `tcpv6-csum:invalid;`),
	))
	in := w.packet(0, "x")
	w.want(in, 1, 3)
	wire.IPv4(in.L3).SetChecksum()
	sum := wire.Checksum(in.L4, wire.PseudoSum(&in.Key.Src, &in.Key.Dst, wire.ProtoTCP, len(in.L4)))
	in.L4[16], in.L4[17] = byte(sum>>8), byte(sum)
	w.want(in, 2, 4)
	w.record.Key = key(wire.ProtoUDP)
	w.want(w.packet(0, "x"), 5) // without one
}

func TestICMP(t *testing.T) {
	w := newWorld(t, lines(
		"alert icmp any any -> any any (itype:8; icode:0; sid:1;)", "alert icmp any any -> any any (itype:0; sid:2;)",
		"alert icmp any any -> any any (icmp_id:258; icmp_seq:772; sid:3;)",
	))
	w.record.Key = key(wire.ProtoICMP)
	in := w.packet(0, "ping")
	copy(in.L4, []byte{8, 0, 0, 0, 1, 2, 3, 4})
	w.want(in, 1, 3)
}

// So are those of ports, and their verdict is the flow's.
func TestPortsAlone(t *testing.T) {
	w := newWorld(t, lines(
		"pass tcp any any -> any 80 (alert; sid:1;)", "drop tcp any any -> any any (noalert; sid:2;)", "alert tcp any any -> any any (flowbits:isnotset,a; sid:3;)",
	))
	w.want(w.packet(0, "x"), 1)
	w.want(w.packet(1, "x"))
	if !w.out.PassFlow || w.out.Drop {
		t.Errorf("%+v", w.out.Pass)
	}
	w.state.EndSession(1)
	w.record.Key.DstPort = 81
	if w.want(w.packet(0, "x"), 3); !w.out.DropFlow {
		t.Error("the flow passes")
	}
}

// Rules of addresses alone are judged once in each direction.
func TestAddresses(t *testing.T) {
	w := newWorld(t, lines(
		"alert ip 10.1.0.5 any -> any any (sid:1;)", "alert ip any any -> [10.2.0.0/24,!10.2.0.9] any (sid:2;)",
		"alert ip [10.1.0.0/24,192.0.2.0/24] any -> 10.2.0.9 any (sid:3;)", "alert ip 10.2.0.9 any -> any any (sid:4;)",
		"alert ip !10.9.0.0/16 any -> any any (sid:5;)", "alert ip 2001:db8::/32 any -> any any (sid:6;)",
	))
	w.want(w.packet(0, "x"), 1, 3, 5)
	w.want(w.packet(0, "x"))
	w.want(w.packet(1, "x"), 4, 5)
	w.want(w.packet(1, "x"))
	w.want(w.packet(0, "x"))
	w.state.EndSession(1)
	w.want(w.packet(0, "x"), 1, 3, 5)
}

func TestPortsOfManyRules(t *testing.T) {
	w := newWorld(t, lines(
		`alert tcp any any -> any 1:1000 (content:"x"; sid:1;)`, `alert tcp any any -> any 80 (content:"x"; sid:2;)`,
		`alert tcp any any -> any [79,81] (content:"x"; sid:3;)`, `alert tcp any any -> any [70:90,!80] (content:"x"; sid:4;)`,
	))
	w.want(w.packet(0, "x"), 1, 2)
	w.record.Key.DstPort = 81
	w.want(w.packet(0, "x"), 1, 3, 4)
}
