package pipeline_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"vxwall/pipeline"
	"vxwall/pipeline/overlay"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

// outer is what a test compares of an outer header.
type outer struct {
	macs, vteps string
	tos, ttl    uint8
	df          bool
	port        uint16
	sum         bool
	vxlan       [8]byte
	out         int
}

// outerOf decodes a frame that a VTEP sent, verifying checksums and lengths.
func outerOf(t *testing.T, frame []byte, out pipeline.Out) (o outer, inner []byte) {
	t.Helper()
	p := decode(t, frame)
	ethernet, udp := all[*layers.Ethernet](p)[0], all[*layers.UDP](p)[0]
	network := all[gopacket.NetworkLayer](p)[0]
	o = outer{
		macs: ethernet.LinkFlow().String(), vteps: network.NetworkFlow().String(), port: uint16(udp.DstPort), sum: udp.Checksum != 0,
		vxlan: [8]byte(udp.Payload),
	}
	switch ip := network.(type) {
	case *layers.IPv4:
		o.tos, o.ttl, o.df = ip.TOS, ip.TTL, ip.Flags == layers.IPv4DontFragment
		if ip.IHL != 5 || ip.Id != 0 {
			t.Errorf("header of %d words, ID %d", ip.IHL, ip.Id)
		}
	case *layers.IPv6:
		o.tos, o.ttl = ip.TrafficClass, ip.HopLimit
	}
	if udp.SrcPort < 49152 {
		t.Errorf("source port %d is not an ephemeral one", udp.SrcPort)
	}
	o.out, _ = out.Port()
	return o, udp.Payload[wire.VXLANLen:]
}

// toPeer are the outer headers to the peers, as the overlay of the tests has them.
var toPeer = [...]outer{
	peerA:   {macs: "02:00:00:00:00:64->02:00:00:00:09:00", vteps: vtepUs + "->" + pt.VTEPa, ttl: 64, df: true, port: 4789, vxlan: [8]byte{8, 0, 0, 0, 0, 0, 100, 0}},
	peerB:   {macs: "02:00:00:00:00:64->02:00:00:00:09:01", vteps: vtepUs + "->" + pt.VTEPb, ttl: 64, df: true, port: 4789, vxlan: [8]byte{8, 0, 0, 0, 0, 0, 100, 0}, out: 1},
	peerC:   {macs: "02:00:00:00:00:64->02:00:00:00:09:02", vteps: vtepUs + "->" + vtepC, ttl: 64, df: true, port: 4789, vxlan: [8]byte{8, 0, 0, 0, 0, 0, 100, 0}, out: 2},
	peerSix: {macs: "02:00:00:00:00:64->02:00:00:00:09:03", vteps: vtepUs6 + "->" + vtepSix, ttl: 64, port: 4789, vxlan: [8]byte{8, 0, 0, 0, 0, 0, 100, 0}, out: 3},
}

// innerFrames are inner frames of all kinds, between two MAC addresses.
func innerFrames(src, dst string) map[string][]pt.Layer {
	eth := pt.Eth{Src: src, Dst: dst}
	return map[string][]pt.Layer{
		"UDP":      {eth, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 9999}, pt.Payload("query")},
		"IPv6":     {eth, pt.IPv6{}, pt.UDP{Src: 5000, Dst: 9999}, pt.Payload("query")},
		"ARP":      {eth, pt.ARP{}},
		"no IP":    {eth, pt.Eth{}, pt.ARP{}}, // transparent bridging
		"tagged":   {eth, pt.VLAN{ID: 7, Outer: true}, pt.VLAN{ID: 8}, pt.IPv4{}, pt.UDP{Src: 1, Dst: 2}},
		"nested":   {eth, pt.IPv4{}, pt.UDP{Src: 1, Dst: 4789}, pt.VXLANHeader{VNI: 5}, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 1, Dst: 2}},
		"fits":     {eth, pt.IPv6{}, pt.UDP{Src: 5000, Dst: 9999}, pt.Zeros(1500 - 40 - 8 - 8 - 14 - 48)},
		"one byte": {eth, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 9999}, pt.Zeros(1)},
	}
}

// Whatever the underlay on either side, the inner frame arrives as it was, behind
// another outer header.
func TestVTEPSends(t *testing.T) {
	ways := map[string]struct {
		from     pt.VXLAN
		src, dst string
		to       int
	}{
		"IPv4 to IPv4": {fromA(), pt.MACa, pt.MACb, peerB},
		"IPv4 to IPv6": {fromA(), pt.MACa, macSix, peerSix},
		"IPv6 to IPv4": {fromSix(), macSix, pt.MACa, peerA},
		"tagged":       {func() pt.VXLAN { v := fromA(); v.VLAN = 9; return v }(), pt.MACa, macSix, peerSix},
		"checksum":     {func() pt.VXLAN { v := fromA(); v.Checksum = true; return v }(), pt.MACa, pt.MACb, peerB},
		"extended":     {func() pt.VXLAN { v := fromSix(); v.Ext = []pt.Ext{{Proto: 60}}; return v }(), macSix, pt.MACa, peerA},
	}
	for name, way := range ways {
		for kind, inner := range innerFrames(way.src, way.dst) {
			t.Run(name+", "+kind, func(t *testing.T) {
				frame := pt.Frame(append([]pt.Layer{way.from}, inner...)...)
				result := vtepRig(nil).Run(append(frame, "trailer"...))
				if len(result.Sent) != 1 {
					t.Fatalf("%d frames sent: %v", len(result.Sent), result.Outcomes)
				}
				got, carried := outerOf(t, result.Sent[0].Bytes, result.Sent[0].Out)
				if got != toPeer[way.to] {
					t.Errorf("outer header\n%+v, want\n%+v", got, toPeer[way.to])
				}
				if want := pt.Frame(inner...); !bytes.Equal(carried, want) {
					t.Errorf("carries %x, want %x", carried, want)
				}
			})
		}
	}
}

// Options change the outer header.
func TestVTEPOptions(t *testing.T) {
	tests := map[string]struct {
		set  func(o *overlay.Options)
		mac  string
		peer int
		want func(o *outer)
	}{
		"TTL":             {func(o *overlay.Options) { o.TTL = 7 }, pt.MACb, peerB, func(o *outer) { o.ttl = 7 }},
		"hop limit":       {func(o *overlay.Options) { o.TTL = 7 }, macSix, peerSix, func(o *outer) { o.ttl = 7 }},
		"checksum":        {func(o *overlay.Options) { o.Checksum6 = true }, macSix, peerSix, func(o *outer) { o.sum = true }},
		"checksum, IPv4":  {func(o *overlay.Options) { o.Checksum6 = true }, pt.MACb, peerB, func(*outer) {}},
		"DSCP":            {func(o *overlay.Options) { o.PipeDSCP = 46 }, pt.MACb, peerB, func(o *outer) { o.tos = 46 << 2 }},
		"DSCP, six":       {func(o *overlay.Options) { o.PipeDSCP = 46 }, macSix, peerSix, func(o *outer) { o.tos = 46 << 2 }},
		"received DSCP":   {func(o *overlay.Options) { o.DSCP = overlay.DSCPKeep }, pt.MACb, peerB, func(o *outer) { o.tos = 10 << 2 }},
		"received, to 6":  {func(o *overlay.Options) { o.DSCP = overlay.DSCPKeep }, macSix, peerSix, func(o *outer) { o.tos = 10 << 2 }},
		"strangers taken": {func(o *overlay.Options) { o.Strangers = true }, pt.MACb, peerB, func(*outer) {}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v := fromA()
			v.TOS = 10 << 2
			if name == "strangers taken" {
				v.From = "192.0.2.77"
			}
			rig := vtepRig(func(s *overlay.Spec) { test.set(&s.Options) })
			result := rig.Run(pt.Frame(v, pt.Eth{Dst: test.mac}, pt.IPv4{}, pt.UDP{Src: 1, Dst: 2}))
			if len(result.Sent) != 1 {
				t.Fatalf("%v", result.Outcomes)
			}
			want := toPeer[test.peer]
			test.want(&want)
			if got, _ := outerOf(t, result.Sent[0].Bytes, result.Sent[0].Out); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

// Both directions of a flow have one outer source port, different flows have many.
func TestVTEPSourcePort(t *testing.T) {
	port := func(frame []byte) uint16 {
		sent := vtepRig(nil).Run(frame).Sent
		return wire.UDP(sent[0].Bytes[34:]).SrcPort()
	}
	fromB := pt.VXLAN{VNI: 100, From: pt.VTEPb, To: vtepUs, SrcPort: 60001}
	toA := pt.Eth{Src: pt.MACb, Dst: pt.MACa}
	seen := map[uint16]bool{}
	for flow := range uint16(200) {
		there := pt.Frame(fromA(), pt.Eth{}, pt.IPv4{}, pt.UDP{Src: flow, Dst: 9999})
		back := pt.Frame(fromB, toA, back, pt.UDP{Src: 9999, Dst: flow})
		if port(there) != port(back) {
			t.Errorf("flow %d: %d there, %d back", flow, port(there), port(back))
		}
		seen[port(there)] = true
	}
	if len(seen) < 190 {
		t.Errorf("%d ports for 200 flows", len(seen))
	}
	for name, inner := range map[string][2][]pt.Layer{
		"no IP":  {{pt.Payload("x")}, {pt.Payload("y")}},
		"nested": {{pt.IPv4{}, pt.IPv4{}, pt.UDP{Src: 1}}, {back, pt.IPv4{}, pt.UDP{Src: 2}}},
	} {
		there := pt.Frame(append([]pt.Layer{fromA(), pt.Eth{}}, inner[0]...)...)
		back := pt.Frame(append([]pt.Layer{fromB, toA}, inner[1]...)...)
		if port(there) != port(back) {
			t.Errorf("%s: not the same port in both directions", name)
		}
	}
}

// Group Policy is kept with its flags, other reserved bits are not.
func TestVTEPGroupPolicy(t *testing.T) {
	rewrite := overlay.Side{Groups: overlay.GroupRewrite, GroupMap: map[uint16]uint16{17: 1700}}
	tests := map[string]struct {
		in    pt.VXLAN
		side  overlay.Side
		cross bool
		want  [4]byte
	}{
		"none":           {pt.VXLAN{}, overlay.Side{}, false, [4]byte{8}},
		"kept":           {pt.VXLAN{Group: 17}, overlay.Side{}, false, [4]byte{0x88, 0, 0, 17}},
		"flags kept":     {pt.VXLAN{Group: 17, Applied: true}, overlay.Side{}, true, [4]byte{0x88, 8, 0, 17}},
		"stripped":       {pt.VXLAN{Group: 17, Applied: true}, overlay.Side{Groups: overlay.GroupStrip}, true, [4]byte{8}},
		"not stripped":   {pt.VXLAN{Group: 17}, overlay.Side{Groups: overlay.GroupStrip}, false, [4]byte{0x88, 0, 0, 17}},
		"rewritten":      {pt.VXLAN{Group: 17}, rewrite, true, [4]byte{0x88, 0, 1700 >> 8, 1700 & 255}},
		"not in the map": {pt.VXLAN{Group: 18}, rewrite, true, [4]byte{8}},
		"reserved":       {pt.VXLAN{Flags: 0x7f, Reserved: 3}, overlay.Side{}, false, [4]byte{8}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v := test.in
			v.VNI, v.From, v.To = 100, pt.VTEPa, vtepUs
			rig := vtepRig(func(s *overlay.Spec) {
				s.Sides = []overlay.Side{test.side, test.side}
				if test.cross {
					s.Peers[peerB].Side = 1
				}
			})
			sent := rig.Run(pt.Frame(v, pt.Eth{}, pt.IPv4{}, pt.UDP{})).Sent
			if got := [4]byte(sent[0].Bytes[42:]); got != test.want || sent[0].Bytes[49] != 0 {
				t.Errorf("%x, want %x", sent[0].Bytes[42:50], test.want)
			}
		})
	}
}

// Fragments are held, judged and then routed each by itself, with room for a longer
// header.
func TestVTEPSendsFragments(t *testing.T) {
	for _, mac := range []string{pt.MACb, macSix} {
		layers := []pt.Layer{fromA(), pt.Eth{Dst: mac}, pt.IPv4{ID: 5}, pt.UDP{Src: 5000, Dst: 9999}, message(120)}
		frames := pt.Split(layers, 48, 96)
		rig := vtepRig(nil)
		rig.Room = 0
		result := rig.Run(frames...)
		want := toPeer[map[string]int{pt.MACb: peerB, macSix: peerSix}[mac]]
		if len(result.Sent) != len(frames) {
			t.Fatalf("%v", result.Outcomes)
		}
		for i, sent := range result.Sent {
			o, inner := outerOf(t, sent.Bytes, sent.Out)
			if o != want || !sent.Extra || !bytes.Equal(inner, frames[i][50:]) {
				t.Errorf("fragment %d: %+v carries %x", i, o, inner)
			}
		}
	}
}

// Tags are stripped in front of the new header.
func TestVTEPStripsTags(t *testing.T) {
	for n, mac := range map[int]string{1: pt.MACb, 2: macSix} {
		tags := []pt.Layer{pt.VLAN{ID: 7}, pt.VLAN{ID: 8}}[:n]
		rig := vtepRig(nil)
		rig.Config.VLAN = pipeline.VLANStrip
		frame := func(tags ...pt.Layer) []byte {
			return pt.Frame(append(append([]pt.Layer{fromA(), pt.Eth{Dst: mac}}, tags...), pt.IPv4{}, pt.UDP{Src: 1, Dst: 2}, pt.Payload("tagged"))...)
		}
		result := rig.Run(frame(tags...))
		_, inner := outerOf(t, result.Sent[0].Bytes, result.Sent[0].Out)
		if want := frame()[50:]; !bytes.Equal(inner, want) {
			t.Errorf("%s: %x, want %x", fmt.Sprint(n, " tags"), inner, want)
		}
	}
}
