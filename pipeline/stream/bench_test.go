package stream

import (
	"bytes"
	"fmt"
	"testing"
)

// talk opens a connection and returns it; its numbers begin at 1000 and 5000.
func talk(p *Pool) Conn {
	c := p.Open()
	c.Segment(&Segment{Seq: 999, Flags: SYN, Window: 60000, HasTS: true, TSVal: 1, HasScale: true, Scale: 7})
	c.Segment(&Segment{Dir: 1, Seq: 4999, Ack: 1000, Flags: SYN | ACK, Window: 60000, HasTS: true, TSVal: 1, HasScale: true, Scale: 7})
	c.Segment(&Segment{Seq: 1000, Ack: 5000, Flags: ACK, Window: 60000, HasTS: true, TSVal: 1})
	return c
}

// BenchmarkInOrder is one segment in order, with an acknowledgement for every second and its
// window looked at.
func BenchmarkInOrder(b *testing.B) {
	for _, size := range []int{64, 512, 1400} {
		for _, flows := range []int{1, 1000} {
			b.Run(fmt.Sprintf("bytes=%d/flows=%d", size, flows), func(b *testing.B) { inOrder(b, size, flows) })
		}
	}
}

func inOrder(b *testing.B, size, flows int) {
	p := NewPool(PoolConfig{Inline: true})
	conns := make([]Conn, flows)
	seqs := make([]uint32, flows)
	for i := range conns {
		conns[i], seqs[i] = talk(p), 1000
	}
	payload := bytes.Repeat([]byte{'x'}, size)
	in := Segment{Ack: 5000, Flags: ACK, Window: 500, HasTS: true, TSVal: 2}
	back := Segment{Dir: 1, Seq: 5000, Flags: ACK, Window: 500, HasTS: true, TSVal: 2}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	i, seen := 0, 0
	for b.Loop() {
		c := conns[i%flows]
		in.Seq, in.Payload, in.Now = seqs[i%flows], payload, int64(i)*1000
		r := c.Segment(&in)
		if r.Fresh != 1 {
			b.Fatalf("not fresh: %+v", r)
		}
		data, _, fresh, _ := c.Window(0)
		seen += len(data) - fresh
		c.Consumed(0)
		seqs[i%flows] += uint32(size)
		if i/flows%2 == 1 {
			back.Ack, back.Now = seqs[i%flows], in.Now
			c.Segment(&back)
		}
		i++
	}
	if seen != i*size {
		b.Fatalf("saw %d of %d bytes", seen, i*size)
	}
}

// BenchmarkGap is a pair of segments in the wrong order.
func BenchmarkGap(b *testing.B) {
	p := NewPool(PoolConfig{Inline: true})
	c := talk(p)
	payload := bytes.Repeat([]byte{'x'}, 1400)
	in := Segment{Ack: 5000, Flags: ACK, Window: 500, HasTS: true, TSVal: 2, Payload: payload}
	back := Segment{Dir: 1, Seq: 5000, Flags: ACK, Window: 500, HasTS: true, TSVal: 2}
	seq := uint32(1000)
	b.ReportAllocs()
	for b.Loop() {
		in.Seq = seq + 1400
		c.Segment(&in)
		in.Seq = seq
		if r := c.Segment(&in); r.Fresh != 1 {
			b.Fatal("not fresh")
		}
		c.Consumed(0)
		seq += 2800
		back.Ack = seq
		c.Segment(&back)
	}
}

// BenchmarkManyPieces is a segment that goes into the middle of as many pieces as may wait, in an
// order chosen so that finding its place takes long.
func BenchmarkManyPieces(b *testing.B) {
	p := NewPool(PoolConfig{Inline: true, Memory: 1 << 30})
	in := Segment{Ack: 5000, Flags: ACK, Window: 500, HasTS: true, TSVal: 2, Payload: []byte{'x'}}
	var c Conn
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		if n%defaultSegments == 0 {
			if n > 0 {
				c.Close()
			}
			c = talk(p)
		}
		k := uint32(n % defaultSegments)
		in.Seq = 2000 + 2*(k*1597%defaultSegments)
		if r := c.Segment(&in); r.Verdict != Pass {
			b.Fatalf("%+v", r)
		}
		n++
	}
}
