package suricata

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func reasons(problems []Problem) string {
	var list []string
	for _, p := range problems {
		list = append(list, p.Error())
	}
	return strings.Join(list, "\n")
}

func TestClasses(t *testing.T) {
	text := "# c\nconfig classification: a-b,Some thing,2\nconfig classification: a-b,Other,0\nconfig reference: x y\nconfig classification: z\n"
	got, problems := ParseClasses("c.config", []byte(text))
	if want := map[string]Class{"a-b": {"Some thing", 2}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	want := `c.config:3:1: classification: bad priority "0": expected 1 (worst) to 255
c.config:4:1: classification: unknown line "config reference: x y": expected one that begins with config classification:value
c.config:5:1: classification: bad entry "z": expected name,description,priority`
	if reasons(problems) != want {
		t.Errorf("got %s", reasons(problems))
	}
}

func TestReferences(t *testing.T) {
	got, problems := ParseReferences("r.config", []byte("config reference: cve https://cve.example/\nconfig reference: x\n"))
	if want := map[string]string{"cve": "https://cve.example/"}; !reflect.DeepEqual(got, want) || len(problems) != 1 {
		t.Errorf("got %v, %v", got, problems)
	}
}

func TestThresholds(t *testing.T) {
	text := `# c
suppress gen_id 1, sig_id 2
suppress gen_id 0, sig_id 0, track by_either, ip [10.0.0.1,10.0.0.2]
threshold gen_id 1, sig_id 3, type limit, track by_src, count 1, seconds 60
event_filter gen_id 1, sig_id 4, type both, track by_both, \
    count 2, seconds 9
rate_filter gen_id 1, sig_id 5, track by_rule, count 9, seconds 60, new_action drop, timeout 30
`
	got, problems := ParseThresholds("t.config", []byte(text), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	both, err := DefaultEnv().ParseAddresses("[10.0.0.1,10.0.0.2]")
	if err != nil {
		t.Fatal(err)
	}
	want := []Threshold{
		{Kind: Suppress, GID: 1, SID: 2},
		{Kind: Suppress, Track: "by_either", Addresses: both},
		{Kind: Limit, GID: 1, SID: 3, Track: "by_src", Count: 1, Seconds: 60},
		{Kind: Both, GID: 1, SID: 4, Track: "by_both", Count: 2, Seconds: 9},
		{Kind: RateFilter, GID: 1, SID: 5, Track: "by_rule", Count: 9, Seconds: 60, NewAction: "drop", Timeout: 30},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestThresholdMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"suppress gen_id 1":                                                                         `suppress: bad sig_id "": expected a number`,
		"suppress gen_id 1, sig_id 2, track by_src":                                                 "suppress: bad suppress: expected nothing more, or track by_src, by_dst or by_either and ip",
		"suppress gen_id 1, sig_id 2, track by_src, ip 10.0.0":                                      "suppress: bad address",
		"limit gen_id 1, sig_id 2":                                                                  `limit: unknown line "limit": expected suppress, threshold, event_filter or rate_filter`,
		"threshold gen_id 1, sig_id 2, type x, count 1":                                             `threshold: bad type "x": expected limit, threshold, both or backoff`,
		"threshold gen_id 1, sig_id 2, type limit, count 1, count 2":                                `threshold: bad part "count 2": expected word and value, each word once`,
		"threshold gen_id 1, sig_id 2, type limit, track by_src, week 1":                            `threshold: unknown word "week"`,
		"rate_filter gen_id 1, sig_id 2, track by_src, count 1, seconds 1, new_action x, timeout 1": `rate_filter: bad new_action "x"`,
		"rate_filter gen_id 1, sig_id 2, track by_src, count 1, seconds 1, new_action drop":         `rate_filter: bad timeout ""`,
	} {
		list, problems := ParseThresholds("t", []byte(text), nil)
		if len(list) != 0 || len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), "t:1:1: "+want) {
			t.Errorf("%s\ngot %v", text, problems)
		}
	}
}

func TestVars(t *testing.T) {
	v, err := ReadVars([]byte(`{"mode": "ips", "address_groups": {"HOME_NET": "10.1.0.0/16"}, "port_groups": {"X": "[80,81]"},
		"midstream": true, "stream_inline": "auto", "exception_policies": {"app-layer.error-policy": "ignore"},
		"threshold_file": null, "eve_types": ["alert"], "settings": {"a.b": 1}, "args": ["-k"]}`))
	if err != nil || v.Mode != "ips" || !v.Midstream || v.ThresholdFile != "" || v.EVETypes[0] != "alert" {
		t.Fatalf("%+v %v", v, err)
	}
	env := v.Env()
	home, err := env.ParseAddresses("$HTTP_SERVERS")
	if err != nil || rangesOf(home.In) != "10.1.0.0-10.1.255.255" {
		t.Errorf("%v %v", home, err)
	}
	if ports, err := env.ParsePorts("$X"); err != nil || fmt.Sprint(ports.In) != "[{80 81}]" {
		t.Errorf("%v %v", ports, err)
	}
	if _, err := ReadVars([]byte("{")); err == nil {
		t.Error("half of a text is read")
	}
}

// TestCompose holds that problems of a composed rule stand where its pieces do.
func TestCompose(t *testing.T) {
	pieces := []Piece{
		{"alert tcp any any -> any any (", 3, 1}, {"content:" + Quote([]byte("a\x00\"|b")) + "; ", 5, 7},
		{"msg:" + QuoteText("x;\"y\n") + "; ", 6, 2}, {"pcre:" + QuoteRegexp("a;b\\;\n/", "i") + "; ", 7, 2}, {"sid:9;)", 9, 4},
	}
	s, p := Compose("f.toml", pieces, nil)
	if p != nil || string(s.Matches[0].Content.Pattern) != "a\x00\"|b" || s.Msg != `x;"y ` || s.Matches[1].Regexp.Pattern != `a\;b\;\n/` {
		t.Fatalf("%+v %v", s, p)
	}
	if at := s.Problem(s.Matches[1].Column, "pcre", "r"); at.Line != 7 || at.Column != 2 {
		t.Errorf("at %v", at)
	}
	pieces[1].Text = "content:\"abc\"; within:1; "
	if _, p = Compose("f.toml", pieces, nil); p == nil || p.Line != 5 || p.Column != 7 || p.SID != 9 {
		t.Errorf("got %v", p)
	}
}

func TestRequires(t *testing.T) {
	for text, want := range map[string]bool{
		">= 7": true, ">= 7 < 8": false, ">= 7.0.3 < 8 | >= 8.9": true, "> 9": false, "<= 9.0.0": true, "< 9": false, ">=": false, "": false, "= 9": false,
	} {
		if got := meetsVersion(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	_, problems := Parse("r", []byte("alert nothing any any -> any any (requires:keyword xyzzy; xyzzy; sid:1;)"), nil)
	if len(problems) != 1 || !problems[0].Skipped {
		t.Errorf("%v", problems)
	}
}

// FuzzThresholds holds that no text makes the readers of the other files panic,
// and that each problem lies within the file.
func FuzzThresholds(f *testing.F) {
	f.Add([]byte("suppress gen_id 1, sig_id 2, track by_src, ip [10.0.0.1,!$HOME_NET]\nthreshold gen_id 1, sig_id 3, type both, track by_src, count 1, seconds 60\n"))
	f.Add([]byte("rate_filter gen_id 1, sig_id 5, track by_rule, count 9, seconds 60, new_action drop, timeout 30\\\n"))
	f.Add([]byte("config classification: a,b,3\nconfig reference: url http://\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, thresholds := ParseThresholds("f", text, sameEnv)
		_, classes := ParseClasses("f", text)
		_, references := ParseReferences("f", text)
		lines := strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n")
		for _, problems := range [][]Problem{thresholds, classes, references} {
			for i := range problems {
				checkProblem(t, lines, &problems[i])
			}
		}
	})
}
