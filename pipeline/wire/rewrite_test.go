package wire

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/gopacket/gopacket/layers"
	"pgregory.net/rapid"
)

// A header whose checksum was right has a right one after any change of its TOS; one
// that was wrong is as wrong as before.
func TestSetTOS(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := IPv4(rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "header"))
		h[0] = 0x45
		h.SetChecksum()
		wrong := rapid.Uint16().Draw(t, "wrong by")
		binary.BigEndian.PutUint16(h[10:], binary.BigEndian.Uint16(h[10:])+wrong)
		before := Checksum(h, 0)
		tos := rapid.Byte().Draw(t, "TOS")
		if h.SetTOS(tos); h.TOS() != tos {
			t.Fatalf("TOS %#02x, want %#02x", h.TOS(), tos)
		}
		if after := Checksum(h, 0); after != before && (after != 0 && after != 0xffff || before != 0 && before != 0xffff) {
			t.Fatalf("sum %#04x, was %#04x", after, before)
		}
	})
}

func TestTOSOfIPv6(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := IPv6(rapid.SliceOfN(rapid.Byte(), 40, 40).Draw(t, "header"))
		was, tos := bytes.Clone(h), rapid.Byte().Draw(t, "TOS")
		h.SetTOS(tos)
		if h.TOS() != tos || h[0]>>4 != was[0]>>4 || h[1]&15 != was[1]&15 || !bytes.Equal(h[2:], was[2:]) {
			t.Fatalf("%x became %x", was, []byte(h))
		}
	})
}

func TestMSS(t *testing.T) {
	for name, test := range map[string]struct {
		options []byte
		at      int // 0 for none
	}{
		"none": {nil, 0}, "alone": {[]byte{2, 4, 5, 180}, 22}, "behind others": {[]byte{1, 1, 4, 2, 2, 4, 5, 180}, 26},
		"behind the end": {[]byte{0, 2, 4, 5, 180, 0, 0, 0}, 0}, "of another length": {[]byte{2, 5, 5, 180, 0, 0, 0, 0}, 0},
		"too long": {[]byte{1, 1, 2, 4}, 0}, "length 0": {[]byte{8, 0, 2, 4}, 0}, "cut": {[]byte{1, 1, 1, 2}, 0},
	} {
		h := TCP(append(make([]byte, 20), test.options...))
		got := h.MSS()
		if test.at == 0 {
			if got != nil {
				t.Errorf("%s: %x", name, got)
			}
			continue
		}
		if len(got) != 2 || &got[0] != &h[test.at] {
			t.Errorf("%s: %x", name, got)
		}
	}
}

func TestPolicyFlags(t *testing.T) {
	h := VXLAN(serialize(t, &layers.VXLAN{ValidIDFlag: true, GBPExtension: true, GBPApplied: true, GBPDontLearn: true}))
	if h.Policy() != GBPFlagA|GBPFlagD || !h.DontLearn() {
		t.Errorf("%x: flags %#02x", []byte(h), h.Policy())
	}
	if h[0] &^= VXLANFlagG; h.Policy() != 0 || h.DontLearn() {
		t.Error("flags without a group")
	}
}

func TestFillChecksum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := UDP(rapid.SliceOfN(rapid.Byte(), 8, 100).Draw(t, "datagram"))
		src := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "src"))
		dst := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "dst"))
		h.FillChecksum(&src, &dst)
		if h.Checksum() == 0 || Checksum(h, PseudoSum(&src, &dst, ProtoUDP, len(h))) != 0 {
			t.Fatalf("checksum %#04x of %x", h.Checksum(), []byte(h))
		}
	})
}
