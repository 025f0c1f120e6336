package dns

import (
	"encoding/binary"
	"fmt"
	"testing"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// query is a message with one question, made as RFC 1035 section 4 draws it.
func query(id uint16, name string, kind uint16) []byte {
	m := binary.BigEndian.AppendUint16(nil, id)
	m = append(m, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)
	m = appendWire(m, name)
	m = binary.BigEndian.AppendUint16(m, kind)
	return append(m, 0, 1)
}

func appendWire(m []byte, name string) []byte {
	label := 0
	for i := 0; i <= len(name); i++ {
		if i == len(name) || name[i] == '.' {
			if i > label {
				m = append(append(m, byte(i-label)), name[label:i]...)
			}
			label = i + 1
		}
	}
	return append(m, 0)
}

// answer is the response to query, with one address.
func answer(id uint16, name string, addr ...byte) []byte {
	m := query(id, name, typeA)
	m[2], m[3], m[7] = 0x81, 0x80, 1
	m = append(m, 0xc0, headerLen, 0, typeA, 0, 1, 0, 0, 0, 60, 0, byte(len(addr)))
	return append(m, addr...)
}

func stream(m []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...)
}

func TestIdentify(t *testing.T) {
	q, a := query(7, "www.example.com", typeA), answer(7, "www.example.com", 192, 0, 2, 1)
	for name, test := range map[string]struct {
		data []byte
		want app.Answer
	}{
		"query":           {q, app.Yes},
		"answer":          {a, app.Yes},
		"stream":          {stream(q), app.Yes},
		"stream, begun":   {stream(q)[:20], app.More},
		"one byte":        {q[:1], app.More},
		"HTTP":            {[]byte("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"), app.No},
		"TLS":             {[]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcdefghijklmnopqrstuvwxyz"), app.No},
		"counts too high": {append([]byte{0, 1, 1, 0, 0, 1, 9, 9, 9, 9, 9, 9}, q[12:]...), app.No},
		"no question":     {[]byte{0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0}, app.No},
		"bad class":       {append(q[:len(q)-1:len(q)-1], 99), app.No},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (Protocol{}).Identify(test.data, true); got != test.want {
				t.Errorf("%d, want %d", got, test.want)
			}
		})
	}
}

func open() (app.Parser, *app.Pool) {
	pool := new(app.Pool)
	return Protocol{}.Open(pool), pool
}

func TestDatagrams(t *testing.T) {
	p, _ := open()
	p.Parse(&app.Input{Dir: flow.ToResponder, Data: query(7, "www.example.com", typeA)})
	p.Parse(&app.Input{Dir: flow.ToInitiator, Data: answer(7, "www.example.com", 192, 0, 2, 1)})
	txs := p.Transactions()
	if len(txs) != 2 || !txs[0].Done() || txs[0].ID != 0 || txs[1].ID != 1 {
		t.Fatalf("transactions: %v", txs)
	}
	for _, test := range []struct {
		tx   int
		id   app.BufferID
		dir  flow.Direction
		want string
	}{
		{0, app.DNSQuery, flow.ToResponder, "www.example.com"},
		{0, app.DNSQuery, flow.ToInitiator, ""},
		{1, app.DNSQuery, flow.ToInitiator, ""},
		{1, app.DNSQueriesName, flow.ToInitiator, "www.example.com"},
		{1, app.DNSAnswersName, flow.ToInitiator, "www.example.com"},
		{1, app.DNSAdditionalName, flow.ToInitiator, ""},
	} {
		b, ok := txs[test.tx].Buffer(test.id, test.dir, 0)
		if string(b.Data) != test.want || ok != (test.want != "") {
			t.Errorf("%s of %d: %q %v", app.Buffers[test.id].Name, test.tx, b.Data, ok)
		}
	}
	if n, ok := txs[1].Number(app.DNSRcode, flow.ToInitiator, 0); n != 0 || !ok {
		t.Errorf("rcode %d %v", n, ok)
	}
	p.Release(2)
	if len(p.Transactions()) != 0 {
		t.Error("released transactions are there")
	}
	p.Close()
}

// However a stream is cut, its messages are the same.
func TestStreamInAnyPieces(t *testing.T) {
	var whole []byte
	for i := range 3 {
		whole = append(whole, stream(query(uint16(i), fmt.Sprintf("host%d.example", i), typeA))...)
	}
	for size := 1; size <= len(whole); size++ {
		p, _ := open()
		for at := 0; at < len(whole); at += size {
			p.Parse(&app.Input{Stream: true, Data: whole[at:min(at+size, len(whole))]})
		}
		if n := len(p.Transactions()); n != 3 {
			t.Fatalf("pieces of %d: %d messages", size, n)
		}
		p.Close()
	}
}

func TestOddMessages(t *testing.T) {
	loop := query(1, "a", typeA)
	copy(loop[12:], []byte{0xc0, 12})
	z := query(1, "a", typeA)
	z[3] |= 0x40
	for name, test := range map[string]struct {
		data []byte
		dir  flow.Direction
		want app.Event
	}{
		"name that points to itself": {loop, flow.ToResponder, app.DNSMalformedData},
		"cut":                        {query(1, "a.example", typeA)[:20], flow.ToResponder, app.DNSMalformedData},
		"Z bit":                      {z, flow.ToResponder, app.DNSZFlagSet},
		"answer to the server":       {answer(1, "a", 1, 2, 3, 4), flow.ToResponder, app.DNSNotRequest},
		"question to the client":     {query(1, "a", typeA), flow.ToInitiator, app.DNSNotResponse},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := open()
			p.Parse(&app.Input{Dir: test.dir, Data: test.data})
			if txs := p.Transactions(); len(txs) != 1 || !txs[0].Events.Has(test.want) {
				t.Errorf("%d transactions without %s", len(txs), test.want)
			}
		})
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	p, pool := open()
	q := query(7, "www.example.com", typeA)
	in := app.Input{Data: q}
	allocs := testing.AllocsPerRun(100, func() {
		p.Parse(&in)
		p.Release(1)
		p.Close()
		p = Protocol{}.Open(pool)
	})
	if allocs != 0 {
		t.Errorf("%v allocations a message", allocs)
	}
}

// discard takes an event and checks that objects and lists are balanced.
type discard struct{ open int }

func (d *discard) String(string, []byte) {}
func (d *discard) Int(string, int64)     {}
func (d *discard) Bool(string, bool)     {}
func (d *discard) Object(string)         { d.open++ }
func (d *discard) List(string)           { d.open++ }
func (d *discard) End()                  { d.open-- }

// Whatever the bytes, names and data stay inside the message and buffers agree with
// the records.
func FuzzMessage(f *testing.F) {
	f.Add(query(7, "www.example.com", typeA), false)
	f.Add(answer(7, "www.example.com", 192, 0, 2, 1), false)
	f.Add(stream(query(7, "www.example.com", typeA)), true)
	f.Fuzz(func(t *testing.T, data []byte, isStream bool) {
		Protocol{}.Identify(data, true)
		p, _ := open()
		p.Parse(&app.Input{Data: data, Stream: isStream})
		for _, tx := range p.Transactions() {
			m := tx.Content.(*transaction)
			for id := app.NoBuffer + 1; int(id) < app.BufferCount; id++ {
				n := 0
				for _, ok := tx.Buffer(id, m.dir, n); ok; _, ok = tx.Buffer(id, m.dir, n) {
					n++
				}
				if n > 2*len(m.records) {
					t.Fatalf("%d instances of %s in %d records", n, app.Buffers[id].Name, len(m.records))
				}
			}
			var d discard
			if !tx.Describe(&d) || d.open != 0 {
				t.Fatalf("event left %d open", d.open)
			}
		}
		p.Release(len(p.Transactions()))
		p.Close()
	})
}
