package stream

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// TestNoAllocation runs a steady state of everything that happens to a stream:
// order, gaps, retransmissions with other bytes, idle connections, opening and closing.
func TestNoAllocation(t *testing.T) {
	p := NewPool(PoolConfig{Inline: true, Memory: 8 << 20})
	payload := bytes.Repeat([]byte{'x'}, 1400)
	now := int64(0)
	step := func() {
		c := talk(p)
		seq := uint32(1000)
		for range 20 {
			now += 1e6
			for _, d := range []uint32{0, 2800, 1400, 0} {
				c.Segment(&Segment{Seq: seq + d, Ack: 5000, Flags: ACK, Payload: payload, Window: 500, HasTS: true, TSVal: 2, Now: now})
				c.Consumed(0)
				payload[7]++
			}
			seq += 4200
			c.Segment(&Segment{Dir: 1, Seq: 5000, Ack: seq, Flags: ACK, Window: 500, HasTS: true, TSVal: 2, Now: now})
		}
		now += 2e9
		p.Tick(now)
		c.Close()
	}
	for range 50 {
		step()
	}
	if n := testing.AllocsPerRun(100, step); n != 0 {
		t.Errorf("%v allocations in a steady state", n)
	}
	if s := p.Stats(); s.Memory != 0 || s.Rewritten == 0 || s.Dropped != [causes]uint64{} {
		t.Errorf("not what was to be measured: %+v", s)
	}
}

// TestIdleConnection measures what a connection holds after both ends sent much, all of
// it was acknowledged, and nothing came for a while.
func TestIdleConnection(t *testing.T) {
	p := NewPool(PoolConfig{Inline: true})
	c := talk(p)
	payload := make([]byte, 1400)
	for i := range uint32(100) {
		for d := range uint8(2) {
			in := Segment{Dir: d, Seq: 1000 + uint32(d)*4000 + 1400*i, Ack: 5000 - uint32(d)*4000 + 1400*(i+uint32(d)), Flags: ACK}
			in.Payload, in.Window, in.HasTS, in.TSVal = payload, 500, true, 2
			if r := c.Segment(&in); r.Fresh == 0 {
				t.Fatalf("%+v", r)
			}
			c.Consumed(d)
		}
	}
	c.Segment(&Segment{Seq: 1000 + 140000, Ack: 5000 + 140000, Flags: ACK, Window: 500, HasTS: true, TSVal: 2})
	busy := c.Memory()
	p.Tick(2e9)
	t.Logf("a connection: %d bytes, its streams: %d when busy, %d when idle", connSize, busy, c.Memory())
	if c.Memory() > 2*1024 || connSize+c.Memory() > 2560 {
		t.Errorf("an idle connection holds %d bytes of streams", c.Memory())
	}
	if data, _, _, _ := c.Window(0); len(data) != defaultHistory {
		t.Errorf("%d bytes of history are left", len(data))
	}
}

// flood opens connections that never finish: every third is half open with data in its SYN, the
// others have gaps with up to 64 KiB behind them.
func flood(p *Pool, conns int, now func() int64) {
	random := rand.New(rand.NewPCG(1, 2))
	payload := make([]byte, 1400)
	for i := range conns {
		if i%3 == 0 {
			p.Open().Segment(&Segment{Seq: 1, Flags: SYN, Payload: payload, FastOpen: true, Now: now()})
			continue
		}
		c := talk(p)
		for range 46 {
			at := 1001 + random.Uint32N(60000)
			n := 1 + random.IntN(len(payload))
			c.Segment(&Segment{Seq: at, Ack: 5000, Flags: ACK, Payload: payload[:n], Window: 500, HasTS: true, TSVal: 2, Now: now()})
		}
	}
}

// honest has a connection send 1.4 MB in order, of which nothing may be refused.
func honest(t *testing.T, p *Pool, now int64) {
	t.Helper()
	c := talk(p)
	defer c.Close()
	payload := make([]byte, 1400)
	for i := range uint32(1000) {
		in := Segment{Seq: 1000 + 1400*i, Ack: 5000, Flags: ACK, Payload: payload, Window: 500, HasTS: true, TSVal: 2, Now: now}
		if r := c.Segment(&in); r.Verdict != Pass || r.Fresh == 0 {
			t.Fatalf("an honest segment: %+v", r)
		}
		c.Consumed(0)
		c.Segment(&Segment{Dir: 1, Seq: 5000, Ack: 1000 + 1400*(i+1), Flags: ACK, Window: 500, HasTS: true, TSVal: 2, Now: now})
	}
}

// TestFlood has half-open and gapped streams ask for many times the memory there
// is. Streams that go on must not suffer, and after Hold those with gaps neither.
func TestFlood(t *testing.T) {
	const limit = 16 << 20
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	p := NewPool(PoolConfig{Inline: true, Memory: limit})
	clock := int64(0)
	begun := time.Now()
	flood(p, 10_000, func() int64 { clock += 1e4; return clock }) // 310,000 segments in 3 s
	took := time.Since(begun)
	full := p.Stats()
	honest(t, p, clock)
	if s := p.Stats(); s.Abandoned != 0 {
		t.Errorf("%d connections lost what they need too soon", s.Abandoned)
	}
	for range 11 {
		clock += 1e9
		p.Tick(clock)
	}
	gapped := talk(p)
	in := Segment{Seq: 1001, Ack: 5000, Flags: ACK, Payload: make([]byte, 1400), Window: 500, HasTS: true, TSVal: 2, Now: clock}
	if r := gapped.Segment(&in); r.Verdict != Pass {
		t.Errorf("after the flood: %+v", r)
	}
	honest(t, p, clock)
	runtime.GC()
	runtime.ReadMemStats(&after)
	s := p.Stats()
	t.Logf("%d connections, %v a segment; %d MiB of streams in %d pieces, %d segments dropped for memory; then %d connections given up; heap %d MiB",
		s.Conns, took/310_000, full.Memory>>20, full.Pieces, full.Dropped[CauseMemory], s.Abandoned, (after.HeapAlloc-before.HeapAlloc)>>20)
	if full.Memory > limit || s.Memory > limit {
		t.Errorf("%d bytes held, %d allowed", full.Memory, limit)
	}
	if full.Dropped[CauseMemory] == 0 || s.Abandoned == 0 {
		t.Errorf("the flood was none: %+v", full)
	}
	if heap := after.HeapAlloc - before.HeapAlloc; heap > limit*3/2 {
		t.Errorf("the heap grew by %d", heap)
	}
	runtime.KeepAlive(p)
}

// TestOneConnectionIsBounded has one connection ask for all.
func TestOneConnectionIsBounded(t *testing.T) {
	p := NewPool(PoolConfig{Inline: true, PerFlow: 64 << 10, Segments: 20})
	c := talk(p)
	for i := range uint32(1000) {
		c.Segment(&Segment{Seq: 1001 + 2*i, Ack: 5000, Flags: ACK, Payload: []byte{'x'}, Window: 500, HasTS: true, TSVal: 2})
	}
	if s := p.Stats(); s.Pieces > 20 || c.Memory() > 64<<10 || s.Dropped[CauseFlow] != 980 {
		t.Errorf("%+v", s)
	}
	payload := make([]byte, 1000)
	for i := range uint32(1000) {
		c.Segment(&Segment{Dir: 1, Seq: 5000 + 1000*i, Ack: 1000, Flags: ACK, Payload: payload, Window: 500, HasTS: true, TSVal: 2})
		c.Consumed(1)
	}
	if s := p.Stats(); c.Memory() > 64<<10 || s.Dropped[CauseFlow] == 980 {
		t.Errorf("%+v", s)
	}
}

// TestIdleConnectionsMakeRoom has more idle connections than there is memory for their
// history. New ones must not suffer, and those that go on lose nothing but history.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	const limit = 4 << 20
	p := NewPool(PoolConfig{Inline: true, Memory: limit})
	payload := make([]byte, 1400)
	var conns []Conn
	say := func(c Conn, seq uint32, now int64) {
		in := Segment{Seq: seq, Ack: 5000, Flags: ACK, Payload: payload, Window: 500, HasTS: true, TSVal: 2, Now: now}
		if r := c.Segment(&in); r.Verdict != Pass || r.Fresh == 0 {
			t.Fatalf("%+v, %+v", r, p.Stats())
		}
		c.Consumed(0)
		c.Segment(&Segment{Dir: 1, Seq: 5000, Ack: seq + 1400, Flags: ACK, Window: 500, HasTS: true, TSVal: 2, Now: now})
	}
	for i := range int64(20_000) {
		c := talk(p)
		conns = append(conns, c)
		say(c, 1000, i*1e6)
	}
	for _, c := range conns {
		say(c, 2400, 30e9)
	}
	if s := p.Stats(); s.Squeezed == 0 || s.Abandoned != 0 || s.Memory > limit || s.Dropped != [causes]uint64{} {
		t.Errorf("%+v", s)
	}
	for _, c := range conns {
		c.Close()
	}
	if s := p.Stats(); s.Memory != 0 {
		t.Errorf("%+v", s)
	}
}
