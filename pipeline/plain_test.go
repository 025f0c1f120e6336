package pipeline_test

import (
	"testing"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

func plainRig(link pipeline.LinkType) pt.Rig {
	cfg := smallConfig()
	cfg.Plain, cfg.PlainVNI = true, 100
	return pt.Rig{Config: cfg, Link: link}
}

func TestPlain(t *testing.T) {
	u, hi := pt.UDP{Src: 5000, Dst: 53}, pt.Payload("hi")
	tests := map[string]struct {
		link  pipeline.LinkType
		frame []byte
		want  view
	}{
		"Ethernet":     {pipeline.LinkEthernet, pt.Frame(pt.Eth{}, pt.IPv4{}, u, hi), udp4(nil)},
		"Ethernet, 6":  {pipeline.LinkEthernet, pt.Frame(pt.Eth{}, pt.IPv6{}, u, hi), udp6(nil)},
		"tagged":       {pipeline.LinkEthernet, pt.Frame(pt.Eth{}, pt.VLAN{ID: 5}, pt.IPv4{}, u, hi), udp4(func(v *view) { v.VLAN = 5 })},
		"raw":          {pipeline.LinkRaw, pt.Frame(pt.IPv4{}, u, hi), udp4(nil)},
		"raw, 6":       {pipeline.LinkRaw, pt.Frame(pt.IPv6{}, u, hi), udp6(nil)},
		"loopback":     {pipeline.LinkNull, pt.Frame(pt.Null{}, pt.IPv4{}, u, hi), udp4(nil)},
		"loopback, 6":  {pipeline.LinkNull, pt.Frame(pt.Null{}, pt.IPv6{}, u, hi), udp6(nil)},
		"cooked":       {pipeline.LinkSLL, pt.Frame(pt.Cooked{}, pt.IPv4{}, u, hi), udp4(nil)},
		"cooked, 6":    {pipeline.LinkSLL, pt.Frame(pt.Cooked{}, pt.IPv6{}, u, hi), udp6(nil)},
		"cooked v2":    {pipeline.LinkSLL2, pt.Frame(pt.Cooked{V2: true}, pt.IPv4{}, u, hi), udp4(nil)},
		"cooked v2, 6": {pipeline.LinkSLL2, pt.Frame(pt.Cooked{V2: true}, pt.IPv6{}, u, hi), udp6(nil)},
		"cooked ARP":   {pipeline.LinkSLL, pt.Frame(pt.Cooked{}, pt.ARP{}), view{VNI: 100, ARP: true, NotIP: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.want.Plain = true
			seen, result := views(plainRig(test.link), test.frame)
			if len(seen) != 1 || seen[0] != test.want {
				t.Errorf("stage saw %+v (%s), want %+v", seen, result.Outcomes[0], test.want)
			}
			allUnchanged(t, result, one(test.frame))
		})
	}
}

func TestPlainTooShort(t *testing.T) {
	links := []pipeline.LinkType{pipeline.LinkEthernet, pipeline.LinkRaw, pipeline.LinkNull, pipeline.LinkSLL, pipeline.LinkSLL2}
	heads := [][]byte{
		pt.Frame(pt.Eth{}, pt.IPv4{}, pt.UDP{}), pt.Frame(pt.IPv4{}, pt.UDP{}), pt.Frame(pt.Null{}, pt.IPv4{}, pt.UDP{}),
		pt.Frame(pt.Cooked{}, pt.IPv4{}, pt.UDP{}), pt.Frame(pt.Cooked{V2: true}, pt.IPv4{}, pt.UDP{}),
	}
	for i, link := range links {
		whole := heads[i]
		for n := range len(whole) - 28 { // up to the last byte in front of the IP header
			result := plainRig(link).Run(whole[:n])
			if got := result.Outcomes[0].Reason; got != pipeline.InnerShort {
				t.Errorf("link type %d, %d bytes: %s", link, n, got)
			}
		}
	}
}

// VXLAN arrives over every link that a capture file may have.
func TestVXLANOverEveryLink(t *testing.T) {
	ip := []pt.Layer{pt.IPv4{Src: pt.VTEPa, Dst: pt.VTEPb}, pt.UDP{Src: 50000, Dst: 4789}, pt.VXLANHeader{VNI: 100},
		pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53}, pt.Payload("hi")}
	for link, head := range map[pipeline.LinkType][]pt.Layer{
		pipeline.LinkRaw: nil, pipeline.LinkNull: {pt.Null{}}, pipeline.LinkSLL: {pt.Cooked{}}, pipeline.LinkSLL2: {pt.Cooked{V2: true}},
	} {
		frame := pt.Frame(append(head, ip...)...)
		seen, result := views(pt.Rig{Config: smallConfig(), Link: link}, frame)
		if len(seen) != 1 || seen[0] != udp4(nil) {
			t.Errorf("link type %d: stage saw %+v (%s)", link, seen, result.Outcomes[0])
		}
		allUnchanged(t, result, one(frame))
	}
}

func TestTimeNeverGoesBack(t *testing.T) {
	frame := v100(pt.IPv4{}, pt.UDP{Src: 5000, Dst: 53})
	var times []int64
	rig := pt.Rig{Config: smallConfig(), Stages: []pipeline.Stage{pt.Seen(func(p *pipeline.Packet) { times = append(times, p.Time()) })}}
	rig.RunInputs(pt.Input{Bytes: frame, Time: 50}, pt.Input{Bytes: frame, Time: 20}, pt.Input{Bytes: frame, Time: -1},
		pt.Input{Bytes: frame, Time: 1<<63 - 1}, pt.Input{Bytes: frame, Time: 60})
	want := []int64{50, 50, 50, 50, 60}
	for i := range want {
		if times[i] != want[i] {
			t.Fatalf("times %v, want %v", times, want)
		}
	}
}
