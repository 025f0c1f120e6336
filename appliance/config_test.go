package appliance

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/rules"
)

func TestPickupGrace(t *testing.T) {
	cfg, start := DefaultConfig(), time.Unix(1000, 0)
	if got := cfg.Pipeline(start).Flow.PickupUntil; got != start.Add(time.Minute).UnixNano() {
		t.Errorf("picked up until %d", got)
	}
	if got := cfg.Pipeline(time.Time{}).Flow.PickupUntil; got != 0 {
		t.Errorf("picked up until %d without a start", got)
	}
}

// TestSample holds the sample configuration to the defaults, and to every key
// there is.
func TestSample(t *testing.T) {
	const path = "../configs/vxwall.toml"
	cfg, problems, err := LoadConfig(path, DefaultConfig())
	if err != nil || len(problems) != 0 {
		t.Fatal(err, problems)
	}
	if want := DefaultConfig(); !reflect.DeepEqual(cfg, want) {
		t.Errorf("the sample says\n%+v\nthe defaults are\n%+v", cfg, want)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	places, _ := rules.Settings(rules.Source{Name: path, Text: text}, &cfg)
	for _, key := range keysOf(reflect.TypeFor[Config](), "") {
		if places[key].Line == 0 {
			t.Errorf("%s is not in the sample", key)
		}
	}
}

// keysOf returns the dotted keys of a struct by its tags.
func keysOf(t reflect.Type, prefix string) (keys []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		key := prefix + f.Tag.Get("toml")
		if slices.Contains([]string{"vni", "peer", "network", "side", "guard.vtep", "guard.vni", "guard.binding"}, key) { // without a default; TestSampleTables
			continue
		}
		if f.Type.Kind() == reflect.Struct {
			keys = append(keys, keysOf(f.Type, key+".")...)
		} else {
			keys = append(keys, key)
		}
	}
	return keys
}

func TestSampleRules(t *testing.T) {
	for _, path := range []string{"../configs/rules.d/example.toml", "../configs/rules.d", demoRules} {
		c := mustCheck(t, path)
		if len(c.Problems) != 0 || len(c.Set.Asserts) == 0 {
			t.Errorf("%s: %d asserts, problems %v", path, len(c.Set.Asserts), c.Problems)
		}
	}
}

func TestDefaultsAreThePipelines(t *testing.T) {
	cfg := DefaultConfig()
	if errs := cfg.Check(); len(errs) != 0 {
		t.Error(errs)
	}
	got, want := cfg.Pipeline(time.Time{}), pipeline.Default()
	if got.Flow.Seed == (flow.Seed{}) || got.Flow.Seed == cfg.Pipeline(time.Time{}).Flow.Seed {
		t.Error("the seed is no secret")
	}
	got.Flow.Seed = flow.Seed{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

// TestBadValues puts a bad value at every key that has bounds, or a list of
// what is accepted, and wants it found at its place.
func TestBadValues(t *testing.T) {
	cfg := DefaultConfig()
	bad := map[string][]string{
		"datapath.vxlan_ports": {"[]", "[0]", "[4789, 0]", "[1, 2, 3, 4, 5, 6, 7, 8, 9]"},
		"datapath.ports":       {`["eth1"]`, `["eth1", "eth1"]`, `["a", "b", "c"]`, `["a/b", "c"]`, `["eth1", "name-of-16-bytes"]`},
		"datapath.heartbeat":   {`"9ms"`, `"2m"`},
		"datapath.ring":        {"100"},
		"datapath.pin":         {`"vxwall"`},
		"admin.socket":         {`""`, `"vxwall.sock"`, `"/` + strings.Repeat("x", 107) + `"`},
		"admin.group":          {`""`},
		"admin.permissions":    {`""`, `"0777"`, `"0060"`, `"rw"`},
		"vtep.ageing":          {`"0s"`, `"3h"`},
		"health.listen":        {`"8080"`, `"0.0.0.0:80"`, `"localhost:http"`},
		"metrics.listen":       {`"9789"`, `"localhost:http"`, `"localhost:70000"`},
		"rules.paths":          {"[]"},
		"flows.pickup_grace":   {`"-1s"`, `"721h"`},
		"events.buffer":        {"100", "0", "2097152"},
	}
	for key := range cfg.choices() {
		bad[key] = append(bad[key], `"perhaps"`, `""`)
	}
	for key, n := range cfg.numbers() {
		bad[key] = append(bad[key], fmt.Sprint(n.min-1), fmt.Sprint(n.max+1))
	}
	for key := range cfg.durations() {
		bad[key] = append(bad[key], `"0s"`, `"999ms"`, `"721h"`, `"-5m"`)
	}
	for key, values := range bad {
		table, name, _ := strings.Cut(key, ".")
		for _, value := range values {
			text := fmt.Sprintf("# comment\n[%s]\n%s = %s\n", table, name, value)
			want := fmt.Sprintf("x.toml:3:%d: ", len(name)+4)
			_, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(text)}, DefaultConfig())
			if len(problems) == 0 || !strings.HasPrefix(problems[0].Error(), want) || !strings.Contains(problems[0].Source, value) {
				t.Errorf("%s = %s: got %v, want %s…", key, value, problems, want)
				continue
			}
			if !strings.Contains(problems[0].Message, key) {
				t.Errorf("%s = %s: %q does not name the key", key, value, problems[0].Message)
			}
		}
	}
}

func TestGoodValues(t *testing.T) {
	text := `
[datapath]
vxlan_ports = [4789, 8472]
[decap]
nested = "pass"
[flows]
pickup_grace = "0s"
midstream = "pickup"
denied = "1s"
[answers]
rate = 0
[events]
eve = ""
buffer = 64
`
	cfg, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(text)}, DefaultConfig())
	if len(problems) != 0 {
		t.Fatal(problems)
	}
	p := cfg.Pipeline(time.Time{})
	if !slices.Equal(p.Ports, []uint16{4789, 8472}) || p.Nested != pipeline.NestedPass || !p.Flow.Midstream || p.AnswerRate != 0 {
		t.Errorf("%+v", p)
	}
	if cfg.Decap.NotVXLAN != "pass" {
		t.Error("what the file does not say is not the default")
	}
}

func TestConfigProblems(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"unknown key", "[flows]\ncapacty = 5\n", `x.toml:2:1: unknown key "capacty" in [flows]: did you mean "capacity"?`},
		{"unknown table", "[flow]\ncapacity = 5\n", `x.toml:1:2: unknown table "flow": did you mean "flows"?`},
		{"wrong type", "[flows]\ncapacity = \"many\"\n", `x.toml:2:12: `},
		{"no duration", "[flows]\nicmp = \"soon\"\n", `x.toml:2:8: `},
		{"port too large", "[datapath]\nvxlan_ports = [4789, 70000]\n", `x.toml:2:22: `},
		{"negative port", "[datapath]\nvxlan_ports = [-1]\n", `x.toml:2:16: `},
		{"no TOML", "[flows\n", `x.toml:1:`},
		{"twice", "[flows]\nicmp = \"5s\"\nicmp = \"6s\"\n", `x.toml:3:1: `},
	}
	for _, c := range cases {
		_, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(c.text)}, DefaultConfig())
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), c.want) {
			t.Errorf("%s: got %v, want %s…", c.name, problems, c.want)
		}
	}
}

// TestConfigProblemsInOrder wants all problems of a file, by line.
func TestConfigProblemsInOrder(t *testing.T) {
	text := "[flows]\nudp_new = \"0s\"\ncapacity = 0\n[answers]\nrat = 1\n[decap]\nnested = \"x\"\n[datapath]\nvxlan_ports = [\"y\"]\n"
	_, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(text)}, DefaultConfig())
	var got []int
	for _, p := range problems {
		got = append(got, p.Line)
	}
	if want := []int{2, 3, 5, 7, 9}; !slices.Equal(got, want) {
		t.Errorf("problems in lines %v, want %v", got, want)
	}
}

func TestLoadConfigErrors(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "none.toml"): "read configuration: open " + dir + "/none.toml: no such file or directory",
		dir:                             "read configuration: read " + dir + ": is a directory",
	} {
		if _, _, err := LoadConfig(path, DefaultConfig()); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	bad := filepath.Join(dir, "bad.toml")
	writeFile(t, bad, "[decap]\nnested_depth = 9\n")
	_, problems, err := LoadConfig(bad, DefaultConfig())
	want := bad + `:2:16: decap.nested_depth: 9 is not within 1 to 8
    2 | nested_depth = 9
      |                ^
`
	if err != nil || len(problems) != 1 || problems[0].Detail() != want {
		t.Errorf("got %v %v, want\n%s", err, problems, want)
	}
}

// TestNFQueueMistakes: what nfqueue mode does not take is said where it stands.
func TestNFQueueMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"[datapath]\nmode = \"nfqueue\"\n[nfqueue]\nqueue = 65535\ncount = 2\n":                       "x.toml:5:9: nfqueue.count: 2 queues from number 65535 end beyond 65535",
		"[datapath]\nmode = \"nfqueue\"\n[nfqueue]\nmark = 0\n":                                       "x.toml:4:8: nfqueue.mark: 0 is not within 0x1 to 0xffffffff",
		"[datapath]\nmode = \"nfqueue\"\n[nfqueue]\nrules = \"some\"\n":                               "x.toml:4:9: nfqueue.rules: \"some\" is none of install, none",
		"[datapath]\nmode = \"nfqueue\"\nports = [\"eth1\", \"eth2\"]\n":                              "x.toml:3:9: datapath.ports: nfqueue mode takes packets from the kernel",
		"[datapath]\nmode = \"nfqueue\"\n[[vni]]\nid = [1]\non_death = \"drop\"\n":                    "x.toml:3:1: vni: nfqueue mode has one on_death",
		"[datapath]\nmode = \"nfqueue\"\n[vtep]\naddresses = [\"192.0.2.1\"]\n[nfqueue]\ncount = 2\n": "x.toml:4:13: vtep.addresses: it has no meaning",
	} {
		_, problems := parseConfig(rules.Source{Name: "x.toml", Text: []byte(text)}, DefaultConfig(), []checkFunc{(*Config).Check, (*Config).CheckRun})
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), want) {
			t.Errorf("%s: %v, want %s", text, problems, want)
		}
	}
}
