package afxdp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"testing"

	"vxwall/pipeline/flow"
	"vxwall/pipeline/overlay"
)

func macOf(text string) [6]byte {
	mac, _ := net.ParseMAC(text)
	return [6]byte(mac)
}

// publish puts an overlay in force.
func (w *wayRig) publish(s *overlay.Spec) {
	w.t.Helper()
	check(w.t, w.overlay.Publish(s))
}

// compare runs a frame through both, and says what the program did. Whatever it handled by
// itself must be what the worker does, byte by byte.
func (w *wayRig) compare(frame []byte) result {
	w.t.Helper()
	program := w.viaProgram(frame)
	worker := w.viaWorker(frame)
	if program.by != "" && (!bytes.Equal(program.frame, worker.frame) || program.frame != nil && program.port != worker.port) {
		w.t.Fatalf("%x\nprogram: %x by %d\nworker:  %x by %d", frame, program.frame, program.port, worker.frame, worker.port)
	}
	return program
}

// handOver has the worker hand a flow over.
func (w *wayRig) handOver(l *look, k like) {
	if l.tcp { // a connection has two ends
		w.viaWorker(l.reverse().frame(like{flags: "A"}))
	}
	for range 8 {
		k.seq++
		w.viaWorker(l.frame(k))
	}
}

// randomOverlay draws all that decides how packets leave.
func randomOverlay(random *rand.Rand) *overlay.Spec {
	s := waySpec()
	s.Options = overlay.Options{
		TTL: uint8(random.IntN(256)), DSCP: overlay.DSCPModel(random.IntN(3)), PipeDSCP: uint8(random.IntN(64)), ECN: overlay.ECNMode(random.IntN(2)),
		ClampMSS: random.IntN(2) == 0,
	}
	for i := range s.Sides {
		s.Sides[i] = overlay.Side{Groups: overlay.GroupAction(random.IntN(3)), GroupMap: map[uint16]uint16{17: 18}}
	}
	for i := range s.Peers {
		s.Peers[i].MTU = []int{0, 0, 600, 1499}[random.IntN(4)]
		s.Peers[i].NextHop[3] = byte(random.Uint32())
	}
	return s
}

func randomLook(random *rand.Rand) *look {
	l := &look{from: random.IntN(len(wayPeers)), src: "02:00:00:00:cc:01", six: random.IntN(2) == 0, tcp: random.IntN(2) == 0}
	l.src = fmt.Sprintf("02:00:00:00:cc:%02x", l.from)
	l.dst = wayHosts[1+random.IntN(3)]
	l.vni = 100
	if random.IntN(2) == 0 {
		l.vni = 700 + uint32(wayPeers[l.from].side)
	}
	l.group, l.applied = []uint16{0, 17, 19}[random.IntN(3)], false
	if l.group != 0 {
		l.applied = random.IntN(2) == 0
	}
	l.ports = [2]uint16{uint16(1024 + random.IntN(60000)), []uint16{80, 80, 80, 666}[random.IntN(4)]}
	return l
}

func randomLike(random *rand.Rand) like {
	k := like{
		outer: uint8(random.IntN(256)), inner: uint8(random.IntN(256)), size: random.IntN(300), seq: uint32(random.IntN(10000)),
		flags: "PA",
	}
	switch random.IntN(20) {
	case 0:
		k.size = 400 + random.IntN(1200)
	case 1:
		k.vlan = 7
	case 2:
		k.flags = "FA"
	}
	return k
}

// TestWayAgrees: whatever an overlay and a flow look like, each packet that the program forwards
// by itself leaves byte by byte as the worker would have sent it, by the same port: marks,
// lengths, checksums, VNI and group, IPv4 and IPv6 outside and inside. So do frames that
// were tampered with, and none that the worker drops passes.
func TestWayAgrees(t *testing.T) {
	w := newWayRig(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	byProgram, offloaded, dropped := 0, 0, 0
	for range 400 {
		w.publish(randomOverlay(random))
		l := randomLook(random)
		w.handOver(l, like{size: 20, flags: "A", inner: uint8(random.IntN(64)<<2 | 1)})
		model := l.frame(like{size: 30, flags: "A", inner: 2, seq: 20})
		if w.compare(model).by != "" {
			offloaded++
		}
		for range 40 {
			frame := l.frame(randomLike(random))
			if random.IntN(4) == 0 {
				frame = mutate(random, frame)
			}
			switch r := w.compare(frame); {
			case r.by == "program" && r.frame == nil:
				dropped++
			case r.by == "program":
				byProgram++
			}
		}
	}
	t.Logf("%d flows offloaded, %d packets forwarded by the program, %d dropped", offloaded, byProgram, dropped)
	if offloaded < 250 || byProgram < 4000 || dropped < 500 {
		t.Error("too few to say anything")
	}
}

// change is something that packets or the kernel say while flows are offloaded.
var changes = map[string]func(w *wayRig, s *overlay.Spec, l *look){
	"next hop": func(w *wayRig, s *overlay.Spec, l *look) { s.Peers[1].NextHop[5] = 77; w.publish(s) },
	"no next hop": func(w *wayRig, s *overlay.Spec, l *look) {
		s.Peers[1].NextHop = [6]byte{}
		w.publish(s)
	},
	"peer gone": func(w *wayRig, s *overlay.Spec, l *look) {
		s.Peers[1].Address[15], s.Peers[1].NextHop = 99, [6]byte{}
		w.publish(s)
	},
	"MTU":          func(w *wayRig, s *overlay.Spec, l *look) { s.Peers[1].MTU = 300; w.publish(s) },
	"another port": func(w *wayRig, s *overlay.Spec, l *look) { s.Peers[1].Out = 0; w.publish(s) },
	"marks":        func(w *wayRig, s *overlay.Spec, l *look) { s.Options.DSCP = overlay.DSCPKeep; w.publish(s) },
	"MAC moves in the map": func(w *wayRig, s *overlay.Spec, l *look) {
		for n := range s.Networks {
			s.Networks[n].Entries[0].Peer = 2
		}
		w.publish(s)
	},
	"receiver moves": func(w *wayRig, s *overlay.Spec, l *look) {
		there := look{from: 2, vni: 100, src: learnedMAC, dst: wayHosts[3], ports: [2]uint16{1, 2}}
		w.viaWorker(there.frame(like{}))
	},
	"sender moves": func(w *wayRig, s *overlay.Spec, l *look) {
		there := look{from: 2, vni: 100, src: l.src, dst: wayHosts[3], ports: [2]uint16{1, 2}}
		w.viaWorker(there.frame(like{}))
	},
	"all is forgotten": func(w *wayRig, s *overlay.Spec, l *look) { w.overlay.FDB.Flush() },
}

// TestWayChanges: of what a way rests on nothing may change, and then the next packet is the
// worker's. What has nothing to do with it leaves it alone.
func TestWayChanges(t *testing.T) {
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			w := newWayRig(t)
			s := waySpec()
			w.publish(s)
			l := look{from: 0, vni: 100, src: "02:00:00:00:cc:01", dst: wayHosts[1], ports: [2]uint16{5000, 80}}
			if name == "receiver moves" || name == "all is forgotten" {
				l.dst = learnedMAC
				back := look{from: 1, vni: 100, src: learnedMAC, dst: l.src, ports: [2]uint16{3, 4}}
				w.viaWorker(back.frame(like{}))
			}
			w.handOver(&l, like{size: 20})
			frame := l.frame(like{size: 30})
			if r := w.compare(frame); r.by != "program" {
				t.Fatal("not offloaded")
			}
			s.Networks[0].Entries = append(s.Networks[0].Entries, overlay.Entry{MAC: macOf("02:00:00:00:ff:ff"), Peer: 0})
			s.Networks[0].Flood = []int{0, 1}
			w.publish(s)
			if r := w.compare(frame); r.by != "program" {
				t.Error("taken back because of another's entry")
			}
			change(w, s, &l)
			if r := w.viaProgram(frame); r.by != "" {
				t.Error("still offloaded")
			}
			w.handOver(&l, like{size: 20}) // again, by the new way, or not at all
			w.compare(frame)
		})
	}
}

// TestWayOfMappedNetworks: flows are known by the ID of their network, whatever VNI its packets
// show, and taken back by it. Both directions are told apart.
func TestWayOfMappedNetworks(t *testing.T) {
	w := newWayRig(t)
	w.publish(waySpec())
	there := look{from: 0, vni: 700, src: "02:00:00:00:cc:01", dst: wayHosts[1], ports: [2]uint16{5000, 80}}
	w.handOver(&there, like{size: 20})
	frame := there.frame(like{size: 20})
	if r := w.compare(frame); r.by != "program" || r.port != 1 {
		t.Fatalf("not offloaded: %+v", r)
	}
	n := 0
	w.table.each(func(o *Offloaded) {
		n++
		if o.Key.VNI != 7 || o.MAC != macOf(there.src) || o.VTEPPort != 4789 || !o.Forward {
			t.Errorf("%+v", o)
		}
	})
	key := parse(t, frame).Flow
	key.VNI = 7
	var h flow.Handled
	if n != 1 || !w.peek(&key, &h) || h.Packets != 1 {
		t.Errorf("%d entries, %+v", n, h)
	}
	for _, vni := range []uint32{700, 701} {
		key.VNI = vni
		if w.peek(&key, &h) {
			t.Errorf("found by VNI %d", vni)
		}
	}
	key.VNI = 7
	if !w.recall(&key, &h) || h.Packets != 1 || w.viaProgram(frame).by != "" || w.entryCount() != 0 {
		t.Errorf("recalled %+v, %d left", h, w.entryCount())
	}
	for i := range w.table.buckets {
		if w.table.buckets[i] != (wireOffloadBucket{}) {
			t.Errorf("bucket %d: %v", i, w.table.buckets[i])
		}
	}
}

// TestWayFull: buckets that are full take no more, and nothing of it is left.
func TestWayFull(t *testing.T) {
	w := newWayRig(t)
	w.publish(waySpec())
	for i := range 3000 {
		l := look{from: 0, vni: 700, src: "02:00:00:00:cc:01", dst: wayHosts[1], ports: [2]uint16{uint16(2000 + i), 80}}
		w.handOver(&l, like{size: 20})
	}
	if n := w.entryCount(); n < 700 || n > 1024 {
		t.Errorf("%d entries", n)
	}
	check(t, w.worker.Finish())
	for i := range w.table.buckets {
		if w.table.buckets[i] != (wireOffloadBucket{}) {
			t.Errorf("bucket %d: %v", i, w.table.buckets[i])
		}
	}
	if n := w.entryCount(); n != 0 {
		t.Errorf("%d entries are left", n)
	}
}
