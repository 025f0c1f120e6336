package stream

import (
	"encoding/binary"
	"testing"
)

// optionSeeds are options as real stacks send them: Linux's SYN, SYN|ACK, a segment, SACK;
// Windows' SYN; fast open; and malformed ones from captures of attacks.
var optionSeeds = []string{
	"\x02\x04\x05\xb4\x04\x02\x08\x0a\x6c\x8c\xc8\x3d\x00\x00\x00\x00\x01\x03\x03\x07",
	"\x02\x04\x05\xb4\x04\x02\x08\x0a\x21\x03\x6f\x98\x4d\x87\xa7\x64\x01\x03\x03\x07",
	"\x01\x01\x08\x0a\x6c\x8c\xc8\x7d\x6c\x8c\xc8\x3d",
	"\x01\x01\x05\x0a\x00\x00\x00\x01\x00\x00\x00\x09",
	"\x02\x04\x05\xb4\x01\x03\x03\x08\x01\x01\x04\x02",
	"\x02\x04\xff\xd7\x22\x0a\x01\x02\x03\x04\x05\x06\x07\x08",
	"\x08\x0a\x00\x00\x00\x64\x00\x00\x00\x64",
	"\x05\x00", "\x08\x01", "\xfd\x10\xf9\x89",
}

func FuzzSetOptions(f *testing.F) {
	for _, s := range optionSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var once, twice Segment
		once.SetOptions(b)
		twice.SetOptions(append([]byte{optNop}, b...))
		if once.Scale > maxWindowScale || once.Scale > 0 && !once.HasScale {
			t.Errorf("scale %d", once.Scale)
		}
		if once.TSVal != twice.TSVal || once.HasTS != twice.HasTS || once.Scale != twice.Scale || once.FastOpen != twice.FastOpen {
			t.Errorf("a filler changes what is read: %+v, %+v", once, twice)
		}
	})
}

// segmentSize is how many bytes of fuzz input make a segment: flags and direction, two numbers,
// window, length, urgent pointer, timestamp, time.
const segmentSize = 12

// segmentOf makes a segment of fuzz input. Numbers lie near those of a connection.
func segmentOf(b, payload []byte) Segment {
	return Segment{
		Flags:  b[0] & 63,
		Dir:    b[0] >> 6 & 1,
		Seq:    999 + 4000*uint32(b[0]>>6&1) + uint32(int32(int16(binary.BigEndian.Uint16(b[1:])))),
		Ack:    4999 - 4000*uint32(b[0]>>6&1) + uint32(int32(int16(binary.BigEndian.Uint16(b[3:])))),
		Window: uint16(b[5]) << 8,
		HasTS:  b[0]>>7 == 1, TSVal: uint32(b[9]), TSEcr: uint32(b[10]),
		Payload: payload[:min(int(b[6])*6, len(payload))],
		Urgent:  uint16(b[7]), HasScale: b[8]&1 == 1, Scale: b[8] >> 1 & 15, FastOpen: b[8]&32 != 0, ReadOnly: b[8]&64 != 0,
		Now: int64(b[11]) * 1e8,
	}
}

// FuzzSegments gives connections any segments. Nothing may exceed its bounds; what
// is not changed must be said to be so.
func FuzzSegments(f *testing.F) {
	f.Add(uint8(1), []byte("\x02\x00\x00\x00\x00\xff\x00\x00\x00\x00\x00\x00"+
		"\x52\x00\x00\x00\x01\xff\x00\x00\x00\x00\x00\x00\x10\x00\x01\x00\x01\xff\x10\x00\x00\x00\x00\x00"))
	f.Add(uint8(3), []byte("\x18\x00\x40\x00\x01\xff\x10\x00\x00\x00\x00\x00\x18\x00\x00\x00\x01\xff\x20\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, mode uint8, b []byte) {
		cfg := PoolConfig{Memory: 8 << 10, PerFlow: 4 << 10, Segments: 4, History: 300, Idle: 1e8, Hold: 1e9}
		cfg.Inline, cfg.Midstream, cfg.Urgent = mode&1 != 0, mode&2 != 0, Urgent(mode>>2&3)%3
		if mode&16 != 0 {
			cfg.Depth = 700
		}
		for i := range cfg.Policy {
			cfg.Policy[i] = Action(mode>>5) % 3
		}
		p := NewPool(cfg)
		conns := []Conn{p.Open(), p.Open(), p.Open()}
		payload := make([]byte, 1600)
		now := int64(0)
		for ; len(b) >= segmentSize; b = b[segmentSize:] {
			for i := range payload {
				payload[i] = byte(i) ^ b[9]
			}
			in := segmentOf(b, payload)
			now += in.Now
			in.Now = now
			give(t, conns[int(b[11])%len(conns)], &in)
		}
		for _, c := range conns {
			c.Close()
		}
		if s := p.Stats(); s.Memory != 0 || s.Pieces != 0 || s.Conns != 0 || p.fat != (list{}) || p.lean != (list{}) {
			t.Fatalf("left: %+v", s)
		}
	})
}

// give gives one segment, and checks what must hold for any.
func give(t *testing.T, c Conn, in *Segment) {
	before := string(in.Payload)
	r := c.Segment(in)
	cfg := &c.pool.cfg
	if !r.Rewritten && before != string(in.Payload) {
		t.Fatal("changed, and not said")
	}
	if !cfg.Inline && (r.Verdict != Pass || r.Rewritten || r.ClearUrgent) {
		t.Fatalf("a copy: %+v", r)
	}
	if (r.Verdict != Pass) && r.Cause == CauseNone {
		t.Fatalf("dropped without a cause: %+v", r)
	}
	for d := range uint8(2) {
		for more := r.Fresh&(1<<d) != 0; more; more = c.Consumed(d) {
			data, offset, fresh, gap := c.Window(d)
			if fresh >= len(data) || fresh > cfg.History || gap > 0 && fresh > 0 || offset+uint64(len(data)) > cfg.Depth && cfg.Depth > 0 {
				t.Fatalf("%d bytes at %d, %d old, gap %d", len(data), offset, fresh, gap)
			}
		}
	}
	if s := c.pool.Stats(); s.Memory > cfg.Memory {
		t.Fatalf("%d bytes held", s.Memory)
	}
}
