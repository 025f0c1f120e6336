package ips_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"vxwall/inspect/app"
	"vxwall/inspect/app/protocols"
	"vxwall/inspect/ips"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/stream"
	"vxwall/rules/suricata"
)

const (
	exploit = "GET /exploit.cgi?id=1 HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
	dropIt  = `drop http any any -> any any (msg:"exploit"; http.uri; content:"/exploit.cgi"; sid:1;)`
)

// listener is a sink, and the log of what flows carry.
type listener struct {
	said    []string
	blocked []uint32
}

func (l *listener) Alert(at *app.Moment, f *ips.Found) {
	l.said = append(l.said, fmt.Sprintf("%d %s %v", f.Signature.SID, at.Session.Name(), f.Dropped))
}

func (l *listener) Blocks(_ *pipeline.Packet, s *suricata.Signature, _ bool) {
	if s != nil {
		l.blocked = append(l.blocked, s.SID)
	}
}

// rig is a worker whose flows are judged by rules, in all VNIs but 200.
func rig(t testing.TB, rules string, change func(*ips.Stage)) (pt.Rig, *listener) {
	t.Helper()
	sigs, problems := suricata.Parse("test.rules", []byte(rules), nil)
	engine, refused := ips.Compile(sigs, ips.Options{Apps: protocols.Names(), StreamEvents: stream.EventNames(), DecodeEvents: ips.DecodeEvents()})
	if problems = append(problems, refused...); len(problems) > 0 {
		t.Fatalf("rules: %v", problems)
	}
	heard := &listener{}
	stage := &ips.Stage{
		Profiles: []ips.Profile{{Name: "strict", Engine: engine}},
		Choose: func(r *flow.Record) int {
			if r.Key.VNI == 200 {
				return -1
			}
			return 0
		},
		App:  &app.Config{Protocols: protocols.All(), Streams: stream.PoolConfig{Inline: true}},
		Sink: func(*pipeline.Scope) ips.Sink { return heard },
	}
	if change != nil {
		change(stage)
	}
	return pt.Rig{Config: pipeline.Default(), Stages: []pipeline.Stage{stage}}, heard
}

// talk is a connection whose frames a test makes one by one.
type talk struct{ vni uint32 }

func (c talk) from(seq, ack uint32, flags, text string) []byte {
	return pt.Frame(pt.VXLAN{VNI: c.vni}, pt.Eth{}, pt.IPv4{}, pt.TCP{Src: 40000, Dst: 80, Seq: seq, Ack: ack, Flags: flags}, pt.Payload(text))
}

func (c talk) back(seq, ack uint32, flags, text string) []byte {
	return pt.Frame(pt.VXLAN{VNI: c.vni, Back: true}, pt.Eth{Src: pt.MACb, Dst: pt.MACa}, pt.IPv4{Src: "10.2.0.9", Dst: "10.1.0.5"},
		pt.TCP{Src: 80, Dst: 40000, Seq: seq, Ack: ack, Flags: flags}, pt.Payload(text))
}

// open is a handshake; the client's first byte is number 101, the server's 501.
func (c talk) open() [][]byte {
	return [][]byte{c.from(100, 0, "S", ""), c.back(500, 101, "SA", ""), c.from(101, 501, "A", "")}
}

func reasons(result *pt.Result) []string {
	var list []string
	for _, o := range result.Outcomes {
		if o.Forwarded {
			list = append(list, "-")
		} else {
			list = append(list, o.Reason.String())
		}
	}
	return list
}

func TestAttackIsDroppedHoweverItIsCut(t *testing.T) {
	c := talk{100}
	for name, test := range map[string]struct {
		frames [][]byte
		want   string
	}{
		"whole":            {[][]byte{c.from(101, 501, "PA", exploit)}, "signature"},
		"two parts":        {[][]byte{c.from(101, 501, "A", exploit[:9]), c.from(110, 501, "PA", exploit[9:])}, "- signature"},
		"the second first": {[][]byte{c.from(110, 501, "PA", exploit[9:]), c.from(101, 501, "A", exploit[:9])}, "- signature"},
		"and what follows": {[][]byte{c.from(101, 501, "PA", exploit), c.from(101, 501, "PA", exploit), c.back(501, 101, "A", "")},
			"signature signature signature"},
		"harmless": {[][]byte{c.from(101, 501, "PA", strings.Replace(exploit, "exploit", "harmless", 1))}, "-"},
	} {
		t.Run(name, func(t *testing.T) {
			r, heard := rig(t, dropIt, nil)
			result := r.Run(append(c.open(), test.frames...)...)
			if got := strings.Join(reasons(result)[3:], " "); got != test.want {
				t.Errorf("%s, want %s (alerts %v)", got, test.want, heard.said)
			}
			if attack := test.want != "-"; attack && (len(heard.said) != 1 || heard.said[0] != "1 http true" || len(heard.blocked) != 1) {
				t.Errorf("alerts %v, blocks %v", heard.said, heard.blocked)
			}
		})
	}
}

// Bytes that come again are those that came first, on the wire too.
func TestSecondCopyIsMadeTheFirst(t *testing.T) {
	c := talk{100}
	r, _ := rig(t, dropIt, nil)
	harmless := strings.Replace(exploit, "exploit", "welcome", 1)
	result := r.Run(append(c.open(), c.from(101, 501, "PA", harmless), c.from(101, 501, "PA", exploit))...)
	last := result.Sent[len(result.Sent)-1]
	if want := c.from(101, 501, "PA", harmless); !bytes.Equal(last.Bytes, want) {
		t.Errorf("the second copy left as it came")
	}
}

func TestRejectTellsBothEnds(t *testing.T) {
	c := talk{100}
	r, _ := rig(t, strings.Replace(dropIt, "drop", "reject", 1), nil)
	result := r.Run(append(c.open(), c.from(101, 501, "PA", exploit))...)
	if got := result.Outcomes[3]; got.Reason != pipeline.SignatureRejected || got.Stage != ips.Name {
		t.Errorf("outcome %s", got)
	}
	answers := 0
	for _, s := range result.Sent {
		if s.Answer {
			answers++
		}
	}
	if answers != 2 {
		t.Errorf("%d answers, want a reset for each end", answers)
	}
}

func TestFlowsWithoutProfileAreNotJudged(t *testing.T) {
	c := talk{200}
	r, heard := rig(t, dropIt, nil)
	result := r.Run(append(c.open(), c.from(101, 501, "PA", exploit))...)
	if got := result.Outcomes[3]; !got.Forwarded || len(heard.said) > 0 {
		t.Errorf("outcome %s, alerts %v", got, heard.said)
	}
}

// Where verdicts do not bind, nothing is dropped and nothing changed.
func TestMonitorsChangeNothing(t *testing.T) {
	c := talk{100}
	frames := append(c.open(), c.from(101, 501, "PA", exploit), c.from(101, 501, "PA", strings.ToUpper(exploit)))
	for name, change := range map[string]func(*pt.Rig, *ips.Stage){
		"policy":  func(r *pt.Rig, _ *ips.Stage) { r.Monitor = true },
		"profile": func(_ *pt.Rig, s *ips.Stage) { s.Profiles[0].Monitor = true },
	} {
		t.Run(name, func(t *testing.T) {
			var stage *ips.Stage
			r, heard := rig(t, dropIt, func(s *ips.Stage) { stage = s })
			change(&r, stage)
			result := r.Run(frames...)
			for i, s := range result.Sent {
				if !bytes.Equal(s.Bytes, frames[i]) {
					t.Errorf("frame %d left changed", i)
				}
			}
			if len(result.Sent) != len(frames) || len(heard.said) == 0 {
				t.Errorf("%d frames sent, alerts %v", len(result.Sent), heard.said)
			}
		})
	}
}

// Two flows with equal addresses and ports in two VNIs share nothing: the halves of an
// attack in each are no attack, a bit set in one is not set in the other, and the one
// that is dropped takes nothing with it.
func TestNetworksShareNothing(t *testing.T) {
	a, b := talk{100}, talk{300}
	rules := dropIt + "\n" +
		`alert tcp any any -> any any (msg:"set"; content:"mark"; flowbits:set,seen; noalert; sid:2;)` + "\n" +
		`alert tcp any any -> any any (msg:"is set"; content:"check"; flowbits:isset,seen; sid:3;)`
	for name, test := range map[string]struct {
		frames [][]byte
		alerts int
	}{
		"halves of an attack": {[][]byte{a.from(101, 501, "A", exploit[:9]), b.from(110, 501, "PA", exploit[9:])}, 0},
		"bits":                {[][]byte{a.from(101, 501, "PA", "mark"), b.from(101, 501, "PA", "check")}, 0},
		"bits, one network":   {[][]byte{a.from(101, 501, "PA", "mark"), a.from(105, 501, "PA", "check")}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r, heard := rig(t, rules, nil)
			r.Run(append(append(a.open(), b.open()...), test.frames...)...)
			if len(heard.said) != test.alerts {
				t.Errorf("alerts %v, want %d", heard.said, test.alerts)
			}
		})
	}
	r, _ := rig(t, rules, nil)
	result := r.Run(append(append(a.open(), b.open()...), a.from(101, 501, "PA", exploit), b.from(101, 501, "PA", "GET / HTTP/1.1\r\n\r\n"))...)
	if got := strings.Join(reasons(result)[6:], " "); got != "signature -" {
		t.Errorf("%s, want the flow of one network dropped", got)
	}
}

// A new SYN does not bring a flow back to life that a signature dropped.
func TestDroppedFlowStaysDropped(t *testing.T) {
	c := talk{100}
	r, _ := rig(t, dropIt, nil)
	result := r.Run(append(c.open(), c.from(101, 501, "PA", exploit), c.from(900, 0, "S", ""))...)
	if got := result.Outcomes[4]; got.Forwarded {
		t.Errorf("outcome %s", got)
	}
}

// A datagram put together from fragments is judged as a whole, and dropped with all of
// its pieces.
func TestFragments(t *testing.T) {
	c := talk{100}
	r, heard := rig(t, dropIt, nil)
	whole := pt.Frame(pt.Eth{}, pt.IPv4{}, pt.TCP{Src: 40000, Dst: 80, Seq: 101, Ack: 501, Flags: "PA"}, pt.Payload(exploit))[14+20:]
	piece := func(from, to int, more bool) []byte {
		return pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{ID: 7, Offset: from, More: more, Proto: 6}, pt.Payload(string(whole[from:to])))
	}
	result := r.Run(append(c.open(), piece(32, len(whole), false), piece(0, 32, true))...)
	if got := strings.Join(reasons(result)[3:], " "); got != "signature signature" {
		t.Errorf("%s (alerts %v)", got, heard.said)
	}
}
