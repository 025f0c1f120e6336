package tls

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	stdtls "crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// tap records what one end of a connection sends.
type tap struct {
	net.Conn
	mu   sync.Mutex
	sent bytes.Buffer
}

func (t *tap) Write(b []byte) (int, error) {
	t.mu.Lock()
	t.sent.Write(b)
	t.mu.Unlock()
	return t.Conn.Write(b)
}

// connection makes a real handshake and returns what both ends sent.
func connection(t testing.TB, version uint16) (client, server []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(0x0a0b0c), Subject: pkix.Name{Country: []string{"DE"}, Organization: []string{"Example"}, CommonName: "www.example.com"},
		NotBefore: time.Unix(1_700_000_000, 0), NotAfter: time.Unix(1_800_000_000, 0), DNSNames: []string{"www.example.com", "example.com"},
	}
	raw, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	a, b := net.Pipe()
	from, to := &tap{Conn: a}, &tap{Conn: b}
	done := make(chan error, 1)
	go func() {
		s := stdtls.Server(to, &stdtls.Config{
			Certificates: []stdtls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}, MaxVersion: version, NextProtos: []string{"h2"},
		})
		_, err := s.Write([]byte("hello"))
		done <- err
	}()
	c := stdtls.Client(from, &stdtls.Config{ServerName: "www.example.com", InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}})
	if _, err := io.ReadFull(c, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	a.Close()
	return from.sent.Bytes(), to.sent.Bytes()
}

func open() (app.Parser, *app.Pool) {
	pool := new(app.Pool)
	return Protocol{}.Open(pool), pool
}

// feed gives a parser both directions in pieces.
func feed(p app.Parser, client, server []byte, size int) {
	for dir, data := range [][]byte{client, server} {
		for at := 0; at < len(data); at += size {
			p.Parse(&app.Input{Stream: true, Dir: flow.Direction(dir), Data: data[at:min(at+size, len(data))]})
		}
	}
}

func text(tx *app.Tx, id app.BufferID, dir flow.Direction, n int) string {
	b, _ := tx.Buffer(id, dir, n)
	return string(b.Data)
}

// However the bytes of a real handshake are cut, the same is found.
func TestHandshakeInAnyPieces(t *testing.T) {
	client, server := connection(t, stdtls.VersionTLS12)
	if (Protocol{}).Identify(client, true) != app.Yes || (Protocol{}).Identify(server, false) != app.Yes {
		t.Fatal("not identified")
	}
	var ja3, ja4 string
	for _, size := range []int{1, 2, 3, 5, 7, 64, 1460, 1 << 16} {
		p, _ := open()
		feed(p, client, server, size)
		tx := p.Transactions()[0]
		for _, test := range []struct {
			id   app.BufferID
			dir  flow.Direction
			n    int
			want string
		}{
			{app.TLSSNI, flow.ToResponder, 0, "www.example.com"},
			{app.TLSALPN, flow.ToResponder, 1, "http/1.1"},
			{app.TLSALPN, flow.ToInitiator, 0, "h2"},
			{app.TLSSubject, flow.ToInitiator, 0, "C=DE, O=Example, CN=www.example.com"},
			{app.TLSIssuer, flow.ToInitiator, 0, "C=DE, O=Example, CN=www.example.com"},
			{app.TLSSerial, flow.ToInitiator, 0, "0A:0B:0C"},
			{app.TLSSubjectAltName, flow.ToInitiator, 1, "example.com"},
			{app.TLSSNI, flow.ToInitiator, 0, ""},
		} {
			if got := text(tx, test.id, test.dir, test.n); got != test.want {
				t.Errorf("pieces of %d: %s is %q, want %q", size, app.Buffers[test.id].Name, got, test.want)
			}
		}
		if v, _ := tx.Number(app.TLSVersion, flow.ToInitiator, 0); v != 0x0303 {
			t.Errorf("version %#x", v)
		}
		if v, _ := tx.Number(app.TLSNotBefore, flow.ToInitiator, 0); v != 1_700_000_000 {
			t.Errorf("not before %d", v)
		}
		hash, print4 := text(tx, app.JA3Hash, flow.ToResponder, 0), text(tx, app.JA4Hash, flow.ToResponder, 0)
		if ja3 == "" {
			ja3, ja4 = hash, print4
		}
		if hash != ja3 || len(hash) != 32 || print4 != ja4 || !strings.HasPrefix(print4, "t13d") {
			t.Errorf("JA3 %s, JA4 %s in pieces of %d", hash, print4, size)
		}
		if !tx.Done() || !p.Stopped() {
			t.Errorf("pieces of %d: goes on after the handshake: %v", size, tx.Progress)
		}
		p.Close()
	}
}

func TestTLS13(t *testing.T) {
	client, server := connection(t, stdtls.VersionTLS13)
	p, _ := open()
	feed(p, client, server, 1460)
	if v, _ := p.Transactions()[0].Number(app.TLSVersion, flow.ToInitiator, 0); v != 0x0304 {
		t.Errorf("version %#x", v)
	}
}

// The example of JA4's own specification.
func TestJA4(t *testing.T) {
	h := hello{
		version: 0x0303, supported: 0x0304, name: []byte("x"), protocols: []byte("\x02h2"),
		ciphers: []uint16{0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035},
		extensions: []uint16{0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b,
			0x000a, 0x0015},
		signatures: []uint16{0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601},
	}
	var f fingerprints
	f.ofClient(&h)
	if want := "t13d1516h2_8daaf6152771_e5627efa2ab1"; string(f.ja4) != want {
		t.Errorf("%s, want %s", f.ja4, want)
	}
}

func TestIdentify(t *testing.T) {
	for name, test := range map[string]struct {
		data     string
		toServer bool
		want     app.Answer
	}{
		"client":        {"\x16\x03\x01\x02\x00\x01", true, app.Yes},
		"begun":         {"\x16\x03", true, app.More},
		"one byte":      {"\x16", true, app.More},
		"server":        {"\x16\x03\x03\x00\x7a\x02", false, app.Yes},
		"wrong side":    {"\x16\x03\x03\x00\x7a\x02", true, app.No},
		"HTTP":          {"GET / HTTP/1.1", true, app.No},
		"SSL 2.0":       {"\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10\x01\x00", true, app.Yes},
		"application":   {"\x17\x03\x03\x00\x7a\x02", true, app.No},
		"long record":   {"\x16\x03\x01\xff\xff\x01", true, app.No},
		"later version": {"\x16\x03\x05\x02\x00\x01", true, app.No},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (Protocol{}).Identify([]byte(test.data), test.toServer); got != test.want {
				t.Errorf("%d, want %d", got, test.want)
			}
		})
	}
}

func TestOddRecords(t *testing.T) {
	for name, test := range map[string]struct {
		data string
		want app.Event
	}{
		"type":    {"\x16\x03\x01\x00\x04\x01\x00\x00\x00\x63\x03\x01\x00\x01x", app.TLSInvalidRecordType},
		"version": {"\x16\x09\x01\x00\x04\x01\x00\x00\x00", app.TLSInvalidRecordVersion},
		"length":  {"\x16\x03\x01\xff\xff", app.TLSInvalidRecordLength},
		"hello":   {"\x16\x03\x01\x00\x06\x01\x00\x00\x02\x03\x01", app.TLSInvalidHandshake},
		"message": {"\x16\x03\x01\x00\x06\x01\xff\xff\xff\x03\x01", app.TLSHandshakeOverlong},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := open()
			tx := p.Transactions()[0]
			p.Parse(&app.Input{Stream: true, Data: []byte(test.data)})
			if !tx.Events.Has(test.want) {
				t.Errorf("no %s", test.want)
			}
		})
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	client, server := connection(t, stdtls.VersionTLS12)
	p, pool := open()
	handshake := func() {
		feed(p, client, server, 1460)
		p.Release(1)
		p.Close()
		p = Protocol{}.Open(pool)
	}
	handshake()
	if allocs := testing.AllocsPerRun(20, handshake); allocs > 8 { // texts of times and the message that is put together
		t.Errorf("%v allocations a handshake", allocs)
	}
}

type discard struct{ open int }

func (d *discard) String(string, []byte) {}
func (d *discard) Int(string, int64)     {}
func (d *discard) Bool(string, bool)     {}
func (d *discard) Object(string)         { d.open++ }
func (d *discard) List(string)           { d.open++ }
func (d *discard) End()                  { d.open-- }

// Whatever the bytes and wherever they are cut, the buffers are the same.
func FuzzParser(f *testing.F) {
	client, server := connection(f, stdtls.VersionTLS12)
	f.Add(client, server, 7)
	f.Fuzz(func(t *testing.T, client, server []byte, size int) {
		Protocol{}.Identify(client, true)
		Protocol{}.Identify(server, false)
		whole, _ := open()
		feed(whole, client, server, max(len(client), len(server), 1))
		parts, _ := open()
		feed(parts, client, server, max(1, size&0xff))
		a, b := whole.Transactions()[0], parts.Transactions()[0]
		for id := app.NoBuffer + 1; int(id) < app.BufferCount; id++ {
			for dir := flow.ToResponder; dir <= flow.ToInitiator; dir++ {
				if x, y := text(a, id, dir, 0), text(b, id, dir, 0); x != y {
					t.Fatalf("%s: %q, in pieces %q", app.Buffers[id].Name, x, y)
				}
			}
		}
		var d discard
		if a.Describe(&d); d.open != 0 {
			t.Fatalf("event left %d open", d.open)
		}
	})
}
