package pipeline_test

import (
	"net/netip"
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
)

var ownerSeed = flow.Seed{0x0123456789abcdef, 0xfedcba9876543210}

// ends are two hosts of a segment, and how their packets look.
type ends struct {
	a, b       netip.Addr
	vni        uint32
	portA      uint16
	portB      uint16
	v6Underlay bool
	tagged     bool
}

func (e ends) frame(back bool, above ...pt.Layer) []byte {
	return pt.Frame(e.layers(back, above...)...)
}

func (e ends) layers(back bool, above ...pt.Layer) []pt.Layer {
	layers := []pt.Layer{pt.VXLAN{VNI: e.vni, V6: e.v6Underlay, Back: back, Group: uint16(e.portA)}, pt.Eth{}}
	if back {
		layers[1] = pt.Eth{Src: pt.MACb, Dst: pt.MACa}
	}
	if e.tagged {
		layers = append(layers, pt.VLAN{ID: 7})
	}
	return append(append(layers, e.ip(back)), above...)
}

func (e ends) ip(back bool) pt.Layer {
	src, dst := e.a.String(), e.b.String()
	if back {
		src, dst = dst, src
	}
	if e.a.Is4() {
		return pt.IPv4{Src: src, Dst: dst, ID: 9}
	}
	return pt.IPv6{Src: src, Dst: dst, FragmentID: 9}
}

// icmpError is what a router says to one end about a packet it sent.
func (e ends) icmpError(back bool) []byte {
	router, to := e, e.a
	if back {
		to = e.b
	}
	quote := pt.Quote(48, e.ip(back), pt.UDP{Src: e.portA, Dst: e.portB}, pt.Zeros(20))
	if e.a.Is4() {
		router.a, router.b = netip.MustParseAddr("203.0.113.1"), to
		return router.frame(false, pt.ICMP{Type: 3, Code: 1}, quote)
	}
	router.a, router.b = netip.MustParseAddr("2001:db8:ffff::1"), to
	quote = pt.Quote(68, e.ip(back), pt.UDP{Src: e.portA, Dst: e.portB}, pt.Zeros(20))
	return router.frame(false, pt.ICMP6{Type: 1}, quote)
}

// all returns frames that one worker must get.
func (e ends) all() [][]byte {
	udp, tcp := pt.UDP{Src: e.portA, Dst: e.portB}, pt.TCP{Src: e.portB, Dst: e.portA, Flags: "A"}
	frames := [][]byte{
		e.frame(false, udp, pt.Payload("x")), e.frame(true, tcp),
		e.frame(false, pt.UDP{Src: 9, Dst: 4789}, pt.VXLANHeader{VNI: 7}, pt.Eth{}, pt.IPv4{}, pt.UDP{}),
		e.icmpError(false), e.icmpError(true),
	}
	if e.a.Is4() {
		frames = append(frames, e.frame(true, pt.ICMP{Type: 8, ID: 3}))
	} else {
		frames = append(frames, e.frame(true, pt.ICMP6{Type: 128, ID: 3}))
	}
	frames = append(frames, pt.Split(e.layers(false, udp, pt.Zeros(100)), 24, 48)...)
	return append(frames, pt.Split(e.layers(true, tcp, pt.Zeros(100)), 64)...)
}

func checkOwners(t *testing.T, c *pipeline.Config, e ends) {
	t.Helper()
	var want uint64
	for i, frame := range e.all() {
		owner, ok := pipeline.Owner(c, frame, ownerSeed)
		if !ok || i > 0 && owner != want {
			t.Fatalf("%+v: frame %d has owner %x, %v; others %x:\n%x", e, i, owner, ok, want, frame)
		}
		want = owner
	}
}

func TestOwner(t *testing.T) {
	c := pipeline.Default()
	e := ends{a: netip.MustParseAddr("10.1.0.5"), b: netip.MustParseAddr("10.2.0.9"), vni: 100, portA: 5000, portB: 53}
	checkOwners(t, &c, e)
	six := ends{a: netip.MustParseAddr("2001:db8::5"), b: netip.MustParseAddr("2001:db8::9"), vni: 100, v6Underlay: true, tagged: true}
	checkOwners(t, &c, six)
	var got [2]uint64
	for i := range got {
		e.vni = uint32(100 * i)
		got[i], _ = pipeline.Owner(&c, e.frame(false, pt.UDP{}), ownerSeed)
	}
	if got[0] == got[1] {
		t.Error("the VNI makes no difference")
	}
}

// TestOwnerNotIP: what is not IP goes by its MAC addresses, both ways.
func TestOwnerNotIP(t *testing.T) {
	c := pipeline.Default()
	to, ok := pipeline.Owner(&c, pt.Frame(pt.VXLAN{VNI: 5}, pt.Eth{}, pt.ARP{}), ownerSeed)
	from, _ := pipeline.Owner(&c, pt.Frame(pt.VXLAN{VNI: 5, Back: true}, pt.Eth{Src: pt.MACb, Dst: pt.MACa}, pt.ARP{}), ownerSeed)
	if !ok || to != from {
		t.Errorf("owners %x and %x, %v", to, from, ok)
	}
	if _, ok := pipeline.Owner(&c, pt.Frame(pt.Eth{}, pt.ARP{}), ownerSeed); ok {
		t.Error("what is no VXLAN has an owner")
	}
}

// TestOwnerSpread: the flows of many hosts spread over all workers.
func TestOwnerSpread(t *testing.T) {
	c := pipeline.Default()
	const workers, hosts = 4, 4000
	var count [workers]int
	for i := range hosts {
		ip := pt.IPv4{Src: netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}).String()}
		owner, _ := pipeline.Owner(&c, pt.Frame(pt.VXLAN{VNI: 1}, pt.Eth{}, ip, pt.UDP{}), ownerSeed)
		count[owner%workers]++
	}
	for w, n := range count {
		if n < hosts/workers*8/10 || n > hosts/workers*12/10 {
			t.Errorf("worker %d has %d of %d hosts", w, n, hosts)
		}
	}
}

// FuzzOwner: every frame that the pipeline accepts has an owner, whatever it is.
func FuzzOwner(f *testing.F) {
	for _, frame := range append(recorded(f), pt.Samples()...) {
		f.Add(frame, false)
	}
	f.Fuzz(func(t *testing.T, frame []byte, plain bool) {
		c := pipeline.Default()
		c.Plain = plain
		owner, ok := pipeline.Owner(&c, frame, ownerSeed)
		if !ok && owner != 0 {
			t.Fatalf("owner %x of a frame that has none", owner)
		}
		var parser pipeline.Parser
		if _, reason := parser.Parse(&c, frame, pipeline.LinkEthernet); reason == pipeline.OK && !ok {
			t.Fatal("an accepted frame has no owner")
		}
	})
}

// FuzzOwnerTogether: all frames between two hosts have one owner.
func FuzzOwnerTogether(f *testing.F) {
	f.Add([]byte("0123456789abcdefABCDEFGHIJKLMNOP"), uint32(100), uint16(5000), uint16(53), uint8(0))
	f.Add([]byte("0123456789abcdefABCDEFGHIJKLMNOP"), uint32(1<<24-1), uint16(0), uint16(4789), uint8(7))
	f.Fuzz(func(t *testing.T, addresses []byte, vni uint32, portA, portB uint16, how uint8) {
		if len(addresses) < 32 {
			t.Skip()
		}
		e := ends{vni: vni & 0xffffff, portA: portA, portB: portB, v6Underlay: how&2 != 0, tagged: how&4 != 0}
		e.a, e.b = netip.AddrFrom16([16]byte(addresses)), netip.AddrFrom16([16]byte(addresses[16:]))
		if how&1 != 0 {
			e.a, e.b = netip.AddrFrom4([4]byte(addresses)), netip.AddrFrom4([4]byte(addresses[4:]))
		}
		if !e.a.Is4() && (e.a.Is4In6() || e.b.Is4In6()) {
			t.Skip()
		}
		c := pipeline.Default()
		checkOwners(t, &c, e)
	})
}

func BenchmarkOwner(b *testing.B) {
	c := pipeline.Default()
	frame := pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{}, pt.TCP{Src: 1, Dst: 2, Flags: "A"})
	b.ReportAllocs()
	for b.Loop() {
		pipeline.Owner(&c, frame, ownerSeed)
	}
}

func BenchmarkParser(b *testing.B) {
	c := pipeline.Default()
	frame := pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{}, pt.TCP{Src: 1, Dst: 2, Flags: "A"})
	var p pipeline.Parser
	for b.Loop() {
		p.Parse(&c, frame, pipeline.LinkEthernet)
	}
}
