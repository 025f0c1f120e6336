package eve

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vxwall/pipeline/flow"
	. "vxwall/pipeline/pipelinetest"
	"vxwall/rules"
)

var update = flag.Bool("update", false, "rewrite testdata/*.json")

var v100 = VXLAN{VNI: 100}

// goldenCases are frames and what they are to show: the log of each is
// testdata/NAME.json.
var goldenCases = []struct {
	name   string
	policy string
	frames [][]byte
}{
	{"allowed-tcp", policyText, append(Handshake(v100, IPv4{}, IPv4{}),
		Frame(v100, Eth{}, IPv4{}, TCP{Src: 40000, Dst: 5432, Seq: 109, Ack: 901, Flags: "RAEC"}))},
	{"denied-tcp", policyText, [][]byte{Frame(v100, Eth{}, IPv4{ID: 7}, TCP{Src: 40000, Dst: 22, Seq: 5, Flags: "SEC"})}},
	{"rejected-tcp", policyText, [][]byte{Frame(v100, Eth{}, IPv4{}, TCP{Src: 40000, Dst: 23, Flags: "S"})}},
	{"rejected-udp", policyText, [][]byte{Frame(v100, Eth{}, IPv4{}, UDP{Src: 40000, Dst: 69}, Payload("read"))}},
	{"denied-udp-ipv6", policyText, [][]byte{Frame(VXLAN{VNI: 100, V6: true}, Eth{}, IPv6{Src: "fd00:1::5", Dst: "fd00:2::9"}, UDP{Src: 1, Dst: 22})}},
	{"denied-icmp", policyText, [][]byte{Frame(v100, Eth{}, IPv4{}, ICMP{Type: 13, ID: 7, Seq: 3})}},
	{"denied-icmp6", policyText, [][]byte{Frame(VXLAN{VNI: 9}, Eth{}, IPv6{}, ICMP6{Type: 128, ID: 7, Seq: 3})}},
	{"denied-sctp", policyText, [][]byte{Frame(v100, Eth{}, IPv4{}, SCTP{Src: 5, Dst: 22})}},
	{"denied-unknown-protocol", policyText, [][]byte{Frame(VXLAN{VNI: 9}, Eth{}, IPv4{Proto: 253}, Payload("x"))}},
	{"denied-lldp", policyText, [][]byte{Frame(v100, Eth{Type: 0x88cc}, Payload("neighbour"))}},
	{"group-and-vlan", policyText, [][]byte{Frame(VXLAN{VNI: 100, Group: 17}, Eth{}, VLAN{ID: 7, Outer: true}, VLAN{ID: 8}, IPv4{}, UDP{Src: 1, Dst: 22})}},
	{"one-vlan", policyText, [][]byte{Frame(v100, Eth{}, VLAN{ID: 8}, IPv4{}, UDP{Src: 1, Dst: 22})}},
	{"nested", policyText, [][]byte{Frame(v100, Eth{}, IPv4{}, GRE{Key: 5}, IPv4{Src: "172.16.0.1", Dst: "172.16.0.2"}, UDP{Src: 3, Dst: 22})}},
	{"fragments", policyText, Split([]Layer{v100, Eth{}, IPv4{ID: 1}, UDP{Src: 5, Dst: 22}, Zeros(100)}, 48)},
	{"midstream", policyText, [][]byte{Frame(v100, Eth{}, IPv4{}, TCP{Src: 40000, Dst: 5432, Seq: 5, Ack: 6, Flags: "PA"}, Payload("late"))}},
	{"malformed", policyText, [][]byte{
		{1, 2, 3},
		Frame(VXLAN{VNI: 100, Flags: 0x40}, Eth{}, IPv4{}, UDP{}),
		Frame(v100, Eth{}, IPv4{HeaderWords: 2}, UDP{}),
		Frame(v100, Eth{}, IPv4{}, TCP{HeaderWords: 3, Src: 4, Dst: 5}),
		Frame(v100, Eth{}, IPv4{}, TCP{Flags: "SF", Src: 4, Dst: 5}),
	}},
	{"monitored", strings.Replace(policyText, "[policy]", "[policy]\nmode = \"monitor\"", 1), [][]byte{
		Frame(v100, Eth{}, IPv4{}, TCP{Src: 40000, Dst: 22, Flags: "S"}),
		Frame(v100, Eth{}, IPv4{HeaderWords: 2}, UDP{}),
	}},
}

var stamp = regexp.MustCompile(`"timestamp":"[0-9T:.-]+\+0000"`)

func TestGolden(t *testing.T) {
	for _, c := range goldenCases {
		t.Run(c.name, func(t *testing.T) {
			lines := events(t, parsePolicy(t, c.policy), c.frames...)
			for _, line := range lines {
				parse(t, line)
				if !stamp.MatchString(line) {
					t.Errorf("no timestamp in UTC: %s", line)
				}
			}
			got, path := strings.Join(lines, "\n")+"\n", filepath.Join("testdata", c.name+".json")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// suricataFields are the fields that Suricata's own events have, by event type, as
// its consumers expect them.
var suricataFields = map[string][]string{
	"flow": {"timestamp", "flow_id", "event_type", "src_ip", "dest_ip", "proto", "flow.pkts_toserver", "flow.pkts_toclient",
		"flow.bytes_toserver", "flow.bytes_toclient", "flow.start", "flow.state", "flow.reason", "flow.alerted"},
	"drop":    {"timestamp", "pcap_cnt", "event_type", "drop.len", "drop.reason", "verdict.action"},
	"anomaly": {"timestamp", "pcap_cnt", "event_type", "anomaly.type", "anomaly.event"},
	"stats":   {"timestamp", "event_type", "stats.decoder.pkts", "stats.decoder.bytes", "stats.ips.accepted", "stats.ips.blocked", "stats.flow.total"},
}

// ours are the fields that every event of a judged flow has besides. The VTEP of
// a flow's other end is not known at its end if that never spoke.
var ours = []string{"vxlan.vni", "vxlan.vtep_src", "segment.src", "segment.dst", "acl.rule", "acl.action", "policy_revision"}

func TestFields(t *testing.T) {
	seen := map[string]int{}
	for _, c := range goldenCases {
		for _, line := range events(t, parsePolicy(t, c.policy), c.frames...) {
			o := parse(t, line)
			kind := o["event_type"].(string)
			seen[kind]++
			want := suricataFields[kind]
			if o["flow_id"] != nil {
				want = slices.Concat(want, ours)
			}
			if kind == "drop" || kind == "anomaly" {
				want = append(slices.Clip(want), "stage", "reason")
			}
			if o["pcap_cnt"] != nil && o["vxlan"] != nil {
				want = append(slices.Clip(want), "vxlan.vtep_dst")
			}
			for _, path := range want {
				if !has(o, path) {
					t.Errorf("%s: no %s in %s", c.name, path, line)
				}
			}
		}
	}
	for kind := range suricataFields {
		if seen[kind] == 0 {
			t.Errorf("no event of type %s", kind)
		}
	}
}

func has(o map[string]any, path string) bool { return field(o, path) != nil }

// field returns the value at a path, nil if there is none.
func field(o map[string]any, path string) any {
	first, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return o[first]
	}
	inner, _ := o[first].(map[string]any)
	return field(inner, rest)
}

func TestStringsAreEscaped(t *testing.T) {
	cases := map[string]string{
		"":                        "",
		`a"b\c</script>`:          `a"b\c</script>`,
		"\x00\x1f\x7f\n\t\r":      "\x00\x1f\x7f\n\t\r",
		"♥ \U0001f600 \u2028":     "♥ \U0001f600 \u2028",
		"bad \xff\xfe utf-8 \xe2": "bad \ufffd\ufffd utf-8 \ufffd",
	}
	for text, want := range cases {
		var o object
		o.open()
		o.text("s", text)
		o.close()
		if got := parse(t, string(o.b))["s"]; got != want {
			t.Errorf("%q came back as %q, want %q", text, got, want)
		}
		if bytes.ContainsAny(o.b, "\n\x7f") {
			t.Errorf("%q: control characters in %q", text, o.b)
		}
	}
}

// TestOldRevision encodes events of flows that an older policy judged: its
// names count, and numbers if it is not known any more.
func TestOldRevision(t *testing.T) {
	set := parsePolicy(t, policyText)
	e := Event{Kind: FlowEnd, HasFlow: true, IsIP: true}
	e.Record.Judgement = flow.Judgement{Revision: 5, Rule: 2, From: 0, To: 1, Action: uint8(rules.Allow)}
	cases := []struct {
		name     string
		policies names
		want     string
	}{
		{"known", names{5: set, 9: {}}, `"segment":{"src":"web","dst":"db"},"acl":{"rule":"web-to-db","action":"allow"},"policy_revision":"5-test"`},
		{"forgotten", names{9: set}, `"segment":{"src":"#0","dst":"#1"},"acl":{"rule":"#2","action":"allow"},"policy_revision":"5"`},
		{"smaller set", names{5: {}}, `"segment":{"src":"#0","dst":"#1"},"acl":{"rule":"#2","action":"allow"},"policy_revision":"5-test"`},
	}
	for _, c := range cases {
		w := &Writer{cfg: Config{Policies: c.policies}}
		line := string(w.append(nil, &e))
		parse(t, line)
		if !strings.Contains(line, c.want) {
			t.Errorf("%s: %s lacks %s", c.name, line, c.want)
		}
	}
}
