package ips

import (
	"testing"
)

// Many values of a buffer, each with every pattern, take no more memory than one.
func TestManyInstancesAllocateNothing(t *testing.T) {
	rules := ""
	for sid := range 50 {
		rules += httpRule(sid+1, `http.request_header; content:"x`+string(rune('A'+sid%26))+string(rune('A'+sid/26))+`"; fast_pattern; content:"none";`) + "\n"
	}
	w := newWorld(t, rules)
	value := "http.request_header="
	for sid := range 50 {
		value += "x" + string(rune('A'+sid%26)) + string(rune('A'+sid/26))
	}
	var values []string
	for range 300 {
		values = append(values, value)
	}
	tx, _ := newTx(0, values...)
	in := w.request(0, tx)
	room := cap(w.detector.candidates)
	w.detector.Inspect(in, &w.out)
	if got := cap(w.detector.candidates); got != room {
		t.Errorf("room for %d candidates became %d", room, got)
	}
}

func TestNothingAllocates(t *testing.T) {
	w := newWorld(t, lines(
		tcpRule(1, `content:"attack"; content:"now"; distance:0; pcre:"/now(a|b)*/"; flowbits:set,a;`), tcpRule(2, `flowbits:isset,a; content:"x"; threshold:type limit,track by_src,count 1,seconds 60;`),
		httpRule(3, `http.uri; url_decode; to_lowercase; content:"/evil"; http.request_body; content:"no";`), tcpRule(4, `xbits:set,b,track ip_src; content:"x";`),
		"alert ip 10.1.0.5 any -> any any (sid:5;)", tcpRule(6, `byte_test:1,>,0,0; content:!"zz"; isdataat:3; base64_decode:bytes 4; base64_data; content:"a";`),
	))
	packet := *w.packet(0, "x attack nowabab")
	first := *w.stream(0, 0, "", "x attack")
	second := *w.stream(0, 0, "x attack", " now")
	tx, _ := newTx(0, "http.uri=/%65vil", "http.request_body=yes")
	request := *w.request(0, tx)
	run := func() {
		for _, in := range []*Input{&packet, &first, &second, &request} {
			w.detector.Inspect(in, &w.out)
		}
		w.state.EndTx(tx)
		w.state.EndSession(1)
	}
	run()
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
