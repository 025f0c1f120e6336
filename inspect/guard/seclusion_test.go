package guard_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"vxwall/inspect/guard"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

// TestSecluded: where flows are offloaded a move is believed only once somebody has
// said that nothing of the sender is left there.
func TestSecluded(t *testing.T) {
	c := config(guard.Enforce)
	c.Secluded = true
	g := guard.New(c)
	a, x := udp(vtepA, macA, "10.0.0.1"), udp(vtepC, macA, "10.0.0.1")
	sender := guard.Sender{VNI: 100, MAC: [6]byte{2, 0, 0, 0, 1, 10}, VTEP: netip.MustParseAddr(vtepA).As16()}
	elsewhere := sender
	elsewhere.VTEP = netip.MustParseAddr(vtepC).As16()
	const s = time.Second
	at1 := func(after time.Duration, frame []byte, word string) {
		t.Helper()
		want(t, run(g, at(after, frame)), word)
	}
	asked := func() bool {
		select {
		case <-g.Disputed():
			return true
		default:
			return false
		}
	}
	at1(0, a, "ok")
	at1(s/2, x, "mac-moved")
	if asked() {
		t.Error("asked of one that was just heard")
	}
	at1(2*s, x, "mac-moved")
	if !asked() {
		t.Fatal("not asked")
	}
	q := g.Inquire()
	if q.Heard(&elsewhere, 0) || !q.Heard(&sender, pt.Start+int64(3*s/2)) {
		t.Error("who matters is not the one who is bound")
	}
	q.Settle()
	at1(21*s/10, x, "mac-moved") // heard half a second ago
	at1(26*s/10, x, "mac-moved") // silent, but flows of it were there
	if !asked() {
		t.Fatal("not asked again")
	}
	g.Inquire().Settle()
	at1(27*s/10, x, "ok")
	at1(28*s/10, a, "mac-moved")

	at1(5*s, a, "mac-moved") // the same the other way, but the holder speaks meanwhile
	g.Inquire().Settle()
	at1(6*s, x, "ok")
	at1(8*s, a, "mac-moved")
	if !asked() {
		t.Error("what was said before the holder spoke counts no more")
	}
}

// TestHeard: who is heard elsewhere is not forgotten for silence; a false sender, or one
// who is not bound, is not believed for it.
func TestHeard(t *testing.T) {
	c := config(guard.Enforce)
	c.Secluded = true
	for name, test := range map[string]struct {
		vtep, mac string
		last      time.Duration
		want      []string
	}{
		"nobody":       {vtepA, macA, 0, []string{"ok", "ok"}},
		"the holder":   {vtepA, macA, c.Age / 2, []string{"mac-moved", "address-moved"}},
		"another VTEP": {vtepC, macA, c.Age / 2, []string{"ok", "address-moved"}},
		"another MAC":  {vtepA, macX, c.Age / 2, []string{"ok", "ok"}},
	} {
		g := guard.New(c)
		run(g, at(0, arp(vtepA, macA, "10.0.0.1")))
		g.Heard(&guard.Sender{
			VNI: 100, MAC: wire.Ethernet(pt.Frame(pt.Eth{Src: test.mac}, pt.IPv4{})).Src(), Addr: netip.MustParseAddr("10.0.0.1").As16(),
			VTEP: netip.MustParseAddr(test.vtep).As16(),
		}, pt.Start+int64(test.last))
		now := c.Age + time.Second
		if got := outcomes(run(g, at(now, udp(vtepC, macA, "10.0.0.9"), arp(vtepA, macB, "10.0.0.1")))); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
