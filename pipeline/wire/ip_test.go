package wire

import (
	"net"
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket/layers"
)

func v4(text string) [16]byte { return netip.MustParseAddr(text).As16() }

func TestIPv4(t *testing.T) {
	h := IPv4(serialize(t, &layers.IPv4{
		Version: 4, IHL: 6, Length: 1234, Id: 0xbeef, Flags: layers.IPv4MoreFragments, FragOffset: 0x1fff, TTL: 63,
		Protocol: layers.IPProtocolUDP, Checksum: 0x1111, SrcIP: net.IP{10, 1, 0, 5}, DstIP: net.IP{255, 254, 253, 252},
		Options: []layers.IPv4Option{{OptionType: 7, OptionLength: 4, OptionData: []byte{4, 0}}},
	}))
	if h.Version() != 4 || h.HeaderLen() != 24 || h.TotalLen() != 1234 || h.ID() != 0xbeef || h.TTL() != 63 || h.Proto() != ProtoUDP {
		t.Errorf("%x", []byte(h))
	}
	if offset, more := h.Fragment(); offset != 0x1fff*8 || !more {
		t.Errorf("fragment %d, %v", offset, more)
	}
	if h.Src() != v4("10.1.0.5") || h.Dst() != v4("255.254.253.252") {
		t.Errorf("%x to %x", h.Src(), h.Dst())
	}
	h.ClearFragment()
	h.SetTotalLen(65535)
	h.SetChecksum()
	if offset, more := h.Fragment(); offset != 0 || more || h.TotalLen() != 65535 {
		t.Errorf("after writing: %x", []byte(h))
	}
	if naive(h[:24], 0) != 0 {
		t.Errorf("checksum is wrong: %x", []byte(h))
	}
}

func TestIPv4IsNoFragment(t *testing.T) {
	h := IPv4(serialize(t, &layers.IPv4{Version: 4, IHL: 5, Flags: layers.IPv4DontFragment, SrcIP: net.IP{1, 2, 3, 4}, DstIP: net.IP{5, 6, 7, 8}}))
	if offset, more := h.Fragment(); offset != 0 || more {
		t.Errorf("fragment %d, %v", offset, more)
	}
}

func TestIPv6(t *testing.T) {
	h := IPv6(serialize(t, &layers.IPv6{
		Version: 6, TrafficClass: 0xff, FlowLabel: 0xfffff, Length: 4321, NextHeader: layers.IPProtocolTCP, HopLimit: 7,
		SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("ff02::2"),
	}))
	if h.Version() != 6 || h.PayloadLen() != 4321 || h.NextHeader() != ProtoTCP || h.HopLimit() != 7 || len(h) != IPv6Len {
		t.Errorf("%x", []byte(h))
	}
	if h.Src() != v4("2001:db8::1") || h.Dst() != v4("ff02::2") {
		t.Errorf("%x to %x", h.Src(), h.Dst())
	}
	h.SetPayloadLen(65535)
	if h.PayloadLen() != 65535 || h.NextHeader() != ProtoTCP {
		t.Errorf("after writing: %x", []byte(h))
	}
}

func TestMappedAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"10.0.0.1": true, "0.0.0.0": true, "::ffff:1.2.3.4": true,
		"::": false, "::1": false, "::1.2.3.4": false, "::fffe:1.2.3.4": false, "1::ffff:1.2.3.4": false, "::1:ffff:1.2.3.4": false,
	} {
		a := v4(text)
		if Is4(&a) != want {
			t.Errorf("%s: %v, want %v", text, !want, want)
		}
	}
	if Map4([4]byte{10, 1, 0, 5}) != v4("10.1.0.5") {
		t.Error("address is mapped wrongly")
	}
}

func TestExtension(t *testing.T) {
	x := Extension{ProtoUDP, 2, 4, 3, 0, 0, 0, 0}
	if x.NextHeader() != ProtoUDP || x.Len(ProtoDestOpts) != 24 || x.Len(ProtoFragment) != 8 {
		t.Errorf("next %d, %d bytes", x.NextHeader(), x.Len(ProtoDestOpts))
	}
	if kind, left := x.Routing(); kind != 4 || left != 3 {
		t.Errorf("routing type %d, %d left", kind, left)
	}
	if n := (Extension{0, 255}).Len(ProtoHopByHop); n != 2048 {
		t.Errorf("longest header has %d bytes", n)
	}
	f := Extension{ProtoTCP, 0, 0xff, 0xff, 0xde, 0xad, 0xbe, 0xef}
	if offset, more, id := f.Fragment(); offset != 0xfff8 || !more || id != 0xdeadbeef {
		t.Errorf("fragment %d, %v, %#x", offset, more, id)
	}
	f[2], f[3] = 0, 0x0e // reserved bits and the first offset
	if offset, more, _ := f.Fragment(); offset != 8 || more {
		t.Errorf("fragment %d, %v", offset, more)
	}
}

func TestIsExtension(t *testing.T) {
	extensions := map[uint8]bool{ProtoHopByHop: true, ProtoRouting: true, ProtoFragment: true, ProtoDestOpts: true}
	for proto := range 256 {
		if IsExtension(uint8(proto)) != extensions[uint8(proto)] {
			t.Errorf("protocol %d: %v", proto, IsExtension(uint8(proto)))
		}
	}
}
