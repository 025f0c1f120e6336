package http

import (
	"bytes"
	"compress/gzip"
	"runtime"
	"strings"
	"testing"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// exchange is a request and a response with a compressed body in chunks.
func exchange() (request, response []byte) {
	var body bytes.Buffer
	w := gzip.NewWriter(&body)
	w.Write([]byte(strings.Repeat("the quick brown fox ", 2000)))
	w.Close()
	request = []byte("POST /a/../b?x=%41 HTTP/1.1\r\nHost: example.com\r\nUser-Agent: test\r\nCookie: a=b\r\nContent-Length: 5\r\n\r\nhello")
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
	half := body.Len() / 2
	for _, part := range [][]byte{body.Bytes()[:half], body.Bytes()[half:]} {
		b.WriteString(hexText(len(part)) + "\r\n")
		b.Write(part)
		b.WriteString("\r\n")
	}
	b.WriteString("0\r\n\r\n")
	return request, b.Bytes()
}

func hexText(n int) string {
	const digits = "0123456789abcdef"
	if n < 16 {
		return digits[n : n+1]
	}
	return hexText(n/16) + digits[n%16:n%16+1]
}

// looked says that all stages have looked at a transaction.
func looked(tx *app.Tx) {
	tx.Changed = [2]bool{}
	tx.Content.(app.Seer).Seen()
}

// after does what a tracker does once all stages have looked.
func after(p *parser) {
	over := 0
	for _, tx := range p.Transactions() {
		looked(tx)
		if tx.Done() {
			over++
		}
	}
	p.Release(over)
}

func TestNoAllocation(t *testing.T) {
	request, response := exchange()
	p := Protocol{}.Open(new(app.Pool)).(*parser)
	in := new(app.Input)
	ids := []app.BufferID{app.HTTPURI, app.HTTPHeader, app.HTTPHeaderNames, app.HTTPStart, app.HTTPCookie, app.HTTPHost, app.FileData}
	say := func(dir flow.Direction, data []byte) {
		for len(data) > 0 {
			n := min(97, len(data))
			*in = app.Input{Dir: dir, Data: data[:n], Stream: true}
			p.Parse(in)
			for _, tx := range p.Transactions() {
				for _, id := range ids {
					tx.Buffer(id, dir, 0)
				}
			}
			after(p)
			data = data[n:]
		}
	}
	run := func() {
		say(flow.ToResponder, request)
		say(flow.ToInitiator, response)
	}
	run()
	if n := testing.AllocsPerRun(50, run); n != 0 {
		t.Errorf("%v allocations for an exchange", n)
	}
	if len(p.Transactions()) != 0 {
		t.Error("transactions are left")
	}
}

// TestIdleMemory holds what a connection takes between two requests to 1.5 KiB.
func TestIdleMemory(t *testing.T) {
	const flows = 5000
	request, response := exchange()
	pool := new(app.Pool)
	parsers := make([]app.Parser, flows)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for i := range parsers {
		p := Protocol{}.Open(pool).(*parser)
		p.Parse(&app.Input{Dir: flow.ToResponder, Data: request, Stream: true})
		p.Parse(&app.Input{Dir: flow.ToInitiator, Data: response, Stream: true})
		after(p)
		parsers[i] = p
	}
	each := (heap() - before) / flows
	t.Logf("%d bytes a flow", each)
	if each > 1536 {
		t.Errorf("%d bytes a flow", each)
	}
	runtime.KeepAlive(parsers)
}

// TestHeldMemory sends what a parser has to hold, and holds it to its bounds.
func TestHeldMemory(t *testing.T) {
	p := Protocol{}.Open(new(app.Pool)).(*parser)
	head := []byte("GET /" + strings.Repeat("a", 30000) + " HTTP/1.1\r\nHost: a\r\n\r\n")
	for range 1000 {
		p.Parse(&app.Input{Dir: flow.ToResponder, Data: head, Stream: true})
		for _, tx := range p.Transactions() {
			looked(tx)
		}
	}
	if e := p.Events(); !p.Stopped() || !e.Has(app.HTTPTooManyTransactions) || p.held > maxHeld+maxHead {
		t.Errorf("stopped %v, holds %d", p.Stopped(), p.held)
	}
	p.Close()
	if p.held != 0 {
		t.Errorf("%d bytes are counted as held", p.held)
	}
}

// BenchmarkOddHeads are heads that take long to take apart if it is not done well.
func BenchmarkOddHeads(b *testing.B) {
	for name, head := range map[string]string{
		"plain": strings.Repeat("Name: value\r\n", maxHead/13), "CR alone": strings.Repeat("a:b\r", maxHead/4), "colons": strings.Repeat("a:\n", maxHead/3),
		"folds": "a:b\r\n" + strings.Repeat(" \r\n", maxHead/3-10), "one line": "a:" + strings.Repeat("b", maxHead-100), "CRs": "a:b\r\n" + strings.Repeat("\r", maxHead-100),
		"LF CR": strings.Repeat("a:b\n\r", maxHead/5-10),
	} {
		b.Run(name, func(b *testing.B) {
			data := []byte("HTTP/1.1 200 OK\r\n" + head)
			b.SetBytes(int64(len(data)))
			pool := new(app.Pool)
			for b.Loop() {
				p := Protocol{}.Open(pool).(*parser)
				for rest := data; len(rest) > 0; rest = rest[min(1400, len(rest)):] {
					p.Parse(&app.Input{Dir: flow.ToInitiator, Data: rest[:min(1400, len(rest))], Stream: true})
				}
				p.Close()
			}
		})
	}
}

func BenchmarkExchange(b *testing.B) {
	request, response := exchange()
	p := Protocol{}.Open(new(app.Pool)).(*parser)
	b.ReportAllocs()
	b.SetBytes(int64(len(request) + len(response)))
	for b.Loop() {
		p.Parse(&app.Input{Dir: flow.ToResponder, Data: request, Stream: true})
		p.Parse(&app.Input{Dir: flow.ToInitiator, Data: response, Stream: true})
		after(p)
	}
}
