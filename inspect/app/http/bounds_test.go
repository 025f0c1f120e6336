package http

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"time"

	"vxwall/inspect/app"
)

// exchanged is a parser whose flow had an exchange, so that it waits for answers.
func exchanged(t *testing.T) *parser {
	t.Helper()
	p := Protocol{}.Open(new(app.Pool)).(*parser)
	p.Parse(&app.Input{Dir: c, Data: []byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Stream: true})
	after(p)
	p.Parse(&app.Input{Dir: s, Data: []byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"), Stream: true})
	after(p)
	if p.held != 0 || p.kept != 0 || len(p.live) != 0 {
		t.Fatalf("held %d, kept %d, %d transactions", p.held, p.kept, len(p.live))
	}
	return p
}

// However many exchanges a connection has, what is counted of them goes with them.
func TestNothingIsHeldAfterAnExchange(t *testing.T) {
	p := exchanged(t)
	for _, e := range [][2]string{
		{" \r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "junk\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n"},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 65\r\n\r\n--x\r\nContent-Disposition: form-data; filename=\"b\"\r\n\r\nhello\r\n--x--", "HTTP/1.1 204\r\n\r\n"},
	} {
		for i := range len(e[0]) {
			p.Parse(&app.Input{Dir: c, Data: []byte(e[0][i : i+1]), Stream: true})
			after(p)
		}
		p.Parse(&app.Input{Dir: s, Data: []byte(e[1]), Stream: true})
		after(p)
		if p.held != 0 || p.kept != 0 || len(p.live) != 0 {
			t.Errorf("%q: held %d, kept %d, %d transactions", e[0], p.held, p.kept, len(p.live))
		}
	}
}

// Bodies of requests that wait for their answers take little memory, whatever is made of them.
func TestBodiesThatWaitAreBounded(t *testing.T) {
	var body bytes.Buffer
	w := gzip.NewWriter(&body)
	w.Write(make([]byte, 1<<20))
	w.Close()
	p := exchanged(t)
	for i := range 300 {
		p.Parse(&app.Input{Dir: c, Data: fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", body.Len(), body.String()), Stream: true})
		after(p)
		if size := p.of[i].Files(c)[0].Size(); size != 1<<20 {
			t.Fatalf("request %d: %d bytes", i, size)
		}
	}
	taken := 0
	for _, tx := range p.of {
		for _, f := range tx.Files(c) {
			taken += len(f.Body.Buffer().Data)
		}
	}
	if taken > maxKept || p.kept > maxKept || taken == 0 {
		t.Errorf("%d bytes, %d counted", taken, p.kept)
	}
}

// Parts without content take no longer than others.
func TestManyParts(t *testing.T) {
	p := Protocol{}.Open(new(app.Pool)).(*parser)
	body := strings.Repeat("\r\n--x\n\n", 1<<18)
	begin := time.Now()
	p.Parse(&app.Input{Dir: c, Data: fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n%s", len(body), body), Stream: true})
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

// Each field is joined with those of its name, and with no others.
func TestFieldsOfOneName(t *testing.T) {
	var f fields
	f.reset(false)
	var head strings.Builder
	for i := range maxHeaders {
		fmt.Fprintf(&head, "%s%d: %d\r\n", []string{"a", "A"}[i%2], i%300, i)
	}
	f.parse([]byte(head.String()))
	f.link()
	for i := range f.list {
		want := i >= 300
		if got := f.list[i].flags&repeated != 0; got != want {
			t.Fatalf("field %d: repeated %v", i, got)
		}
		if next := int(f.list[i].next); i+300 < len(f.list) && next != i+300 || i+300 >= len(f.list) && next != 0 {
			t.Fatalf("field %d: the next one is %d", i, next)
		}
	}
}

// A little that decodes to much that decodes to nothing is given up soon.
func TestCodingBetweenCodings(t *testing.T) {
	var inner bytes.Buffer
	acc, have := uint64(0), 0
	for inner.Len() < 1<<20 {
		acc |= 2 << have // empty blocks with fixed codes
		for have += 10; have >= 8; have -= 8 {
			inner.WriteByte(byte(acc))
			acc >>= 8
		}
	}
	var body bytes.Buffer
	w := gzip.NewWriter(&body)
	w.Write(inner.Bytes())
	w.Close()
	p := converse("GET / HTTP/1.1\r\nHost: a\r\n\r\n", fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: deflate, gzip\r\nContent-Length: %d\r\n\r\n%s", body.Len(), body.String()))
	if tx := p.Transactions()[0]; !tx.Events.Has(app.HTTPCompressionBomb) {
		t.Error("all was decoded")
	}
}

// A length in a response without a body does not hide the next one.
func TestLengthWithoutBody(t *testing.T) {
	const ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	for _, head := range []string{"HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n", "HTTP/1.1 204 None\r\nTransfer-Encoding: chunked\r\n\r\n"} {
		p := converse(ask+ask, head+"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		if txs := p.Transactions(); len(txs) != 2 || !txs[0].Done() || buffer(txs[1], app.HTTPStatCode, s) != "200" || buffer(txs[1], app.FileData, s) != "ok" {
			t.Errorf("%q: the next response is %q", head, buffer(txs[1], app.HTTPStatCode, s))
		}
	}
	p := converse(ask, "HTTP/1.1 204 None\r\nContent-Length: 4\r\n\r\nHTTx")
	if tx := p.Transactions()[0]; !tx.Done() || buffer(tx, app.FileData, s) != "HTTx" {
		t.Errorf("a body is %q", buffer(tx, app.FileData, s))
	}
}
