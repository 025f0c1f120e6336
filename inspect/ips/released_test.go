package ips_test

import (
	"testing"

	"vxwall/inspect/ips"
	pt "vxwall/pipeline/pipelinetest"
)

// tap makes a rig one of copies.
func tap(t testing.TB, rules string) (pt.Rig, *listener) {
	r, heard := rig(t, rules, func(s *ips.Stage) { s.App.Streams.Inline = false })
	r.Config.Passive, r.Config.Flow.Passive, r.Config.Flow.Midstream = true, true, true
	return r, heard
}

// What waits behind a loss is judged with the acknowledgement that releases it.
func TestRequestReleasedByTheOtherEnd(t *testing.T) {
	c := talk{100}
	r, heard := tap(t, dropIt)
	first := "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	at := uint32(101 + len(first))
	lost := uint32(100)
	r.Run(append(c.open(), c.from(101, 501, "PA", first),
		c.from(at+lost, 501, "PA", exploit),
		c.back(501, at+lost+uint32(len(exploit)), "A", ""),
		c.from(at+lost+uint32(len(exploit)), 501, "A", ""))...)
	if len(heard.said) != 1 {
		t.Errorf("alerts %v", heard.said)
	}
}

func TestStreamReleasedByTheOtherEnd(t *testing.T) {
	c := talk{100}
	r, heard := tap(t, `alert tcp any any -> any any (msg:"x"; content:"/exploit.cgi"; sid:1;)`)
	lost := uint32(100)
	r.Run(append(c.open(),
		c.from(101+lost, 501, "PA", exploit[:9]),
		c.from(101+lost+9, 501, "PA", exploit[9:]),
		c.back(501, 101+lost+uint32(len(exploit)), "A", ""))...)
	if len(heard.said) != 1 {
		t.Errorf("alerts %v", heard.said)
	}
}

// What only the end of a flow completes is judged then.
func TestEndOfFlowIsJudged(t *testing.T) {
	c := talk{100}
	r, heard := rig(t, dropIt, nil)
	r.Run(append(c.open(), c.from(101, 501, "PA", "GET /exploit.cgi?id=1 HTTP/1.1"))...)
	if len(heard.said) != 1 {
		t.Errorf("alerts %v", heard.said)
	}
}

// What lets a connection pass ends with it: another one on the same addresses and ports, whose
// server had forgotten the first, is judged anew.
func TestPassEndsWithConnection(t *testing.T) {
	c := talk{100}
	r, heard := rig(t, `pass http any any -> any any (msg:"trusted"; http.uri; content:"/trusted"; sid:2;)`+"\n"+dropIt, nil)
	get := "GET /trusted HTTP/1.1\r\nHost: a\r\n\r\n"
	frames := append(c.open(), c.from(101, 501, "PA", get), c.back(501, 101+uint32(len(get)), "A", ""),
		c.from(9000, 0, "S", ""), c.back(70000, 9001, "SA", ""), c.from(9001, 70001, "A", ""), c.from(9001, 70001, "PA", exploit))
	result := r.Run(frames...)
	if got := result.Outcomes[len(frames)-1]; got.Forwarded || len(heard.said) != 1 {
		t.Errorf("%s, alerts %v", got, heard.said)
	}
}
