package ips

import (
	"fmt"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"vxwall/pipeline/flow"
	"vxwall/rules/suricata"
)

// Addresses, in sets that the rules below name and outside of them.
var zoned = []string{"10.1.0.5", "10.2.0.9", "192.168.1.1", "8.8.8.8", "0.0.0.0", "255.255.255.255", "2001:db8::1", "fd00::1", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}

// A rule whose addresses hold those of a packet is among those of the packet's zones.
func TestZonesLoseNoRule(t *testing.T) {
	set := rapid.SampledFrom([]string{"any", "10.0.0.0/8", "!10.0.0.0/8", "[10.1.0.0/16,192.168.0.0/16]", "![10.1.0.0/16,192.168.0.0/16]", "8.8.8.8", "fd00::/8", "!fd00::/8"})
	rapid.Check(t, func(t *rapid.T) {
		text := ""
		for sid := range rapid.IntRange(1, 9).Draw(t, "rules") {
			arrow := rapid.SampledFrom([]string{"->", "<>"}).Draw(t, "arrow")
			text += fmt.Sprintf("alert tcp %s any %s %s any (content:\"abc\"; sid:%d;)\n", set.Draw(t, "source"), arrow, set.Draw(t, "destination"), sid+1)
		}
		sigs, _ := suricata.Parse("drawn", []byte(text), nil)
		e, _ := Compile(sigs, Options{})
		if e.zones.count > maxZones {
			t.Fatalf("%d zones", e.zones.count)
		}
		d := NewDetector(e, NewState(Limits{Sessions: 1}))
		address := rapid.SampledFrom(zoned)
		k := flow.Key{Src: netip.MustParseAddr(address.Draw(t, "from")).As16(), Dst: netip.MustParseAddr(address.Draw(t, "to")).As16()}
		d.in, d.epoch = &Input{Key: k}, 1
		pair := e.zones.pairOf(&k)
		for n := range e.rules {
			if r := &e.rules[n]; d.ends(r) == "" && !e.zones.mayHold(r, 0, pair/e.zones.count, pair%e.zones.count) {
				t.Fatalf("rule %s is not among those of %d zones for %v", sigs[r.sig].Text, e.zones.count, k)
			}
		}
	})
}

// Rules whose addresses rule a packet out are in no group of its zones.
func TestZonesRuleOut(t *testing.T) {
	w := newWorld(t, lines("alert tcp !10.0.0.0/8 any -> 10.0.0.0/8 any (content:\"abc\"; sid:1;)", "alert tcp 10.0.0.0/8 any -> any any (content:\"abd\"; sid:2;)"))
	in := w.packet(0, "abc")
	groups := w.engine.classes[classTCP][0][w.engine.zones.pairOf(&in.Key)].of(80)
	if got := len(groups[0].far.rules); got != 1 {
		t.Errorf("%d patterns for packets inside, want 1", got)
	}
	w.want(w.packet(0, "abc abd"), 2)
}
