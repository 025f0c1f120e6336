package pipeline_test

import (
	"fmt"
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/overlay"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

// loadBalancer is an overlay with the two tunnels of a gateway load balancer, which has
// the address of A: UDP port 10800 and VNI 800 inside, 10801 and 801 outside.
func loadBalancer(s *overlay.Spec) {
	inside, outside := s.Peers[peerA], s.Peers[peerA]
	inside.Port, outside.Port, outside.Side = 10800, 10801, 1
	s.Peers = append(s.Peers, inside, outside)
	s.Networks = append(s.Networks, overlay.Network{ID: 800, VNIs: []overlay.VNI{{Side: 0, VNI: 800}, {Side: 1, VNI: 801}}, Pair: &[2]int{4, 5}})
}

// fabrics is an overlay where B's fabric calls network 100 by another VNI.
func fabrics(s *overlay.Spec) {
	s.Peers[peerB].Side, s.Networks[0].VNIs = 1, []overlay.VNI{{Side: 0, VNI: 100}, {Side: 1, VNI: 5100}}
}

// Both directions of a connection are one flow, whatever VNI and UDP port each has on
// the wire; each leaves with those of the other side.
func TestVTEPMapsBothDirections(t *testing.T) {
	tests := map[string]struct {
		change      func(s *overlay.Spec)
		there, back pt.VXLAN
		network     uint32
	}{
		"two fabrics": {fabrics, fromA(), pt.VXLAN{VNI: 5100, From: pt.VTEPb, To: vtepUs}, 100},
		"load balancer": {loadBalancer, pt.VXLAN{VNI: 801, Port: 10801, From: pt.VTEPa, To: vtepUs},
			pt.VXLAN{VNI: 800, Port: 10800, From: pt.VTEPa, To: vtepUs}, 800},
		"load balancer, broadcast": {loadBalancer, pt.VXLAN{VNI: 801, Port: 10801, From: pt.VTEPa, To: vtepUs},
			pt.VXLAN{VNI: 800, Port: 10800, From: pt.VTEPa, To: vtepUs}, 800},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rig := vtepRig(test.change)
			rig.Config.Ports = []uint16{4789, 10800, 10801}
			to := pt.MACb
			if name == "load balancer, broadcast" {
				to = everybody
			}
			result := rig.Run(
				pt.Frame(test.there, pt.Eth{Dst: to}, pt.IPv4{}, pt.TCP{Src: 40000, Dst: 80, Seq: 1, Flags: "S"}),
				pt.Frame(test.back, pt.Eth{Src: pt.MACb, Dst: pt.MACa}, back, pt.TCP{Src: 80, Dst: 40000, Seq: 5, Ack: 2, Flags: "SA"}),
			)
			if len(result.Sent) != 2 || len(result.Starts) != 1 || result.Starts[0].Record.Key.VNI != test.network {
				t.Fatalf("%v, %d flows", result.Outcomes, len(result.Starts))
			}
			for i, out := range []pt.VXLAN{test.back, test.there} {
				p := result.Sent[i].Bytes
				udp, vxlan := wire.UDP(p[34:]), wire.VXLAN(p[42:])
				if vxlan.VNI() != out.VNI || udp.DstPort() != max(out.Port, 4789) {
					t.Errorf("packet %d leaves with port %d, VNI %d", i+1, udp.DstPort(), vxlan.VNI())
				}
			}
		})
	}
}

// Packets of a mapped network go to one worker in both directions.
func TestOwnerOfMappedNetworks(t *testing.T) {
	for name, change := range map[string]func(s *overlay.Spec){"mapped": fabrics, "not mapped": nil} {
		s := spec()
		if change != nil {
			change(s)
		}
		cfg := vtepConfig(s)
		for _, inner := range [][2]pt.Layer{{pt.IPv4{}, back}, {pt.IPv4{Options: make([]byte, 4)}, pt.IPv4{Src: back.Src, Dst: back.Dst, Options: make([]byte, 4)}}} {
			there, okA := pipeline.Owner(&cfg, pt.Frame(fromA(), pt.Eth{}, inner[0], pt.UDP{Src: 1, Dst: 2}), ownerSeed)
			here, okB := pipeline.Owner(&cfg, pt.Frame(pt.VXLAN{VNI: 5100, From: pt.VTEPb, To: vtepUs}, pt.Eth{}, inner[1], pt.UDP{Src: 2, Dst: 1}), ownerSeed)
			if !okA || !okB || (there == here) != (name == "mapped") {
				t.Errorf("%s: owners %x and %x", name, there, here)
			}
		}
	}
}

// moves remembers what the overlay reports.
type moves struct{ text []string }

func (m *moves) Moved(move overlay.Move) {
	m.text = append(m.text, fmt.Sprintf("%x from %d to %d", move.MAC[5], move.From[15], move.To[15]))
}

func (m *moves) Stranger(vtep [16]byte, _ uint16, vni uint32) {
	m.text = append(m.text, fmt.Sprintf("stranger %d in %d", vtep[15], vni))
}

// Who speaks from somewhere is found there; who then speaks from elsewhere is found
// there, and reported. What is denied teaches nothing, nor does what asks not to.
func TestVTEPLearns(t *testing.T) {
	const roamer = "02:00:00:00:01:77"
	speak := func(v pt.VXLAN) []byte {
		return pt.Frame(v, pt.Eth{Src: roamer, Dst: pt.MACa}, pt.IPv4{Src: "10.7.0.1"}, pt.UDP{Src: 1, Dst: 2})
	}
	fromB, fromC := pt.VXLAN{VNI: 100, From: pt.VTEPb, To: vtepUs}, pt.VXLAN{VNI: 100, From: vtepC, To: vtepUs}
	quiet := fromC
	quiet.Flags, quiet.Group = 0x88, 5
	dontLearn := speak(quiet)
	dontLearn[43] |= wire.GBPFlagD
	denied := pt.Frame(fromC, pt.Eth{Src: roamer, Dst: pt.MACa}, pt.IPv4{Src: "10.66.0.1"}, pt.UDP{Src: 1, Dst: 2})
	rig := vtepRig(nil)
	var watcher moves
	rig.Config.Overlay = overlay.New(overlay.Config{Entries: 64, PerNetwork: 32, Ageing: 300e9, Watcher: &watcher})
	if err := rig.Config.Overlay.Publish(spec()); err != nil {
		t.Fatal(err)
	}
	rig.Stages = []pipeline.Stage{pt.DenyIf(func(p *pipeline.Packet) bool { return p.Flow.Src[13] == 66 })}
	rig.Batch = 1
	stranger := fromB
	stranger.From = "192.0.2.77"
	result := rig.Run(speak(fromB), udpTo(roamer), dontLearn, denied, udpTo(roamer), speak(fromC), udpTo(roamer), speak(stranger))
	var to []string
	for _, s := range result.Sent {
		if !s.Copy && (s.Handle == 2 || s.Handle == 5 || s.Handle == 7) {
			o, _ := outerOf(t, s.Bytes, s.Out)
			to = append(to, o.vteps[len(vtepUs+"->"):])
		}
	}
	if got, want := fmt.Sprint(to), fmt.Sprint([]string{pt.VTEPb, pt.VTEPb, vtepC}); got != want {
		t.Errorf("sent to %s, want %s; %v", got, want, result.Outcomes)
	}
	if got, want := fmt.Sprint(watcher.text), "[77 from 2 to 3 stranger 77 in 100]"; got != want {
		t.Errorf("reported %s, want %s", got, want)
	}
}

// A new map is taken with the next batch. Held fragments leave by the map that is in
// force when their datagram is complete, or not at all if their sender is no peer then.
func TestVTEPTakesNewMap(t *testing.T) {
	pieces := pt.Split([]pt.Layer{fromA(), pt.Eth{}, pt.IPv4{ID: 5}, pt.UDP{Src: 5000, Dst: 9999}, message(120)}, 48, 96)
	frames := [][]byte{udpTo(pt.MACb), pieces[0], udpTo(pt.MACb), pieces[1], udpTo(pt.MACb), pieces[2]}
	run := func(change func(s *overlay.Spec)) (*pt.Queue, *pt.Recorder) {
		cfg := vtepConfig(spec())
		var current pipeline.Current
		var recorder pt.Recorder
		current.Publish(program(1, pt.AllowAll()))
		q := pt.NewQueue(frames...)
		q.Batch, q.Room = 2, 64
		q.BeforeRecv = func(next int) {
			if next != 2 {
				return
			}
			s := spec()
			change(s)
			if err := cfg.Overlay.Publish(s); err != nil {
				t.Fatal(err)
			}
		}
		if err := pipeline.NewWorker(cfg, q, &current, &recorder).Run(); err != nil {
			t.Fatal(err)
		}
		return q, &recorder
	}
	moved, _ := run(func(s *overlay.Spec) { s.Networks[0].Entries[1].Peer = peerSix })
	var out []int
	for _, s := range moved.Sent {
		port, _ := s.Out.Port()
		out = append(out, port)
	}
	if got := fmt.Sprint(out); got != "[1 3 3 3 3 3]" {
		t.Errorf("left by ports %s", got)
	}
	gone, recorder := run(func(s *overlay.Spec) { s.Peers[peerA].Address = address("192.0.2.50") })
	if len(gone.Sent) != 1 {
		t.Errorf("%d frames sent", len(gone.Sent))
	}
	for _, d := range recorder.Drops {
		if d.Reason != pipeline.VTEPUnknown && d.Reason != pipeline.FragmentTimeout {
			t.Errorf("%+v", d)
		}
	}
	if len(recorder.Drops) != 5 {
		t.Errorf("%d drops", len(recorder.Drops))
	}
}

// Marks of both headers are combined, and the inner checksum stays right.
func TestVTEPMarks(t *testing.T) {
	for name, test := range map[string]struct {
		ip   func(tos uint8) pt.Layer
		from pt.VXLAN
	}{
		"IPv4":             {func(tos uint8) pt.Layer { return pt.IPv4{TOS: tos} }, fromA()},
		"IPv6":             {func(tos uint8) pt.Layer { return pt.IPv6{TOS: tos} }, fromA()},
		"IPv4, underlay 6": {func(tos uint8) pt.Layer { return pt.IPv4{TOS: tos} }, fromSix()},
	} {
		for both := range 16 {
			inner, received := uint8(both>>2|10<<2), uint8(both&3|20<<2)
			v := test.from
			v.TOS = received
			rig := vtepRig(func(s *overlay.Spec) { s.Options.DSCP = overlay.DSCPUniform })
			result := rig.Run(pt.Frame(v, pt.Eth{Src: macNobody}, test.ip(inner), pt.UDP{Src: 1, Dst: 2}))
			wantInner, wantOuter, ok := (&overlay.Options{DSCP: overlay.DSCPUniform}).Remark(inner, received, true)
			if ok != result.Outcomes[0].Forwarded {
				t.Fatalf("%s, inner %#02x, outer %#02x: %s", name, inner, received, result.Outcomes[0])
			}
			if !ok {
				continue
			}
			o, carried := outerOf(t, result.Sent[0].Bytes, result.Sent[0].Out)
			if want := pt.Frame(pt.Eth{Src: macNobody}, test.ip(wantInner), pt.UDP{Src: 1, Dst: 2}); o.tos != wantOuter || string(carried) != string(want) {
				t.Errorf("%s, inner %#02x, outer %#02x: outer %#02x carries %x", name, inner, received, o.tos, carried)
			}
		}
	}
}

// tunnelKernel is a kernel that also writes outer headers.
type tunnelKernel struct {
	*kernel
	leaves []string
}

func (k *tunnelKernel) OffloadTo(p *pipeline.Packet, l *pipeline.Leave) bool {
	port, _ := l.Out.Port()
	k.leaves = append(k.leaves, fmt.Sprintf("%d by %d, revision %d, inner at %d, MTU %d: %x", p.Handle(), port, l.Revision, l.Inner, l.MTU, l.Header))
	return k.Offload(p)
}

// A flow is handed over with the header that its packets leave with. What is flooded
// stays here, as does what would need a checksum over all of it.
func TestVTEPOffloads(t *testing.T) {
	for name, test := range map[string]struct {
		change func(s *overlay.Spec)
		mac    string
		want   int
	}{"unicast": {nil, pt.MACb, 1}, "to IPv6": {nil, macSix, 1}, "flooded": {nil, macNobody, 0}, "checksum": {func(s *overlay.Spec) { s.Options.Checksum6 = true }, macSix, 0}, "mapped": {func(s *overlay.Spec) {
		s.Networks[0].ID, s.Networks[0].VNIs = 7, []overlay.VNI{{Side: 0, VNI: 100}}
	}, pt.MACb, 1}} {
		t.Run(name, func(t *testing.T) {
			s := spec()
			if test.change != nil {
				test.change(s)
			}
			cfg := vtepConfig(s)
			k := &tunnelKernel{kernel: newKernel(t, cfg, judging(1, pt.AllowAll()))}
			k.Room = 64
			k.worker = pipeline.NewWorker(cfg, k, k.current, &k.recorder)
			for range 9 {
				k.Add(pt.Input{Bytes: udpTo(test.mac), Time: k.now})
			}
			for k.worker.Step() == nil {
				continue
			}
			if len(k.leaves) != test.want {
				t.Fatalf("handed over: %v", k.leaves)
			}
			if test.want == 0 {
				return
			}
			sent := k.Sent[7]
			port, _ := sent.Out.Port()
			header := sent.Bytes[:len(sent.Bytes)-len(udpTo(test.mac))+50]
			if want := fmt.Sprintf("8 by %d, revision 1, inner at 50, MTU %d: %x", port, 1500-len(header)+14, header); k.leaves[0] != want {
				t.Errorf("handed over %s, want %s", k.leaves[0], want)
			}
		})
	}
}

// A queue that does not write outer headers is not asked.
func TestVTEPDoesNotOffloadToWire(t *testing.T) {
	cfg := vtepConfig(spec())
	k := newKernel(t, cfg, judging(1, pt.AllowAll()))
	for range 20 {
		k.Add(pt.Input{Bytes: udpTo(pt.MACb), Time: k.now})
	}
	for k.worker.Step() == nil {
		continue
	}
	if len(k.entries) != 0 || len(k.Sent) != 20 {
		t.Errorf("%d offloaded, %d sent", len(k.entries), len(k.Sent))
	}
}
