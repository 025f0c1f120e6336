package wire

import (
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// serialize returns the bytes of gopacket's layers, lengths and checksums as
// they stand.
func serialize(t testing.TB, l ...gopacket.SerializableLayer) []byte {
	t.Helper()
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{}, l...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUDP(t *testing.T) {
	h := UDP(serialize(t, &layers.UDP{SrcPort: 50000, DstPort: 4789, Length: 77, Checksum: 0xabcd}))
	if h.SrcPort() != 50000 || h.DstPort() != 4789 || h.Len() != 77 || h.Checksum() != 0xabcd || len(h) != UDPLen {
		t.Errorf("%d %d %d %#x", h.SrcPort(), h.DstPort(), h.Len(), h.Checksum())
	}
	h.SetLen(65535)
	h.SetChecksum(1)
	if h.Len() != 65535 || h.Checksum() != 1 || h.DstPort() != 4789 {
		t.Errorf("after writing: %x", []byte(h))
	}
}

func TestTCP(t *testing.T) {
	in := layers.TCP{
		SrcPort: 1, DstPort: 65535, Seq: 0xdeadbeef, Ack: 0xcafebabe, DataOffset: 6, Window: 0x1234,
		Options: []layers.TCPOption{{OptionType: layers.TCPOptionKindWindowScale, OptionLength: 3, OptionData: []byte{9}}, {OptionType: 1}},
	}
	flags := map[TCPFlags]*bool{FIN: &in.FIN, SYN: &in.SYN, RST: &in.RST, PSH: &in.PSH, ACK: &in.ACK, URG: &in.URG, ECE: &in.ECE, CWR: &in.CWR}
	for flag, set := range flags {
		*set = true
		h := TCP(serialize(t, &in))
		*set = false
		if h.Flags() != flag {
			t.Errorf("flags %#x, want %#x", h.Flags(), flag)
		}
		if h.Seq() != in.Seq || h.Ack() != in.Ack || h.HeaderLen() != 24 || h.Window() != in.Window || UDP(h).DstPort() != 65535 {
			t.Errorf("%x", []byte(h))
		}
		if shift, ok := h[:h.HeaderLen()].WindowScale(); !ok || shift != 9 {
			t.Errorf("window scale %d, %v", shift, ok)
		}
	}
}

func TestWindowScale(t *testing.T) {
	for name, test := range map[string]struct {
		options []byte
		shift   uint8
		ok      bool
	}{
		"none":               {nil, 0, false},
		"alone":              {[]byte{3, 3, 7, 0}, 7, true},
		"behind others":      {[]byte{2, 4, 5, 180, 1, 3, 3, 7}, 7, true},
		"too large":          {[]byte{3, 3, 255, 0}, MaxWindowScale, true},
		"largest":            {[]byte{3, 3, 14, 0}, 14, true},
		"behind the end":     {[]byte{0, 3, 3, 7}, 0, false},
		"only no-operations": {[]byte{1, 1, 1, 1}, 0, false},
		"length 0":           {[]byte{2, 0, 3, 3, 7, 0, 0, 0}, 0, false},
		"length 1":           {[]byte{8, 1, 3, 3, 7, 0, 0, 0}, 0, false},
		"length beyond":      {[]byte{8, 10, 0, 0}, 0, false},
		"cut to its kind":    {[]byte{1, 1, 1, 3}, 0, false},
		"cut before shift":   {[]byte{1, 1, 3, 3}, 0, false},
		"of length 4":        {[]byte{3, 4, 7, 7}, 0, false},
		"of length 2":        {[]byte{3, 2, 1, 1}, 0, false},
		"inside another":     {[]byte{8, 4, 3, 3, 7, 0, 0, 0}, 0, false},
	} {
		h := append(make(TCP, TCPMinLen), test.options...)
		if shift, ok := h.WindowScale(); shift != test.shift || ok != test.ok {
			t.Errorf("%s: %d, %v, want %d, %v", name, shift, ok, test.shift, test.ok)
		}
	}
}

func FuzzWindowScale(f *testing.F) {
	f.Add([]byte{2, 4, 5, 180, 1, 3, 3, 7})
	f.Add([]byte{2, 0, 3, 255, 3, 3})
	f.Fuzz(func(t *testing.T, options []byte) {
		options = options[:min(40, len(options))]
		h := append(make(TCP, TCPMinLen), options...)
		shift, ok := h.WindowScale()
		if shift > MaxWindowScale || !ok && shift != 0 {
			t.Fatalf("shift %d, %v", shift, ok)
		}
		if ok && len(options) < 3 {
			t.Fatal("found in too few bytes")
		}
	})
}

func TestICMP(t *testing.T) {
	h := ICMP(serialize(t, &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(8, 3), Id: 0xabcd, Seq: 2}))
	if h.Type() != ICMPEcho || h.Code() != 3 || h.ID() != 0xabcd || len(h) != ICMPLen {
		t.Errorf("%d %d %#x", h.Type(), h.Code(), h.ID())
	}
	h = ICMP(serialize(t, &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(129, 0)}, &layers.ICMPv6Echo{Identifier: 77}))
	if h.Type() != ICMPv6EchoReply || h.ID() != 77 {
		t.Errorf("%d %d", h.Type(), h.ID())
	}
}

func TestSCTPHasPortsOfUDP(t *testing.T) {
	h := serialize(t, &layers.SCTP{SrcPort: 7, DstPort: 8})
	if len(h) != SCTPLen || UDP(h).SrcPort() != 7 || UDP(h).DstPort() != 8 {
		t.Errorf("%x", h)
	}
}
