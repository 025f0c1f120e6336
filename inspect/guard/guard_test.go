package guard_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"vxwall/inspect/guard"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

const (
	vtepA, vtepB, vtepC = "192.0.2.1", "192.0.2.2", "192.0.2.3"
	macA, macB, macX    = "02:00:00:00:01:0a", "02:00:00:00:01:0b", "02:00:00:00:01:0c"
)

func config(mode guard.Mode) guard.Config {
	c := guard.Default()
	c.Mode, c.Seed, c.Wire = mode, [2]uint64{1, 2}, true
	return c
}

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// udp is a packet from a MAC address and an IP address behind a VTEP.
func udp(vtep, mac, ip string) []byte { return udpTo(vtep, vtepB, 100, mac, ip) }

func udpTo(from, to string, vni uint32, mac, ip string) []byte {
	inner := pt.Layer(pt.IPv4{Src: ip})
	if strings.Contains(ip, ":") {
		inner = pt.IPv6{Src: ip}
	}
	v6 := strings.Contains(from, ":")
	return pt.Frame(pt.VXLAN{VNI: vni, V6: v6, From: from, To: to}, pt.Eth{Src: mac}, inner, pt.UDP{Src: 1, Dst: 2})
}

// arp is an ARP packet that a MAC address sends.
func arp(vtep, mac, ip string) []byte { return arpOf(vtep, mac, mac, ip) }

func arpOf(vtep, mac, owner, ip string) []byte {
	return pt.Frame(pt.VXLAN{VNI: 100, From: vtep, To: vtepB}, pt.Eth{Src: mac}, pt.ARP{Sender: ip, MAC: owner})
}

// sent is a frame with the time since the start at which it comes.
type sent struct {
	after time.Duration
	frame []byte
	port  uint8
}

// at makes frames come at a time.
func at(after time.Duration, frames ...[]byte) (list []sent) {
	for _, f := range frames {
		list = append(list, sent{after: after, frame: f})
	}
	return list
}

// run takes frames through a pipeline with a guard.
func run(g pipeline.Guard, frames ...[]sent) *pt.Result {
	return runWith(pipeline.Default(), g, frames...)
}

func runWith(cfg pipeline.Config, g pipeline.Guard, frames ...[]sent) *pt.Result {
	cfg.Flow.Capacity, cfg.Guard = 64, g
	var inputs []pt.Input
	for _, s := range slices.Concat(frames...) {
		inputs = append(inputs, pt.Input{Bytes: s.frame, Time: pt.Start + int64(s.after), Port: s.port})
	}
	return pt.Rig{Config: cfg, Stages: []pipeline.Stage{pt.AllowAll()}}.RunInputs(inputs...)
}

// outcomes are a word for each frame: its reason, or "ok".
func outcomes(r *pt.Result) (words []string) {
	for _, o := range r.Outcomes {
		word := o.Reason.String()
		if o.Reason != pipeline.OK && o.Stage != "guard" {
			word = o.String()
		}
		words = append(words, word)
	}
	return words
}

func want(t *testing.T, r *pt.Result, words ...string) {
	t.Helper()
	if got := outcomes(r); !slices.Equal(got, words) {
		t.Errorf("got %v, want %v", got, words)
	}
}

// found are findings as text.
func found(r *pt.Result) (texts []string) {
	for _, f := range r.Founds {
		text := fmt.Sprintf("%d %s", f.Handle, f.Reason)
		if f.Accepted {
			text += " accepted"
		}
		texts = append(texts, text)
	}
	return texts
}

// TestTunnels: who may carry what.
func TestTunnels(t *testing.T) {
	c := config(guard.Enforce)
	c.VTEPs = []guard.Allowed{
		{VNIs: []guard.Range{{Lo: 100, Hi: 100}, {Lo: 200, Hi: 299}}, VTEPs: prefixes("192.0.2.0/31", "192.0.2.2/32", "2001:db8::/64")},
		{VNIs: []guard.Range{{Lo: 300, Hi: 300}}, VTEPs: prefixes("198.51.100.0/24"), Groups: prefixes("239.0.0.0/8")},
		{VTEPs: prefixes("203.0.113.9/32")},
	}
	c.Own = []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	for _, x := range []struct {
		from, to string
		vni      uint32
		want     string
	}{
		{"192.0.2.0", "192.0.2.2", 100, "ok"},
		{"192.0.2.0", "192.0.2.2", 250, "ok"},
		{"192.0.2.0", "192.0.2.2", 300, "vtep-wrong-vni"},
		{"192.0.2.0", "192.0.2.2", 99, "vtep-wrong-vni"},
		{"192.0.2.0", "198.51.100.7", 300, "vtep-wrong-vni"},
		{"192.0.2.0", "198.51.100.7", 100, "vtep-wrong-vni"}, // the receiver must not see it
		{"192.0.2.3", "192.0.2.2", 100, "vtep-unknown"},
		{"192.0.2.0", "192.0.2.3", 100, "vtep-unknown"},
		{"192.0.2.1", "192.0.2.2", 100, "own-packet"},
		{"2001:db8::5", "2001:db8::6", 100, "ok"},
		{"2001:db9::5", "2001:db8::6", 100, "vtep-unknown"},
		{"198.51.100.7", "239.1.1.1", 300, "ok"},
		{"198.51.100.7", "224.1.1.1", 300, "vtep-unknown"},
		{"239.1.1.1", "198.51.100.7", 300, "vtep-unknown"}, // nobody speaks from a group
		{"203.0.113.9", "192.0.2.2", 100, "ok"},
		{"203.0.113.9", "203.0.113.9", 12345, "ok"},
		{"203.0.113.8", "203.0.113.9", 12345, "vtep-unknown"},
		{"203.0.113.9", "192.0.2.1", 300, "ok"}, // to us
	} {
		r := run(guard.New(c), at(0, udpTo(x.from, x.to, x.vni, macA, "10.0.0.1")))
		if got := outcomes(r); got[0] != x.want {
			t.Errorf("%s -> %s, VNI %d: %v, want %s", x.from, x.to, x.vni, got, x.want)
		}
		if x.want != "ok" && (len(r.Starts) != 0 || r.Counters.Flows.Created != 0 || len(r.Founds) != 1) {
			t.Errorf("%s -> %s: %d flows, findings %v", x.from, x.to, r.Counters.Flows.Created, found(r))
		}
	}
}

// TestLearn: what would be dropped passes, is counted, and is reported once.
func TestLearn(t *testing.T) {
	c := config(guard.Learn)
	c.VTEPs = []guard.Allowed{{VTEPs: prefixes("192.0.2.1/32", "192.0.2.2/32")}}
	r := run(guard.New(c), at(0, udp(vtepC, macA, "10.0.0.1"), udp(vtepC, macA, "10.0.0.1"), udp(vtepA, macA, "10.0.0.1"), udp(vtepB, macA, "10.0.0.1")),
		at(2*time.Minute, udp(vtepC, macA, "10.0.0.1")))
	want(t, r, "ok", "ok", "ok", "ok", "ok")
	if got := found(r); !slices.Equal(got, []string{"1 vtep-unknown", "4 mac-moved", "5 vtep-unknown"}) {
		t.Error(got)
	}
	if f := r.Founds[2]; f.Missed != 1 || f.Enforce {
		t.Errorf("%+v", f)
	}
	s := &r.Counters.Suspected
	if s[pipeline.VTEPUnknown].Packets != 3 || s[pipeline.MACMoved].Packets != 1 || r.Counters.Forwarded.Packets != 5 {
		t.Errorf("%+v", s)
	}
}

// TestModeByVNI: the first table that names a VNI decides.
func TestModeByVNI(t *testing.T) {
	c := config(guard.Enforce)
	c.VTEPs = []guard.Allowed{{VTEPs: prefixes("192.0.2.2/32")}}
	c.Networks = []guard.Network{{VNIs: []guard.Range{{Lo: 5, Hi: 6}}, Mode: guard.Off}, {VNIs: []guard.Range{{Lo: 6, Hi: 7}}, Mode: guard.Learn}}
	var frames [][]byte
	for _, vni := range []uint32{4, 5, 6, 7, 8} {
		frames = append(frames, udpTo(vtepA, vtepB, vni, macA, "10.0.0.1"))
	}
	r := run(guard.New(c), at(0, frames...))
	want(t, r, "vtep-unknown", "ok", "ok", "ok", "vtep-unknown")
	if got := found(r); !slices.Equal(got, []string{"1 vtep-unknown", "4 vtep-unknown", "5 vtep-unknown"}) {
		t.Error(got)
	}
}

// TestDuplicate: two that speak at the same time. The first stays, VNIs and VLANs
// are worlds of their own.
func TestDuplicate(t *testing.T) {
	g := guard.New(config(guard.Enforce))
	tagged := pt.Frame(pt.VXLAN{VNI: 100, From: vtepC, To: vtepB}, pt.Eth{Src: macA}, pt.VLAN{ID: 7}, pt.IPv4{}, pt.UDP{})
	r := run(g, at(0, udp(vtepA, macA, "10.0.0.1"), udp(vtepC, macA, "10.0.0.1"), udpTo(vtepC, vtepB, 200, macA, "10.0.0.1"), tagged),
		at(900*time.Millisecond, udp(vtepC, macA, "10.0.0.1"), udp(vtepA, macA, "10.0.0.1")),
		at(1800*time.Millisecond, udp(vtepC, macA, "10.0.0.1")))
	want(t, r, "ok", "mac-moved", "ok", "ok", "mac-moved", "ok", "mac-moved")
	if got := found(r); !slices.Equal(got, []string{"2 mac-moved"}) {
		t.Error(got)
	}
	f := r.Founds[0]
	if addr(f.Old) != vtepA || addr(f.New) != vtepC || [6]byte(f.Subject[:6]) != [6]byte{2, 0, 0, 0, 1, 10} {
		t.Errorf("%+v", f)
	}
}

func addr(a [16]byte) string { return netip.AddrFrom16(a).Unmap().String() }

// TestMove: who was silent at the old place has moved, and the old place is now the
// false one. Too many moves are none.
func TestMove(t *testing.T) {
	c := config(guard.Enforce)
	c.Moves = 2
	g := guard.New(c)
	const s = time.Second
	r := run(g, at(0, udp(vtepA, macA, "10.0.0.1")), at(s/2, udp(vtepC, macA, "10.0.0.1")),
		at(3*s/2, udp(vtepC, macA, "10.0.0.1"), udp(vtepA, macA, "10.0.0.1")), // moves
		at(3*s, udp(vtepA, macA, "10.0.0.1"), udp(vtepC, macA, "10.0.0.1")),   // moves back
		at(5*s, udp(vtepC, macA, "10.0.0.1")),                                 // once too often
		at(200*s, udp(vtepC, macA, "10.0.0.1"), udp(vtepA, macA, "10.0.0.1")))
	want(t, r, "ok", "mac-moved", "ok", "mac-moved", "ok", "mac-moved", "mac-moved", "ok", "mac-moved")
	if got := found(r); !slices.Equal(got, []string{"2 mac-moved", "3 mac-moved accepted", "5 mac-moved accepted", "8 mac-moved accepted", "9 mac-moved"}) {
		t.Error(got)
	}
	if n := g.Stats().MACMoves; n != 3 {
		t.Errorf("%d moves", n)
	}
}

// TestAge: what was silent for long is forgotten, without a word.
func TestAge(t *testing.T) {
	c := config(guard.Enforce)
	r := run(guard.New(c), at(0, arp(vtepA, macA, "10.0.0.1")), at(c.Age+time.Second, arp(vtepC, macA, "10.0.0.1"), arp(vtepC, macB, "10.0.0.1")))
	want(t, r, "ok", "ok", "address-moved")
	if got := found(r); !slices.Equal(got, []string{"3 address-moved"}) {
		t.Error(got)
	}
}

// TestAddresses: ARP and ND bind, all packets are held to it, routers are not.
func TestAddresses(t *testing.T) {
	r := run(guard.New(config(guard.Enforce)), at(0,
		udp(vtepA, macA, "10.9.9.9"), udp(vtepA, macB, "10.9.9.9"), // nobody has said whose that is: routed
		arp(vtepA, macA, "10.0.0.1"), udp(vtepA, macA, "10.0.0.1"), udp(vtepA, macB, "10.0.0.1"), arp(vtepA, macB, "10.0.0.1"),
		arpOf(vtepA, macB, macA, "10.0.0.1"),                               // in another's name, but true
		arp(vtepC, macX, "10.0.0.7"), arpOf(vtepA, macB, macX, "10.0.0.7"), // says that macX is behind VTEP A
		arp(vtepA, macB, "0.0.0.0")))
	want(t, r, "ok", "ok", "ok", "ok", "address-moved", "address-moved", "ok", "ok", "mac-moved", "ok")

	c := config(guard.Enforce)
	c.Addresses = guard.Packets
	c.Gateways = [][6]byte{{2, 0, 0, 0, 1, 0xc}}
	r = run(guard.New(c), at(0, udp(vtepA, macA, "10.9.9.9"), udp(vtepA, macB, "10.9.9.9"),
		udp(vtepA, macX, "10.9.9.9"), udp(vtepC, macX, "10.9.9.9"), arp(vtepC, macX, "10.9.9.9")))
	want(t, r, "ok", "address-moved", "ok", "ok", "address-moved")

	c.Addresses = guard.NoSource
	r = run(guard.New(c), at(0, arp(vtepA, macA, "10.0.0.1"), arp(vtepA, macB, "10.0.0.1")))
	want(t, r, "ok", "ok")
}

// TestStatic: a binding of the configuration does not move, ever.
func TestStatic(t *testing.T) {
	c := config(guard.Enforce)
	mac := [6]byte{2, 0, 0, 0, 1, 10}
	c.Static = []guard.Binding{{VNI: 100, MAC: mac, VTEP: netip.MustParseAddr(vtepA), Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1")}}}
	g := guard.New(c)
	r := run(g, at(0, udp(vtepC, macA, "10.0.0.2"), udp(vtepA, macA, "10.0.0.1"), udp(vtepA, macB, "10.0.0.1")),
		at(24*time.Hour, udp(vtepC, macA, "10.0.0.1"), udp(vtepA, macB, "10.0.0.1")))
	want(t, r, "mac-moved", "ok", "address-moved", "mac-moved", "address-moved")
	if g.ForgetMAC(100, mac) != 0 || g.ForgetAddress(100, wire.Map4([4]byte{10, 0, 0, 1})) != 0 {
		t.Error("a static binding was forgotten")
	}
}

// TestBothPorts: a VTEP is on one side of the wire.
func TestBothPorts(t *testing.T) {
	a, b := udp(vtepA, macA, "10.0.0.1"), udpTo(vtepB, vtepA, 100, macB, "10.0.0.2")
	r := run(guard.New(config(guard.Enforce)), []sent{
		{0, a, 0}, {0, b, 1}, {0, a, 1}, {0, b, 0}, // looped
		{time.Second / 2, a, 0}, {time.Second, a, 1}, // still there
		{2 * time.Second, a, 1}, {2 * time.Second, a, 0}, // recabled
	})
	want(t, r, "ok", "ok", "vtep-both-ports", "vtep-both-ports", "ok", "vtep-both-ports", "ok", "vtep-both-ports")
}

// TestNested: a tunnel inside the tunnel, whatever [decap] says of it.
func TestNested(t *testing.T) {
	nested := pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 5, Dst: 4789}, pt.VXLANHeader{VNI: 200}, pt.Eth{}, pt.IPv4{}, pt.UDP{})
	want(t, run(guard.New(config(guard.Enforce)), at(0, nested)), "nested-tunnel")
	r := run(guard.New(config(guard.Learn)), at(0, nested))
	want(t, r, "ok")
	if got := found(r); !slices.Equal(got, []string{"1 nested-tunnel"}) || r.Counters.Suspected[pipeline.NestedTunnel].Packets != 1 {
		t.Error(got)
	}
	c := config(guard.Enforce)
	c.AllowNested = true
	want(t, run(guard.New(c), at(0, nested)), "ok")
}
