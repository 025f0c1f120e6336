package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vxwall/rules/suricata"
)

const ipsPolicy = `
[vars]
HOME_NET = ["10.0.0.0/8", "!10.9.0.0/16"]
WEB_PORTS = [80, "8000:8001"]

[[segment]]
name = "web"
vni = [100]

[[signature]]
id = 7
name = 'a "shell"; in C:\'
severity = 1
action = "drop"
from = "any"
to = ["web"]
app = "http"
direction = "to-server"
classtype = "web-application-attack"
reference = ["cve,2021-44228"]
tag = ["Phishing"]
[[signature.match]]
buffer = "http.uri"
content = "/a;b|\"é"
nocase = true
startswith = true
[[signature.match]]
buffer = "http.uri"
regex = "x/[;]\\d+"
nocase = true
relative = true
[[signature.match]]
hex = "de ad"
within = 9
distance = -1

[[ips]]
name = "strict"
rules = ["*.rules"]
mode = "monitor"
action-order = ["drop", "pass", "reject", "alert"]
thresholds = "threshold.config"
[[ips.choose]]
sid = [1]
action = "keep"
[[ips.choose]]
file = ["b.rules"]
severity = ["2-9"]
action = "off"
[[ips.choose]]
classtype = ["trojan-activity"]
metadata = ["policy balanced"]
action = "reject-both"
[[ips.choose]]
tag = ["phishing"]
action = "alert"

[[ips]]
name = "own"

[[acl]]
name = "all"
from = "any"
to = "any"
action = "allow"
app = ["http"]
inspect = ["strict", "own"]
`

var ipsFiles = []Source{
	{"policy.toml", []byte(ipsPolicy)},
	{"a.rules", []byte("alert tcp $HOME_NET any -> any $WEB_PORTS (msg:\"one\"; content:\"x\"; sid:1; rev:1;)\n" +
		"alert tcp any any -> any any (content:\"x\"; classtype:trojan-activity; metadata:Policy Balanced; sid:2;)\n")},
	{"b.rules", []byte("pass tcp any any -> any any (content:\"y\"; sid:1; rev:2;)\nalert ip any any -> any any (sid:3;)\n")},
	{"threshold.config", []byte("suppress gen_id 1, sig_id 2, track by_src, ip $HOME_NET\n")},
}

func parseIPS(t *testing.T) *Set {
	t.Helper()
	opts, policies := optionsOf(ipsFiles)
	set, problems := Parse(opts, policies...)
	for _, p := range problems {
		t.Error(p.Detail())
	}
	if set == nil {
		t.FailNow()
	}
	return set
}

// TestProfile follows signatures of two files through the choices of a profile.
func TestProfile(t *testing.T) {
	set := parseIPS(t)
	p := set.Profiles[0]
	var got []string
	for _, s := range p.Signatures {
		got = append(got, fmt.Sprintf("%d/%d action %d", s.SID, s.Rev, s.Action))
	}
	want := []string{
		fmt.Sprintf("7/1 action %d", suricata.Alert), // by its tag
		fmt.Sprintf("1/2 action %d", suricata.Pass),  // of b.rules, as written
		fmt.Sprintf("2/0 action %d", suricata.RejectBoth),
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if p.Off != 1 || p.Refused != 0 || p.Mode != Monitor || p.Order[0] != suricata.Drop || len(p.Thresholds) != 1 {
		t.Errorf("profile %+v", p)
	}
	if own := set.Profiles[1]; len(own.Signatures) != 1 || own.Signatures[0].Action != suricata.Drop {
		t.Errorf("profile without files: %+v", own)
	}
	if acl := set.ACL[0]; !slices.Equal(acl.Profiles, []int{0, 1}) || !slices.Equal(acl.App, []string{"http"}) {
		t.Errorf("acl %+v", acl)
	}
}

// TestSignature holds that a signature in TOML is the rule one would write.
func TestSignature(t *testing.T) {
	set := parseIPS(t)
	got := set.Signatures[0]
	text := `drop http any any -> any any (msg:"a \"shell\"\; in C\:\\"; flow:to_server; segment.dst:web; ` +
		`http.uri; content:"/a|3b|b|7c22c3a9|"; nocase; startswith; pcre:"/x/[\;]\d+/iR"; ` +
		`pkt_data; content:"|dead|"; distance:-1; within:9; ` +
		`classtype:web-application-attack; priority:1; reference:cve,2021-44228; metadata:tag Phishing; sid:7; rev:1;)`
	sorted := func(s string) string {
		parts := strings.Split(s, "; ")
		slices.Sort(parts)
		return strings.Join(parts, "; ")
	}
	if sorted(got.Text) != sorted(text) {
		t.Errorf("got  %s\nwant %s", got.Text, text)
	}
	if got.Msg != `a "shell"; in C:\` || string(got.Matches[2].Content.Pattern) != "/a;b|\"é" {
		t.Errorf("msg %q, matches %+v", got.Msg, got.Matches)
	}
	at := got.Problem(got.Matches[3].Column, "pcre", "of no use")
	if want := "policy.toml:29:9: sid 7: pcre: of no use"; at.Error() != want {
		t.Errorf("got %s, want %s", at.Error(), want)
	}
}

// TestInspectNeedsJudges holds that no rule loads that asks for what is not done.
func TestInspectNeedsJudges(t *testing.T) {
	opts, policies := optionsOf(ipsFiles)
	opts.Inspect, opts.Apps = false, nil
	set, problems := Parse(opts, policies...)
	if set != nil || len(problems) != 3 {
		t.Errorf("set %v, problems %v", set, problems)
	}
}
