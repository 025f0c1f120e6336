package pcapfile

import (
	"testing"

	"vxwall/pipeline"
)

// endless is a capture that begins anew at its end.
type endless struct {
	header, records []byte
	at              int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.header != nil {
		n := copy(p, e.header)
		e.header = e.header[n:]
		if len(e.header) == 0 {
			e.header = nil
		}
		return n, nil
	}
	n := copy(p, e.records[e.at:])
	e.at = (e.at + n) % len(e.records)
	return n, nil
}

// endlessQueue is a link that never ends, with packets of 100 bytes.
func endlessQueue(t testing.TB, ng bool) *Queue {
	t.Helper()
	e, frame := new(endless), string(make([]byte, 100))
	header, body := little().pcap(1), little()
	if ng {
		header = little().section().iface(1, 0)
	}
	for i := range 10000 {
		if ng {
			body.enhanced(0, uint64(i), 100, frame)
		} else {
			body.record(1, uint32(i), 100, frame)
		}
	}
	e.header, e.records = header.b, body.b
	q, err := newQueue(&source{name: "endless", raw: e})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

var kinds = map[string]bool{"pcap": false, "pcapng": true}

func TestNoAllocations(t *testing.T) {
	for name, ng := range kinds {
		t.Run(name, func(t *testing.T) {
			q := endlessQueue(t, ng)
			var err error
			if q.out, err = createOutput("/dev/null"); err != nil {
				t.Fatal(err)
			}
			defer q.out.discard()
			w := newForwarder(q)
			step := func() {
				if err := w.Step(); err != nil {
					t.Fatal(err)
				}
			}
			step()
			if n := testing.AllocsPerRun(2000, step); n != 0 {
				t.Errorf("%v allocations per batch", n)
			}
			if q.Packets() == 0 || q.out.err != nil {
				t.Errorf("%d packets, error %v", q.Packets(), q.out.err)
			}
		})
	}
}

func BenchmarkRecv(b *testing.B) {
	for name, ng := range kinds {
		b.Run(name, func(b *testing.B) {
			q, batch := endlessQueue(b, ng), new(pipeline.Batch)
			b.ReportAllocs()
			n := 0
			for n < b.N {
				if err := q.Recv(batch); err != nil {
					b.Fatal(err)
				}
				n += batch.Len()
				batch.Reset()
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mpackets/s")
		})
	}
}
