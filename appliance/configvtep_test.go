package appliance

import (
	"strings"
	"testing"

	"vxwall/rules"
)

// TestExamples: the example configurations are such that one may start with them.
func TestExamples(t *testing.T) {
	for _, path := range []string{"../configs/vtep.toml", "../configs/gateway.toml"} {
		if _, problems, err := LoadRunConfig(path); err != nil || len(problems) != 0 {
			t.Errorf("%s: %v %v", path, err, problems)
		}
	}
}

// TestVTEPMistakes: each mistake is found at its place.
func TestVTEPMistakes(t *testing.T) {
	const head = "[vtep]\naddresses = [\"192.0.2.1\"]\n[[peer]]\nname = \"left\"\naddress = \"192.0.2.2\"\n" // 5 lines
	cases := []struct{ name, text, want string }{
		{"own address", "[vtep]\naddresses = [\"192.0.2.1\", \"224.0.0.1\"]", `2:27: vtep.addresses.1: "224.0.0.1" is no address that a VTEP may have`},
		{"own address twice", "[vtep]\naddresses = [\"192.0.2.1\", \"::ffff:192.0.2.1\"]", `2:27: vtep.addresses.1: ::ffff:192.0.2.1 stands there twice`},
		{"device", "[vtep]\nfollow = [\"a/b\"]", `2:11: vtep.follow.0: "a/b" is no name of a network interface`},
		{"no name", "[[peer]]\naddress = \"192.0.2.2\"", `1:1: peer.0.name: missing`},
		{"no address", "[[peer]]\nname = \"a\"", `1:1: peer.0.address: "" is no address`},
		{"bad address", "[[peer]]\nname = \"a\"\naddress = \"192.0.2\"", `3:11: peer.0.address: "192.0.2" is no address`},
		{"name twice", head + "[[peer]]\nname = \"left\"\naddress = \"192.0.2.3\"", `7:8: peer.1.name: "left" is the name of [[peer]] table 1 already`},
		{"address twice", head + "[[peer]]\nname = \"b\"\naddress = \"192.0.2.2\"\nport = 4789", `8:11: peer.1.address: [[peer]] table 1 has this address and UDP port already`},
		{"ours", head + "[[peer]]\nname = \"b\"\naddress = \"192.0.2.1\"", `8:11: peer.1.address: 192.0.2.1 is an address of ours`},
		{"other family", head + "[[peer]]\nname = \"b\"\naddress = \"2001:db8::2\"", `8:11: peer.1.address: none of vtep.addresses is of its IP version`},
		{"port", head + "port = 8472", `6:8: peer.0.port: 8472 is none of datapath.vxlan_ports`},
		{"side", head + "side = 8", `6:8: peer.0.side: 8 is not within 0 to 7`},
		{"mtu", head + "mtu = 100", `6:7: peer.0.mtu: 100 is neither 0 nor within 256 to 65500`},
		{"unknown key", head + "vni = 100", `6:1: unknown key "vni" in [[peer]]`},
		{"network twice", "[[network]]\nid = 5\n[[network]]\nid = 5\nvnis = [{side = 0, vni = 6}]", `4:6: network.1.id: 5 is the ID of [[network]] table 1 already`},
		{"VNI twice", "[[network]]\nid = 5\n[[network]]\nid = 6\nvnis = [{side = 1, vni = 5}]", `5:26: network.1.vnis.0.vni: VNI 5 of side 1 belongs to [[network]] table 1 already`},
		{"side twice", "[[network]]\nid = 5\nvnis = [{side = 1, vni = 5}, {side = 1, vni = 6}]", `3:38: network.0.vnis.1.side: side 1 stands there twice`},
		{"VNI", "[[network]]\nid = 5\nvnis = [{side = 1, vni = 16777216}]", `3:26: network.0.vnis.0.vni: 16777216 is not within 0 to 16777215`},
		{"ID", "[[network]]\nid = -1", `2:6: network.0.id: -1 is not within 0 to 16777215`},
		{"member", head + "[[network]]\nid = 5\npeers = [\"left\", \"right\"]", `8:18: network.0.peers.1: there is no [[peer]] of the name "right"`},
		{"pair", head + "[[network]]\nid = 5\npair = [\"left\"]", `8:8: network.0.pair: want two different peers`},
		{"MAC", head + "[[network]]\nid = 5\nmacs = [{mac = \"01:00:00:00:00:01\", peer = \"left\"}]", `8:16: network.0.macs.0.mac: "01:00:00:00:00:01" is no MAC address of a host`},
		{"MAC twice", head + "[[network]]\nid = 5\nmacs = [{mac = \"02:00:00:00:00:01\", peer = \"left\"}, {mac = \"02:00:00:00:00:01\", peer = \"left\"}]", `8:60: network.0.macs.1.mac: 02:00:00:00:00:01 stands there twice`},
		{"learn", "[[network]]\nid = 5\nlearn = \"perhaps\"", `3:9: network.0.learn: "perhaps" is none of off, on`},
		{"unknown", "[[network]]\nid = 5\nunknown = \"perhaps\"", `3:11: network.0.unknown: "perhaps" is none of drop, flood`},
		{"side table twice", "[[side]]\nid = 1\ngroups = \"keep\"\n[[side]]\nid = 1\ngroups = \"keep\"", `5:6: side.1.id: side 1 stands in [[side]] table 1 already`},
		{"groups", "[[side]]\nid = 1\ngroups = \"all\"", `3:10: side.0.groups: "all" is none of keep, rewrite, strip`},
		{"map", "[[side]]\nid = 1\ngroups = \"strip\"\nmap = [{from = 1, to = 2}]", `4:7: side.0.map: it has no meaning unless groups = "rewrite"`},
		{"map twice", "[[side]]\nid = 1\ngroups = \"rewrite\"\nmap = [{from = 1, to = 2}, {from = 1, to = 3}]", `4:36: side.0.map.1.from: group 1 stands there twice`},
	}
	for _, c := range cases {
		_, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(c.text + "\n")}, DefaultConfig())
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), "x.toml:"+c.want) {
			t.Errorf("%s: got %v, want %s", c.name, problems, c.want)
		}
	}
}

// TestVTEPDeath: a VTEP drops unless it is told otherwise.
func TestVTEPDeath(t *testing.T) {
	for text, want := range map[string]string{
		"": "relay", "[datapath]\nmode = \"vtep\"\n": "drop", "[datapath]\nmode = \"vtep\"\non_death = \"relay\"\n": "relay",
	} {
		cfg, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(text)}, DefaultConfig())
		if len(problems) != 0 || cfg.Datapath.OnDeath != want {
			t.Errorf("%q: %s, want %s, %v", text, cfg.Datapath.OnDeath, want, problems)
		}
	}
}

// TestVTEPRun is what vtep mode wants beside, and what a wire does not take.
func TestVTEPRun(t *testing.T) {
	const peer = "[[peer]]\nname = \"a\"\naddress = \"192.0.2.2\"\n"
	cases := map[string]string{
		"[datapath]\nmode = \"vtep\"\nports = [\"a\"]\n[vtep]\naddresses = [\"192.0.2.1\"]\n" + peer:                                "",
		"[datapath]\nmode = \"vtep\"\nports = [\"a\"]\n[vtep]\naddresses = [\"192.0.2.1\"]\nfollow = [\"vxlan1\"]\n":                "",
		"[datapath]\nmode = \"vtep\"\nports = [\"a\"]\n[vtep]\naddresses = [\"192.0.2.1\"]\n":                                       "vtep.follow: nobody to send to",
		"[datapath]\nmode = \"vtep\"\nports = [\"a\"]\n" + peer:                                                                     "vtep.addresses: want the addresses",
		"[datapath]\nmode = \"vtep\"\nports = [\"a\"]\n[vtep]\naddresses = [\"192.0.2.1\"]\n[decap]\nnot_vxlan = \"drop\"\n" + peer: "decap.not_vxlan: vtep mode",
		"[datapath]\nports = [\"a\", \"b\"]\n" + peer:                                                                               `peer: it has no meaning unless datapath.mode is "vtep"`,
	}
	for text, want := range cases {
		cfg, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(text)}, DefaultConfig())
		errs := cfg.CheckRun()
		if len(problems) != 0 || (want == "") != (len(errs) == 0) || want != "" && !strings.HasPrefix(errs[0].Error(), want) {
			t.Errorf("%s: %v, %v", text, problems, errs)
		}
	}
}
