package suricata

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func rangesOf(list []Range) string {
	var texts []string
	for _, r := range list {
		text := r.First.String()
		if r.Last != r.First {
			text += "-" + r.Last.String()
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, " ")
}

func TestAddresses(t *testing.T) {
	env := &Env{Addresses: map[string]string{
		"NET": "[10.0.0.0/8,!10.1.0.0/16]", "NOT": "!$NET", "BARE": "10.0.0.1,10.0.0.2", "LOOP": "[$LOOP]",
	}}
	const last6 = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
	for text, want := range map[string]string{
		"any": "", "[any]": "", "10.0.0.1": "10.0.0.1", "10.0.0.7/30": "10.0.0.4-10.0.0.7",
		"10.0.0.0/255.255.255.0":                 "10.0.0.0-10.0.0.255",
		"[10.0.0.2,10.0.0.0-10.0.0.1, 10.0.0.9]": "10.0.0.0-10.0.0.2 10.0.0.9",
		"::ffff:10.0.0.1":                        "10.0.0.1",
		"2001:db8::/32":                          "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
		"!0.0.0.0/1":                             "128.0.0.0-255.255.255.255 ::-" + last6,
		"$NET":                                   "10.0.0.0-10.0.255.255 10.2.0.0-10.255.255.255",
		"!$NET":                                  "0.0.0.0-9.255.255.255 10.1.0.0-10.1.255.255 11.0.0.0-255.255.255.255 ::-" + last6,
		"!$NOT":                                  "10.0.0.0-10.0.255.255 10.2.0.0-10.255.255.255",
		"[$BARE,![10.0.0.2,10.0.0.3]]":           "10.0.0.1",
		"[!10.0.0.0/8,!::/0]":                    "0.0.0.0-9.255.255.255 11.0.0.0-255.255.255.255",
	} {
		got, err := env.ParseAddresses(text)
		if err != nil || rangesOf(got.In) != want || got.Not != nil {
			t.Errorf("%s: got %s (%v), want %s", text, rangesOf(got.In), err, want)
		}
	}
	for _, text := range []string{
		"", "10.0.0", "10.0.0.0/33", "10.0.0.2-10.0.0.1", "10.0.0.1-::1", "$NONE", "$LOOP", "[10.0.0.1", "[]x", "!any", "fe80::1%eth0",
		"10.0.0.0/255.0.255.0", "[,]", strings.Repeat("[", 100) + strings.Repeat("]", 100),
	} {
		if got, err := env.ParseAddresses(text); err == nil {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestPorts(t *testing.T) {
	env := &Env{Ports: map[string]string{"WEB": "[80,8000:8100]", "NOT": "!$WEB"}}
	for text, want := range map[string]string{
		"any": "[]", "80": "[{80 80}]", "1024:": "[{1024 65535}]", ":9": "[{0 9}]", "[80:82,83,99]": "[{80 83} {99 99}]",
		"!80": "[{0 79} {81 65535}]", "$NOT": "[{0 79} {81 7999} {8101 65535}]", "[1:10,![4,6:]]": "[{1 3} {5 5}]", "0:65535": "[]",
	} {
		got, err := env.ParsePorts(text)
		if err != nil || fmt.Sprint(got.In) != want {
			t.Errorf("%s: got %v (%v), want %s", text, got.In, err, want)
		}
	}
	for _, text := range []string{"65536", "9:8", "x", "-1", "!0:", "$X", "1:2:3"} {
		if got, err := env.ParsePorts(text); err == nil {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

// TestComplement holds that what is in a set and what is in its complement are
// all addresses, each once.
func TestComplement(t *testing.T) {
	env := DefaultEnv()
	in, _ := env.ParseAddresses("$HOME_NET")
	out, _ := env.ParseAddresses("$EXTERNAL_NET")
	for _, text := range []string{"0.0.0.0", "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", "172.31.255.255", "172.32.0.0", "255.255.255.255"} {
		a := netip.MustParseAddr(text)
		if holds(in.In, a) == holds(out.In, a) {
			t.Errorf("%s is in both or in none", text)
		}
	}
}

func holds(list []Range, a netip.Addr) bool {
	for _, r := range list {
		if r.First.Compare(a) <= 0 && a.Compare(r.Last) <= 0 {
			return true
		}
	}
	return false
}

// TestLines reads rules however their lines are written.
func TestLines(t *testing.T) {
	text := "\ufeff# c\r\n\r\n  alert ip any any -> any any \\\r\n# between\n   (msg:\"a \\\n  b\"; \\  \n sid:1;)\r\n;\nalert ip any any -> any any (sid:2;)"
	list, problems := Parse("l.rules", []byte(text), nil)
	if len(problems) > 0 || len(list) != 2 || list[0].Line != 3 || list[1].Line != 9 || list[0].Msg != "a   b" {
		t.Errorf("%+v %v", list, problems)
	}
	if want := `alert ip any any -> any any    (msg:"a   b";  sid:1;)`; list[0].Text != want {
		t.Errorf("got %q", list[0].Text)
	}
	long := "alert ip any any -> any any (msg:\"" + strings.Repeat("x\\\n", maxRule) + "\"; sid:1;)\nalert ip any any -> any any (sid:2;)"
	list, problems = Parse("l.rules", []byte(long), nil)
	if len(list) != 1 || len(problems) != 1 || !strings.HasPrefix(problems[0].Reason, "too long") {
		t.Errorf("%d rules, %v", len(list), problems)
	}
}

// TestNewest keeps the highest revision.
func TestNewest(t *testing.T) {
	rule := func(sid, rev int) string {
		return fmt.Sprintf("alert ip any any -> any any (sid:%d; rev:%d;)\n", sid, rev)
	}
	list, problems := Parse("n.rules", []byte(rule(1, 1)+rule(2, 1)+rule(1, 3)+rule(1, 2)+rule(2, 1)), nil)
	if len(list) != 2 || list[0].SID != 1 || list[0].Rev != 3 || list[0].Line != 3 || len(problems) != 2 {
		t.Errorf("%+v %v", list, problems)
	}
}

// TestRefuse lets an engine refuse what it cannot use.
func TestRefuse(t *testing.T) {
	env := DefaultEnv()
	env.Refuse = func(s *Signature) *Refusal {
		for _, m := range s.Matches {
			if m.Keyword == "geoip" {
				return &Refusal{m.Column, m.Keyword, "no database"}
			}
		}
		return nil
	}
	list, problems := Parse("r.rules", []byte("alert ip any any -> any any (msg:\"é\"; \\\n  geoip:src,US; sid:1;)\nalert ip any any -> any any (sid:2;)"), env)
	if len(list) != 1 || len(problems) != 1 || problems[0].Error() != "r.rules:2:3: sid 1: geoip: no database" {
		t.Errorf("%+v %v", list, problems)
	}
}
