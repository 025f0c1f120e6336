package pcapfile

import (
	"bufio"
	"bytes"
	"io"
	"math"
	"os"
	"testing"

	"vxwall/pipeline"
)

// FuzzOpen takes any bytes for a capture. Whatever is read must be forwarded as
// it came, to a capture that has the same packets.
func FuzzOpen(f *testing.F) {
	capture, err := os.ReadFile(demo)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(capture[:2000])
	f.Add(compress(f, capture[:500]))
	f.Add(small())
	f.Add(bigNano().pcap(276).record(1, 2, 1500, frameB).b)
	f.Add(several(1700000000))
	f.Add(big().section().iface(101, 13).simple(1500, frameB).block(5, make([]byte, 8)).b)
	f.Add(little().section().iface(1, 0).block(blockObsolete, append(little().body(0, 0, 1, 13, 13), frameB...)).b)
	f.Fuzz(func(t *testing.T, capture []byte) {
		q, err := inMemory(capture)
		if err != nil {
			return
		}
		var out bytes.Buffer
		packets := readAndCopy(t, q, &out)
		again, err := inMemory(out.Bytes())
		if err != nil {
			t.Fatalf("what was forwarded: %v", err)
		}
		got, _, err := receive(t, again)
		if err != nil || len(got) != len(packets) {
			t.Fatalf("%d packets were forwarded as %d, error %v", len(packets), len(got), err)
		}
		for i := range got {
			if got[i] != packets[i] {
				t.Fatalf("%+v was forwarded as %+v", packets[i], got[i])
			}
		}
	})
}

// readAndCopy reads a queue to its end and writes all that was read to w.
func readAndCopy(t *testing.T, q *Queue, w io.Writer) []seen {
	t.Helper()
	q.out = &output{w: bufio.NewWriter(w)}
	q.out.write(q.header)
	var packets []seen
	b := new(pipeline.Batch)
	for {
		if err := q.Recv(b); err != nil {
			if b.Len() > 0 || q.out.w.Flush() != nil {
				t.Fatalf("%d packets beside error %v", b.Len(), err)
			}
			return packets
		}
		for i := range b.Len() {
			p, r := b.Packet(i), &q.records[i]
			if p.Time() < 0 || p.Time() > latest {
				t.Fatalf("time %d", p.Time())
			}
			packets = append(packets, seen{string(p.Bytes()), p.Time(), p.Handle(), r.original, p.Link()})
			q.out.write(q.format.appendRecord(nil, r, p.Bytes()))
			checkMade(t, q, r)
		}
		b.Reset()
	}
}

// checkMade holds that records which are made anew can be read.
func checkMade(t *testing.T, q *Queue, r *record) {
	t.Helper()
	longer := append([]byte{1, 2, 3}, r.frame()...)
	if len(longer) > maxFrame || r.original > math.MaxUint32-3 {
		return // no such record can be
	}
	extra, err := q.format.appendExtra(nil, r.iface, r.time, longer)
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range [][]byte{extra, q.format.appendRecord(nil, r, longer[1:])} {
		made := new(record)
		n, err := q.format.parse(raw, made)
		if err != nil || n != len(raw) || !bytes.HasSuffix(longer, made.frame()) || made.link != r.link {
			t.Fatalf("made of %+v: %+v, error %v", r, made, err)
		}
	}
}
