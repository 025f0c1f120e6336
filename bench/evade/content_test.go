package evade

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"vxwall/bench/lab/labtest"
	"vxwall/inspect/app"
	apphttp "vxwall/inspect/app/http"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/stream"
)

// request is an HTTP request whose body has the attack, as a server reads it.
type request struct {
	random  *rand.Rand
	headers []string
	body    []byte
	chunked bool
}

// text writes the request.
func (r *request) text() []byte {
	if !r.chunked {
		r.headers = append(r.headers, fmt.Sprint("Content-Length: ", len(r.body)))
	}
	return append([]byte("POST /form HTTP/1.1\r\n"+strings.Join(r.headers, "\r\n")+"\r\n\r\n"), r.body...)
}

// chunk cuts the body into chunks of at most n bytes, whose sizes are written in a format.
func (r *request) chunk(n int, format string) {
	var b bytes.Buffer
	for body := r.body; len(body) > 0; {
		k := min(1+r.random.IntN(n), len(body))
		fmt.Fprintf(&b, format+"\r\n%s\r\n", k, body[:k])
		body = body[k:]
	}
	b.WriteString("0\r\n\r\n")
	r.body, r.chunked = b.Bytes(), true
}

// zip compresses the body, in flushed parts of at most n bytes.
func (r *request) zip(n int) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	for body := r.body; len(body) > 0; {
		k := min(1+r.random.IntN(n), len(body))
		w.Write(body[:k]) // into memory: it does not fail
		w.Flush()
		body = body[k:]
	}
	w.Close()
	r.body = b.Bytes()
}

func (r *request) add(header string) { r.headers = append(r.headers, header) }

// contents are the mutations of a request's content.
var contents = []struct {
	name string
	make func(*request)
}{
	{"HTTP: chunks", func(r *request) { r.add("Transfer-Encoding: chunked"); r.chunk(4, "%x") }},
	{"HTTP: chunks with extensions and zeros", func(r *request) { r.add("Transfer-Encoding: chunked"); r.chunk(6, "0000%X;name=value") }},
	{"HTTP: gzip", func(r *request) { r.add("Content-Encoding: gzip"); r.zip(1000) }},
	{"HTTP: gzip in many blocks", func(r *request) { r.add("Content-Encoding: gzip"); r.zip(3) }},
	{"HTTP: gzip in chunks", func(r *request) {
		r.add("Content-Encoding: gzip")
		r.add("Transfer-Encoding: chunked")
		r.zip(5)
		r.chunk(7, "%x")
	}},
	{"HTTP: case of names and values", func(r *request) {
		r.add("cONTENT-eNCODING: GZip")
		r.add("tRANSFER-eNCODING: ChunKed")
		r.zip(20)
		r.chunk(9, "%X")
	}},
	{"HTTP: padding of headers", func(r *request) {
		for i := range 20 {
			r.add(fmt.Sprintf("X-Padding-%d: %s", i, strings.Repeat("x", r.random.IntN(60))))
		}
		r.add("Content-Encoding: \t gzip \t ")
		r.zip(20)
	}},
	{"HTTP: padding of the body", func(r *request) {
		r.body = slices.Concat(bytes.Repeat([]byte("pad "), 500+r.random.IntN(1000)), r.body)
		r.add("Content-Encoding: gzip")
		r.zip(4000)
	}},
}

// served is what a server makes of bytes: the body of the request, decoded.
func served(data []byte) []byte {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(data)))
	if err != nil {
		return nil
	}
	body, _ := io.ReadAll(r.Body) // what there is of it
	if !strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
		return body
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	body, _ = io.ReadAll(unzipped)
	return body
}

// httpWall looks into the bodies of requests.
func httpWall(conn stream.Conn, pool *app.Pool) *streamWall {
	parser := apphttp.Protocol{}.Open(pool)
	return &streamWall{conn: conn, looks: func(dir uint8, data []byte, fresh int) (found bool) {
		parser.Parse(&app.Input{Dir: flow.Direction(dir), Data: data[fresh:], Stream: true})
		for _, tx := range parser.Transactions() {
			body, ok := tx.Content.Buffer(app.HTTPRequestBody, flow.ToResponder, 0)
			found = found || ok && bytes.Contains(body.Data, Needle)
		}
		return found
	}}
}

// deliver has a request carried out in segments that are mutated too, and returns what the
// server made of what its reader got.
func deliver(r *Receiver, wall Wall, text []byte, random *rand.Rand, port uint16) []byte {
	p := newPlan(random)
	p.data = text
	p.split(60)
	for range random.IntN(3) {
		if m := &mutations[random.IntN(5)]; m.name != "small segments" { // those that need no other data
			m.shots(p)
		}
	}
	data, _ := run(r, wall, p, port)
	return served(data)
}

// TestContentIsReadAsServersDo sends an attack in the body of a request that is chunked, compressed,
// and written in unusual ways, through streams and the HTTP parser, to the kernel's TCP.
func TestContentIsReadAsServersDo(t *testing.T) {
	labtest.NeedRoot(t)
	r, err := NewReceiver()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	streams, pool := stream.NewPool(stream.PoolConfig{Inline: true}), new(app.Pool)
	port, random := uint16(2000), rand.New(rand.NewPCG(3, 4))
	for _, c := range contents {
		each, read, seen, without := max(1, *talks/40), 0, 0, 0
		for i := range each + 10 {
			q := &request{random: random, headers: []string{"Host: server"}, body: newPlan(random).data}
			c.make(q)
			port++
			if i >= each {
				if bytes.Contains(deliver(r, noWall{}, q.text(), random, port), Needle) {
					without++
				}
				continue
			}
			wall := httpWall(streams.Open(), pool)
			if bytes.Contains(deliver(r, wall, q.text(), random, port), Needle) {
				read++
			}
			if wall.denied {
				seen++
			}
			wall.conn.Close()
		}
		t.Logf("%-46s %6d %6d %6d %8d/10", c.name, each, read, seen, without)
		if read > 0 || seen < each*9/10 || without < 8 {
			t.Errorf("%s: of %d, read %d times, seen %d times; without a wall %d of 10", c.name, each, read, seen, without)
		}
	}
}
