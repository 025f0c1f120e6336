package pipeline_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/overlay"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

// fuzzSpec makes an overlay out of bits: two fabrics, a pair, peers with narrow paths
// and without a next hop.
func fuzzSpec(bits uint32) *overlay.Spec {
	s := spec()
	loadBalancer(s)
	if bits&1 != 0 {
		fabrics(s)
	}
	if bits&2 != 0 {
		s.Networks[0].Entries = nil
	}
	if bits&4 != 0 {
		s.Peers[peerB].MTU = 600
	}
	if bits&8 != 0 {
		s.Peers[peerC].NextHop = [6]byte{}
	}
	if bits&16 != 0 {
		s.Other = &overlay.Network{Learn: true, Unknown: overlay.UnknownFlood, Flood: []int{peerA, peerB, peerSix}}
	}
	s.Peers[peerA].Group, s.Peers[peerC].Group = uint16(bits>>5&1), uint16(bits>>5&1)
	s.Options = overlay.Options{
		DSCP: overlay.DSCPModel(bits >> 6 & 3 % 3), ECN: overlay.ECNMode(bits >> 8 & 1), PipeDSCP: uint8(bits >> 9 & 63),
		ClampMSS: bits&(1<<15) != 0, Checksum6: bits&(1<<16) != 0, Strangers: bits&(1<<17) != 0,
	}
	s.Sides = []overlay.Side{{}, {Groups: overlay.GroupAction(bits >> 18 & 3 % 3), GroupMap: map[uint16]uint16{17: 18}}}
	return s
}

// FuzzVTEP takes frames through the worker of a VTEP. Besides what the rig sees to,
// each frame that leaves has a sound outer header to a peer, and carries an inner frame
// that came, but for what the VTEP may change.
func FuzzVTEP(f *testing.F) {
	for _, frames := range vtepSeeds() {
		for _, bits := range []uint32{0, 0x1ffff, 0x2_8054, 0x3_00ab} {
			f.Add(join(frames), seedBits[0], bits)
			f.Add(join(frames), seedBits[1], bits)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, bits, overlayBits uint32) {
		cfg, link := fuzzConfig(bits &^ 1)
		s := fuzzSpec(overlayBits)
		cfg.Ports = []uint16{4789, 10800, 10801}
		cfg.Copies, cfg.CopyBytes = 5, 4096
		cfg.Overlay = overlay.New(overlay.Config{Entries: 16, PerNetwork: 8, Ageing: 10e9})
		if err := cfg.Overlay.Publish(s); err != nil {
			t.Fatal(err)
		}
		rig := pt.Rig{Config: cfg, Monitor: overlayBits&(1<<20) != 0, Batch: 1 + int(overlayBits>>21&7), Link: link, Room: int(overlayBits >> 24 & 31)}
		rig.Stages = []pipeline.Stage{pt.Func{Title: "fuzz", Decide: fuzzVerdict}}
		frames := split(data)
		result := rig.Run(frames...)
		for i := range result.Sent {
			if sent := &result.Sent[i]; sent.Answer {
				checkLeaving(t, s, sent, nil)
			} else {
				checkLeaving(t, s, sent, frames[sent.Handle-1])
			}
		}
		c := result.Counters
		if n := uint64(len(result.Copies())); n != c.Copies.Packets {
			t.Fatalf("%d copies sent, %d counted", n, c.Copies.Packets)
		}
		if n := uint64(len(result.Answers())); n != c.Answers {
			t.Fatalf("%d answers sent, %d counted", n, c.Answers)
		}
	})
}

func vtepSeeds() (seeds [][][]byte) {
	for _, frames := range vtepLoads() {
		seeds = append(seeds, frames)
	}
	for kind := range innerFrames(pt.MACa, pt.MACb) {
		var frames [][]byte
		for _, to := range []string{pt.MACb, macSix, everybody, macNobody} {
			frames = append(frames, pt.Frame(append([]pt.Layer{fromA()}, innerFrames(pt.MACa, to)[kind]...)...))
		}
		seeds = append(seeds, frames)
	}
	for _, r := range vtepRefusals() {
		seeds = append(seeds, r.frames)
	}
	inside := pt.VXLAN{VNI: 800, Port: 10800, From: pt.VTEPa, To: vtepUs, Group: 17}
	return append(seeds, pt.Handshake(fromA(), pt.IPv4{}, pt.IPv4{}), one(pt.Frame(inside, pt.Eth{}, pt.IPv4{}, pt.UDP{})))
}

// checkLeaving says that a frame left as it came, not being for us, or in a sound tunnel
// to a peer. before is nil for answers.
func checkLeaving(t *testing.T, s *overlay.Spec, sent *pt.Sent, before []byte) {
	t.Helper()
	port, routed := sent.Out.Port()
	if !routed {
		if !bytes.Equal(before, sent.Bytes) {
			t.Fatalf("%x left as %x, by no port", before, sent.Bytes)
		}
		return
	}
	b := sent.Bytes
	ip := b[wire.EthernetLen:]
	header := wire.IPv4MinLen
	if b[12] == 0x86 {
		header = wire.IPv6Len
		if wire.IPv6(ip).PayloadLen() != len(ip)-header {
			t.Fatalf("length of %x", b)
		}
	} else if wire.IPv4(ip).TotalLen() != len(ip) || wire.Checksum(ip[:header], 0) != 0 {
		t.Fatalf("IPv4 header of %x", b)
	}
	_, dst := addressesOf(ip)
	udp := wire.UDP(ip[header:])
	vxlan := wire.VXLAN(udp[wire.UDPLen:])
	if udp.Len() != len(udp) || !vxlan.HasVNI() || vxlan.Reserved() {
		t.Fatalf("UDP or VXLAN header of %x", b)
	}
	for i := range s.Peers {
		p := &s.Peers[i]
		if p.Address == dst && p.Port == udp.DstPort() {
			if p.Out != port || len(ip) > cmp.Or(p.MTU, 1500) || p.NextHop != [6]byte(b[:6]) {
				t.Fatalf("%d bytes by port %d to peer %d", len(ip), port, i)
			}
			checkCarried(t, before, vxlan[wire.VXLANLen:])
			return
		}
	}
	t.Fatalf("%x goes to nobody", b)
}

func addressesOf(ip []byte) (src, dst [16]byte) {
	if ip[0]>>4 == 6 {
		return wire.IPv6(ip).Src(), wire.IPv6(ip).Dst()
	}
	return wire.IPv4(ip).Src(), wire.IPv4(ip).Dst()
}

// checkCarried says that an inner frame is the one that came, but for VLAN tags, the TOS
// and the checksum over it, and the maximum segment size of a SYN and its checksum.
func checkCarried(t *testing.T, before, carried []byte) {
	t.Helper()
	if before == nil {
		return
	}
	cfg := pipeline.Default()
	cfg.Ports = []uint16{4789, 10800, 10801}
	cfg.ExtensionLimit = 64
	o, _ := pipeline.Decap(before, pipeline.LinkEthernet, &cfg)
	udp := wire.UDP(before[o.VXLAN-wire.UDPLen:])
	came := bytes.Clone(udp[wire.UDPLen+wire.VXLANLen : udp.Len()])
	for n := len(came) - len(carried); n > 0 && wire.IsVLAN(binary.BigEndian.Uint16(came[12:])); n -= wire.VLANLen {
		came = append(came[:12], came[16:]...)
	}
	if len(came) != len(carried) {
		t.Fatalf("%x is carried as %x", came, carried)
	}
	l3 := wire.EthernetLen
	for n := 0; n < 2 && wire.IsVLAN(binary.BigEndian.Uint16(came[l3-2:])); n++ {
		l3 += wire.VLANLen
	}
	differ := 0
	for i := range came {
		tos := i == l3 || i == l3+1 || came[l3]>>4 == 4 && (i == l3+10 || i == l3+11) // or what depends on it
		if came[i] != carried[i] && !tos {
			differ++
		}
	}
	if differ > 4 { // two bytes of the segment size, two of the checksum
		t.Fatalf("%x is carried as %x", came, carried)
	}
}
