package http

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

const (
	c = flow.ToResponder
	s = flow.ToInitiator
)

// converse runs what both ends say through a parser, and returns it with its
// transactions not released.
func converse(request, response string) *parser {
	p := Protocol{}.Open(new(app.Pool)).(*parser)
	p.Parse(&app.Input{Dir: c, Data: []byte(request), Stream: true})
	p.Parse(&app.Input{Dir: s, Data: []byte(response), Stream: true})
	return p
}

// buffer is a buffer as text, "-" if it is not there.
func buffer(tx *app.Tx, id app.BufferID, dir flow.Direction) string {
	b, ok := tx.Buffer(id, dir, 0)
	if !ok {
		return "-"
	}
	return string(b.Data)
}

func TestRequestBuffers(t *testing.T) {
	const head = "GET http://Ex.ample:81/a/./b/%2e%2e/c%2Fd?x=%41%2541#f HTTP/1.1\r\n" +
		"Host: Ex.ample:81\r\nCookie: a=b\r\nUser-Agent: me\r\n too\r\naccept: x\r\nAccept: y\r\nCookie: c\r\n\r\n"
	p := converse(head, "")
	tx := p.Transactions()[0]
	for id, want := range map[app.BufferID]string{
		app.HTTPMethod: "GET", app.HTTPProtocol: "HTTP/1.1", app.HTTPURI: "/a/c/d?x=A%41#f",
		app.HTTPRawURI:      "http://Ex.ample:81/a/./b/%2e%2e/c%2Fd?x=%41%2541#f",
		app.HTTPRequestLine: strings.SplitN(head, "\r\n", 2)[0], app.HTTPRawHeader: strings.SplitN(head, "\r\n", 2)[1],
		app.HTTPHost: "ex.ample", app.HTTPRawHost: "ex.ample", app.HTTPCookie: "a=b, c", app.HTTPUserAgent: "me too",
		app.HTTPAccept:      "x, y",
		app.HTTPHeader:      "Host: Ex.ample:81\r\nUser-Agent: me too\r\naccept: x, y\r\n",
		app.HTTPHeaderNames: "\r\nHost\r\nCookie\r\nUser-Agent\r\naccept\r\n\r\n",
		app.HTTPStart: strings.SplitN(head, "\r\n", 2)[0] +
			"\r\nHost: Ex.ample:81\r\nCookie: a=b, c\r\nUser-Agent: me too\r\naccept: x, y\r\n\r\n",
		app.HTTPRequestHeader: "Host: Ex.ample:81", app.HTTPReferer: "-", app.HTTPResponseLine: "-", app.HTTPRequestBody: "-",
		app.HTTPLocation: "-", app.FileData: "-",
	} {
		if got := buffer(tx, id, c); got != want {
			t.Errorf("%s is %q, want %q", app.Buffers[id].Name, got, want)
		}
	}
	if n, ok := tx.Number(app.HTTPURILen, c, 0); !ok || n != 15 {
		t.Errorf("urilen %d, %v", n, ok)
	}
	if !tx.Events.Has(app.HTTPDoubleEncodedURI) || !tx.Events.Has(app.HTTPRequestHeaderRepetition) {
		t.Error("events are missing")
	}
}

func TestURI(t *testing.T) {
	for raw, want := range map[string]string{
		"/": "/", "/a//b///c": "/a/b/c", "/a/../../b": "/b", "/a/..": "/", "/a/.": "/a/", "/a\\b": "/a/b",
		"/%2e%2e/%2e%2e/etc": "/etc", "/a%5cb": "/a/b", "/%u002e%u002e/x": "/x", "/%uff0e%uff0e/x": "/x",
		"/%zz%4": "/%zz%4", "/%c0%ae%c0%ae/x": "/x", "/a?b=/../c//d": "/a?b=/../c//d", "/a?%3Cscript%3E+x": "/a?<script>+x",
		"*": "*", "http://h": "-", "http://h?x": "?x", "/%00x": "/\x00x", "/\xef\xbc\x8e\xef\xbc\x8e/x": "/x", "//h/x": "/h/x",
		"/caf\xc3\xa9": "/caf\xc3\xa9",
	} {
		p := converse("GET "+raw+" HTTP/1.0\r\n\r\n", "")
		if got := buffer(p.Transactions()[0], app.HTTPURI, c); got != want {
			t.Errorf("%q is %q, want %q", raw, got, want)
		}
	}
}

func TestEvents(t *testing.T) {
	get := "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	tests := []struct {
		request, response string
		want              app.Event
	}{
		{"GET / HTTP/1.1\r\n\r\n", "", app.HTTPMissingHostHeader},
		{"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "", app.HTTPHostHeaderAmbiguous},
		{"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "", app.HTTPRequestHeaderHostInvalid},
		{"GET http://a:x/ HTTP/1.1\r\nHost: a\r\n\r\n", "", app.HTTPRequestURIHostInvalid},
		{"GET / HTTP/1.1\r\nHost: a\r\nfoo\r\n\r\n", "", app.HTTPRequestFieldMissingColon},
		{"GET / HTTP/1.1\r\nHost: a\r\nfoo : b\r\n\r\n", "", app.HTTPRequestHeaderInvalid},
		{"\tGET / HTTP/1.1\r\nHost: a\r\n\r\n", "", app.HTTPRequestLineLeadingWhitespace},
		{"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "", app.HTTPMethodDelimNonCompliant},
		{"GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", "", app.HTTPURIDelimNonCompliant},
		{"GET /\r\nHost: a\r\n\r\n", "", app.HTTPRequestLineMissingProtocol},
		{"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Foo x\r\n\r\n", "", app.HTTPRequestAuthUnrecognized},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "", app.HTTPDuplicateContentLengthFieldInRequest},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "", app.HTTPInvalidContentLengthFieldInRequest},
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: foo\r\n\r\n", "", app.HTTPInvalidTransferEncodingValueInRequest},
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "", app.HTTPInvalidRequestChunkLen},
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\n", "", app.HTTPRequestChunkExtension},
		{"GET / HTTP/1.1\r\nHost: " + strings.Repeat("a", maxHead) + "\r\n", "", app.HTTPRequestFieldTooLong},
		{"GET / HTTP/1.1\r\nHost: " + strings.Repeat("a", longestLine), "", app.HTTPRequestFieldTooLong},
		{"GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("a:\r\n", maxHeaders) + "\r\n", "", app.HTTPRequestTooManyHeaders},
		{"foo bar\r\n\r\n", "", app.NoEvent},
		{get, "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 100 x\r\n\r\n", app.HTTPContinueAlreadySeen},
		{get, "HTTP/3.1 200 x\r\n\r\n", app.HTTPResponseInvalidProtocol},
		{get, "HTTP/1.1 xyz x\r\n\r\n", app.HTTPResponseInvalidStatus},
		{get, "HTTP/1.1 200 x\r\nContent-Length: x\r\n\r\n", app.HTTPInvalidContentLengthFieldInResponse},
		{get, "HTTP/1.0 200 x\r\nTransfer-Encoding: chunked\r\n\r\n", app.HTTPResponseChunkedOldProto},
		{get, "HTTP/1.1 200 x\r\nTransfer-Encoding: xchunked\r\n\r\n", app.HTTPResponseAbnormalTransferEncoding},
		{get, "HTTP/1.1 200 x\r\nContent-Encoding: foo\r\n\r\n", app.HTTPAbnormalCEHeader},
		{get, "HTTP/1.1 200 x\r\nContent-Encoding: gzip,gzip,gzip,gzip\r\n\r\n", app.HTTPTooManyEncodingLayers},
		{get, "HTTP/1.1 204 x\r\nContent-Length: 1\r\n\r\nx", app.HTTPResponseBodyUnexpected},
		{"", "HTTP/1.1 200 x\r\n\r\n", app.HTTPUnableToMatchResponseToRequest},
		{get, "HTTP/1.1 200 x\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\nplain", app.HTTPGzipDecompressionFailed},
	}
	for _, tt := range tests {
		p := converse(tt.request, tt.response)
		if tt.want == app.NoEvent {
			continue
		}
		if tx := p.Transactions()[0]; !tx.Events.Has(tt.want) {
			t.Errorf("%.60q, %.60q: no event %s", tt.request, tt.response, tt.want)
		}
	}
}

func TestPipeline(t *testing.T) {
	var request, response string
	for i := range 5 {
		request += fmt.Sprintf("POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx%d", i, i)
		response += fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ny%d\r\n0\r\n\r\n", i)
	}
	p := converse(request, response)
	if n := len(p.Transactions()); n != 5 {
		t.Fatalf("%d transactions", n)
	}
	for i, tx := range p.Transactions() {
		got := buffer(tx, app.HTTPURI, c) + buffer(tx, app.HTTPRequestBody, c) + buffer(tx, app.FileData, s)
		if want := fmt.Sprintf("/%dx%dy%d", i, i, i); got != want || !tx.Done() || tx.ID != uint64(i) {
			t.Errorf("transaction %d: %q, want %q; done %v", tx.ID, got, want, tx.Done())
		}
	}
}

func TestHead(t *testing.T) {
	p := converse("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 304 Not\r\n\r\n")
	if txs := p.Transactions(); len(txs) != 2 || !txs[0].Done() || !txs[1].Done() || buffer(txs[1], app.HTTPStatCode, s) != "304" {
		t.Errorf("%d transactions", len(txs))
	}
}

// TestRefused is a client that is told not to send its body, and does not.
func TestRefused(t *testing.T) {
	p := converse("POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n", "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")
	p.Parse(&app.Input{Dir: c, Data: []byte("GET /evil HTTP/1.1\r\nHost: a\r\n\r\n"), Stream: true})
	if txs := p.Transactions(); len(txs) != 2 || buffer(txs[1], app.HTTPURI, c) != "/evil" {
		t.Errorf("%d transactions", len(txs))
	}
}

func TestInterim(t *testing.T) {
	p := converse("GET /a HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 1")
	tx := p.Transactions()[0]
	if buffer(tx, app.HTTPStatCode, s) != "-" || buffer(tx, app.HTTPHeader, s) != "-" {
		t.Error("an interim response shows")
	}
	p.Parse(&app.Input{Dir: s, Data: []byte("00 x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), Stream: true})
	if buffer(tx, app.HTTPStatCode, s) != "200" || !tx.Done() {
		t.Error("the response after it does not")
	}
}

func TestTrailers(t *testing.T) {
	p := converse("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Evil: yes\r\n\r\nHTTP/1.1 200 y\r\n\r\n")
	if got := buffer(p.Transactions()[0], app.HTTPHeader, s); got != "Transfer-Encoding: chunked\r\nX-Evil: yes\r\n" {
		t.Errorf("headers %q", got)
	}
	if len(p.Transactions()) != 2 {
		t.Error("what follows is lost")
	}
}

func TestMultipart(t *testing.T) {
	body := "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nvalue\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a;b.txt\"\r\nContent-Type: text/plain\r\n\r\nfirst\r\n--c\r\n\r\n" +
		"--b\r\ncontent-disposition: form-data; filename=second\r\n\r\n\r\n--b--\r\nafter"
	request := fmt.Sprintf("POST /up HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=\"b\"\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	for size := range 30 {
		list := []piece{{c, []byte(request), true}}
		w := watch(list, size)
		text := w.String()
		for _, want := range []string{"file 1 \"a;b.txt\" CLOSED false 12\n", "file 2 \"second\" CLOSED false 0\n", "0 file 0 0 \"first\\r\\n--c\\r\\n\"", "after"} {
			if !strings.Contains(text, want) {
				t.Fatalf("in pieces of %d: no %q in\n%s", size, want, text)
			}
		}
	}
}

func TestTunnel(t *testing.T) {
	p := converse("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", "")
	in := &app.Input{Dir: s, Data: []byte("HTTP/1.1 200 OK\r\n\r\nbanner"), Stream: true}
	p.Parse(in)
	if in.Unread != 6 || p.Switch() != "?" || !p.Transactions()[0].Done() {
		t.Errorf("unread %d, switch %q", in.Unread, p.Switch())
	}
	if tx := p.Transactions()[0]; buffer(tx, app.HTTPHost, c) != "h" || buffer(tx, app.HTTPURI, c) != "h:443" {
		t.Error(buffer(tx, app.HTTPHost, c))
	}
	p = converse("GET / HTTP/1.1\r\nUpgrade: h2c\r\nHost: h\r\n\r\n", "HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n")
	if p.Switch() != "http2" {
		t.Errorf("switch %q", p.Switch())
	}
	p = converse("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
	if p.Switch() != "" || !p.Transactions()[0].Done() {
		t.Error("a refused tunnel is none")
	}
}

func TestGap(t *testing.T) {
	p := converse("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nab")
	p.Parse(&app.Input{Dir: s, Data: []byte("yzHTTP/1.1 201 OK\r\nCont"), Gap: 96, Stream: true})
	tx := p.Transactions()[0]
	if f := tx.Files(s)[0]; f.Size() != 100 || !f.Gaps || f.State != app.FileTruncated {
		t.Errorf("size %d, gaps %v, %v", f.Size(), f.Gaps, f.State)
	}
	p.Parse(&app.Input{Dir: s, Data: []byte("x\r\nHTTP/1.1 203 OK\r\n\r\n"), Gap: 1000, Stream: true})
	if got := buffer(p.Transactions()[1], app.HTTPStatCode, s); got != "201" {
		t.Errorf("status %q", got)
	}
	if n := len(p.Transactions()); n != 3 || buffer(p.Transactions()[2], app.HTTPStatCode, s) != "203" {
		t.Errorf("%d transactions", n)
	}
}

func TestTransferGzip(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte("hello"))
	w.Close()
	p := converse("GET / HTTP/1.1\r\nHost: a\r\n\r\n", fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", b.Len(), b.String()))
	if got := buffer(p.Transactions()[0], app.FileData, s); got != "hello" {
		t.Errorf("body %q", got)
	}
}

func TestBomb(t *testing.T) {
	var b, twice bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(make([]byte, 8<<20))
	w.Close()
	w = gzip.NewWriter(&twice)
	w.Write(b.Bytes())
	w.Close()
	p := converse("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\n\r\n"+twice.String())
	tx := p.Transactions()[0]
	if f := tx.Files(s)[0]; f.Size() > leastInflated || !tx.Events.Has(app.HTTPCompressionBomb) {
		t.Errorf("%d bytes of %d, events %v", f.Size(), twice.Len(), tx.Events)
	}
}

func TestIdentify(t *testing.T) {
	for text, want := range map[string]app.Answer{
		"GET / HTTP/1.1\r\n": app.Yes, "GET /": app.Yes, "GE": app.More, "": app.More, "\r\nPOST /x": app.Yes, "OPTIONS * HTTP/1.1\r\n": app.Yes,
		"OPTIONS sip:x SIP/2.0\r\n": app.No, "OPTIONS ": app.More, "FOO /x HTTP/1.0\r\n": app.Yes, "EHLO me\r\n": app.No, "\x16\x03\x01": app.No,
		"PRI * HTTP/2.0\r\n\r\n": app.No, "get /x http/1.0\r\n": app.Yes, "get key\r\n": app.No, "SSH-2.0-x\r\n": app.No,
	} {
		if got := (Protocol{}).Identify([]byte(text), true); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]app.Answer{"HTTP/1.1 200": app.Yes, "HT": app.More, "220 hello": app.No, "http/1.0": app.Yes, "\r\n": app.More} {
		if got := (Protocol{}).Identify([]byte(text), false); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
