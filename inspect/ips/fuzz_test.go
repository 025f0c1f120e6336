package ips

import (
	"testing"

	"vxwall/inspect/app"
	"vxwall/rules/suricata"
)

// FuzzCompile reads any rules and judges any bytes by them. Each signature is in use or a problem, never both,
// and what is judged twice gives the same.
func FuzzCompile(f *testing.F) {
	for _, rule := range []string{
		tcpRule(1, `content:"a"; byte_extract:1,0,n,relative; content:"b"; distance:n; within:5; isdataat:!1,relative; pcre:"/a(b|c)*/R";`),
		httpRule(2, `http.uri; url_decode; xor:"0102"; content:!"x"; bsize:>3; base64_decode:relative; base64_data; content:"y";`),
		"drop ip [10.0.0.0/8,!10.1.0.0/16] any <> any ![80,443] (byte_jump:2,0,align,multiplier 3,post_offset -4; byte_math:bytes 1,offset 0,oper /,rvalue 0,result r; sid:3;)",
		"alert http:request_complete any any -> any any (urilen:5; threshold:type both,track by_src,count 2,seconds 3; tag:session; sid:4;)",
		"alert http any any => any any (http.header: to_client; content:\"a\"; endswith; flowint:x,+,1; xbits:set,a,track ip_pair; sid:5;)",
	} {
		f.Add(rule, []byte("abcdefgh"), []byte("GET /%61 HTTP/1.1"))
	}
	f.Fuzz(func(t *testing.T, rules string, payload, value []byte) {
		if len(rules) > 4000 {
			return
		}
		sigs, _ := suricata.Parse("fuzz", []byte(rules), nil)
		e, problems := Compile(sigs, Options{})
		if e.Rules()+len(problems) != len(sigs) {
			t.Fatalf("%d rules, %d problems of %d signatures", e.Rules(), len(problems), len(sigs))
		}
		first, second := judgeOnce(t, e, payload, value), judgeOnce(t, e, payload, value)
		if first != second {
			t.Fatalf("%+v, then %+v", first, second)
		}
	})
}

// judgeOnce judges a packet, a stream and a transaction with a new state.
func judgeOnce(t *testing.T, e *Engine, payload, value []byte) (sum [3]Result) {
	w := &world{t: t, engine: e, state: NewState(Limits{Sessions: 8, Nodes: 50, Txs: 4, Hosts: 16}), now: 1e18}
	w.detector = NewDetector(e, w.state)
	w.record.Key = key(6)
	tx, set := newTx(0)
	for id := app.NoBuffer + 1; int(id) < app.BufferCount; id++ {
		set.buffers[id] = []app.Buffer{{Data: value, Fresh: len(value) / 2, Final: len(value)%2 == 0}}
	}
	half := len(payload) / 2
	w.detector.Inspect(w.packet(0, string(payload)), &sum[0])
	w.detector.Inspect(w.stream(0, 0, string(payload[:half]), string(payload[half:])), &sum[1])
	w.detector.Inspect(w.request(1, tx), &sum[2])
	w.state.EndTx(tx)
	w.state.EndSession(1)
	checkEmpty(t, w.state)
	return sum
}
