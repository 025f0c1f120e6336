package wire

import (
	"net"
	"testing"

	"github.com/gopacket/gopacket/layers"
)

func TestEthernet(t *testing.T) {
	src, dst := net.HardwareAddr{2, 1, 2, 3, 4, 5}, net.HardwareAddr{2, 6, 7, 8, 9, 10}
	e := Ethernet(serialize(t, &layers.Ethernet{SrcMAC: src, DstMAC: dst, EthernetType: layers.EthernetTypeIPv6}))
	if e.Src() != [6]byte(src) || e.Dst() != [6]byte(dst) || e.Type() != TypeIPv6 {
		t.Errorf("%x", []byte(e))
	}
	for text, want := range map[string][2]bool{ // group, broadcast
		"02:00:00:00:00:01": {}, "01:00:5e:00:00:01": {true, false}, "ff:ff:ff:ff:ff:ff": {true, true}, "ff:ff:ff:ff:ff:fe": {true, false},
	} {
		mac, err := net.ParseMAC(text)
		if err != nil {
			t.Fatal(err)
		}
		copy(e, mac)
		if got := [2]bool{e.Multicast(), e.Broadcast()}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestIsVLAN(t *testing.T) {
	for etherType, want := range map[uint16]bool{
		TypeVLAN: true, TypeQinQ: true, TypeQinQOld: true, TypeIPv4: false, TypeARP: false, 0x8101: false, 0: false,
	} {
		if IsVLAN(etherType) != want {
			t.Errorf("%#04x: %v", etherType, !want)
		}
	}
}

func TestARP(t *testing.T) {
	in := layers.ARP{
		AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4, Operation: 1,
		SourceHwAddress: make([]byte, 6), SourceProtAddress: []byte{10, 1, 0, 5}, DstHwAddress: make([]byte, 6), DstProtAddress: []byte{10, 2, 0, 9},
	}
	a := ARP(serialize(t, &in))
	if !a.Valid() || len(a) != ARPLen || a.SenderIP() != [4]byte{10, 1, 0, 5} {
		t.Errorf("%v, %x", a.Valid(), []byte(a))
	}
	if a[:ARPLen-1].Valid() || ARP(nil).Valid() {
		t.Error("a short packet is valid")
	}
	for i := range 6 { // all that says Ethernet and IPv4
		a[i] ^= 1
		if a.Valid() {
			t.Errorf("valid with byte %d changed", i)
		}
		a[i] ^= 1
	}
}

func TestVXLAN(t *testing.T) {
	h := VXLAN(serialize(t, &layers.VXLAN{
		ValidIDFlag: true, VNI: 0xabcdef, GBPExtension: true, GBPApplied: true, GBPDontLearn: true, GBPGroupPolicyID: 0x1234,
	}))
	if !h.HasVNI() || h.VNI() != 0xabcdef || !h.HasGroup() || h.Group() != 0x1234 || h.Reserved() || len(h) != VXLANLen {
		t.Errorf("%x", []byte(h))
	}
	h = VXLAN(serialize(t, &layers.VXLAN{VNI: 5}))
	if h.HasVNI() || h.HasGroup() || h.Group() != 0 || h.VNI() != 5 {
		t.Errorf("%x", []byte(h))
	}
}

// Each bit by itself: which are reserved depends on the G bit.
func TestVXLANReserved(t *testing.T) {
	for _, group := range []bool{false, true} {
		for bit := range 64 {
			h := VXLAN{VXLANFlagI, 0, 0, 0, 0, 0, 0, 0}
			if group {
				h[0] |= VXLANFlagG
			}
			h[bit/8] |= 0x80 >> (bit % 8)
			want := true
			switch {
			case bit == 4 || bit/8 >= 4 && bit/8 < 7: // I, VNI
				want = false
			case bit == 0: // G
				want = false
			case bit == 9 || bit == 12 || bit/8 == 2 || bit/8 == 3: // D, A, group
				want = !group
			}
			if h.Reserved() != want {
				t.Errorf("group %v, bit %d: reserved %v, want %v", group, bit, !want, want)
			}
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	b := make([]byte, 100)
	b[12] = 0x50
	sink := 0
	allocs := testing.AllocsPerRun(100, func() {
		src, dst := IPv4(b).Src(), IPv6(b).Dst()
		sink += int(Checksum(b, PseudoSum(&src, &dst, 6, 100)))
		_, ok := TCP(b[:20]).WindowScale()
		if ok {
			sink++
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
