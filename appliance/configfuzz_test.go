package appliance

import (
	"bytes"
	"os"
	"testing"

	"vxwall/rules"
)

// FuzzParseConfig reads any bytes as a configuration: each problem stands in
// the file, and without problems every value is one that Check accepts.
func FuzzParseConfig(f *testing.F) {
	text, err := os.ReadFile("../configs/vxwall.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("[decap]\nnested = \"pass\"\nnested_depth = 9\n[flow]\nx = [1, {a = 2}]\n"))
	f.Add([]byte("[[vni]]\nid = [1, \"2-3\", -1, true]\non_death = \"drop\"\n[vni.x]\ny = {}\n"))
	f.Add([]byte("[datapath]\nvxlan_ports = [4789, \"8472\", -1]\n[flows]\ntcp_new = 3\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		cfg, problems := ParseConfig(rules.Source{Name: "c.toml", Text: text}, DefaultConfig())
		lines := bytes.Count(text, []byte("\n")) + 1
		for _, p := range problems {
			if p.File != "c.toml" || p.Line < 0 || p.Line > lines || p.Line > 0 && p.Column < 1 {
				t.Fatalf("%+v is not in the file", p.Pos)
			}
		}
		if len(problems) == 0 && len(cfg.Check()) > 0 {
			t.Fatal(cfg.Check())
		}
	})
}
