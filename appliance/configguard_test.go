package appliance

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"vxwall/inspect/guard"
	"vxwall/pipeline"
	"vxwall/rules"
)

// TestGuardMistakes: each mistake is found at its place.
func TestGuardMistakes(t *testing.T) {
	vtep := "[[guard.vtep]]\nvteps = [\"192.0.2.1\"]\n"
	cases := []struct{ name, text, want string }{
		{"age", "[guard]\nage = \"1m\"", `2:7: guard.age: 1m0s is not within 5m0s to 720h0m0s`},
		{"move", "[guard]\nmove_after = \"1ms\"", `2:14: guard.move_after: 1ms is not within 100ms to 1h0m0s`},
		{"within", "[guard]\nmoves_within = \"25h\"", `2:16: guard.moves_within: 25h0m0s is not within 1s to 24h0m0s`},
		{"report", "[guard]\nreport_every = \"0s\"", `2:16: guard.report_every: 0s is not within 1s to 24h0m0s`},
		{"gateway", "[guard]\ngateways = [\"02:00:00:00:00:01\", \"01:00:00:00:00:01\"]", `2:34: guard.gateways.1: "01:00:00:00:00:01" is no MAC address of a host`},
		{"gateways", "[guard]\ngateways = [" + strings.Repeat("\"02:00:00:00:00:01\", ", 65) + "]", `2:12: guard.gateways: more than 64`},
		{"no VTEPs", "[[guard.vtep]]\nvni = [5]", `1:1: guard.vtep.0.vteps: missing`},
		{"VNI", vtep + "vni = [5, \"9-8\"]", `3:11: guard.vtep.0.vni.1: "9-8" is no VNI`},
		{"prefix", "[[guard.vtep]]\nvteps = [\"192.0.2.1\", \"192.0.2.0/33\"]", `2:23: guard.vtep.0.vteps.1: "192.0.2.0/33" is no address or prefix`},
		{"host bits", "[[guard.vtep]]\nvteps = [\"192.0.2.1/24\"]", `2:10: guard.vtep.0.vteps.0: "192.0.2.1/24" has bits behind its length (expected 192.0.2.0/24)`},
		{"a group", "[[guard.vtep]]\nvteps = [\"239.0.0.1\"]", `2:10: guard.vtep.0.vteps.0: "239.0.0.1" is a multicast group`},
		{"no group", vtep + "groups = [\"192.0.2.7\"]", `3:11: guard.vtep.0.groups.0: "192.0.2.7" is no multicast group`},
		{"unknown key", vtep + "vtep = 1", `3:1: unknown key "vtep" in [[vtep]]: did you mean "vteps"?`},
		{"mode", "[[guard.vni]]\nid = [5]\nmode = \"on\"", `3:8: guard.vni.0.mode: "on" is none of off, learn, enforce`},
		{"nested", "[[guard.vni]]\nid = [5]\nmode = \"learn\"\nnested = \"drop\"", `4:10: guard.vni.0.nested: "drop" is none of refuse, allow`},
		{"no id", "[[guard.vni]]\nmode = \"learn\"", `1:1: guard.vni.0.id: missing`},
		{"binding of nothing", "[[guard.binding]]\nvni = 5\nmac = \"02:00:00:00:00:01\"", `1:1: guard.binding.0: it says nothing`},
		{"binding without MAC", "[[guard.binding]]\nvni = 5\nvtep = \"192.0.2.1\"", `1:1: guard.binding.0.mac: "" is no MAC address`},
		{"binding VNI", "[[guard.binding]]\nvni = -1\nmac = \"02:00:00:00:00:01\"\nvtep = \"192.0.2.1\"", `2:7: guard.binding.0.vni: -1 is not within`},
		{"binding VTEP", "[[guard.binding]]\nvni = 5\nmac = \"02:00:00:00:00:01\"\nvtep = \"224.0.0.1\"", `4:8: guard.binding.0.vtep: "224.0.0.1" is no address of a host`},
		{"bound twice", "[[guard.binding]]\nvni = 5\nmac = \"02:00:00:00:00:01\"\naddresses = [\"10.0.0.1\", \"::ffff:10.0.0.1\"]", `4:26: guard.binding.0.addresses.1: ::ffff:10.0.0.1 of VNI 5 is bound already`},
		{"too many", "[guard]\nbindings = 64\n[[guard.binding]]\nvni = 5\nmac = \"02:00:00:00:00:01\"\naddresses = [\"fd00::" +
			strings.Join(strings.Fields("1 2 3 4 5 6 7 8 9 a b c d e f 10 11"), `", "fd00::`) + "\"]", `2:12: guard.bindings: 64 leaves room for 16 addresses`},
	}
	for _, c := range cases {
		_, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(c.text + "\n")}, DefaultConfig())
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), "x.toml:"+c.want) {
			t.Errorf("%s: got %v, want %s", c.name, problems, c.want)
		}
	}
}

// TestGuardConfig: what the file says is what the guard gets.
func TestGuardConfig(t *testing.T) {
	text := `
[datapath]
mode = "vtep"
[vtep]
addresses = ["192.0.2.9"]
[guard]
mode = "learn"
addresses = "packets"
gateways = ["02:00:00:00:00:01"]
move_after = "3s"
[[guard.vtep]]
vni = [100, "200-299"]
vteps = ["192.0.2.1", "2001:db8::/64"]
groups = ["239.0.0.0/8"]
[[guard.vni]]
id = [7]
mode = "enforce"
nested = "allow"
[[guard.binding]]
vni = 5
mac = "02:00:00:00:00:02"
vtep = "192.0.2.1"
`
	cfg, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(text)}, DefaultConfig())
	if len(problems) != 0 {
		t.Fatal(problems)
	}
	got := cfg.Guard.compile()
	v := got.VTEPs[0]
	if got.Mode != guard.Learn || got.AllowNested || got.Addresses != guard.Packets || got.MoveAfter != 3*time.Second || got.Age != 10*time.Minute ||
		got.Gateways[0] != [6]byte{2, 0, 0, 0, 0, 1} || v.VNIs[1] != (guard.Range{Lo: 200, Hi: 299}) || v.VTEPs[0] != netip.MustParsePrefix("192.0.2.1/32") ||
		v.Groups[0] != netip.MustParsePrefix("239.0.0.0/8") || !got.Networks[0].AllowNested || got.Networks[0].Mode != guard.Enforce || got.Static[0].VNI != 5 {
		t.Errorf("%+v", got)
	}
	var p pipeline.Config
	if cfg.addGuard(&p, true) == nil || p.Guard == nil {
		t.Error("no guard")
	}
	p = pipeline.Config{}
	plain := DefaultConfig()
	if plain.addGuard(&p, true) != nil || p.Guard != nil {
		t.Error("a guard that nobody asked for")
	}
}
