package offline

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	pt "vxwall/pipeline/pipelinetest"
)

// segmentSize is the most a TCP segment carries.
const segmentSize = 1400

// generator makes flows. In a hundred there are 45 of HTTP, 25 of TLS, 20 of DNS and 10
// of TCP with bytes of no protocol; most packets are those of bodies.
type generator struct {
	random *rand.Rand
	flows  int
}

// flow returns the packets of a new flow, in order.
func (g *generator) flow() []packet {
	g.flows++
	e := &ends{
		vni: networks[g.random.IntN(len(networks))], port: uint16(1024 + g.flows%60000),
		a: fmt.Sprintf("10.1.%d.%d", g.random.IntN(256), 1+g.random.IntN(250)), b: fmt.Sprintf("10.2.%d.%d", g.random.IntN(16), 1+g.random.IntN(250)),
	}
	switch n := g.random.IntN(100); {
	case n < 45:
		e.peers = 80
		return g.web(e)
	case n < 70:
		e.peers = 443
		return g.secret(e)
	case n < 90:
		e.peers = 53
		return g.question(e)
	}
	e.peers = 9000
	return g.bulk(e)
}

// talk is a TCP connection that is being made.
type talk struct {
	ends       *ends
	seq        [2]uint32
	packets    []packet
	unanswered int
}

func (t *talk) add(back bool, flags string, text []byte) {
	me, you := 0, 1
	src, dst := t.ends.port, t.ends.peers
	if back {
		me, you, src, dst = 1, 0, dst, src
	}
	tcp := pt.TCP{Src: src, Dst: dst, Seq: t.seq[me], Ack: t.seq[you], Flags: flags}
	t.packets = append(t.packets, packet{t.ends, back, tcp, text})
	t.seq[me] += uint32(len(text))
	if flags == "S" || flags == "SA" || flags == "FA" {
		t.seq[me]++
	}
}

// send sends bytes in segments; every second one is acknowledged.
func (t *talk) send(back bool, data []byte) {
	for len(data) > 0 {
		n := min(segmentSize, len(data))
		t.add(back, "PA", data[:n])
		if t.unanswered++; t.unanswered%2 == 0 || n == len(data) {
			t.add(!back, "A", nil)
		}
		data = data[n:]
	}
}

func (g *generator) open(e *ends) *talk {
	t := &talk{ends: e, seq: [2]uint32{g.random.Uint32(), g.random.Uint32()}}
	t.add(false, "S", nil)
	t.add(true, "SA", nil)
	t.add(false, "A", nil)
	return t
}

func (t *talk) close() []packet {
	t.add(false, "FA", nil)
	t.add(true, "FA", nil)
	t.add(false, "A", nil)
	return t.packets
}

// words are what pages and paths are made of.
var words = []string{"order", "image", "cart", "login", "search", "product", "static", "api", "user", "report", "index", "query", "the", "and", "of", "in"}

func (g *generator) word() string { return words[g.random.IntN(len(words))] }

// text returns words, n bytes of them.
func (g *generator) text(n int) []byte {
	b := make([]byte, 0, n+16)
	for len(b) < n {
		b = append(append(b, g.word()...), ' ')
	}
	return b[:n]
}

// web is a connection with a few requests and their answers.
func (g *generator) web(e *ends) []packet {
	t := g.open(e)
	for range 1 + g.random.IntN(4) {
		request := fmt.Sprintf("GET /%s/%s/%d.html?%s=%d HTTP/1.1\r\nHost: %s%d.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0\r\n"+
			"Accept: text/html,application/xhtml+xml\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: identity\r\nCookie: session=%x\r\n\r\n",
			g.word(), g.word(), g.random.IntN(1000), g.word(), g.random.IntN(1e6), g.word(), g.random.IntN(50), g.random.Uint64())
		t.send(false, []byte(request))
		body := g.text(200 + g.random.IntN(20000))
		answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nServer: nginx/1.24.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\nConnection: keep-alive\r\n\r\n", len(body))
		t.send(true, append([]byte(answer), body...))
	}
	return t.close()
}

// bytes returns random bytes.
func (g *generator) bytes(n int) []byte {
	b := make([]byte, (n+7)/8*8)
	for i := 0; i < len(b); i += 8 {
		binary.LittleEndian.PutUint64(b[i:], g.random.Uint64())
	}
	return b[:n]
}

// secret is a TLS connection: hellos, then records of what looks random.
func (g *generator) secret(e *ends) []packet {
	t := g.open(e)
	t.send(false, record(22, clientHello(g.bytes(32), fmt.Sprintf("%s%d.example.com", g.word(), g.random.IntN(50)))))
	t.send(true, append(record(22, serverHello(g.bytes(32))), record(20, []byte{1})...))
	for range 1 + g.random.IntN(3) {
		t.send(false, record(23, g.bytes(300)))
		t.send(true, record(23, g.bytes(500+g.random.IntN(14000))))
	}
	return t.close()
}

// bulk is a connection with bytes of no protocol.
func (g *generator) bulk(e *ends) []packet {
	t := g.open(e)
	t.send(false, append([]byte{0, 1, 2, 3}, g.bytes(600)...))
	t.send(true, append([]byte{9, 8, 7, 6}, g.bytes(5000+g.random.IntN(30000))...))
	return t.close()
}

// question is a DNS query and its answer.
func (g *generator) question(e *ends) []packet {
	m := binary.BigEndian.AppendUint16(nil, uint16(g.random.Uint32()))
	m = append(m, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)
	for _, label := range []string{g.word() + fmt.Sprint(g.random.IntN(500)), "example", "com"} {
		m = append(append(m, byte(len(label))), label...)
	}
	m = append(m, 0, 0, 1, 0, 1)
	answer := append([]byte(nil), m...)
	answer[2], answer[3], answer[7] = 0x81, 0x80, 1
	answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 2, 0, byte(g.random.IntN(250)))
	return []packet{
		{e, false, pt.UDP{Src: e.port, Dst: e.peers}, m},
		{e, true, pt.UDP{Src: e.peers, Dst: e.port}, answer},
	}
}

// record is a TLS record (RFC 8446 section 5.1).
func record(kind byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{kind, 3, 3}, uint16(len(body))), body...)
}

func handshake(kind byte, body []byte) []byte {
	return append([]byte{kind, 0, byte(len(body) >> 8), byte(len(body))}, body...)
}

// clientHello offers TLS 1.2 for a server's name.
func clientHello(random []byte, name string) []byte {
	b := append([]byte{3, 3}, random...)
	b = append(b, 0, 0, 6, 0xc0, 0x2f, 0xc0, 0x30, 0, 0x9c, 1, 0)
	sni := append(binary.BigEndian.AppendUint16([]byte{0}, uint16(len(name))), name...)
	sni = append(binary.BigEndian.AppendUint16(nil, uint16(len(sni))), sni...)
	extension := append(binary.BigEndian.AppendUint16([]byte{0, 0}, uint16(len(sni))), sni...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(extension)))
	return handshake(1, append(b, extension...))
}

func serverHello(random []byte) []byte {
	b := append([]byte{3, 3}, random...)
	return handshake(2, append(b, 0, 0xc0, 0x2f, 0))
}
