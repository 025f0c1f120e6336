package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vxwall/rules/suricata"
)

// writeFiles writes files by name into a new folder.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const diskPolicy = `
[[ips]]
name = "a"
rules = ["sig/*.rules"]
classification = "sig/classification.config"
[[ips]]
name = "b"
rules = ["sig/two.rules"]
[[acl]]
name = "all"
from = "any"
to = "any"
action = "allow"
inspect = ["a", "b"]
`

// TestRuleFiles reads rule files from disk, beside the policy.
func TestRuleFiles(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"policy.toml":               diskPolicy,
		"sig/one.rules":             "alert ip any any -> any any (classtype:odd; sid:1;)\n",
		"sig/two.rules":             "alert ip any any -> any any (classtype:odd; sid:2;)\nalert ip any any -> any any (xyzzy; sid:3;)\n",
		"sig/classification.config": "config classification: odd,An odd thing,9\n",
	})
	load := func() *Set {
		t.Helper()
		set, problems, err := Load(Options{Inspect: true}, filepath.Join(dir, "policy.toml"))
		if err != nil || set == nil || len(problems) != 1 || problems[0].Severity != Warning {
			t.Fatalf("%v %v", problems, err)
		}
		return set
	}
	set := load()
	a, b := set.Profiles[0], set.Profiles[1]
	if len(a.Signatures) != 2 || len(a.Files) != 2 || a.Refused != 1 || a.Signatures[1].Priority != 9 {
		t.Errorf("a: %+v", a)
	}
	if len(b.Signatures) != 1 || b.Signatures[0].Priority != 3 || b.Refused != 1 {
		t.Errorf("b: %+v", b)
	}
	if err := os.WriteFile(filepath.Join(dir, "sig/one.rules"), []byte("alert ip any any -> any any (sid:4;)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if load().Hash == set.Hash {
		t.Error("other rules have the same hash")
	}
}

// TestRuleFilesMissing says which pattern finds nothing that can be read.
func TestRuleFilesMissing(t *testing.T) {
	for pattern, want := range map[string]string{
		"none/*.rules": `no file is like "none/*.rules"`,
		"[":            `cannot read "[": bad pattern`,
		"folder":       `cannot read "folder": is a directory`,
	} {
		dir := writeFiles(t, map[string]string{
			"policy.toml": strings.ReplaceAll(diskPolicy, "sig/two.rules", pattern), "folder/x": "",
			"sig/one.rules": "", "sig/classification.config": "",
		})
		set, problems, err := Load(Options{Inspect: true}, filepath.Join(dir, "policy.toml"))
		if err != nil || set != nil || len(problems) != 1 || !strings.Contains(problems[0].Error(), "policy.toml:8:10: "+want) {
			t.Errorf("%s: %v %v", pattern, problems, err)
		}
	}
}

// TestRefuseInProfile leaves out what the engine cannot use.
func TestRefuseInProfile(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"policy.toml": diskPolicy, "sig/classification.config": "",
		"sig/one.rules": "alert ip any any -> any any (geoip:src,US; sid:1;)\n", "sig/two.rules": "alert ip any any -> any any (sid:2;)\n",
	})
	refuse := func(s *suricata.Signature) *suricata.Refusal {
		if len(s.Matches) == 0 {
			return nil
		}
		return &suricata.Refusal{Column: s.Matches[0].Column, Keyword: "geoip", Reason: "no database"}
	}
	set, problems, err := Load(Options{Inspect: true, Refuse: refuse}, filepath.Join(dir, "policy.toml"))
	if err != nil || set == nil || len(problems) != 1 || !strings.HasSuffix(problems[0].Error(), "one.rules:1:30: rule 1 is left out: geoip: no database") {
		t.Fatalf("%v %v", problems, err)
	}
	if p := set.Profiles[0]; len(p.Signatures) != 1 || p.Refused != 1 {
		t.Errorf("%+v", p)
	}
}
