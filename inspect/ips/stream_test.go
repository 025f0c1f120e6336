package ips

import (
	"testing"
)

func TestStream(t *testing.T) {
	w := newWorld(t, lines(
		tcpRule(1, `content:"attack";`), tcpRule(2, `content:"GET"; depth:3;`), tcpRule(3, `content:"attack"; content:"now"; distance:0;`),
		"alert tcp-pkt any any -> any any (content:\"attack\"; sid:4;)", tcpRule(5, `content:"tack"; dsize:4;`), tcpRule(6, `flow:only_stream; content:"attack";`),
	))
	w.want(w.stream(0, 0, "", "GET att"), 2)
	w.want(w.stream(0, 0, "GET att", "ack"), 1, 6)
	w.want(w.stream(0, 0, "GET attack", "xx"))
	w.want(w.stream(0, 0, "GET attackxx", "now"), 3)
	w.want(w.stream(0, 0, "GET attackxxnow", "attack"), 1, 4, 6)
	w.want(w.stream(1, 0, "", "GET"), 2)
}

// What came before the window is over: the rest of a match may not come any more.
func TestWaitingEnds(t *testing.T) {
	w := newWorld(t, tcpRule(1, `content:"attack"; content:"now"; distance:0;`)+"\n")
	w.want(w.stream(0, 0, "", "attack"))
	w.want(w.stream(0, 3, "ack", "now"))
	w.want(w.stream(0, 6, "", "now"))
	if w.state.sessions[1].waiting[0] != 0 {
		t.Error("a rule waits for ever")
	}
}

// A stream may be filled with beginnings of matches; none is lost for that.
func TestCrowdedStream(t *testing.T) {
	rules := ""
	for sid := 1; sid <= maxWaiting+1; sid++ {
		rules += tcpRule(sid, `content:"begin"; content:"x`+string(rune(' '+sid/10+16))+string(rune('0'+sid%10))+`"; distance:0;`) + "\n"
	}
	rules += tcpRule(1000, `content:"begin"; content:"end"; distance:0;`) + "\n"
	w := newWorld(t, rules)
	w.want(w.stream(0, 0, "", "begin"))
	w.want(w.stream(0, 0, "begin", "..."))
	w.want(w.stream(0, 0, "begin...", "end"), 1000)
}

func TestVerdicts(t *testing.T) {
	for _, test := range []struct {
		name, rules string
		payload     string
		stream      bool
		drop, flow  bool
		alerts      []int
	}{
		{"packet rule", `drop tcp any any -> any any (content:"x"; dsize:1; sid:1;)`, "x", false, true, false, []int{1}},
		{"stream rule in the stream", `drop tcp any any -> any any (content:"x"; sid:1;)`, "x", true, true, true, []int{1}},
		{"stream rule in a packet", `drop tcp any any -> any any (content:"x"; sid:1;)`, "x", false, true, false, []int{1}},
		{"addresses", `drop ip 10.1.0.5 any -> any any (sid:1;)`, "x", false, true, true, []int{1}},
		{"pass before drop", "pass tcp any any -> any any (content:\"x\"; sid:2;)\ndrop tcp any any -> any any (content:\"x\"; sid:1;)", "x", false, false, false, nil},
		{"pass of others", "pass tcp any any -> any any (content:\"y\"; sid:2;)\ndrop tcp any any -> any any (content:\"x\"; sid:1;)", "x", false, true, false, []int{1}},
		{"alert beside drop", "alert tcp any any -> any any (content:\"x\"; sid:2;)\ndrop tcp any any -> any any (content:\"x\"; sid:1;)", "x", false, true, false, []int{1, 2}},
		{"noalert", `drop tcp any any -> any any (content:"x"; noalert; sid:1;)`, "x", false, true, false, nil},
		{"no match", `drop tcp any any -> any any (content:"x"; sid:1;)`, "y", false, false, false, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, test.rules+"\n")
			in := w.packet(0, test.payload)
			if test.stream {
				in = w.stream(0, 0, "", test.payload)
			}
			w.want(in, test.alerts...)
			if w.out.Drop != test.drop || w.out.DropFlow != test.flow || w.out.Drop != (w.out.By >= 0) {
				t.Errorf("drop %v, flow %v, by %d", w.out.Drop, w.out.DropFlow, w.out.By)
			}
			for _, a := range w.out.Alerts() {
				if a.Dropped != test.drop {
					t.Errorf("%+v", a)
				}
			}
			w.want(w.packet(0, "later"))
			if w.out.Drop != test.flow {
				t.Errorf("the next packet: drop %v", w.out.Drop)
			}
		})
	}
}

func TestReject(t *testing.T) {
	w := newWorld(t, `rejectboth tcp any any -> any any (content:"x"; sid:1;)`+"\n")
	w.want(w.packet(0, "x"), 1)
	if !w.out.Drop || w.out.Reject != w.engine.sigs[0].Action {
		t.Errorf("%+v", w.out.Reject)
	}
}
