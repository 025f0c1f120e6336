package rules

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

func TestParseRange(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit uint32
		want  Range
		fails string
	}{
		{"0", 10, Range{0, 0}, ""},
		{"7", 10, Range{7, 7}, ""},
		{"0-10", 10, Range{0, 10}, ""},
		{"5-5", 10, Range{5, 5}, ""},
		{"007", 10, Range{7, 7}, ""},
		{"16777215", maxVNI, Range{maxVNI, maxVNI}, ""},
		{"11", 10, Range{}, "11 is out of range: expected 0 to 10"},
		{"1-11", 10, Range{}, "11 is out of range: expected 0 to 10"},
		{"4294967296", maxVNI, Range{}, "4294967296 is out of range: expected 0 to 16777215"},
		{"99999999999999999999", 10, Range{}, "99999999999999999999 is out of range: expected 0 to 10"},
		{"9-3", 10, Range{}, `range runs backwards: expected "3-9"`},
		{"", 10, Range{}, `"" is no number: expected 0 to 10`},
		{"-", 10, Range{}, `"" is no number: expected 0 to 10`},
		{"-3", 10, Range{}, `"" is no number: expected 0 to 10`},
		{"3-", 10, Range{}, `"" is no number: expected 0 to 10`},
		{"1-2-3", 10, Range{}, `"2-3" is no number: expected 0 to 10`},
		{"1 - 2", 10, Range{}, `"1 " is no number: expected 0 to 10`},
		{"0x1", 10, Range{}, `"0x1" is no number: expected 0 to 10`},
		{"+1", 10, Range{}, `"+1" is no number: expected 0 to 10`},
		{"1.0", 10, Range{}, `"1.0" is no number: expected 0 to 10`},
		{"１", 10, Range{}, `"１" is no number: expected 0 to 10`},
	} {
		t.Run(c.text, func(t *testing.T) {
			got, err := parseRange(c.text, c.limit)
			if got != c.want || fmt.Sprint(err) != fails(c.fails) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

// fails returns how an error prints, or none.
func fails(text string) string {
	if text == "" {
		return "<nil>"
	}
	return text
}

func TestParsePrefix(t *testing.T) {
	const garbage = `expected an address and a length, such as "10.1.0.0/24" or "2001:db8::/64"`
	for _, c := range []struct{ text, want, fails string }{
		{"10.1.0.0/24", "10.1.0.0/24", ""},
		{"0.0.0.0/0", "0.0.0.0/0", ""},
		{"::/0", "::/0", ""},
		{"10.1.0.5", "10.1.0.5/32", ""},
		{"10.1.0.5/32", "10.1.0.5/32", ""},
		{"2001:db8::1", "2001:db8::1/128", ""},
		{"2001:DB8:0::/48", "2001:db8::/48", ""},
		{"::ffff:10.1.0.5", "10.1.0.5/32", ""},
		{"::ffff:10.1.0.0/112", "10.1.0.0/16", ""},
		{"::ffff:10.1.0.1/112", "", `bits are set behind its length: expected "10.1.0.0/16", or "10.1.0.1/32" for the one address`},
		{"10.1.0.5/24", "", `bits are set behind its length: expected "10.1.0.0/24", or "10.1.0.5/32" for the one address`},
		{"2001:db8::1/64", "", `bits are set behind its length: expected "2001:db8::/64", or "2001:db8::1/128" for the one address`},
		{"10.1.0.0/33", "", garbage},
		{"10.1.0.0/", "", garbage},
		{"10.1.0.0/-1", "", garbage},
		{"10.1.0.0/024", "", garbage},
		{"10.01.0.0/24", "", garbage},
		{"10.1.0/24", "", garbage},
		{"fe80::1%eth0", "", garbage},
		{"fe80::%eth0/64", "", garbage},
		{"", "", garbage},
		{"any", "", garbage},
	} {
		t.Run(c.text, func(t *testing.T) {
			got, err := parsePrefix(c.text)
			if fmt.Sprint(err) != fails(c.fails) {
				t.Fatalf("got %v, %v", got, err)
			}
			if err == nil && got != netip.MustParsePrefix(c.want) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestMAC(t *testing.T) {
	want := [6]byte{2, 0, 0, 0, 1, 0xb}
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{"02:00:00:00:01:0b", true},
		{"02:00:00:00:01:0B", true},
		{"02-00-00-00-01-0b", true},
		{"0200.0000.010b", true},
		{"02:00:00:00:01", false},
		{"02:00:00:00:01:0b:00:00", false},
		{"02000000010b", true},
		{"", false},
		{"02:00:00:00:01:0g", false},
	} {
		text := fmt.Sprintf("[[segment]]\nname = \"a\"\nmac = [%q]\n", c.text)
		set, problems := Parse(Options{}, Source{"p.toml", []byte(text)})
		if (set != nil) != c.ok {
			t.Errorf("%s: got %v", c.text, problems)
		}
		if c.ok && set.Segments[0].MAC[0] != want {
			t.Errorf("%s: got %v", c.text, set.Segments[0].MAC)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		name string
		ok   bool
	}{
		{"web", true},
		{"Web-1_a.b", true},
		{"0", true},
		{strings.Repeat("x", maxName), true},
		{strings.Repeat("x", maxName+1), false},
		{"", false},
		{"any", false},
		{"default", false},
		{"Any", true},
		{"a b", false},
		{"a/b", false},
		{"a\tb", false},
		{"büro", false},
		{"a\u202eb", false},
	} {
		for _, table := range []string{
			"segment = [{ name = %q, vni = [1] }]",
			"service = [{ name = %q, match = [\"gre\"] }]",
			"acl = [{ name = %q, from = \"any\", to = \"any\", action = \"deny\" }]",
		} {
			set, problems := Parse(Options{}, Source{"p.toml", []byte(fmt.Sprintf(table, c.name))})
			if (set != nil) != c.ok {
				t.Errorf("%q in %s: got %v", c.name, table, problems)
			}
			if !c.ok && len(problems) != 1 {
				t.Errorf("%q: got %d problems", c.name, len(problems))
			}
		}
	}
}

// forms is one policy in several of the forms that TOML offers.
var forms = []string{
	`
[control]
arp = "deny"
[[segment]]
name = "web"
vni = [1, "2-3"]
[[acl]]
name = "a"
from = ["web"]
to = "any"
service = ["tcp/80"]
action = "allow"
`, `
control.arp = "deny"
segment = [{ name = "web", vni = [1, "2-3"] }]
acl = [ # rules
  { name = "a", from = "web", to = ["any"],
    service = "tcp/80", action = "allow" },
]
`, `
[[acl]]
"name" = 'a'
'from' = ["""web"""]
to = [ '''any''' ]
service = [
	"tcp/\u0038\u0030" ,	# escaped
]
action = "\u0061llow"
[[segment]]
name = "web"
vni = [
	0x1 ,
	"2-3" , ]
[control]
arp = "deny"
`,
}

func TestForms(t *testing.T) {
	var want *Set
	for i, text := range forms {
		set, problems := mustParse(t, strings.ReplaceAll(text, "\n", "\r\n"))
		if len(problems) > 0 {
			t.Errorf("%d: got %v", i, problems)
		}
		set.Hash, set.Control.Pos, set.Segments[0].Pos, set.ACL[0].Pos = [32]byte{}, Pos{}, Pos{}, Pos{}
		if want == nil {
			want = set
		}
		if !reflect.DeepEqual(set, want) {
			t.Errorf("%d: got %+v\nwant %+v", i, set, want)
		}
	}
}

func TestEnums(t *testing.T) {
	text := func(key, word string) string {
		switch key {
		case "action", "rule log":
			log, action := "none", "deny"
			if key == "action" {
				action = word
			} else {
				log = word
			}
			return fmt.Sprintf("acl = [{ name = \"a\", from = \"any\", to = \"any\", action = %q, log = %q }]", action, log)
		}
		return fmt.Sprintf("%s = %q", key, word)
	}
	for _, c := range []struct {
		key, word string
		got       func(*Set) any
		want      any
	}{
		{"policy.default", "allow", func(s *Set) any { return s.Policy.Default }, Allow},
		{"policy.default", "reject", func(s *Set) any { return s.Policy.Default }, Reject},
		{"policy.mode", "monitor", func(s *Set) any { return s.Policy.Mode }, Monitor},
		{"policy.mode", "enforce", func(s *Set) any { return s.Policy.Mode }, Enforce},
		{"policy.log", "none", func(s *Set) any { return s.Policy.Log }, LogNone},
		{"policy.log", "start", func(s *Set) any { return s.Policy.Log }, LogStart},
		{"control.arp", "deny", func(s *Set) any { return s.Control.ARP }, ControlDeny},
		{"control.nd", "policy", func(s *Set) any { return s.Control.ND }, ControlPolicy},
		{"control.dhcp", "policy", func(s *Set) any { return s.Control.DHCP }, ControlPolicy},
		{"control.broadcast", "allow", func(s *Set) any { return s.Control.Broadcast }, ControlAllow},
		{"control.multicast", "deny", func(s *Set) any { return s.Control.Multicast }, ControlDeny},
		{"control.other", "allow", func(s *Set) any { return s.Control.Other }, ControlAllow},
		{"action", "allow", func(s *Set) any { return s.ACL[0].Action }, Allow},
		{"action", "reject", func(s *Set) any { return s.ACL[0].Action }, Reject},
		{"rule log", "none", func(s *Set) any { return s.ACL[0].Log }, LogNone},
		{"rule log", "both", func(s *Set) any { return s.ACL[0].Log }, LogBoth},
	} {
		set, _ := mustParse(t, text(c.key, c.word))
		if got := c.got(set); got != c.want {
			t.Errorf("%s = %s: got %v", c.key, c.word, got)
		}
	}
}

func TestInclude(t *testing.T) {
	for _, c := range []struct {
		name    string
		include map[string]string
		want    string // the first problem, "" if none
	}{
		{"none", map[string]string{}, ""},
		{"chain", map[string]string{"a": "b", "b": "c"}, ""},
		{"diamond", map[string]string{"a": "b c", "b": "d", "c": "d"}, ""},
		{"itself", map[string]string{"b": "b"}, `include goes in a circle: "b" includes "b"`},
		{"two", map[string]string{"a": "b", "b": "a"}, `include goes in a circle: "a" includes "b" includes "a"`},
		{"behind", map[string]string{"a": "b", "b": "c", "c": "d", "d": "b"}, `include goes in a circle: "b" includes "c" includes "d" includes "b"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			for _, name := range []string{"a", "b", "c", "d"} {
				fmt.Fprintf(&b, "[[segment]]\nname = %q\nvni = [1]\n", name)
				if list := c.include[name]; list != "" {
					fmt.Fprintf(&b, "include = [\"%s\"]\n", strings.ReplaceAll(list, " ", `","`))
				}
			}
			b.WriteString("[[acl]]\nname = \"x\"\nfrom = [\"a\", \"b\", \"c\", \"d\"]\nto = \"any\"\naction = \"deny\"")
			_, problems := Parse(Options{}, Source{"p.toml", []byte(b.String())})
			got := ""
			if len(problems) > 0 {
				got = problems[0].Message
			}
			if got != c.want || len(problems) > 1 {
				t.Errorf("got %v", problems)
			}
		})
	}
}
