package rules

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseService(t *testing.T) {
	for text, want := range map[string][]Match{
		"tcp":                      {{6 << 16, 6<<16 | 0xffff}},
		"tcp/5432":                 {{6<<16 | 5432, 6<<16 | 5432}},
		"tcp/6432-6440":            {{6<<16 | 6432, 6<<16 | 6440}},
		"udp/0-65535":              {{17 << 16, 17<<16 | 0xffff}},
		"sctp/2905":                {{132<<16 | 2905, 132<<16 | 2905}},
		"icmp":                     {{1 << 16, 1<<16 | 0xffff}, {58 << 16, 58<<16 | 0xffff}},
		"icmpv6":                   {{58 << 16, 58<<16 | 0xffff}},
		"icmp/echo-request":        {{1<<16 | 0x800, 1<<16 | 0x8ff}, {58<<16 | 0x8000, 58<<16 | 0x80ff}},
		"icmpv6/echo-request":      {{58<<16 | 0x8000, 58<<16 | 0x80ff}},
		"icmp/source-quench":       {{1<<16 | 0x400, 1<<16 | 0x4ff}},
		"icmp/packet-too-big":      {{58<<16 | 0x200, 58<<16 | 0x2ff}},
		"icmp/8":                   {{1<<16 | 0x800, 1<<16 | 0x8ff}},
		"icmp/3/1":                 {{1<<16 | 0x301, 1<<16 | 0x301}},
		"icmp/3/0-4":               {{1<<16 | 0x300, 1<<16 | 0x304}},
		"icmpv6/133-137":           {{58<<16 | 0x8500, 58<<16 | 0x89ff}},
		"ip/47":                    {{47 << 16, 47<<16 | 0xffff}},
		"proto/0":                  {{0, 0xffff}},
		"ip/255":                   {{255 << 16, 255<<16 | 0xffff}},
		"gre":                      {{47 << 16, 47<<16 | 0xffff}},
		"ospf":                     {{89 << 16, 89<<16 | 0xffff}},
		"icmp/time-exceeded":       {{1<<16 | 0xb00, 1<<16 | 0xbff}, {58<<16 | 0x300, 58<<16 | 0x3ff}},
		"icmpv6/128/0":             {{58<<16 | 0x8000, 58<<16 | 0x8000}},
		"udplite":                  {{136 << 16, 136<<16 | 0xffff}},
		"icmp/extended-echo-reply": {{1<<16 | 0x2b00, 1<<16 | 0x2bff}, {58<<16 | 0xa100, 58<<16 | 0xa1ff}},
	} {
		got, err := parseService(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
}

func TestParseServiceErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                     `"" is no protocol`,
		"/":                    `"" is no protocol`,
		"tcp/":                 `port "" is no number: expected 0 to 65535`,
		"tcp/-1":               `port "" is no number`,
		"tcp/1-":               `port "" is no number`,
		"tcp/+1":               `port "+1" is no number`,
		"tcp/1_0":              `port "1_0" is no number`,
		"tcp/ 80":              `port " 80" is no number`,
		"tcp/80/tcp":           `port "80/tcp" is no number`,
		"tcp/99999999999":      `port 99999999999 is out of range`,
		"tcp/9-8":              `port range runs backwards: expected "8-9"`,
		"icmp/":                `unknown type ""`,
		"icmp/8/":              `code "" is no number`,
		"icmp/echo-reqest":     `unknown type "echo-reqest": did you mean "echo-request"?`,
		"icmpv6/source-quench": `unknown type "source-quench"`,
		"ip":                   `protocol "" is no number`,
		"ip/tcp":               `protocol "tcp" is no number`,
		"esp/50":               `esp has no ports: expected "esp"`,
		"443":                  `did you mean "tcp/443"?`,
	} {
		_, err := parseService(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestAssertService(t *testing.T) {
	for _, c := range []struct {
		service, from string
		want          uint32
	}{
		{"icmp/echo-request", "10.0.0.1", 1<<16 | 8<<8},
		{"icmp/echo-request", "2001:db8::1", 58<<16 | 128<<8},
		{"icmp/packet-too-big", "2001:db8::1", 58<<16 | 2<<8},
		{"icmp/3/1", "10.0.0.1", 1<<16 | 3<<8 | 1},
		{"gre", "10.0.0.1", 47 << 16},
		{"udp/53", "::ffff:10.0.0.1", 17<<16 | 53},
	} {
		text := `assert = [{ vni = 0, from = "` + c.from + `", to = "` + c.from + `", service = "` + c.service +
			`", expect = "deny", rule = "default", group = 0, to_group = 7, from_mac = "02:00:00:00:00:01", to_mac = "02:00:00:00:00:02" }]`
		set, _ := mustParse(t, text)
		a := set.Asserts[0]
		if a.Service != c.want {
			t.Errorf("%s: got %#x, want %#x", c.service, a.Service, c.want)
		}
		if *a.Group != 0 || *a.ToGroup != 7 || a.FromMAC[5] != 1 || a.ToMAC[5] != 2 || a.From.Is4In6() {
			t.Errorf("%s: got %+v", c.service, a)
		}
	}
	for _, service := range []string{"icmp", "tcp", "ip/6", "icmp/3/0-4", "icmp/3-4", "sctp/1-2", "web"} {
		text := `assert = [{ vni = 0, from = "::1", to = "::1", service = "` + service + `", expect = "deny" }]`
		if set, problems := Parse(Options{}, Source{"p.toml", []byte(text)}); set != nil || len(problems) != 1 {
			t.Errorf("%s: got %v", service, problems)
		}
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"from", "to", "service", "web", "web-servers"}
	for name, want := range map[string]string{
		"form": "from", "FROM": "from", "fro": "from", "too": "to", "sevrice": "service",
		"services": "service", "wbe": "web", "web-severs": "web-servers", "Web": "web",
		"xyz": "", "": "", "description": "",
	} {
		got := suggest(name, known)
		if want != "" {
			want = `did you mean "` + want + `"? `
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"abc", "abc", 0}, {"abc", "acb", 1},
		{"abc", "abd", 1}, {"abcd", "bcd", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%s, %s: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestKnownNames(t *testing.T) {
	list := strings.Split("a b c d e f g h i j", " ")
	want := `known rules are "a", "b", "c", "d", "e", "f", "g", "h" and 2 more`
	if got := knownNames("rule", list); got != want {
		t.Errorf("got %s", got)
	}
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain ü 日\t":        "plain ü 日\t",
		"\x1b[31m\n\r\x7f":   "␛[31m␊␍␡",
		"a\u202eb\u200b\x85": "a\ufffdb\ufffd\ufffd",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
