package pipeline_test

import (
	"net"
	"net/netip"
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/overlay"
	pt "vxwall/pipeline/pipelinetest"
)

// The overlay of the tests: we are vtepUs; A and B are the VTEPs of the two hosts
// (pt.MACa, pt.MACb), C and Six have one host each. All are in one network.
const (
	vtepUs, vtepUs6 = "192.0.2.100", "fd00:6::100"
	vtepC, vtepSix  = "192.0.2.3", "fd00:6::6"
	macC, macSix    = "02:00:00:00:01:0c", "02:00:00:00:01:06"
	macNobody       = "02:00:00:00:01:ee"
	everybody       = "ff:ff:ff:ff:ff:ff"
)

// Indexes of the peers.
const (
	peerA = iota
	peerB
	peerC
	peerSix
)

func address(text string) [16]byte { return netip.MustParseAddr(text).As16() }

func hardware(text string) [6]byte {
	mac, err := net.ParseMAC(text)
	if err != nil {
		panic(err)
	}
	return [6]byte(mac)
}

// spec is the overlay of the tests. Peer i leaves by port i of the link.
func spec() *overlay.Spec {
	s := &overlay.Spec{
		Own: []overlay.Endpoint{
			{Address: address(vtepUs), MAC: hardware("02:00:00:00:00:64"), MTU: 1500},
			{Address: address(vtepUs6), MAC: hardware("02:00:00:00:00:66"), MTU: 1500, Out: 3},
		},
		Networks: []overlay.Network{{
			ID: 100, Flood: []int{peerA, peerB, peerC, peerSix}, Unknown: overlay.UnknownFlood, Learn: true,
			Entries: []overlay.Entry{
				{MAC: hardware(pt.MACa), Peer: peerA}, {MAC: hardware(pt.MACb), Peer: peerB},
				{MAC: hardware(macC), Peer: peerC}, {MAC: hardware(macSix), Peer: peerSix},
			},
		}},
	}
	for i, text := range []string{pt.VTEPa, pt.VTEPb, vtepC, vtepSix} {
		p := overlay.Peer{
			Address: address(text), Port: 4789, Source: address(vtepUs), NextHop: [6]byte{2, 0, 0, 0, 9, byte(i)},
			Via: true, Out: i, MAC: hardware("02:00:00:00:00:64"),
		}
		if text == vtepSix {
			p.Source = address(vtepUs6)
		}
		s.Peers = append(s.Peers, p)
	}
	return s
}

// vtepConfig is a configuration with an overlay.
func vtepConfig(s *overlay.Spec) pipeline.Config {
	cfg := smallConfig()
	cfg.PassNotVXLAN = false
	cfg.Overlay = overlay.New(overlay.Config{Entries: 64, PerNetwork: 32, Ageing: 300e9, Seed: [2]uint64{3, 4}})
	if err := cfg.Overlay.Publish(s); err != nil {
		panic(err)
	}
	return cfg
}

// vtepRig is a VTEP, with the overlay of the tests as change leaves it.
func vtepRig(change func(*overlay.Spec)) pt.Rig {
	s := spec()
	if change != nil {
		change(s)
	}
	return pt.Rig{Config: vtepConfig(s), Stages: []pipeline.Stage{pt.AllowAll()}, Room: 64}
}

// fromA is the tunnel from A to us, fromSix that from Six.
func fromA() pt.VXLAN   { return pt.VXLAN{VNI: 100, From: pt.VTEPa, To: vtepUs} }
func fromSix() pt.VXLAN { return pt.VXLAN{VNI: 100, V6: true, From: vtepSix, To: vtepUs6} }

// udpTo is a packet from A's host to a MAC address.
func udpTo(mac string) []byte {
	return pt.Frame(fromA(), pt.Eth{Dst: mac}, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 9999}, pt.Payload("query"))
}

func vtepRefusals() map[string]refusal {
	with := func(change func(*overlay.Spec), config ...func(*pipeline.Config)) func(*pipeline.Config) {
		return func(c *pipeline.Config) {
			s := spec()
			if change != nil {
				change(s)
			}
			*c = vtepConfig(s)
			for _, f := range config {
				f(c)
			}
		}
	}
	from := func(v pt.VXLAN) [][]byte { return one(pt.Frame(v, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 9999})) }
	changed := func(change func(*pt.VXLAN)) [][]byte {
		v := fromA()
		change(&v)
		return from(v)
	}
	grouped := func(s *overlay.Spec) { s.Peers[peerA].Group, s.Peers[peerB].Group = 7, 7 }
	long := one(pt.Frame(fromA(), pt.Eth{}, pt.IPv4{}, pt.UDP{}, pt.Zeros(1500)))
	return map[string]refusal{
		"to another VTEP":   {reason: pipeline.NotForUs, config: with(nil), frames: changed(func(v *pt.VXLAN) { v.To = pt.VTEPb })},
		"from ourselves":    {reason: pipeline.OwnPacket, config: with(nil), frames: changed(func(v *pt.VXLAN) { v.From = vtepUs })},
		"from a stranger":   {reason: pipeline.VTEPUnknown, config: with(nil), frames: changed(func(v *pt.VXLAN) { v.From = "192.0.2.77" })},
		"from another port": {reason: pipeline.VTEPUnknown, config: with(nil, func(c *pipeline.Config) { c.Ports = []uint16{4789, 8472} }), frames: changed(func(v *pt.VXLAN) { v.Port = 8472 })},
		"in no network":     {reason: pipeline.UnknownVNI, config: with(nil), frames: changed(func(v *pt.VXLAN) { v.VNI = 101 })},
		"unknown receiver": {reason: pipeline.UnknownMAC, stage: "encap", frames: one(udpTo(macNobody)),
			config: with(func(s *overlay.Spec) { s.Networks[0].Unknown = overlay.UnknownDrop })},
		"no next hop": {reason: pipeline.Unreachable, stage: "encap", frames: one(udpTo(pt.MACb)),
			config: with(func(s *overlay.Spec) { s.Peers[peerB].NextHop = [6]byte{} })},
		"no VNI there": {reason: pipeline.Unreachable, stage: "encap", frames: one(udpTo(pt.MACb)),
			config: with(func(s *overlay.Spec) {
				s.Peers[peerB].Side, s.Networks[0].VNIs = 1, []overlay.VNI{{Side: 0, VNI: 100}}
			})},
		"back where it came from": {reason: pipeline.Returning, stage: "encap", config: with(nil), frames: one(udpTo(pt.MACa))},
		"within a group":          {reason: pipeline.SplitHorizon, stage: "encap", config: with(grouped), frames: one(udpTo(pt.MACb))},
		"flooded to nobody": {reason: pipeline.NoReceiver, stage: "encap", frames: one(udpTo(everybody)),
			config: with(func(s *overlay.Spec) { s.Networks[0].Flood = []int{peerA} })},
		"too big":     {reason: pipeline.TooBig, stage: "encap", config: with(nil), frames: long},
		"no headroom": {reason: pipeline.NoHeadroom, stage: "encap", config: with(nil), frames: one(udpTo(macSix))},
		"congestion":  {reason: pipeline.Congestion, stage: "encap", config: with(nil), frames: changed(func(v *pt.VXLAN) { v.TOS = overlay.CE })},
	}
}

// What a VTEP cannot send is dropped in monitor mode too, and what it refuses at its
// door has no way out of it.
func TestVTEPRefusesInMonitorMode(t *testing.T) {
	for name, r := range vtepRefusals() {
		t.Run(name, func(t *testing.T) {
			rig := r.rig()
			rig.Monitor = true
			result := rig.Run(r.frames...)
			want := pt.Outcome{Stage: "encap", Reason: r.reason}
			if got := result.Outcomes[0]; got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}

// What is not for this VTEP passes, if that is the choice, as it is.
func TestNotForUsPasses(t *testing.T) {
	for name, frame := range map[string][]byte{
		"another VTEP": pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{}, pt.UDP{}),
		"ARP":          pt.Frame(pt.Eth{}, pt.ARP{}),
	} {
		rig := vtepRig(nil)
		rig.Config.PassNotVXLAN = true
		result := rig.Run(frame)
		allUnchanged(t, result, [][]byte{frame})
		if _, ok := result.Sent[0].Out.Port(); ok {
			t.Errorf("%s: leaves by a port of its own", name)
		}
	}
}
