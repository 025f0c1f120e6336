package pipeline_test

import (
	"testing"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

// tunnelKinds are the ways to carry an IPv4 packet inside an IPv4 packet, with
// the identifier that they carry.
func tunnelKinds() map[string]struct {
	layers []pt.Layer
	id     uint32
} {
	type kind = struct {
		layers []pt.Layer
		id     uint32
	}
	return map[string]kind{
		"IP in IP":      {nil, 0},
		"GRE":           {[]pt.Layer{pt.GRE{}}, 0},
		"GRE, all":      {[]pt.Layer{pt.GRE{Key: 0xa1b2c3d4, Seq: true, Checksum: true}}, 0xb2c3d4},
		"GRE, Ethernet": {[]pt.Layer{pt.GRE{Key: 5}, pt.Eth{}}, 5},
		"VXLAN":         {[]pt.Layer{pt.UDP{Src: 9, Dst: 4789}, pt.VXLANHeader{VNI: 777}, pt.Eth{}}, 777},
		"Geneve":        {[]pt.Layer{pt.UDP{Src: 9, Dst: 6081}, pt.Geneve{VNI: 9, Options: make([]byte, 12)}, pt.Eth{}}, 9},
		"Geneve, IP":    {[]pt.Layer{pt.UDP{Src: 9, Dst: 6081}, pt.Geneve{VNI: 9}}, 9},
	}
}

// nest puts a packet into so many tunnels of one kind.
func nest(kind []pt.Layer, depth int) []byte {
	layers := []pt.Layer{pt.VXLAN{VNI: 100, Group: 17}, pt.Eth{}}
	for range depth {
		layers = append(append(layers, pt.IPv4{Src: "172.16.0.1", Dst: "172.16.0.2"}), kind...)
	}
	return pt.Frame(append(layers, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}, pt.Payload("hi"))...)
}

func TestNestedIsJudgedAtEachLevel(t *testing.T) {
	for name, kind := range tunnelKinds() {
		for depth := 1; depth <= pipeline.MaxNested; depth++ {
			t.Run(name, func(t *testing.T) {
				rig := pt.Rig{Config: smallConfig()}
				rig.Config.NestedDepth = pipeline.MaxNested
				frame := nest(kind.layers, depth)
				seen, result := views(rig, frame)
				allUnchanged(t, result, one(frame))
				if len(seen) != depth+1 {
					t.Fatalf("judged at %d levels, want %d", len(seen), depth+1)
				}
				want := udp4(func(v *view) { v.Depth, v.Group, v.Nested = depth, 17, uint32(depth)<<24|kind.id })
				if seen[depth] != want {
					t.Errorf("innermost %+v, want %+v", seen[depth], want)
				}
				for level, v := range seen {
					if v.VNI != 100 || v.Depth != level || level < depth && v.Src != "172.16.0.1" {
						t.Errorf("level %d: %+v", level, v)
					}
				}
				if n := result.Counters.Nested; n != uint64(depth) {
					t.Errorf("%d tunnels counted, want %d", n, depth)
				}
			})
		}
	}
}

func TestNestedDeniedAtEachLevel(t *testing.T) {
	const depth = 2
	for level := range depth + 1 {
		stage := pt.DenyIf(func(p *pipeline.Packet) bool { return p.Depth() == level })
		result := pt.Run(smallConfig(), []pipeline.Stage{stage}, nest(nil, depth))
		if got := result.Outcomes[0]; got != (pt.Outcome{Stage: "deny-if", Reason: pipeline.SegmentDenied}) {
			t.Errorf("level %d denied: %s", level, got)
		}
		if n := len(result.Starts); n != level+1 {
			t.Errorf("level %d denied: %d flows", level, n)
		}
	}
}

func TestNestedLimit(t *testing.T) {
	for limit := range 4 {
		rig := pt.Rig{Config: smallConfig()}
		rig.Config.NestedDepth = limit
		seen, result := views(rig, nest(nil, limit), nest(nil, limit+1))
		if len(seen) != 2*(limit+1) {
			t.Errorf("limit %d: stage saw %d packets", limit, len(seen))
		}
		if !result.Outcomes[0].Forwarded || result.Outcomes[1].Reason != pipeline.NestedDepth {
			t.Errorf("limit %d: %v", limit, result.Outcomes)
		}
	}
	rig := pt.Rig{Config: smallConfig()}
	rig.Config.NestedDepth = 100
	_, result := views(rig, nest(nil, pipeline.MaxNested+1))
	if result.Outcomes[0].Reason != pipeline.NestedDepth {
		t.Errorf("more than MaxNested: %s", result.Outcomes[0])
	}
}

func TestNestedPass(t *testing.T) {
	rig := pt.Rig{Config: smallConfig()}
	rig.Config.Nested = pipeline.NestedPass
	frames := [][]byte{nest(nil, 1), v100(pt.IPv4{}, pt.UDP{Dst: 4789}, pt.Payload("no VXLAN"))}
	seen, result := views(rig, frames...)
	allUnchanged(t, result, frames)
	if len(seen) != 2 || result.Counters.Uninspected[pipeline.NestedTunnel].Packets != 2 {
		t.Errorf("stage saw %+v, uninspected %+v", seen, result.Counters.Uninspected[pipeline.NestedTunnel])
	}
	want := pt.Outcome{Forwarded: true, Stage: "seen", Reason: pipeline.NestedTunnel}
	if result.Outcomes[0] != want {
		t.Errorf("%s, want %s", result.Outcomes[0], want)
	}
}

func TestNoTunnels(t *testing.T) {
	for name, layers := range map[string][]pt.Layer{
		"PPTP":              {pt.IPv4{}, pt.GRE{Version: 1}, pt.Payload("ppp")},
		"port 4789 in TCP":  {pt.IPv4{}, pt.TCP{Src: 1, Dst: 4789, Flags: "S"}},
		"from port 4789":    {pt.IPv4{}, pt.UDP{Src: 4789, Dst: 1}, pt.Zeros(40)},
		"ICMP about tunnel": {back, pt.ICMP{Type: 3}, pt.Quote(28, pt.IPv4{}, pt.IPv4{}, pt.UDP{})},
	} {
		seen, result := views(pt.Rig{Config: smallConfig()}, v100(layers...))
		if len(seen) != 1 || result.Counters.Nested != 0 || !result.Outcomes[0].Forwarded {
			t.Errorf("%s: stage saw %+v, %s", name, seen, result.Outcomes[0])
		}
	}
}

func TestNestedIPv6AndControl(t *testing.T) {
	seen, _ := views(pt.Rig{Config: smallConfig()},
		v100(pt.IPv6{}, pt.IPv6{Src: "fd00::1", Dst: "fd00::2"}, pt.TCP{Src: 1, Dst: 2, Flags: "S"}),
		v100(pt.IPv4{}, pt.GRE{}, pt.Eth{}, pt.VLAN{ID: 6}, pt.ARP{}),
		v100(pt.IPv4{}, pt.GRE{}, pt.Payload("neither IP nor Ethernet")))
	if len(seen) != 6 {
		t.Fatalf("stage saw %+v", seen)
	}
	if v := seen[1]; v.Src != "fd00::1" || v.Proto != wire.ProtoTCP || v.Nested != 1<<24 {
		t.Errorf("IPv6 in IPv6: %+v", v)
	}
	if v := seen[3]; v != (view{VNI: 100, VLAN: 6, Nested: 1 << 24, Depth: 1, ARP: true, NotIP: true}) {
		t.Errorf("ARP in GRE: %+v", v)
	}
	if v := seen[5]; v != (view{VNI: 100, Nested: 1 << 24, Depth: 1, NotIP: true}) {
		t.Errorf("LLDP in GRE: %+v", v)
	}
}

// In a plain capture a VXLAN packet is a tunnel like any other.
func TestNestedInPlain(t *testing.T) {
	rig := plainRig(pipeline.LinkEthernet)
	seen, _ := views(rig, pt.Frame(pt.VXLAN{VNI: 5}, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}, pt.Payload("hi")))
	want := udp4(func(v *view) { v.Depth, v.Nested, v.Plain = 1, 1<<24|5, true })
	if len(seen) != 2 || seen[1] != want {
		t.Errorf("stage saw %+v, want %+v", seen, want)
	}
}
