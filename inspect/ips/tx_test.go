package ips

import (
	"testing"

	"vxwall/inspect/app"
)

func TestBuffers(t *testing.T) {
	w := newWorld(t, lines(
		httpRule(1, `http.uri; content:"/evil";`), httpRule(2, `http.uri; content:"/evil"; http.method; content:"POST";`),
		httpRule(3, `http.uri; content:"/EVIL"; nocase; bsize:5;`), httpRule(4, `http.host; content:"a.com"; endswith; content:!"b";`),
		httpRule(5, `http.uri; dotprefix; content:"./evil";`), httpRule(6, `http.uri; to_uppercase; content:"/EVIL";`),
		httpRule(7, `http.request_header; content:"X-A|3a| 1"; http.request_header; content:"X-B|3a| 2";`),
		httpRule(8, `http.request_header; content:"X-A"; content:"X-B";`), tcpRule(9, `http.uri; content:"/evil";`),
		"alert dns any any -> any any (dns.query; content:\"evil\"; sid:10;)", httpRule(11, `urilen:5;`), httpRule(12, `urilen:>5;`),
		httpRule(13, `http.uri; pcre:"/^\/evil$/";`), httpRule(14, `http.cookie; absent;`), httpRule(15, `http.uri; absent;`),
		tcpRule(18, `content:"/ev"; http_uri; pcre:"/^il$/R";`), tcpRule(19, `uricontent:"ev"; isdataat:!3,relative;`),
		httpRule(16, `http.uri; content:!"good";`), httpRule(17, `http.cookie; content:!"good";`),
	))
	tx, f := newTx(0, "http.uri=/evil", "http.method=GET", "http.host=www.a.com", "http.request_header=X-A: 1", "http.request_header=X-B: 2")
	f.numbers[app.HTTPRawURILen] = 5
	tx.Progress[0] = app.Complete
	w.want(w.request(0, tx), 1, 3, 4, 5, 6, 7, 9, 11, 13, 14, 16, 18, 19)
	w.want(w.request(0, tx)) // once for each transaction
	second, _ := newTx(1, "http.uri=/evil")
	w.want(w.request(0, second), 1, 3, 5, 6, 9, 13, 16, 18, 19)
	w.state.EndTx(tx)
	w.state.EndTx(second)
	w.state.EndSession(1)
	checkEmpty(t, w.state)
}

// checkEmpty holds that a state of which all flows and transactions ended has nothing left.
func checkEmpty(t testing.TB, s *State) {
	t.Helper()
	for name, n := range map[string]int{"nodes": used(&s.nodes), "transactions": used(&s.txs)} {
		if n != 0 {
			t.Errorf("%d %s are left", n, name)
		}
	}
}

func used[T any](s *slab[T]) int {
	n := int(s.fresh) - 1
	for at := s.first; at != 0; at = s.links[at] {
		n--
	}
	return n
}

// Buffers come one after the other; a rule remembers what matched.
func TestProgress(t *testing.T) {
	w := newWorld(t, lines(
		httpRule(1, `http.uri; content:"/evil"; http.request_body; content:"attack";`),
		"alert http any any => any any (http.uri; content:\"/evil\"; http.stat_code; content:\"200\"; sid:2;)",
		"drop http any any -> any any (http.request_body; content:\"attack\"; sid:3;)",
	))
	tx, f := newTx(0, "http.uri=/evil")
	w.want(w.request(0, tx))
	if !w.out.Pending {
		t.Error("nothing is pending")
	}
	f.set("http.request_body", app.Buffer{Data: []byte("att")})
	w.want(w.request(0, tx))
	f.buffers[app.HTTPRequestBody][0] = app.Buffer{Data: []byte("attack"), Fresh: 3}
	w.want(w.request(0, tx), 1, 3)
	if !w.out.Drop || !w.out.DropFlow {
		t.Error("not dropped")
	}
	w.state.EndSession(1)
	f.set("http.stat_code", app.Buffer{Data: []byte("200"), Final: true})
	w.want(w.request(1, tx), 2)
}

// A window of a body that moved on still completes what matched before it.
func TestBodyWindow(t *testing.T) {
	w := newWorld(t, lines(
		"alert http any any -> any any (flow:to_client; file.data; content:\"MZ\"; startswith; fast_pattern; http.stat_code; content:\"404\"; sid:1;)",
		"alert http any any -> any any (flow:to_client; file.data; content:\"end\"; endswith; sid:2;)",
		"alert http any any -> any any (flow:to_client; file.data; content:\"b\"; offset:4; depth:1; sid:3;)",
	))
	tx, f := newTx(0)
	f.set("file.data", app.Buffer{Data: []byte("MZ..")})
	w.want(w.request(1, tx))
	f.buffers[app.FileData][0] = app.Buffer{Data: []byte("b.end"), Offset: 4}
	w.want(w.request(1, tx), 3)
	f.set("http.stat_code", app.Buffer{Data: []byte("404"), Final: true})
	w.want(w.request(1, tx), 1)
	f.buffers[app.FileData][0] = app.Buffer{Data: []byte("b.end"), Offset: 4, Fresh: 5, Final: true}
	w.want(w.request(1, tx), 2)
}

func TestGuessedTransaction(t *testing.T) {
	for _, guess := range []bool{false, true} {
		w := newWorldWith(t, lines(httpRule(1, `content:"x";`)), Options{GuessTx: guess})
		tx, _ := newTx(7)
		in := w.request(0, tx)
		in.Stream = app.Buffer{Data: []byte("x")}
		w.want(in, 1)
		if a := w.out.Alerts()[0]; (a.Tx == 7) != guess || a.App {
			t.Errorf("guess %v: %+v", guess, a)
		}
	}
}

func TestApplication(t *testing.T) {
	w := newWorld(t, lines(
		tcpRule(1, `app-layer-protocol:http;`), tcpRule(2, `app-layer-protocol:!http;`), tcpRule(3, `app-layer-protocol:!tls;`),
		httpRule(4, ``), tcpRule(5, `app-layer-protocol:failed;`), httpRule(6, `content:"x";`),
	))
	in := w.packet(0, "x")
	w.want(in)
	if !w.out.Pending {
		t.Error("nothing is pending")
	}
	in = w.packet(0, "x")
	in.App, in.AppState = "http", AppKnown
	w.want(in, 1, 3, 4, 6)
	w.want(in, 4, 6)
	w.state.EndSession(1)
	in = w.packet(0, "x")
	in.AppState = AppFailed
	w.want(in, 2, 3, 5)
	w.want(in)
}

func TestEvents(t *testing.T) {
	w := newWorldWith(t, lines(
		"alert http any any -> any any (app-layer-event:http.unknown_error; sid:1;)",
		"alert ip any any -> any any (app-layer-event:applayer_mismatch_protocol_both_directions; sid:2;)",
		"alert tcp any any -> any any (stream-event:3whs_ack_in_wrong_dir; sid:3;)", "alert pkthdr any any -> any any (decode-event:ipv4.opt_invalid; sid:4;)",
	), Options{StreamEvents: []string{"3whs_ack_in_wrong_dir"}, DecodeEvents: []string{"ipv4.pkt_too_small", "ipv4.opt_invalid"}})
	tx, _ := newTx(0)
	event, ok := app.EventByName("http.unknown_error")
	if !ok {
		t.Fatal("no such event")
	}
	tx.Events.Add(event)
	w.want(w.request(0, tx), 1)
	in := w.packet(0, "")
	in.Events.Add(app.AppMismatchBothDirections)
	in.StreamEvents.Add(0)
	in.DecodeEvents.Add(1)
	w.want(in, 2, 3, 4)
}

func TestFiles(t *testing.T) {
	w := newWorld(t, lines(httpRule(1, `filesize:>3;`), httpRule(2, `filesize:<9;`), httpRule(3, `filename:"evil"; filestore;`)))
	tx, f := newTx(0, "file.name=EVIL.exe")
	file := &app.File{}
	file.Body.Append([]byte("abcd"))
	f.files = append(f.files, file)
	w.want(w.request(1, tx), 1, 3)
	file.State = app.FileClosed
	w.want(w.request(1, tx), 2)
}

func TestTLSVersion(t *testing.T) {
	w := newWorld(t, lines(
		"alert tls any any -> any any (tls.version:1.2; sid:1;)", "alert tls any any -> any any (tls.version:1.3; sid:2;)",
		"alert tcp any any -> any any (ssl_version:!sslv3; sid:3;)",
	))
	tx, f := newTx(0)
	f.numbers[app.TLSVersion] = 0x303
	in := w.request(0, tx)
	in.App = "tls"
	w.want(in, 1, 3)
}

func TestDates(t *testing.T) {
	w := newWorld(t, lines(
		"alert tls any any -> any any (tls_cert_notafter:>2015; sid:1;)", "alert tls any any -> any any (tls_cert_notafter:<2015-06-01; sid:2;)",
		"alert tls any any -> any any (tls_cert_notbefore:2015-01-01<>2016-01-01; sid:3;)",
	))
	tx, f := newTx(0)
	f.numbers[app.TLSNotAfter], f.numbers[app.TLSNotBefore] = 1433116800+1, 1433116800
	in := w.request(1, tx)
	in.App = "tls"
	w.want(in, 1, 3)
}

func TestHooks(t *testing.T) {
	w := newWorld(t, lines(
		"alert http1:request_started any any -> any any (sid:1;)", "alert http1:request_headers any any -> any any (sid:2;)",
		"drop http1:request_complete any any -> any any (http.uri; content:\"x\"; sid:3;)", "alert http:response_started any any -> any any (sid:4;)",
	))
	tx, f := newTx(0, "http.uri=x")
	w.want(w.request(0, tx), 1)
	f.set("http.header", app.Buffer{Data: []byte("a: b"), Final: true})
	w.want(w.request(0, tx), 2)
	tx.Progress[0] = app.Complete
	w.want(w.request(0, tx), 3)
	w.state.EndSession(1)
	w.want(w.request(1, tx), 4)
}

// A rule that has no direction speaks once in each.
func TestOncePerDirection(t *testing.T) {
	w := newWorld(t, lines(httpRule(1, `http.header; content:"x";`), httpRule(2, `flow:to_client; http.header; content:"x";`)))
	tx, _ := newTx(0, "http.header=x")
	w.want(w.request(0, tx), 1)
	w.want(w.request(0, tx))
	w.want(w.request(1, tx), 1, 2)
	w.want(w.request(1, tx))
}

// A reload numbers the rules anew: what waits is forgotten, what was set stays.
func TestReload(t *testing.T) {
	w := newWorld(t, lines(httpRule(1, `http.uri; content:"/evil"; http.request_body; content:"attack";`), tcpRule(2, `content:"a"; flowbits:set,seen;`)))
	tx, f := newTx(0, "http.uri=/evil")
	w.want(w.request(0, tx))
	w.want(w.packet(0, "a"), 2)
	e, _ := Compile(parse(t, lines(tcpRule(3, `flowbits:isset,seen; content:"b";`), httpRule(1, `http.uri; content:"/evil"; http.request_body; content:"attack";`))), Options{})
	w.engine, w.detector = e, NewDetector(e, w.state)
	w.want(w.packet(0, "b"), 3)
	f.set("http.request_body", app.Buffer{Data: []byte("attack"), Final: true})
	w.want(w.request(0, tx), 1)
	w.want(w.request(0, tx))
}
