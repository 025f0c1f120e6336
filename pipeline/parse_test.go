package pipeline_test

import (
	"net/netip"
	"testing"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

// view is what a stage sees of a packet.
type view struct {
	VNI, VLAN, Nested uint32
	Src, Dst          string
	Sport, Dport      uint16
	ICMP              uint16
	Proto             uint8
	Payload           string
	Group             uint16
	Depth             int
	ARP, NotIP        bool
	Plain             bool
}

func look(p *pipeline.Packet) view {
	group, _ := p.Group()
	v := view{
		VNI: p.VNI(), VLAN: p.Flow.VLAN, Nested: p.Flow.Nested, Group: group, Depth: p.Depth(),
		ARP: p.IsARP(), NotIP: !p.IsIP(), Plain: !p.Encapsulated(),
	}
	if !p.IsIP() {
		return v
	}
	k := &p.Flow
	v.Src, v.Dst = netip.AddrFrom16(k.Src).Unmap().String(), netip.AddrFrom16(k.Dst).Unmap().String()
	v.Sport, v.Dport, v.ICMP, v.Proto, v.Payload = k.SrcPort, k.DstPort, k.ICMP, k.Proto, string(p.Payload())
	return v
}

// views runs frames through an appliance that allows all and returns what its
// stage saw.
func views(rig pt.Rig, frames ...[]byte) (seen []view, result *pt.Result) {
	rig.Stages = append(rig.Stages, pt.Seen(func(p *pipeline.Packet) { seen = append(seen, look(p)) }))
	result = rig.Run(frames...)
	return seen, result
}

// udp4 and udp6 are what a stage sees of the frames below that carry UDP.
func udp4(change func(*view)) view {
	v := view{VNI: 100, Src: "10.1.0.5", Dst: "10.2.0.9", Sport: 5000, Dport: 53, Proto: wire.ProtoUDP, Payload: "hi"}
	if change != nil {
		change(&v)
	}
	return v
}

func udp6(change func(*view)) view {
	v := udp4(change)
	v.Src, v.Dst = "2001:db8:1::5", "2001:db8:2::9"
	return v
}

func TestParse(t *testing.T) {
	u, hi := pt.UDP{Src: 5000, Dst: 53}, pt.Payload("hi")
	four := []pt.Layer{pt.IPv4{}, u, hi}
	tests := map[string]struct {
		frame []byte
		want  view
	}{
		"4 in 4":              {v100(four...), udp4(nil)},
		"6 in 4":              {v100(pt.IPv6{}, u, hi), udp6(nil)},
		"4 in 6":              {vx(pt.VXLAN{VNI: 100, V6: true}, four...), udp4(nil)},
		"6 in 6, no checksum": {vx(pt.VXLAN{VNI: 100, V6: true, NoChecksum: true}, pt.IPv6{}, u, hi), udp6(nil)},
		"outer checksum":      {vx(pt.VXLAN{VNI: 100, Checksum: true}, four...), udp4(nil)},
		"outer tag":           {vx(pt.VXLAN{VNI: 100, VLAN: 12}, four...), udp4(nil)},
		"outer extensions":    {vx(pt.VXLAN{VNI: 100, V6: true, Ext: make([]pt.Ext, 8)}, four...), udp4(nil)},
		"outer padding":       {append(v100(four...), 0, 0, 0, 0), udp4(nil)},
		"largest VNI":         {vx(pt.VXLAN{VNI: 0xffffff}, four...), udp4(func(v *view) { v.VNI = 0xffffff })},
		"VNI 0":               {vx(pt.VXLAN{}, four...), udp4(func(v *view) { v.VNI = 0 })},
		"group":               {vx(pt.VXLAN{VNI: 100, Group: 17, Applied: true}, four...), udp4(func(v *view) { v.Group = 17 })},
		"group without G":     {vx(pt.VXLAN{VNI: 100, Group: 17, Flags: 8}, four...), udp4(nil)},
		"reserved bits":       {vx(pt.VXLAN{VNI: 100, Flags: 0x78, Reserved: 0xff}, four...), udp4(nil)},
		"tag":                 {v100(pt.VLAN{ID: 7}, pt.IPv4{}, u, hi), udp4(func(v *view) { v.VLAN = 7 })},
		"tag with priority":   {v100(pt.VLAN{ID: 0xe007}, pt.IPv4{}, u, hi), udp4(func(v *view) { v.VLAN = 7 })},
		"QinQ":                {v100(pt.VLAN{ID: 7, Outer: true}, pt.VLAN{ID: 8}, pt.IPv4{}, u, hi), udp4(func(v *view) { v.VLAN = 7<<16 | 8 })},
		"old QinQ":            {vx9100(u, hi), udp4(func(v *view) { v.VLAN = 7<<16 | 8 })},
		"IPv4 options":        {v100(pt.IPv4{Options: make([]byte, 40)}, u, hi), udp4(nil)},
		"IP padding":          {v100(pt.IPv4{Len: 30}, pt.UDP{Src: 5000, Dst: 53, Len: 10}, hi, pt.Payload("padding")), udp4(nil)},
		"UDP padding":         {v100(pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53, Len: 10}, hi, pt.Payload("padding")), udp4(nil)},
		"extensions": {v100(pt.IPv6{}, pt.Ext{Proto: 0}, pt.Ext{Proto: 60, Body: make([]byte, 30)}, pt.Ext{Proto: 43, Body: []byte{4, 0}}, u, hi),
			udp6(nil)},
		"eight extensions":  {v100(append(append([]pt.Layer{pt.IPv6{}}, extensions(8)...), u, hi)...), udp6(nil)},
		"atomic fragment":   {v100(pt.IPv6{}, pt.Fragment6{ID: 3}, u, hi), udp6(nil)},
		"used source route": {v100(pt.IPv6{}, pt.Ext{Proto: 43, Body: []byte{0, 0}}, u, hi), udp6(nil)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			seen, result := views(pt.Rig{Config: smallConfig()}, test.frame)
			if len(seen) != 1 || seen[0] != test.want {
				t.Errorf("stage saw %+v (%s), want %+v", seen, result.Outcomes[0], test.want)
			}
			allUnchanged(t, result, one(test.frame))
		})
	}
}

func vx(v pt.VXLAN, layers ...pt.Layer) []byte {
	return pt.Frame(append([]pt.Layer{v, pt.Eth{}}, layers...)...)
}

// vx9100 is a QinQ frame whose service tag has the EtherType from before
// IEEE 802.1ad.
func vx9100(layers ...pt.Layer) []byte {
	head := []pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{Type: wire.TypeQinQOld}, pt.VLAN{ID: 7}, pt.VLAN{ID: 8}, pt.IPv4{}}
	return pt.Frame(append(head, layers...)...)
}

func TestParseTransports(t *testing.T) {
	view4 := func(proto uint8, change func(*view)) view {
		v := view{VNI: 100, Src: "10.1.0.5", Dst: "10.2.0.9", Proto: proto}
		change(&v)
		return v
	}
	tests := map[string]struct {
		frame []byte
		want  view
	}{
		"TCP with options": {v100(pt.IPv4{}, pt.TCP{Src: 1, Dst: 2, Flags: "S", Options: make([]byte, 40)}, pt.Payload("early")),
			view4(wire.ProtoTCP, func(v *view) { v.Sport, v.Dport, v.Payload = 1, 2, "early" })},
		"SCTP": {v100(pt.IPv4{}, pt.SCTP{Src: 3, Dst: 4}, pt.Payload("chunk")),
			view4(wire.ProtoSCTP, func(v *view) { v.Sport, v.Dport, v.Payload = 3, 4, "chunk" })},
		"echo": {v100(pt.IPv4{}, pt.ICMP{Type: 8, ID: 77}, pt.Payload("ping")),
			view4(wire.ProtoICMP, func(v *view) { v.Sport, v.Dport, v.ICMP, v.Payload = 77, 78, 8<<8, "ping" })},
		"timestamp": {v100(pt.IPv4{}, pt.ICMP{Type: 13, ID: 0xffff}),
			view4(wire.ProtoICMP, func(v *view) { v.Sport, v.Dport, v.ICMP = 0xffff, 0, 13<<8 })},
		"redirect": {v100(pt.IPv4{}, pt.ICMP{Type: 5, Code: 1, ID: 77}),
			view4(wire.ProtoICMP, func(v *view) { v.ICMP = 5<<8 | 1 })},
		"unknown protocol": {v100(pt.IPv4{Proto: 253}, pt.Payload("?")),
			view4(253, func(v *view) { v.Payload = "?" })},
		"AH is a protocol": {v100(pt.IPv4{Proto: wire.ProtoAH}, pt.Zeros(2)),
			view4(wire.ProtoAH, func(v *view) { v.Payload = "\x00\x00" })},
		"no next header": {v100(pt.IPv6{Next: wire.ProtoNoNext}),
			view{VNI: 100, Src: "2001:db8:1::5", Dst: "2001:db8:2::9", Proto: wire.ProtoNoNext}},
		"ARP":           {v100(pt.ARP{}), view{VNI: 100, ARP: true, NotIP: true}},
		"tagged ARP":    {v100(pt.VLAN{ID: 3}, pt.ARP{}), view{VNI: 100, VLAN: 3, ARP: true, NotIP: true}},
		"LLDP":          {v100(pt.Payload("chassis")), view{VNI: 100, NotIP: true}},
		"empty, no IP":  {pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}), view{VNI: 100, NotIP: true}},
		"three tags":    {v100(pt.VLAN{ID: 1}, pt.VLAN{ID: 2}, pt.VLAN{ID: 3}, pt.IPv4{}, pt.UDP{}), view{VNI: 100, VLAN: 1<<16 | 2, NotIP: true}},
		"IEEE 802.3":    {pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{Type: 38}, pt.Zeros(38)), view{VNI: 100, NotIP: true}},
		"ICMP, no code": {v100(pt.IPv4{}, pt.ICMP{Type: 3, Code: 1}), view4(wire.ProtoICMP, func(v *view) { v.ICMP = 3<<8 | 1 })},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			seen, result := views(pt.Rig{Config: smallConfig()}, test.frame)
			if len(seen) != 1 || seen[0] != test.want {
				t.Errorf("stage saw %+v (%s), want %+v", seen, result.Outcomes[0], test.want)
			}
		})
	}
}

func TestPorts(t *testing.T) {
	frame := func(port uint16) []byte {
		return pt.Frame(pt.VXLAN{VNI: 100, Port: port}, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}, pt.Payload("hi"))
	}
	cfg := smallConfig()
	cfg.Ports = []uint16{4789, 8472}
	seen, result := views(pt.Rig{Config: cfg}, frame(4789), frame(8472), frame(4790))
	if len(seen) != 2 {
		t.Errorf("%d packets were looked into", len(seen))
	}
	want := pt.Outcome{Forwarded: true, Stage: "decap", Reason: pipeline.NotVXLAN}
	if result.Outcomes[2] != want || result.Counters.Uninspected[pipeline.NotVXLAN].Packets != 1 {
		t.Errorf("another port: %s", result.Outcomes[2])
	}
}

func TestPassUninspected(t *testing.T) {
	arp := pt.Frame(pt.Eth{}, pt.ARP{})
	fragment := pt.Frame(pt.Eth{}, pt.IPv4{More: true}, pt.UDP{Dst: 4789}, pt.Zeros(64))
	cfg := smallConfig()
	cfg.PassOuterFragment = true
	seen, result := views(pt.Rig{Config: cfg}, arp, fragment)
	if len(seen) != 0 {
		t.Errorf("stages saw %+v", seen)
	}
	allUnchanged(t, result, [][]byte{arp, fragment})
	if u := result.Counters.Uninspected; u[pipeline.NotVXLAN].Bytes != uint64(len(arp)) || u[pipeline.OuterFragment].Packets != 1 {
		t.Errorf("uninspected: %+v", u)
	}
}

func TestReservedBitsAreCountedOnce(t *testing.T) {
	v := pt.VXLAN{VNI: 100, Reserved: 1}
	pieces := pt.Split([]pt.Layer{v, pt.Eth{}, pt.IPv4{}, pt.UDP{}, pt.Zeros(56)}, 32)
	_, result := views(pt.Rig{Config: smallConfig()}, append(pieces, pt.Frame(v, pt.Eth{}, pt.IPv4{}, pt.UDP{}), v100(pt.IPv4{}, pt.UDP{}))...)
	if result.Counters.Reserved != 3 {
		t.Errorf("%d frames with reserved bits, want 3", result.Counters.Reserved)
	}
}
