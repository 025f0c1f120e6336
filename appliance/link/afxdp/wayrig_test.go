package afxdp

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/cilium/ebpf"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/overlay"
	pt "vxwall/pipeline/pipelinetest"
)

// Addresses of the VTEP under test.
const (
	usFour = "192.0.2.254"
	usSix  = "fd00:6::fe"
)

// handing is a queue in memory that hands flows over as a Queue does.
type handing struct {
	*pt.Queue
	to *Queue
}

func (h handing) Offload(p *pipeline.Packet) bool                      { return h.to.Offload(p) }
func (h handing) OffloadTo(p *pipeline.Packet, l *pipeline.Leave) bool { return h.to.OffloadTo(p, l) }
func (h handing) Recall(k *flow.Key, handled *flow.Handled) (done bool) {
	return h.to.Recall(k, handled)
}
func (h handing) Release() { h.to.Release() }

// policy is a stage that denies what goes to port 666, and is final.
type policy struct{}

func (policy) Name() string                    { return "policy" }
func (p policy) Inspector() pipeline.Inspector { return p }
func (policy) Final(*pipeline.Packet) bool     { return true }

func (policy) Inspect(p *pipeline.Packet) pipeline.Verdict {
	if r := p.State(); r != nil {
		r.Judgement.Revision = revision
	}
	if p.Flow.DstPort == 666 {
		return p.DenyFlow(pipeline.SegmentDenied, 0, false)
	}
	return p.Allow(0)
}

// wayRig is a VTEP twice: a program, and a worker that hands flows over to it. Frames come
// in at port 0.
type wayRig struct {
	*rig
	overlay *overlay.Overlay
	queue   *pt.Queue
	worker  *pipeline.Worker
	now     int64
	seen    Kernel
}

func newWayRig(t testing.TB) *wayRig {
	t.Helper()
	ports := []uint16{4789, 4790}
	w := &wayRig{queue: pt.NewQueue(), now: time.Now().UnixNano()}
	w.overlay = overlay.New(overlay.Config{Entries: 64, PerNetwork: 32, Ageing: time.Hour, Seed: [2]uint64{3, 4}})
	w.rig = newRig(t, func(c *Config) {
		c.Own, c.VXLANPorts, c.Ring = []netip.Addr{netip.MustParseAddr(usFour), netip.MustParseAddr(usSix)}, ports, 1<<30
	})
	w.overlay.SetBoard(w.control())
	w.control().setRevision(revision)
	cfg := pipeline.Default()
	cfg.Ports, cfg.Overlay = ports, w.overlay
	cfg.Flow.Capacity, cfg.Flow.Midstream = 4096, true
	w.queue.Room = 64
	var current pipeline.Current
	current.Publish(&pipeline.Program{Revision: revision, Stages: []pipeline.Stage{policy{}}})
	w.worker = pipeline.NewWorker(cfg, handing{w.queue, &Queue{link: &Link{program: w.program}}}, &current, new(pt.Recorder))
	return w
}

// result is what became of a frame.
type result struct {
	frame []byte // as it left, nil if it did not
	port  int
	by    string // "program", "worker", or nobody: the program leaves it to the worker
}

// program runs a frame through the program.
func (w *wayRig) viaProgram(frame []byte) (r result) {
	w.t.Helper()
	out := make([]byte, len(frame)+64)
	options := ebpf.RunOptions{Data: frame, DataOut: out}
	action, err := w.ports[0].xdp.Run(&options)
	check(w.t, err)
	before := w.seen
	w.seen, err = w.kernel()
	check(w.t, err)
	denied := pipeline.SegmentDenied
	switch {
	case w.seen.Forwarded[0] != before.Forwarded[0]:
		r = result{options.DataOut, 1, "program"}
		if actions[action] == "TX" {
			r.port = 0
		}
		if n := w.seen.Forwarded[0].Bytes - before.Forwarded[0].Bytes; n != uint64(len(frame)) {
			w.t.Errorf("%d bytes counted, %d received", n, len(frame))
		}
	case w.seen.Dropped[0][denied] != before.Dropped[0][denied]:
		r.by = "program"
	}
	return r
}

// viaWorker runs a frame through the worker.
func (w *wayRig) viaWorker(frame []byte) (r result) {
	w.t.Helper()
	sent := len(w.queue.Sent)
	w.now += pt.Gap
	w.queue.Add(pt.Input{Bytes: frame, Time: w.now})
	if err := w.worker.Step(); err != nil {
		w.t.Fatal(err)
	}
	r.by = "worker"
	for _, s := range w.queue.Sent[sent:] {
		if !s.Extra {
			r.frame = s.Bytes
			r.port, _ = s.Out.Port()
		}
	}
	w.queue.Sent = w.queue.Sent[:sent]
	return r
}

// look is what packets of one direction of a flow have in common.
type look struct {
	from     int // peer
	vni      uint32
	src, dst string // MAC addresses
	group    uint16
	applied  bool
	six, tcp bool
	back     bool // from the other end
	ports    [2]uint16
}

// reverse is the other direction, of a flow to a host of wayHosts.
func (l *look) reverse() *look {
	r := &look{from: slices.Index(wayHosts, l.dst), vni: l.vni, src: l.dst, dst: l.src, six: l.six, tcp: l.tcp, back: !l.back, ports: [2]uint16{l.ports[1], l.ports[0]}}
	if r.vni != 100 {
		r.vni = 700 + uint32(wayPeers[r.from].side)
	}
	return r
}

// like is what they differ in.
type like struct {
	outer, inner uint8 // TOS
	size         int
	seq          uint32
	flags        string
	vlan         uint16 // of the underlay
}

func (l *look) frame(k like) []byte {
	v := pt.VXLAN{VNI: l.vni, TOS: k.outer, Group: l.group, Applied: l.applied, VLAN: k.vlan, To: usFour, SrcPort: uint16(k.seq)}
	p := &wayPeers[l.from]
	v.From, v.Port = p.address, p.port
	if v.V6 = netip.MustParseAddr(p.address).Is6(); v.V6 {
		v.To = usSix
	}
	four, six := [2]string{"10.1.0.5", "10.2.0.9"}, [2]string{"2001:db8:1::5", "2001:db8:2::9"}
	if l.back {
		slices.Reverse(four[:])
		slices.Reverse(six[:])
	}
	layers := []pt.Layer{v, pt.Eth{Src: l.src, Dst: l.dst}, pt.IPv4{Src: four[0], Dst: four[1], TOS: k.inner}}
	if l.six {
		layers[2] = pt.IPv6{Src: six[0], Dst: six[1], TOS: k.inner}
	}
	if l.tcp {
		layers = append(layers, pt.TCP{Src: l.ports[0], Dst: l.ports[1], Seq: k.seq, Ack: 1, Flags: k.flags, Window: 60000})
	} else {
		layers = append(layers, pt.UDP{Src: l.ports[0], Dst: l.ports[1]})
	}
	payload := make([]byte, k.size)
	for i := range payload {
		payload[i] = byte(k.seq + uint32(i))
	}
	return pt.Frame(append(layers, pt.Bytes(payload))...)
}

// wayPeers are the peers of the tests. The last one is the first one's address.
var wayPeers = []struct {
	address string
	port    uint16
	side    uint8
	out     int
}{
	{pt.VTEPa, 4789, 0, 0}, {pt.VTEPb, 4789, 1, 1}, {pt.VTEPa6, 4789, 0, 1}, {pt.VTEPb6, 4790, 1, 0}, {pt.VTEPa, 4790, 1, 1},
}

// Hosts behind peers 1 to 3 by configuration, and one that is learned.
const learnedMAC = "02:00:00:00:aa:01"

var wayHosts = []string{"", "02:00:00:00:bb:01", "02:00:00:00:bb:02", "02:00:00:00:bb:03"}

// waySpec is an overlay in which everybody is reachable: a network that has its ID on the
// wire, one that has other VNIs.
func waySpec() *overlay.Spec {
	bytes16 := func(text string) [16]byte { return netip.MustParseAddr(text).As16() }
	s := &overlay.Spec{Own: []overlay.Endpoint{
		{Address: bytes16(usFour), MAC: [6]byte{2, 0, 0, 0, 0, 0x64}, MTU: 1500},
		{Address: bytes16(usSix), MAC: [6]byte{2, 0, 0, 0, 0, 0x66}, MTU: 1500, Out: 1},
	}, Sides: make([]overlay.Side, 2)}
	for i, p := range wayPeers {
		peer := overlay.Peer{Address: bytes16(p.address), Port: p.port, Side: p.side, Source: bytes16(usFour), NextHop: [6]byte{2, 0, 0, 0, 9, byte(i)}}
		if netip.MustParseAddr(p.address).Is6() {
			peer.Source = bytes16(usSix)
		}
		peer.Via, peer.Out, peer.MAC = true, p.out, [6]byte{2, 0, 0, 0, 8, byte(i)}
		s.Peers = append(s.Peers, peer)
	}
	for _, n := range []overlay.Network{{ID: 100}, {ID: 7, VNIs: []overlay.VNI{{Side: 0, VNI: 700}, {Side: 1, VNI: 701}}}} {
		n.Learn, n.Unknown, n.Flood = true, overlay.UnknownFlood, []int{0, 1, 2, 3}
		for i, mac := range wayHosts {
			if mac != "" {
				n.Entries = append(n.Entries, overlay.Entry{MAC: macOf(mac), Peer: i})
			}
		}
		s.Networks = append(s.Networks, n)
	}
	return s
}
