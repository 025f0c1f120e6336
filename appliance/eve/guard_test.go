package eve

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"vxwall/inspect/guard"
	. "vxwall/pipeline/pipelinetest"
)

// guardObjects runs frames through a guard and returns the guard's events: type,
// and the guard's object.
func guardObjects(t *testing.T, mode guard.Mode, frames ...[]byte) (objects []string) {
	t.Helper()
	c := guard.Default()
	c.Mode, c.MoveAfter, c.Seed = mode, 2*time.Millisecond, [2]uint64{1, 2}
	c.VTEPs = []guard.Allowed{
		{VTEPs: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/29")}},
		{VNIs: []guard.Range{{Lo: 7, Hi: 7}}, VTEPs: []netip.Prefix{netip.MustParsePrefix("192.0.2.9/32")}},
	}
	cfg := testConfig()
	cfg.Guard = guard.New(c)
	for _, line := range eventsOf(t, parsePolicy(t, policyText), cfg, frames...) {
		o := parse(t, line)
		_, object, found := strings.Cut(line, `"guard":`)
		if kind := o["event_type"].(string); kind == "guard" {
			if !found || o["stage"] != "guard" || o["reason"] != field(o, "guard.kind") || field(o, "vxlan.vni") == nil {
				t.Errorf("%s", line)
			}
			objects = append(objects, strings.TrimSuffix(object, "}"))
		}
	}
	return objects
}

func TestGuardEvents(t *testing.T) {
	from := func(vtep, mac, ip string) []byte {
		return Frame(VXLAN{VNI: 100, From: vtep}, Eth{Src: mac}, ARP{Sender: ip, MAC: mac})
	}
	frames := [][]byte{
		from("192.0.2.1", MACa, "10.0.0.1"),
		from("192.0.2.9", MACa, "10.0.0.1"), from("198.51.100.1", MACa, "10.0.0.1"),
		from("192.0.2.3", MACa, "10.0.0.1"), from("192.0.2.3", MACa, "10.0.0.1"), // the second is a move, 3 ms after the first packet
		from("192.0.2.3", MACb, "10.0.0.1"),
		Frame(VXLAN{VNI: 100}, Eth{Src: "02:00:00:00:01:0e"}, IPv4{}, GRE{}, IPv4{}, UDP{Src: 1, Dst: 5432}),
	}
	want := []string{
		`{"kind":"vtep-wrong-vni","action":"refused","vtep":"192.0.2.9"}`,
		`{"kind":"vtep-unknown","action":"refused","vtep":"198.51.100.1"}`,
		`{"kind":"mac-moved","action":"accepted","mac":"02:00:00:00:01:0a","old_vtep":"192.0.2.1","new_vtep":"192.0.2.3"}`,
		`{"kind":"address-moved","action":"refused","ip":"10.0.0.1","old_mac":"02:00:00:00:01:0a","new_mac":"02:00:00:00:01:0b"}`,
		`{"kind":"nested-tunnel","action":"refused","mac":"02:00:00:00:01:0e","vtep":"192.0.2.1"}`,
	}
	if got := guardObjects(t, guard.Enforce, frames...); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for i := range want {
		want[i] = strings.Replace(want[i], `"refused"`, `"reported"`, 1)
	}
	if got := guardObjects(t, guard.Learn, frames...); !slices.Equal(got, want) {
		t.Errorf("learn: got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
