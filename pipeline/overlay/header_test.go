package overlay

import (
	"bytes"
	"testing"

	"vxwall/pipeline/wire"
)

// A header that is written into room that held something else is as it should be, for
// every TOS and length; Head alone writes the same.
func TestPut(t *testing.T) {
	s := threePeers()
	six := Peer{Address: address("2001:db8::6"), Port: 4789, Source: address("2001:db8::100"), NextHop: mac(6)}
	s.Peers = append(s.Peers, six)
	m := published(t, s).Load()
	for _, peer := range []int{0, 3} {
		tunnel := &m.tunnels[peer]
		for n := range 1400 {
			inner := bytes.Repeat([]byte{byte(n)}, n)
			frame := append(bytes.Repeat([]byte{0xee}, tunnel.HeaderLen()), inner...)
			h := Header{VNI: 0xabcdef, TOS: uint8(n), Entropy: uint64(n) * 0x9e3779b9, GBP: 0xff, Group: 0x1234, Grouped: n%2 == 0, Sum: n%3 == 0}
			tunnel.Put(frame, &h)
			checkFrame(t, tunnel, &h, frame)
			if !bytes.Equal(frame[tunnel.HeaderLen():], inner) {
				t.Fatal("the inner frame was written to")
			}
			h.Sum = false
			tunnel.Put(frame, &h)
			head := make([]byte, tunnel.HeaderLen())
			if tunnel.Head(head, n, &h); !bytes.Equal(head, frame[:len(head)]) {
				t.Fatalf("Head %x, Put %x", head, frame[:len(head)])
			}
		}
	}
}

func checkFrame(t *testing.T, tunnel *Tunnel, h *Header, frame []byte) {
	t.Helper()
	e := wire.Ethernet(frame)
	if e.Dst() != [6]byte(tunnel.template[:6]) || e.Src() != [6]byte(tunnel.template[6:12]) {
		t.Fatalf("Ethernet header %x", frame[:14])
	}
	ip := frame[14:]
	header, tos := 20, wire.IPv4(ip).TOS()
	if e.Type() == wire.TypeIPv6 {
		header, tos = 40, wire.IPv6(ip).TOS()
		if v6 := wire.IPv6(ip); v6.Version() != 6 || v6.PayloadLen() != len(ip)-40 || v6.HopLimit() != 64 || v6.Dst() != tunnel.address || ip[2]|ip[3] != 0 {
			t.Fatalf("IPv6 header %x", ip[:40])
		}
	} else if v4 := wire.IPv4(ip); wire.Checksum(ip[:20], 0) != 0 || v4.TotalLen() != len(ip) || v4.TTL() != 64 || v4.Dst() != tunnel.address {
		t.Fatalf("IPv4 header %x", ip[:20])
	}
	udp, vxlan := wire.UDP(ip[header:]), wire.VXLAN(ip[header+8:])
	if tos != h.TOS || udp.Len() != len(udp) || udp.DstPort() != 4789 || udp.SrcPort() < 49152 {
		t.Fatalf("TOS %#02x, UDP %x", tos, []byte(udp[:8]))
	}
	if want := h.Sum && header == 40; (udp.Checksum() != 0) != want {
		t.Fatalf("checksum %#04x", udp.Checksum())
	}
	if udp.Checksum() != 0 {
		src, dst := wire.IPv6(ip).Src(), wire.IPv6(ip).Dst()
		if wire.Checksum(udp, wire.PseudoSum(&src, &dst, wire.ProtoUDP, len(udp))) != 0 {
			t.Fatal("wrong UDP checksum")
		}
	}
	if vxlan.VNI() != h.VNI || vxlan.HasGroup() != h.Grouped || vxlan.Reserved() || h.Grouped && (vxlan.Group() != h.Group || vxlan[1] != 0x48) {
		t.Fatalf("VXLAN header %x", []byte(vxlan[:8]))
	}
}

// A peer's own choices go before its endpoint's.
func TestTunnelOfPeer(t *testing.T) {
	s := threePeers()
	s.Own[0].Out = 4
	s.Peers[1].MTU = 1400
	s.Peers[2].Via, s.Peers[2].Out, s.Peers[2].MAC, s.Peers[2].MTU = true, 9, mac(77), 1<<20
	m := published(t, s).Load()
	for i, want := range []struct {
		out, mtu int
		mac      [6]byte
	}{{4, 1500 - 36, mac(100)}, {4, 1400 - 36, mac(100)}, {9, MaxMTU - 36, mac(77)}} {
		tunnel := &m.tunnels[i]
		if tunnel.Out() != want.out || tunnel.MTU() != want.mtu || [6]byte(tunnel.template[6:12]) != want.mac || !tunnel.Ready() || tunnel.Port() != 4789 {
			t.Errorf("peer %d: port %d, MTU %d, MAC %x", i, tunnel.Out(), tunnel.MTU(), tunnel.template[6:12])
		}
	}
}
