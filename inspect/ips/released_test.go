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
