package live

import (
	"fmt"
	"testing"
	"time"

	"vxwall/bench/lab"
)

// startVTEP is start with vxwall as a VTEP, once it can reach all others.
func startVTEP(t *testing.T, o lab.Options, policy string, cfg config) *wall {
	t.Helper()
	o.VTEP = true
	w := start(t, o, policy, cfg)
	eventually(t, "way to every peer", func() bool {
		peers := w.status(t).VTEP.Peers
		for i := range peers {
			if !peers[i].Ready {
				return false
			}
		}
		return len(peers) > 0
	})
	return w
}

// TestVTEPTraffic: ping (small, 1500 bytes, fragments), TCP and UDP, both ways, in both
// VNIs with the same addresses, IPv4 and IPv6 inside, over each underlay, and from
// one to the other. ARP and ND pass with it, or nothing would. The underlay's own is the
// kernel's.
func TestVTEPTraffic(t *testing.T) {
	for name, o := range map[string]lab.Options{
		"IPv4": {Underlay: lab.IPv4}, "IPv6": {Underlay: lab.IPv6}, "mixed, GBP": {Underlay: lab.Mixed, GBP: true}, "IPv4 to IPv6": {Underlay: lab.Cross},
	} {
		t.Run(name, func(t *testing.T) {
			w := startVTEP(t, o, allowBoth, nil)
			if got, err := w.Ping(t.Context(), lab.Ping{From: lab.Left100, Timeout: 5 * time.Second, Count: 1}); err != nil || got.Lost() > 0 {
				t.Fatalf("%v, %v; %+v", got, err, w.status(t).Packets)
			}
			for _, from := range []lab.Place{lab.Left100, lab.Right200} {
				for family, six := range families {
					t.Run(fmt.Sprint(from, " ", family), func(t *testing.T) { w.exchange(t, from, six) })
				}
			}
			w.wantPing(t, lab.Ping{From: lab.Third100, Size: 1500})
			w.wantPing(t, lab.Ping{From: lab.Third200, Six: true, Size: 4000})
			w.wantTransfer(t, lab.Transfer{From: lab.Third100, Bytes: 4 << 20})
			s := w.balanced(t)
			if s.Packets.Dropped.Packets > 0 {
				t.Errorf("dropped: %+v", s.Packets.DroppedBy)
			}
			if s.VTEP.FDB.Learned < 4 || s.VTEP.FDB.Moves > 0 {
				t.Errorf("FDB: %+v", s.VTEP.FDB)
			}
		})
	}
}
