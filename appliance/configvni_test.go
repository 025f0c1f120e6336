package appliance

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"vxwall/appliance/link/afxdp"
	"vxwall/rules"
)

func TestVNITables(t *testing.T) {
	text := `
[datapath]
ports = ["eth1", "eth2"]
on_death = "relay"

[[vni]]
id = [100, "200-202"]
on_death = "drop"

[[vni]]
id = ["300"]
on_death = "relay"
`
	cfg, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(text)}, DefaultConfig())
	if len(problems) != 0 {
		t.Fatal(problems)
	}
	want := map[uint32]afxdp.Fallback{100: afxdp.Drop, 200: afxdp.Drop, 201: afxdp.Drop, 202: afxdp.Drop, 300: afxdp.Relay}
	if got := cfg.Link().OnDeathVNI; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestVNITableMistakes(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"no range", `id = [100, "20x"]`, `3:12: vni.0.id.1: "20x" is no VNI of 0 to 16777215, nor a range such as "200-299"`},
		{"backwards", `id = ["9-8"]`, `3:7: vni.0.id.0: "9-8" is no VNI`},
		{"25 bits", `id = [16777216]`, `3:7: vni.0.id.0: 16777216 is no VNI`},
		{"negative", `id = [-1]`, `3:7: vni.0.id.0: -1 is no VNI`},
		{"twice", `id = [7, "5-9"]`, `3:10: vni.0.id.1: VNI 7 stands in [[vni]] table 1 already`},
		{"too many", `id = ["0-4096"]`, `3:7: vni.0.id.0: more than 4096 VNIs in all [[vni]] tables`},
		{"wrong type", `id = [true]`, `3:7: wrong type in "id": found a boolean, expected an integer or a string`},
		{"no list", `id = 5`, `3:6: wrong type for "id"`},
		{"empty", `id = []`, `3:6: vni.0.id: missing (expected VNIs, such as [100, "200-299"])`},
		{"unknown key", "id = [5]\nondeath = 1", `4:1: unknown key "ondeath" in [[vni]]: did you mean "on_death"?`},
	}
	for _, c := range cases {
		text := "[[vni]]\non_death = \"drop\"\n" + c.text + "\n"
		_, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(text)}, DefaultConfig())
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), "x.toml:"+c.want) {
			t.Errorf("%s: got %v, want %s", c.name, problems, c.want)
		}
	}
	for text, want := range map[string]string{
		"[[vni]]\nid = [5]\n":                         "x.toml:1:1: vni.0.on_death: missing (expected drop or relay)",
		"[[vni]]\nid = [5]\non_death = \"perhaps\"\n": `x.toml:3:12: vni.0.on_death: "perhaps" is none of drop, relay`,
		"[vni]\nid = [5]\n":                           `x.toml:1:1: wrong type for "vni": found a table, expected a list, each element a table`,
	} {
		_, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(text)}, DefaultConfig())
		if len(problems) != 1 || problems[0].Error() != want {
			t.Errorf("got %v, want %s", problems, want)
		}
	}
}

// TestSampleTables takes the comment signs from the sample's tables without
// defaults: they must be accepted, and have every key there is.
func TestSampleTables(t *testing.T) {
	sample, err := os.ReadFile("../configs/vxwall.toml")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	inside := false
	for line := range strings.Lines(string(sample)) {
		inside = strings.HasPrefix(line, "# [[") || inside && line != "\n"
		if inside {
			line = strings.TrimPrefix(line, "# ")
		}
		text.WriteString(line)
	}
	cfg := DefaultConfig()
	source := rules.Source{Name: "x.toml", Text: []byte(text.String())}
	places, problems := rules.Settings(source, &cfg)
	if len(problems) != 0 || len(cfg.Check()) != 0 || len(cfg.onDeath()) != 101 {
		t.Errorf("%d VNIs, %v, %v", len(cfg.onDeath()), problems, cfg.Check())
	}
	for name, table := range map[string]reflect.Type{
		"vni.0.": reflect.TypeFor[VNIConfig](), "peer.0.": reflect.TypeFor[PeerConfig](), "network.0.": reflect.TypeFor[NetworkConfig](), "side.0.": reflect.TypeFor[SideConfig](),
		"guard.vtep.0.": reflect.TypeFor[GuardVTEPConfig](), "guard.vni.0.": reflect.TypeFor[GuardVNIConfig](), "guard.binding.0.": reflect.TypeFor[GuardBindingConfig](),
	} {
		for _, key := range keysOf(table, name) {
			if places[key].Line == 0 {
				t.Errorf("%s is not in the sample", key)
			}
		}
	}
}

func TestRunConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.toml")
	for text, want := range map[string]string{
		"[datapath]\nports = [\"a\", \"b\"]\n": "",
		"":                                     path + `: datapath.ports: want the two network interfaces that the packets pass through, such as ["eth1", "eth2"]`,
		"[datapath]\nports = []\n":             path + `:2:9: datapath.ports: want the two network interfaces`,
	} {
		writeFile(t, path, text)
		_, problems, err := LoadRunConfig(path)
		if err != nil || (want == "") != (len(problems) == 0) || want != "" && !strings.HasPrefix(problems[0].Error(), want) {
			t.Errorf("%q: got %v %v, want %s", text, problems, err, want)
		}
		if _, problems, err := LoadConfig(path, DefaultConfig()); err != nil || len(problems) != 0 {
			t.Errorf("%q: a replay does not take it: %v %v", text, problems, err)
		}
	}
}

// TestLinkConfig holds the defaults of the daemon to those of the link.
func TestLinkConfig(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Datapath.Ports = []string{"a", "b"}
	got, want := cfg.Link(), afxdp.DefaultConfig()
	want.Ports, want.OnDeathVNI = [2]string{"a", "b"}, got.OnDeathVNI
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	cfg.Datapath.Heartbeat = 10 * time.Millisecond // the shortest; Open wants two polls in it
	if got := cfg.Link().PollTimeout; got != 5*time.Millisecond {
		t.Errorf("polls for %v", got)
	}
	cfg.Datapath.Offload = false
	if cfg.Link().Offload != 0 {
		t.Error("offload is not off")
	}
}

// TestShortConfig is what a short configuration may look like.
func TestShortConfig(t *testing.T) {
	text := `
[datapath]
mode        = "wire"
ports       = ["eth1", "eth2"]
vxlan_ports = [4789]
xdp         = "auto"
workers     = 0
offload     = true
on_death    = "relay"
overload    = "drop"

[rules]
paths = ["/etc/vxwall/rules.d"]

[events]
eve = "/var/log/vxwall/eve.json"

[admin]
socket = "/run/vxwall/vxwall.sock"

[metrics]
listen = "127.0.0.1:9789"
`
	cfg, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(text)}, DefaultConfig())
	want := DefaultConfig()
	want.Datapath.Ports = []string{"eth1", "eth2"}
	if len(problems) != 0 || len(cfg.CheckRun()) != 0 || !reflect.DeepEqual(cfg, want) {
		t.Errorf("%v\n%+v", problems, cfg)
	}
}
