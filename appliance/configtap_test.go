package appliance

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"vxwall/appliance/link/afxdp"
	"vxwall/pipeline"
	"vxwall/rules"
)

const tapHead = "[datapath]\nmode = \"tap\"\nports = [\"a\"]\n"

// TestTapMistakes: each is told where it stands.
func TestTapMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"[tap]\nduplicates = \"11s\"":                                             "x.toml:5:14: tap.duplicates: 11s is not within 0s to 10s",
		"[tap]\nunwrap = true":                                                    "x.toml:5:10: tap.unwrap: which headers are the mirror's is not known",
		"[tap]\nunwrap = true\nmirror_vni = [7, \"x\"]":                           "x.toml:6:18: tap.mirror_vni.1: \"x\" is no VNI",
		"[tap]\nunwrap = true\nmirror_vni = [7, \"6-8\"]":                         "x.toml:6:14: tap.mirror_vni: VNI 7 stands there twice",
		"[tap]\nunwrap = true\nmirror_ports = [0]":                                "x.toml:6:16: tap.mirror_ports: want UDP ports",
		"[tap]\nunwrap = true\nmirror_ports = [1,2,3,4,5,6,7,8]":                  "x.toml:6:16: tap.mirror_ports: want UDP ports",
		"[tap]\nunwrap = true\nmirror_ports = [4789]":                             "x.toml:6:16: tap.mirror_ports: a port of vxlan_ports, too",
		"[tap]\nmirror_vni = [7]":                                                 "x.toml:5:14: tap.mirror_vni: it has no meaning unless unwrap is true",
		"[tap]\nmirror_ports = [7]":                                               "x.toml:5:16: tap.mirror_ports: it has no meaning unless unwrap is true",
		"overload = \"relay\"":                                                    "x.toml:4:12: datapath.overload: a tap has nowhere to relay copies to",
		"[decap]\nnot_vxlan = \"drop\"":                                           "x.toml:5:13: decap.not_vxlan: tap mode leaves",
		"[tap]\nunwrap = true\nmirror_vni = [7, \"9-10\"]\nmirror_ports = [4789]": "",
	} {
		file := rules.Source{Name: "x.toml", Text: []byte(tapHead + text + "\n")}
		_, problems := parseConfig(file, DefaultConfig(), []checkFunc{(*Config).Check, (*Config).CheckRun})
		got := ""
		for i := range problems {
			got += problems[i].Error() + "\n"
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// TestTapElsewhere: the mirror's headers are no other mode's.
func TestTapElsewhere(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Datapath.Ports = []string{"a", "b"}
	cfg.Tap.Unwrap, cfg.Tap.MirrorVNI = true, []any{int64(7)}
	if errs := cfg.CheckRun(); len(errs) != 1 || errs[0].Key != "tap.unwrap" {
		t.Error(errs)
	}
}

// TestTapIsPassive: what a tap's configuration makes of pipeline and link.
func TestTapIsPassive(t *testing.T) {
	text := tapHead + "[tap]\nunwrap = true\nmirror_vni = [7, \"9-10\"]\nmirror_ports = [4789, 4790]\n[decap]\ninner_checksums = \"drop\"\n"
	cfg, problems := ParseConfig(rules.Source{Name: "x.toml", Text: []byte(text)}, DefaultConfig())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	mirror := &pipeline.Mirror{Ports: []uint16{4789, 4790}, VNIs: []pipeline.VNIRange{{First: 7, Last: 7}, {First: 9, Last: 10}}}
	p := cfg.Pipeline(time.Time{})
	if !p.Passive || !p.Flow.Passive || !p.Flow.Midstream || !p.IgnoreChecksums || p.Duplicates != 50*time.Millisecond || !reflect.DeepEqual(p.Mirror, mirror) {
		t.Errorf("%+v", p)
	}
	l := cfg.Link()
	if !l.Tap || l.Offload != 0 || l.Overload != afxdp.Drop || l.Ports != [2]string{"a"} || !reflect.DeepEqual(l.VXLANPorts, []uint16{4789, 4790}) || !reflect.DeepEqual(l.Mirror, mirror) {
		t.Errorf("%+v", l)
	}
	if wire := DefaultConfig(); wire.Pipeline(time.Time{}).Passive {
		t.Error("a wire is passive")
	}
}
